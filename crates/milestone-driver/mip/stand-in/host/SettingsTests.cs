using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading;
using VideoOS.Platform.DriverFramework;
using VideoOS.Platform.DriverFramework.Data.Settings;
using VideoOS.Platform.DriverFramework.Managers;

namespace StandInHost
{
    /// <summary>Settings that change while everything runs.</summary>
    internal sealed class SettingsTests : TestGroup
    {
        private readonly FlvFile _flv;

        public SettingsTests(DriverDefinition driver, LogRecorder log, string folder)
            : base(driver, log, folder)
        {
            _flv = new FlvFile(Clip);
        }

        public override void AddTo(Action<string, Action> add)
        {
            add("a bad change is refused with its name, value and range, and nothing changes", BadChange);
            add("a path change moves that camera alone", PathChange);
            add("a port change moves the server", PortChange);
            add("settings from several threads touch no publisher", FromOtherThreads);
            add("settings that make no sense", Nonsense);
            add("a setting that is saved during Connect counts", SavedDuringConnect);
            add("a second Connect with an older reading undoes no newer change", OlderReading);
            add("a change counts as it was when it was told", ToldAsItWas);
            add("changes that are told in another order than they were stored", WrongOrder);
            add("a host whose settings always throw", AlwaysThrowing);
            add("while a change takes its time, nobody waits for it", SlowChange);
        }

        private void BadChange()
        {
            using (var hardware = Hardware.Connected(Driver))
            {
                int before = Log.Count;
                hardware.Change("MaxConnections", "12", "RateLimitMaxRequests", "0");
                Log.Expect(before, "ERROR", "Rate Limit Max Requests Per Second", "'0'", "1 to 1000");
                hardware.ExpectSetting("MaxConnections", "32");
                before = Log.Count;
                hardware.ChangePath(2, "STREAM1/");
                Log.Expect(before, "ERROR", "RTMP Push Stream Path", "Stream 1");
            }
        }

        private void PathChange()
        {
            using (var hardware = Hardware.Connected(Driver))
            using (var moved = new Viewer(hardware.Open(1)))
            using (var stays = new Viewer(hardware.Open(2)))
            using (Publisher.Forever(Clip, hardware.Url("/stream2")))
            {
                using (var publisher = Publisher.Forever(Clip, hardware.Url("/stream1")))
                {
                    moved.ExpectVideo(5);
                    stays.ExpectVideo(5);
                    hardware.ChangePath(1, "/yard");
                    publisher.WaitForEnd();
                }
                hardware.Events.Expect(1, "+-");
                using (Publisher.Forever(Clip, hardware.Url("/YARD/?key=1")))
                    moved.ExpectVideo(moved.Video.Count + 5);
                hardware.Events.Expect(1, "+-+-");
                stays.ExpectVideo(stays.Video.Count + 5);
                stays.Stop();
                _flv.CheckSequence(stays.Video);
                hardware.Events.Expect(2, "+");
            }
        }

        private void PortChange()
        {
            using (var hardware = Hardware.Connected(Driver))
            using (var viewer = new Viewer(hardware.Open(1)))
            {
                int port = Hardware.FreePort();
                hardware.Change("ServerPort", port.ToString());
                Check.Eventually(() => hardware.Describe().Settings["ServerPort"] == port.ToString(), "the new port");
                using (Publisher.Forever(Clip, "rtmp://127.0.0.1:" + port + "/stream1"))
                    viewer.ExpectVideo(5);
                Publisher.Once(Clip, hardware.Url("/stream1")).WaitForEnd();
                Check.True(hardware.Container.ConnectionManager.IsConnected, "it is not connected any more");
                hardware.Events.Expect(1, "+-");
            }
        }

        private void FromOtherThreads()
        {
            using (var hardware = Hardware.Connected(Driver))
            using (var viewer = new Viewer(hardware.Open(1)))
            using (Publisher.Forever(Clip, hardware.Url("/stream1")))
            {
                viewer.ExpectVideo(5);
                Check.OnThreads(4, number =>
                {
                    for (int round = 0; round < 50; round++)
                    {
                        hardware.Change("MaxConnections", (number * 50 + round + 10).ToString());
                        hardware.Change("RateLimitMaxRequests", (round % 3 * 700).ToString());
                        hardware.ChangePath(9 + number, "/thread-" + number + "-" + round);
                        hardware.Change("ShowOfflineInfo", round % 2 == 0 ? "true" : "maybe");
                    }
                });
                viewer.ExpectVideo(viewer.Video.Count + 10);
                viewer.Stop();
                _flv.CheckSequence(viewer.Video);
                hardware.Events.Expect(1, "+");
            }
        }

        private void Nonsense()
        {
            using (var hardware = Hardware.Connected(Driver))
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
                hardware.ExpectSetting("MaxConnections", "33");
                int before = Log.Count;
                hardware.Change("ServerPort", "{0} \r\n{1}");
                Log.Expect(before, "ERROR", "Server Port", "{0}");
            }
        }

        private void SavedDuringConnect()
        {
            var ways = new Action<Action>[]
            {
                save => save(),
                save =>
                {
                    var thread = new Thread(() => save());
                    thread.Start();
                    Check.True(thread.Join(Check.Patience), "a change waits for Connect");
                }
            };
            foreach (var way in ways)
            {
                // At the first setting that is read, and behind the one that is saved.
                foreach (var key in new[] { "ServerPort", "TlsCertificatePassword" })
                {
                    using (var hardware = new Hardware(Driver))
                    {
                        hardware.Settings.Store("MaxConnections", null, "44");
                        var run = way;
                        hardware.Settings.WhenReading(key, () => run(() => hardware.Settings.Save("MaxConnections", "55")));
                        hardware.Connect("MaxConnections", "44");
                        hardware.ExpectSetting("MaxConnections", "55");
                    }
                }
            }
        }

        private void OlderReading()
        {
            using (var hardware = new Hardware(Driver))
            {
                hardware.Connect("MaxConnections", "44");
                hardware.Change("MaxConnections", "55");
                hardware.Connect("MaxConnections", "44");
                hardware.ExpectSetting("MaxConnections", "55");
                hardware.Connect("MaxConnections", "66");
                hardware.ExpectSetting("MaxConnections", "66");
                hardware.Close();
                hardware.Connect("MaxConnections", "66");
                hardware.ExpectSetting("MaxConnections", "66");
            }
        }

        /// <summary>Told while another thread connects. The host uses its list for something else then.</summary>
        private void ToldAsItWas()
        {
            using (var hardware = new Hardware(Driver))
            {
                hardware.Settings.WhenReading("ServerPort", () =>
                {
                    var host = new Thread(() =>
                    {
                        var setting = new HardwareSetting("MaxConnections", "55");
                        var list = new List<BaseSetting> { setting };
                        hardware.Settings.Change(list);
                        setting.Value = "77";
                        list.Clear();
                    });
                    host.Start();
                    Check.True(host.Join(Check.Patience), "a change waits for Connect");
                });
                hardware.Connect("MaxConnections", "44");
                hardware.ExpectSetting("MaxConnections", "55");
            }
        }

        private void WrongOrder()
        {
            using (var hardware = new Hardware(Driver))
            {
                hardware.Settings.Store("MaxConnections", null, "4");
                hardware.Connect();
                hardware.Settings.Store("MaxConnections", null, "5");
                hardware.Settings.Store("MaxConnections", null, "6");
                foreach (var value in new[] { "6", "5" })
                    hardware.Change("MaxConnections", value);
                hardware.ExpectSetting("MaxConnections", "6");
            }
        }

        private void AlwaysThrowing()
        {
            using (var hardware = new Hardware(Driver))
            {
                hardware.Settings.Throws = true;
                hardware.Connect("MaxConnections", "44");
                hardware.ExpectSetting("MaxConnections", "44");
                hardware.Close();
                Check.True(!hardware.Container.ConnectionManager.IsConnected, "it is connected after Close");
            }
        }

        /// <summary>The certificate is a pipe that nobody writes into.</summary>
        private void SlowChange()
        {
            string pipe = Path.Combine(Path.GetDirectoryName(typeof(Program).Assembly.Location), "rtmp.pfx");
            using (var mkfifo = Process.Start("mkfifo", pipe))
                mkfifo.WaitForExit();
            try
            {
                using (var hardware = Hardware.Connected(Driver))
                using (var session = hardware.Open(1))
                {
                    var change = new Thread(() => hardware.Change("EnableTls", "true"));
                    change.Start();
                    var watch = Stopwatch.StartNew();
                    for (int round = 0; round < 20; round++)
                    {
                        Check.True(hardware.Container.ConnectionManager.IsConnected, "it is not connected");
                        session.Next(0.01);
                    }
                    hardware.Change("MaxConnections", "55");
                    Check.True(watch.Elapsed.TotalSeconds < 8, "it took {0}", watch.Elapsed);
                    Check.True(!change.Join(0), "the change was not slow");
                    Check.True(change.Join(Check.Patience), "the change does not return");
                    hardware.ExpectSetting("MaxConnections", "55");
                    // Whoever still reads the certificate finds an empty file.
                    File.Delete(pipe + ".empty");
                    using (var end = Process.Start("sh", "-c \"exec 3<>'" + pipe + "'; : >'" + pipe + ".empty'; mv '" + pipe
                        + ".empty' '" + pipe + "'\""))
                        end.WaitForExit();
                }
            }
            finally
            {
                File.Delete(pipe);
            }
        }
    }
}
