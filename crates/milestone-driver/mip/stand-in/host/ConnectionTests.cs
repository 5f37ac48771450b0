using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using VideoOS.Platform.DriverFramework;
using VideoOS.Platform.DriverFramework.Data.Settings;
using VideoOS.Platform.DriverFramework.Exceptions;

namespace StandInHost
{
    /// <summary>Connect and Close, in every order and with every kind of argument.</summary>
    internal sealed class ConnectionTests
    {
        private readonly DriverDefinition _driver;
        private readonly LogRecorder _log;
        private readonly string _folder;
        private readonly string _clip;

        public ConnectionTests(DriverDefinition driver, LogRecorder log, string folder)
        {
            _driver = driver;
            _log = log;
            _folder = folder;
            _clip = Path.Combine(folder, "clip.flv");
        }

        public void AddTo(Action<string, Action> add)
        {
            add("a probe is closed and the real one connects at once on its port", ProbeThenReal);
            add("Connect again without Close keeps publishers and sessions", ConnectTwice);
            add("Close twice, before Connect and from several threads", CloseAtWill);
            add("a port in use fails Connect with the reason, and works once it is free", PortInUse);
            add("an address that is not this machine is refused", ForeignAddress);
            add("a hardware without URI connects", WithoutUri);
            add("a host that has no settings gets the defaults", NothingStored);
            add("stored settings are used: given ones first", StoredSettings);
            add("a stored value that cannot be read has its default, and the log names it", BadSetting);
            add("three hardware in one process do not know each other", ThreeHardware);
            add("RTMPS: file missing, wrong password, and a push", Tls);
        }

        private void ProbeThenReal()
        {
            int port = Hardware.FreePort();
            for (int round = 0; round < 5; round++)
            {
                var probe = new Hardware(_driver, port);
                probe.Connect((ICollection<HardwareSetting>)null);
                probe.Describe();
                probe.Close();
                Check.True(!probe.Container.ConnectionManager.IsConnected, "it is connected after Close");
                using (var real = new Hardware(_driver, port))
                {
                    real.Connect();
                    Check.True(real.Container.ConnectionManager.IsConnected, "it is not connected");
                }
            }
        }

        private void ConnectTwice()
        {
            using (var hardware = Hardware.Connected(_driver))
            using (var session = hardware.Open(1))
            using (Publisher.Forever(_clip, hardware.Url("/stream1")))
            {
                session.NextOf(true);
                int before = _log.Count;
                hardware.Connect("MaxConnections", "99");
                Check.Equal("99", hardware.Describe().Settings["MaxConnections"], "MaxConnections");
                hardware.Connect("MaxConnections", "5000");
                _log.Expect(before, "ERROR", "Max Concurrent Connections", "5000", "1000");
                Check.Equal("99", hardware.Describe().Settings["MaxConnections"], "MaxConnections");
                for (int i = 0; i < 30; i++)
                    Check.True(session.NextOf(true).IsVideo, "the session has ended");
                Check.Equal("+", hardware.Events.Of(1), "events");
            }
        }

        private void CloseAtWill()
        {
            var hardware = new Hardware(_driver);
            hardware.Close();
            hardware.Connect();
            var session = hardware.Open(1);
            session.Next(5);
            var threads = Enumerable.Range(0, 4).Select(i => new Thread(hardware.Close)).ToList();
            threads.ForEach(thread => thread.Start());
            threads.ForEach(thread => Check.True(thread.Join(Check.Patience), "Close does not return"));
            Check.True(!hardware.Settings.HasListeners, "the driver still listens to settings");
            Check.Throws<ConnectionLostException>(() => session.Next(5), "GetLiveFrame after Close");
            Check.Throws<ConnectionLostException>(() => hardware.Open(1), "a session after Close");
            session.Close();
            session.Close();
            Check.True(session.Next(5) == null, "a closed session has a frame");
            hardware.Close();
            hardware.Connect();
            hardware.Open(1).Next(5);
            hardware.Close();
        }

        private void PortInUse()
        {
            using (var holder = Hardware.Connected(_driver))
            using (var second = new Hardware(_driver, holder.Port))
            {
                int before = _log.Count;
                var exception = Check.Throws<ConnectionLostException>(() => second.Connect(), "Connect to a port in use");
                Check.Contains(holder.Port.ToString(), exception.Message);
                Check.Contains("in use", exception.Message);
                _log.Expect(before, "ERROR", holder.Port.ToString(), "in use");
                Check.True(!second.Container.ConnectionManager.IsConnected, "it is connected");
                Check.True(holder.Container.ConnectionManager.IsConnected, "the holder is not connected any more");
                holder.Close();
                second.Connect();
                Check.True(second.Container.ConnectionManager.IsConnected, "it is not connected");
            }
        }

        private void ForeignAddress()
        {
            foreach (var address in new[] { "http://192.0.2.77/", "http://[2001:db8::7]:8783/" })
            {
                using (var hardware = new Hardware(_driver, 0, new Uri(address)))
                {
                    var exception = Check.Throws<ConnectionLostException>(() => hardware.Connect(), address);
                    Check.Contains("not this machine", exception.Message);
                }
            }
        }

        private void WithoutUri()
        {
            using (var hardware = new Hardware(_driver, Hardware.FreePort(), null))
            {
                hardware.Connect("ServerPort", hardware.Port.ToString());
                Check.Equal("02:00:00:00:00:00", hardware.Describe().Product.MacAddress, "MAC address");
                Check.Equal("000000", hardware.Describe().Product.SerialNumber, "serial number");
            }
        }

        private void NothingStored()
        {
            Action<Hardware, ICollection<HardwareSetting>> connect = (hardware, settings) =>
            {
                using (hardware)
                {
                    hardware.Connect(settings);
                    Check.Equal("32", hardware.Describe().Settings["MaxConnections"], "MaxConnections");
                    Check.True(hardware.Open(16).Next(10) != null, "there is no picture");
                }
            };
            connect(new Hardware(_driver), null);
            connect(new Hardware(_driver), new List<HardwareSetting>());
            connect(new Hardware(_driver), new List<HardwareSetting>
            {
                null, new HardwareSetting(null, null), new HardwareSetting("MaxConnections", null),
                new HardwareSetting("Colour", "red"), new HardwareSetting(null, "x")
            });
            var throwing = new Hardware(_driver);
            throwing.Settings.Throws = true;
            connect(throwing, null);
            connect(Hardware.WithoutManagers(_driver), null);
        }

        private void StoredSettings()
        {
            using (var hardware = new Hardware(_driver))
            {
                hardware.Settings.Store("MaxConnections", null, "44");
                hardware.Settings.Store("RateLimitMaxRequests", null, "55");
                hardware.Settings.Store("RtmpPushStreamPath", Hardware.CameraId(2), "/Gate-North/");
                hardware.Connect("MaxConnections", "66", "RateLimitEnabled", "True", "EnableTls", "no");
                var settings = hardware.Describe().Settings;
                Check.Equal("66", settings["MaxConnections"], "MaxConnections");
                Check.Equal("55", settings["RateLimitMaxRequests"], "RateLimitMaxRequests");
                using (var viewer = new Viewer(hardware.Open(2)))
                using (Publisher.Forever(_clip, hardware.Url("/GATE-north")))
                    viewer.ExpectVideo(5);
            }
        }

        private void BadSetting()
        {
            using (var hardware = new Hardware(_driver))
            {
                hardware.Settings.Store("EnableTls", null, "perhaps");
                hardware.Settings.Store("RtmpPushStreamPath", Hardware.CameraId(3), "/stream4");
                hardware.Settings.Store("TlsCertificatePassword", null, new string('x', 3000000));
                int before = _log.Count;
                hardware.Connect("RateLimitMaxRequests", "1001", "MaxConnections", "77");
                Check.True(hardware.Container.ConnectionManager.IsConnected, "it is not connected");
                _log.Expect(before, "Rate Limit Max Requests Per Second", "1001", "1000");
                _log.Expect(before, "TLS Enable", "perhaps");
                _log.Expect(before, "RTMP Push Stream Path of Stream 3", "/stream4");
                _log.Expect(before, "TlsCertificatePassword", "too long");
                var settings = hardware.Describe().Settings;
                Check.Equal("10", settings["RateLimitMaxRequests"], "RateLimitMaxRequests");
                Check.Equal("false", settings["EnableTls"], "EnableTls");
                Check.Equal("77", settings["MaxConnections"], "MaxConnections");
                // What is bad stays bad, and keeps nothing else from changing.
                hardware.Change("MaxConnections", "78");
                Check.Equal("78", hardware.Describe().Settings["MaxConnections"], "MaxConnections after a change");
            }
        }

        private void ThreeHardware()
        {
            var flv = new FlvFile(_clip);
            using (var first = Hardware.Connected(_driver))
            using (var second = Hardware.Connected(_driver))
            using (var third = Hardware.Connected(_driver))
            using (var viewer = new Viewer(first.Open(1)))
            using (var doomed = new Viewer(second.Open(1)))
            using (var idle = new Viewer(third.Open(1)))
            using (Publisher.Forever(_clip, first.Url("/stream1")))
            using (Publisher.Forever(_clip, second.Url("/stream1")))
            {
                viewer.ExpectVideo(10);
                doomed.ExpectVideo(10);
                second.Close();
                int before = viewer.Video.Count;
                viewer.ExpectVideo(before + 25);
                viewer.Stop();
                Check.Equal(0, idle.Video.Count, "frames of a camera that nobody publishes to");
                Check.True(third.Container.ConnectionManager.IsConnected, "the third is not connected any more");
                VideoTests.CheckSequence(flv, viewer.Video);
                first.Events.Expect(1, "+");
                second.Events.Expect(1, "+-");
                third.Events.Expect(1, "");
            }
        }

        private void Tls()
        {
            string certificate = Path.Combine(Path.GetDirectoryName(typeof(Program).Assembly.Location), "rtmp.pfx");
            using (var hardware = new Hardware(_driver))
            {
                File.Delete(certificate);
                var exception = Check.Throws<ConnectionLostException>(
                    () => hardware.Connect("EnableTls", "true"), "Connect without a certificate");
                Check.Contains("missing", exception.Message);
                Check.Contains(certificate, exception.Message);
                File.Copy(Path.Combine(_folder, "rtmp.pfx"), certificate, true);
                exception = Check.Throws<ConnectionLostException>(
                    () => hardware.Connect("EnableTls", "true", "TlsCertificatePassword", "wrong"), "a wrong password");
                Check.Contains("password", exception.Message);
                int before = _log.Count;
                hardware.Connect("EnableTls", "true", "TlsCertificatePassword", "p\\n=ä");
                using (var viewer = new Viewer(hardware.Open(1)))
                using (Publisher.Forever(_clip, hardware.Url("/stream1").Replace("rtmp:", "rtmps:")))
                    viewer.ExpectVideo(10);
                _log.Expect(before, "TLS");
                File.Delete(certificate);
            }
        }
    }
}
