using System;
using System.IO;
using System.Linq;
using VideoOS.Platform.DriverFramework;
using VideoOS.Platform.DriverFramework.Data;
using VideoOS.Platform.DriverFramework.Data.Settings;

namespace StandInHost
{
    /// <summary>Publishers that log in with the hardware's user name and password.</summary>
    internal sealed class LoginTests
    {
        private const string Secret = "p4ss-w\u00f6rd";
        private const string Newer = "n3w-p4ss";

        private readonly DriverDefinition _driver;
        private readonly LogRecorder _log;
        private readonly string _clip;

        public LoginTests(DriverDefinition driver, LogRecorder log, string folder)
        {
            _driver = driver;
            _log = log;
            _clip = Path.Combine(folder, "clip.flv");
        }

        public void AddTo(Action<string, Action> add)
        {
            add("publishers log in with the hardware's user name and password, and stay when it changes", Login);
            add("without a password nobody logs in", WithoutPassword);
            add("a stream key of a camera counts as soon as it is saved", StreamKey);
        }

        private static string Url(Hardware hardware, string user, string password, string path)
        {
            return "rtmp://" + user + ":" + password + "@127.0.0.1:" + hardware.Port + path;
        }

        private void Login()
        {
            int before = _log.Count;
            using (var hardware = new Hardware(_driver) { Password = Secret })
            {
                hardware.Connect("PublisherAuthentication", "UserAndPassword");
                using (var viewer = new Viewer(hardware.Open(1)))
                using (var publisher = Publisher.Forever(_clip, Url(hardware, "root", Secret, "/stream1")))
                {
                    viewer.ExpectVideo(5);
                    using (var wrong = Publisher.Once(_clip, Url(hardware, "root", Newer, "/stream2")))
                        wrong.WaitForEnd();
                    using (var without = Publisher.Once(_clip, hardware.Url("/stream2")))
                        without.WaitForEnd();

                    var configuration = hardware.Container.ConfigurationManager;
                    Check.True(configuration.ChangePasswordSupported, "the password cannot be changed");
                    Check.Equal(ChangePasswordResult.Success,
                        configuration.ChangePassword("root", Hardware.Secure(Newer)), "the answer");
                    viewer.ExpectVideo(viewer.Video.Count + 5);
                    Check.True(publisher.IsRunning, "the change of the password has dropped the publisher");
                    using (var second = new Viewer(hardware.Open(2)))
                    using (Publisher.Forever(_clip, Url(hardware, "root", Newer, "/stream2")))
                        second.ExpectVideo(5);
                    using (var old = Publisher.Once(_clip, Url(hardware, "root", Secret, "/stream3")))
                        old.WaitForEnd();

                    // The host connects once more, with what it has stored meanwhile.
                    hardware.Password = Newer;
                    hardware.Connect("PublisherAuthentication", "UserAndPassword");
                    viewer.ExpectVideo(viewer.Video.Count + 5);
                    Check.True(publisher.IsRunning, "the second Connect has dropped the publisher");
                }
                _log.Expect(before, "a login of 'root' is wrong");
                Check.True(!_log.Since(before).Any(line => line.Contains(Secret) || line.Contains(Newer)), "a secret is logged");
                var settings = hardware.Describe().Settings;
                Check.True(!settings.Values.Any(value => value == Secret || value == Newer), "a secret is among the settings");
            }
        }

        private void WithoutPassword()
        {
            int before = _log.Count;
            using (var hardware = Hardware.Connected(_driver))
            {
                hardware.Change("PublisherAuthentication", "UserAndPassword");
                _log.Expect(before, "it has no password: nobody may publish");
                using (var publisher = Publisher.Once(_clip, Url(hardware, "root", "x", "/stream1")))
                    publisher.WaitForEnd();
                hardware.Change("PublisherAuthentication", "None");
                using (var viewer = new Viewer(hardware.Open(1)))
                using (Publisher.Forever(_clip, hardware.Url("/stream1")))
                    viewer.ExpectVideo(5);
            }
        }

        private void StreamKey()
        {
            int before = _log.Count;
            using (var hardware = Hardware.Connected(_driver))
            using (var viewer = new Viewer(hardware.Open(1)))
            {
                hardware.Change("PublisherAuthentication", "StreamKey");
                hardware.Settings.Change(new BaseSetting[] { new DeviceSetting("StreamKey", Hardware.CameraId(1), Secret) });
                _log.Expect(before, "Stream Key of Stream 1");
                using (var publisher = Publisher.Once(_clip, hardware.Url("/stream1")))
                    publisher.WaitForEnd();
                using (Publisher.Forever(_clip, hardware.Url("/stream1?key=" + Secret)))
                    viewer.ExpectVideo(5);
                Check.True(!_log.Since(before).Any(line => line.Contains(Secret)), "the key is logged");
            }
        }
    }
}
