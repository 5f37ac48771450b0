using System;
using System.Collections.Generic;
using System.IO;
using VideoOS.Platform.DriverFramework;
using VideoOS.Platform.DriverFramework.Data.Settings;
using VideoOS.Platform.DriverFramework.Exceptions;

namespace StandInHost
{
    /// <summary>Connect and Close, in every order and with every kind of argument.</summary>
    internal sealed class ConnectionTests : TestGroup
    {
        public ConnectionTests(DriverDefinition driver, LogRecorder log, string folder)
            : base(driver, log, folder)
        {
        }

        public override void AddTo(Action<string, Action> add)
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
                var probe = new Hardware(Driver, port);
                probe.Connect((ICollection<HardwareSetting>)null);
                probe.Describe();
                probe.Close();
                Check.True(!probe.Container.ConnectionManager.IsConnected, "it is connected after Close");
                using (var real = new Hardware(Driver, port))
                {
                    real.Connect();
                    Check.True(real.Container.ConnectionManager.IsConnected, "it is not connected");
                }
            }
        }

        private void ConnectTwice()
        {
            using (var hardware = Hardware.Connected(Driver))
            using (var session = hardware.Open(1))
            using (Publisher.Forever(Clip, hardware.Url("/stream1")))
            {
                session.NextOf(true);
                int before = Log.Count;
                hardware.Connect("MaxConnections", "99");
                hardware.ExpectSetting("MaxConnections", "99");
                hardware.Connect("MaxConnections", "5000");
                Log.Expect(before, "ERROR", "Max Concurrent Connections", "5000", "1000");
                hardware.ExpectSetting("MaxConnections", "99");
                for (int i = 0; i < 30; i++)
                    Check.True(session.NextOf(true).IsVideo, "the session has ended");
                Check.Equal("+", hardware.Events.Of(1), "events");
            }
        }

        private void CloseAtWill()
        {
            var hardware = new Hardware(Driver);
            hardware.Close();
            hardware.Connect();
            var session = hardware.Open(1);
            session.Next(5);
            Check.OnThreads(4, number => hardware.Close());
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
            using (var holder = Hardware.Connected(Driver))
            using (var second = new Hardware(Driver, holder.Port))
            {
                int before = Log.Count;
                var exception = Check.Throws<ConnectionLostException>(() => second.Connect(), "Connect to a port in use");
                Check.Contains(holder.Port.ToString(), exception.Message);
                Check.Contains("in use", exception.Message);
                Log.Expect(before, "ERROR", holder.Port.ToString(), "in use");
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
                using (var hardware = new Hardware(Driver, 0, new Uri(address)))
                {
                    var exception = Check.Throws<ConnectionLostException>(() => hardware.Connect(), address);
                    Check.Contains("not this machine", exception.Message);
                }
            }
        }

        private void WithoutUri()
        {
            using (var hardware = new Hardware(Driver, Hardware.FreePort(), null))
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
                    hardware.ExpectSetting("MaxConnections", "32");
                    Check.True(hardware.Open(16).Next(10) != null, "there is no picture");
                }
            };
            connect(new Hardware(Driver), null);
            connect(new Hardware(Driver), new List<HardwareSetting>());
            connect(new Hardware(Driver), new List<HardwareSetting>
            {
                null, new HardwareSetting(null, null), new HardwareSetting("MaxConnections", null),
                new HardwareSetting("Colour", "red"), new HardwareSetting(null, "x")
            });
            var throwing = new Hardware(Driver);
            throwing.Settings.Throws = true;
            connect(throwing, null);
            connect(Hardware.WithoutManagers(Driver), null);
        }

        private void StoredSettings()
        {
            using (var hardware = new Hardware(Driver))
            {
                hardware.Settings.Store("MaxConnections", null, "44");
                hardware.Settings.Store("RateLimitMaxRequests", null, "55");
                hardware.Settings.Store("RtmpPushStreamPath", Hardware.CameraId(2), "/Gate-North/");
                hardware.Connect("MaxConnections", "66", "RateLimitEnabled", "True", "EnableTls", "no");
                var settings = hardware.Describe().Settings;
                Check.Equal("66", settings["MaxConnections"], "MaxConnections");
                Check.Equal("55", settings["RateLimitMaxRequests"], "RateLimitMaxRequests");
                using (var viewer = new Viewer(hardware.Open(2)))
                using (Publisher.Forever(Clip, hardware.Url("/GATE-north")))
                    viewer.ExpectVideo(5);
            }
        }

        private void BadSetting()
        {
            using (var hardware = new Hardware(Driver))
            {
                hardware.Settings.Store("EnableTls", null, "perhaps");
                hardware.Settings.Store("RtmpPushStreamPath", Hardware.CameraId(3), "/stream4");
                hardware.Settings.Store("TlsCertificatePassword", null, new string('x', 3000000));
                int before = Log.Count;
                hardware.Connect("RateLimitMaxRequests", "1001", "MaxConnections", "77");
                Check.True(hardware.Container.ConnectionManager.IsConnected, "it is not connected");
                Log.Expect(before, "Rate Limit Max Requests Per Second", "1001", "1000");
                Log.Expect(before, "TLS Enable", "perhaps");
                Log.Expect(before, "RTMP Push Stream Path of Stream 3", "/stream4");
                Log.Expect(before, "TlsCertificatePassword", "too long");
                var settings = hardware.Describe().Settings;
                Check.Equal("10", settings["RateLimitMaxRequests"], "RateLimitMaxRequests");
                Check.Equal("false", settings["EnableTls"], "EnableTls");
                Check.Equal("77", settings["MaxConnections"], "MaxConnections");
                // What is bad stays bad, and keeps nothing else from changing.
                hardware.Change("MaxConnections", "78");
                hardware.ExpectSetting("MaxConnections", "78");
            }
        }

        private void ThreeHardware()
        {
            using (var first = Hardware.Connected(Driver))
            using (var second = Hardware.Connected(Driver))
            using (var third = Hardware.Connected(Driver))
            using (var viewer = new Viewer(first.Open(1)))
            using (var doomed = new Viewer(second.Open(1)))
            using (var idle = new Viewer(third.Open(1)))
            using (Publisher.Forever(Clip, first.Url("/stream1")))
            using (Publisher.Forever(Clip, second.Url("/stream1")))
            {
                viewer.ExpectVideo(10);
                doomed.ExpectVideo(10);
                second.Close();
                int before = viewer.Video.Count;
                viewer.ExpectVideo(before + 25);
                viewer.Stop();
                Check.Equal(0, idle.Video.Count, "frames of a camera that nobody publishes to");
                Check.True(third.Container.ConnectionManager.IsConnected, "the third is not connected any more");
                new FlvFile(Clip).CheckSequence(viewer.Video);
                first.Events.Expect(1, "+");
                second.Events.Expect(1, "+-");
                third.Events.Expect(1, "");
            }
        }

        private void Tls()
        {
            string certificate = Path.Combine(Path.GetDirectoryName(typeof(Program).Assembly.Location), "rtmp.pfx");
            using (var hardware = new Hardware(Driver))
            {
                File.Delete(certificate);
                var exception = Check.Throws<ConnectionLostException>(
                    () => hardware.Connect("EnableTls", "true"), "Connect without a certificate");
                Check.Contains("missing", exception.Message);
                Check.Contains(certificate, exception.Message);
                File.Copy(Path.Combine(Folder, "rtmp.pfx"), certificate, true);
                exception = Check.Throws<ConnectionLostException>(
                    () => hardware.Connect("EnableTls", "true", "TlsCertificatePassword", "wrong"), "a wrong password");
                Check.Contains("password", exception.Message);
                int before = Log.Count;
                hardware.Connect("EnableTls", "true", "TlsCertificatePassword", "p\\n=ä");
                using (var viewer = new Viewer(hardware.Open(1)))
                using (Publisher.Forever(Clip, hardware.Url("/stream1").Replace("rtmp:", "rtmps:")))
                    viewer.ExpectVideo(10);
                Log.Expect(before, "TLS");
                File.Delete(certificate);
            }
        }
    }
}
