using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using VideoOS.Platform.DriverFramework;
using VideoOS.Platform.DriverFramework.Data.Settings;
using VideoOS.Platform.DriverFramework.Managers;

namespace StandInHost
{
    /// <summary>Settings that change while everything runs.</summary>
    internal sealed class SettingsTests
    {
        private readonly DriverDefinition _driver;
        private readonly LogRecorder _log;
        private readonly string _clip;
        private readonly FlvFile _flv;

        public SettingsTests(DriverDefinition driver, LogRecorder log, string folder)
        {
            _driver = driver;
            _log = log;
            _clip = Path.Combine(folder, "clip.flv");
            _flv = new FlvFile(_clip);
        }

        public void AddTo(Action<string, Action> add)
        {
            add("a bad change is refused with its name, value and range, and nothing changes", BadChange);
            add("a path change moves that camera alone", PathChange);
            add("a port change moves the server", PortChange);
            add("settings from several threads touch no publisher", FromOtherThreads);
            add("settings that make no sense", Nonsense);
        }

        private void BadChange()
        {
            using (var hardware = Hardware.Connected(_driver))
            {
                int before = _log.Count;
                hardware.Change("MaxConnections", "12", "RateLimitMaxRequests", "0");
                _log.Expect(before, "ERROR", "Rate Limit Max Requests Per Second", "'0'", "1 to 1000");
                Check.Equal("32", hardware.Describe().Settings["MaxConnections"], "MaxConnections");
                before = _log.Count;
                hardware.ChangePath(2, "STREAM1/");
                _log.Expect(before, "ERROR", "RTMP Push Stream Path", "Stream 1");
            }
        }

        private void PathChange()
        {
            using (var hardware = Hardware.Connected(_driver))
            using (var moved = new Viewer(hardware.Open(1)))
            using (var stays = new Viewer(hardware.Open(2)))
            using (Publisher.Forever(_clip, hardware.Url("/stream2")))
            {
                using (var publisher = Publisher.Forever(_clip, hardware.Url("/stream1")))
                {
                    moved.ExpectVideo(5);
                    stays.ExpectVideo(5);
                    hardware.ChangePath(1, "/yard");
                    publisher.WaitForEnd();
                }
                hardware.Events.Expect(1, "+-");
                using (Publisher.Forever(_clip, hardware.Url("/YARD/?key=1")))
                    moved.ExpectVideo(moved.Video.Count + 5);
                hardware.Events.Expect(1, "+-+-");
                stays.ExpectVideo(stays.Video.Count + 5);
                stays.Stop();
                CheckSequence(stays);
                hardware.Events.Expect(2, "+");
            }
        }

        private void PortChange()
        {
            using (var hardware = Hardware.Connected(_driver))
            using (var viewer = new Viewer(hardware.Open(1)))
            {
                int port = Hardware.FreePort();
                hardware.Change("ServerPort", port.ToString());
                Check.Eventually(() => hardware.Describe().Settings["ServerPort"] == port.ToString(), "the new port");
                using (Publisher.Forever(_clip, "rtmp://127.0.0.1:" + port + "/stream1"))
                    viewer.ExpectVideo(5);
                using (var nobody = Publisher.Once(_clip, hardware.Url("/stream1")))
                    nobody.WaitForEnd();
                Check.True(hardware.Container.ConnectionManager.IsConnected, "it is not connected any more");
                hardware.Events.Expect(1, "+-");
            }
        }

        private void FromOtherThreads()
        {
            using (var hardware = Hardware.Connected(_driver))
            using (var viewer = new Viewer(hardware.Open(1)))
            using (Publisher.Forever(_clip, hardware.Url("/stream1")))
            {
                viewer.ExpectVideo(5);
                var threads = Enumerable.Range(0, 4).Select(number => new Thread(() =>
                {
                    for (int round = 0; round < 50; round++)
                    {
                        hardware.Change("MaxConnections", (number * 50 + round + 10).ToString());
                        hardware.Change("RateLimitMaxRequests", (round % 3 * 700).ToString());
                        hardware.ChangePath(9 + number, "/thread-" + number + "-" + round);
                        hardware.Change("ShowOfflineInfo", round % 2 == 0 ? "true" : "maybe");
                    }
                })).ToList();
                threads.ForEach(thread => thread.Start());
                threads.ForEach(thread => Check.True(thread.Join(Check.Patience), "a change does not return"));
                viewer.ExpectVideo(viewer.Video.Count + 10);
                viewer.Stop();
                CheckSequence(viewer);
                hardware.Events.Expect(1, "+");
            }
        }

        private void Nonsense()
        {
            using (var hardware = Hardware.Connected(_driver))
            {
                hardware.Settings.Raise(null);
                hardware.Settings.Raise(new SettingsChangedEventArgs());
                hardware.Settings.Change(new List<BaseSetting>());
                hardware.Settings.Change(new List<BaseSetting>
                {
                    null, new HardwareSetting(null, null), new HardwareSetting("EnableTls", null),
                    new HardwareSetting("Colour", "red"), new DeviceSetting("RtmpPushStreamPath", null, "/x"),
                    new DeviceSetting("RtmpPushStreamPath", "no id", "/x"), new DeviceSetting(null, Hardware.CameraId(1), null)
                });
                hardware.Change("MaxConnections", "33");
                Check.Equal("33", hardware.Describe().Settings["MaxConnections"], "MaxConnections");
                int before = _log.Count;
                hardware.Change("ServerPort", "{0} \r\n{1}");
                _log.Expect(before, "ERROR", "Server Port", "{0}");
            }
        }

        private void CheckSequence(Viewer viewer)
        {
            VideoTests.CheckSequence(_flv, viewer.Video);
        }
    }
}
