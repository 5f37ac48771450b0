using System;
using System.Linq;
using VideoOS.Platform.DriverFramework;
using VideoOS.Platform.DriverFramework.Data;
using VideoOS.Platform.DriverFramework.Data.Settings;
using VideoOS.Platform.DriverFramework.Exceptions;

namespace StandInHost
{
    /// <summary>Publishers that log in with the hardware's user name and password.</summary>
    internal sealed class LoginTests : TestGroup
    {
        private const string Secret = "p4ss-w\u00f6rd";
        private const string Newer = "n3w-p4ss";

        public LoginTests(DriverDefinition driver, LogRecorder log, string folder)
            : base(driver, log, folder)
        {
        }

        public override void AddTo(Action<string, Action> add)
        {
            add("publishers log in with the hardware's user name and password, and stay when it changes", Login);
            add("without a password nobody logs in", WithoutPassword);
            add("a setting that is changed while the password is counts", SettingMeanwhile);
            add("it counts also where the password cannot be changed", SettingMeanwhileOfAFailure);
            add("a stream key of a camera counts as soon as it is saved", StreamKey);
        }

        private static string Url(Hardware hardware, string user, string password, string path)
        {
            return "rtmp://" + user + ":" + password + "@127.0.0.1:" + hardware.Port + path;
        }

        private void Login()
        {
            int before = Log.Count;
            using (var hardware = new Hardware(Driver) { Password = Secret })
            {
                hardware.Connect("PublisherAuthentication", "UserAndPassword");
                using (var viewer = new Viewer(hardware.Open(1)))
                using (var publisher = Publisher.Forever(Clip, Url(hardware, "root", Secret, "/stream1")))
                {
                    viewer.ExpectVideo(5);
                    Publisher.Once(Clip, Url(hardware, "root", Newer, "/stream2")).WaitForEnd();
                    Publisher.Once(Clip, hardware.Url("/stream2")).WaitForEnd();

                    var configuration = hardware.Container.ConfigurationManager;
                    Check.True(configuration.ChangePasswordSupported, "the password cannot be changed");
                    Check.Equal(ChangePasswordResult.Success,
                        configuration.ChangePassword("root", Hardware.Secure(Newer)), "the answer");
                    viewer.ExpectVideo(viewer.Video.Count + 5);
                    Check.True(publisher.IsRunning, "the change of the password has dropped the publisher");
                    using (var second = new Viewer(hardware.Open(2)))
                    using (Publisher.Forever(Clip, Url(hardware, "root", Newer, "/stream2")))
                        second.ExpectVideo(5);
                    Publisher.Once(Clip, Url(hardware, "root", Secret, "/stream3")).WaitForEnd();

                    // The host connects once more, with what it has stored meanwhile.
                    hardware.Password = Newer;
                    hardware.Connect("PublisherAuthentication", "UserAndPassword");
                    viewer.ExpectVideo(viewer.Video.Count + 5);
                    Check.True(publisher.IsRunning, "the second Connect has dropped the publisher");
                }
                Log.Expect(before, "a login of 'root' is wrong");
                Check.True(!Log.Since(before).Any(line => line.Contains(Secret) || line.Contains(Newer)), "a secret is logged");
                var settings = hardware.Describe().Settings;
                Check.True(!settings.Values.Any(value => value == Secret || value == Newer), "a secret is among the settings");
            }
        }

        private void WithoutPassword()
        {
            int before = Log.Count;
            using (var hardware = Hardware.Connected(Driver))
            {
                hardware.Change("PublisherAuthentication", "UserAndPassword");
                Log.Expect(before, "it has no password: nobody may publish");
                Publisher.Once(Clip, Url(hardware, "root", "x", "/stream1")).WaitForEnd();
                hardware.Change("PublisherAuthentication", "None");
                using (var viewer = new Viewer(hardware.Open(1)))
                using (Publisher.Forever(Clip, hardware.Url("/stream1")))
                    viewer.ExpectVideo(5);
            }
        }

        private void SettingMeanwhile()
        {
            using (var hardware = Hardware.Connected(Driver))
            {
                var configuration = hardware.Container.ConfigurationManager;
                ChangeMeanwhile(hardware, 50, change =>
                    configuration.ChangePassword("root", Hardware.Secure(Secret + change)));
            }
        }

        private void SettingMeanwhileOfAFailure()
        {
            using (var hardware = Hardware.Connected(Driver))
            {
                var configuration = hardware.Container.ConfigurationManager;
                // It takes its time before it fails.
                var user = new string('u', 8000000);
                var unreadable = Hardware.Secure(Secret);
                unreadable.Dispose();
                ChangeMeanwhile(hardware, 1, change => Check.Throws<ConnectionLostException>(
                    () => configuration.ChangePassword(user, unreadable), "ChangePassword"));
                ChangeMeanwhile(hardware, 1, change => Check.Throws<ConnectionLostException>(
                    () => hardware.Container.ConnectionManager.Connect(hardware.Uri, user, unreadable, null), "Connect"));
            }
        }

        /// <summary>Every setting that is changed while another thread does this so many times is in force afterwards.</summary>
        private static void ChangeMeanwhile(Hardware hardware, int repeats, Action<int> action)
        {
            for (int round = 100; round < 150; round++)
            {
                var value = round.ToString();
                Check.OnThreads(2, number =>
                {
                    if (number == 1)
                        hardware.Change("MaxConnections", value);
                    for (int repeat = 0; number == 0 && repeat < repeats; repeat++)
                        action(repeat);
                });
                hardware.ExpectSetting("MaxConnections", value);
            }
        }

        private void StreamKey()
        {
            int before = Log.Count;
            using (var hardware = Hardware.Connected(Driver))
            using (var viewer = new Viewer(hardware.Open(1)))
            {
                hardware.Change("PublisherAuthentication", "StreamKey");
                hardware.Settings.Change(new BaseSetting[] { new DeviceSetting("StreamKey", Hardware.CameraId(1), Secret) });
                Log.Expect(before, "Stream Key of Stream 1");
                Publisher.Once(Clip, hardware.Url("/stream1")).WaitForEnd();
                using (Publisher.Forever(Clip, hardware.Url("/stream1?key=" + Secret)))
                    viewer.ExpectVideo(5);
                Check.True(!Log.Since(before).Any(line => line.Contains(Secret)), "the key is logged");
            }
        }
    }
}
