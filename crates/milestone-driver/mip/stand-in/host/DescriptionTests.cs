using System;
using System.Linq;
using VideoOS.Platform.DriverFramework;
using VideoOS.Platform.DriverFramework.Definitions;
using VideoOS.Platform.DriverFramework.Exceptions;

namespace StandInHost
{
    /// <summary>What the driver says about itself, its hardware and its cameras.</summary>
    internal sealed class DescriptionTests
    {
        private readonly DriverDefinition _driver;
        private readonly LogRecorder _log;
        private readonly string _version;

        /// <param name="driver">The driver.</param>
        /// <param name="log">The host's log.</param>
        /// <param name="version">The project's.</param>
        public DescriptionTests(DriverDefinition driver, LogRecorder log, string version)
        {
            _version = version;
            _driver = driver;
            _log = log;
        }

        public void AddTo(Action<string, Action> add)
        {
            add("the driver has the ids that installations know", Driver);
            add("a hardware is described once it is connected", Product);
            add("settings have their ids, names, defaults and ranges", Fields);
            add("the server port's default is the port of the URI, or 8783", PortDefault);
            add("there are 16 cameras with stream, path and events", Devices);
            add("there are 16 microphones with a stream", Microphones);
        }

        private void Driver()
        {
            var info = _driver.DriverInfo;
            Check.Equal("282cd862-d1a8-4f13-a275-9ad10a184ed1", info.Id.ToString(), "driver");
            Check.Equal("RTMPDriver", info.Name, "name");
            Check.Equal("RTMPDriver group", info.Group, "group");
            Check.Equal(_version, info.Version, "version");
            var product = info.SupportedProducts.Single();
            Check.Equal("e155114f-dd32-4f24-bdaa-954d92482d50", product.Id.ToString(), "product");
            Check.Equal("RTMPDriver", product.Name, "product name");
        }

        private void Product()
        {
            using (var hardware = new Hardware(_driver))
            {
                Check.True(!hardware.Container.ConnectionManager.IsConnected, "it is connected before Connect");
                Check.Throws<ConnectionLostException>(() => hardware.Describe(), "describing it before Connect");
                hardware.Connect();
                Check.True(hardware.Container.ConnectionManager.IsConnected, "it is not connected");
                var product = hardware.Describe().Product;
                Check.Equal("e155114f-dd32-4f24-bdaa-954d92482d50", product.ProductId.ToString(), "product");
                Check.Equal("RTMPDriver", product.ProductName, "product name");
                Check.Equal(_version, product.ProductVersion, "product version");
                Check.Equal("RTMP Server", product.HardwareName, "hardware name");
                Check.Equal("RTMPDriver Firmware", product.Firmware, "firmware");
                Check.Equal("1.0", product.FirmwareVersion, "firmware version");
                Check.Equal(Mac("localhost:" + hardware.Port), product.MacAddress, "MAC address");
                Check.Equal(product.MacAddress.Replace(":", "").Substring(6), product.SerialNumber, "serial number");
            }
        }

        /// <summary>02 and the first five bytes of the SHA-256 of the authority.</summary>
        private static string Mac(string authority)
        {
            using (var sha256 = System.Security.Cryptography.SHA256.Create())
            {
                byte[] hash = sha256.ComputeHash(System.Text.Encoding.UTF8.GetBytes(authority));
                return "02:" + BitConverter.ToString(hash, 0, 5).Replace('-', ':');
            }
        }

        private void Fields()
        {
            using (var hardware = Hardware.Connected(_driver))
            {
                var description = hardware.Describe();
                var fields = description.Fields.ToDictionary(field => field.Key);
                Check.Equal(11, fields.Count, "number of settings");
                Number(fields["ServerPort"], "Server Port", "a3f7c8b1-2d4e-4a6f-b8c9-1e3d5f7a9b0c", 65535, hardware.Port);
                Number(fields["MaxConnections"], "Max Concurrent Connections", "e7b1a2c3-6d8e-4f0a-c2d3-5e7f9a1b3c4d", 1000, 32);
                Number(fields["RateLimitMaxRequests"], "Rate Limit Max Requests Per Second",
                    "d6a0f1e4-5b7c-4d9a-b1f2-4c6d8e0f2a3b", 1000, 10);
                Switch(fields["ShowOfflineInfo"], "Show Stream Offline Info", "b4e8d9c2-3f5a-4b7e-c9d0-1f3e6a8b0d1e", true);
                Switch(fields["RateLimitEnabled"], "Enable Rate Limiter", "c5f9e0d3-4a6b-4c8f-a0e1-3a5b7c9d1e2f", true);
                Switch(fields["EnableTls"], "TLS Enable (RTMPS)", "f8c2b3d4-7e9a-4a1b-d4e5-6f0a1b2c3d4e", false);
                Text(fields["TlsCertificatePassword"], "TLS Certificate Password", "b0e4d5f6-9a1c-4c3d-f6a7-8b2c3d4e5f6a", "");
                var authentication = (EnumSetupField)fields["PublisherAuthentication"];
                Named(authentication, "Publisher Authentication", "3b9a6f04-7c2d-4d85-a1e9-58f0c6b7d241");
                Check.Equal("None", authentication.DefaultValue, "default of Publisher Authentication");
                Check.Equal("None StreamKey UserAndPassword",
                    string.Join(" ", authentication.EnumList.Select(choice => choice.Key)), "choices");
                Text(fields["ProxyProtocolFrom"], "PROXY Protocol From", "95f2c7d8-1e6b-4a30-8d4f-a06c3be57912", "");
                Text(fields["StreamKey"], "Stream Key", "c81d5e3f-20a7-46b9-93cc-7e4f1b8a6d50", "");
                Text(fields["RtmpPushStreamPath"], "RTMP Push Stream Path", "b4e8d9c2-3f5a-4b7e-c9d0-2f4e6a8b0d1e", "/stream1");

                var expected = "EnableTls=false MaxConnections=32 ProxyProtocolFrom= PublisherAuthentication=None RateLimitEnabled=true RateLimitMaxRequests=10 ServerPort="
                    + hardware.Port + " ShowOfflineInfo=true TlsCertificatePassword=";
                var settings = description.Settings.OrderBy(pair => pair.Key, StringComparer.Ordinal)
                    .Select(pair => pair.Key + "=" + pair.Value);
                Check.Equal(expected, string.Join(" ", settings), "hardware settings");
            }
        }

        /// <summary>Fields and settings are those of the library's table, whatever it has: see native/odd.c.</summary>
        public static void CheckOddTable(Hardware hardware)
        {
            var description = hardware.Describe();
            var fields = description.Fields.ToList();
            Check.Equal("Seats Door Mood RoomKey Room", string.Join(" ", fields.Select(field => field.Key)), "keys");
            var seats = (NumberSetupField)fields[0];
            Check.Equal("Number of Seats 5 50 20",
                string.Join(" ", new object[] { seats.DisplayName, seats.MinValue, seats.MaxValue, seats.DefaultValue }), "seats");
            var door = (EnumSetupField)fields[1];
            Check.Equal("Open", door.DefaultValue, "default of an enumeration");
            Check.Equal("Open Open to all, Shut Shut",
                string.Join(", ", door.EnumList.Select(choice => choice.Key + " " + choice.DisplayName)), "choices");
            Text(fields[2], "Mood", "00000000-0000-0000-0000-000000000003", "bright");
            Text(fields[3], "Room Key", "00000000-0000-0000-0000-000000000004", "");
            Text(fields[4], "Room Name", "00000000-0000-0000-0000-000000000005", "hall");

            var settings = description.Settings.Select(pair => pair.Key + "=" + pair.Value);
            Check.Equal("Seats=30 Door=Shut Mood=grey", string.Join(" ", settings), "hardware settings");
            var kitchen = description.Devices.ElementAt(1).Settings.Select(pair => pair.Key + "=" + pair.Value);
            Check.Equal("RoomKey= Room=kitchen", string.Join(" ", kitchen), "settings of camera 2");
        }

        private static void Number(ISetupField field, string name, string id, int max, int value)
        {
            Named(field, name, id);
            var number = (NumberSetupField)field;
            Check.Equal("1 " + max + " 1 " + value,
                number.MinValue + " " + number.MaxValue + " " + number.Resolution + " " + number.DefaultValue,
                "range, resolution and default of " + name);
        }

        private static void Switch(ISetupField field, string name, string id, bool value)
        {
            Named(field, name, id);
            Check.Equal(value, ((BoolSetupField)field).DefaultValue, "default of " + name);
        }

        private static void Text(ISetupField field, string name, string id, string value)
        {
            Named(field, name, id);
            Check.Equal(value, ((StringSetupField)field).DefaultValue, "default of " + name);
        }

        private static void Named(ISetupField field, string name, string id)
        {
            Check.Equal(name, field.DisplayName, "display name of " + field.Key);
            Check.Equal(id, field.ReferenceId.ToString(), "id of " + field.Key);
            Check.True(!field.IsReadOnly, "{0} is read-only", field.Key);
        }

        private void PortDefault()
        {
            // Nobody knows whether 8783 is free here: the message of a failure names the port as well.
            int before = _log.Count;
            using (var hardware = new Hardware(_driver, 8783, new Uri("http://localhost/")))
            {
                try
                {
                    hardware.Connect();
                }
                catch (ConnectionLostException exception)
                {
                    Check.Contains("8783", exception.Message);
                    return;
                }
                hardware.ExpectSetting("ServerPort", "8783");
                _log.Expect(before, "8783");
            }
        }

        private void Microphones()
        {
            using (var hardware = Hardware.Connected(_driver))
            {
                var devices = hardware.Describe().Devices.OfType<MicrophoneDeviceDefinition>().ToList();
                Check.Equal(16, devices.Count, "microphones");
                for (int microphone = 1; microphone <= 16; microphone++)
                {
                    var device = devices[microphone - 1];
                    Check.Equal("Stream " + microphone + " Microphone", device.DisplayName, "name");
                    Check.Equal(Hardware.MicrophoneId(microphone), device.DeviceId, "id");
                    Check.Equal("0f7e2b9c-5d46-4c1a-8e73-b94d6a20f5c8", device.Streams.Single().ReferenceId, "stream");
                    Check.Equal(0, device.Streams.Single().Settings.Count, "settings of the stream");
                }
            }
        }

        private void Devices()
        {
            using (var hardware = Hardware.Connected(_driver))
            {
                var devices = hardware.Describe().Devices.OfType<CameraDeviceDefinition>().ToList();
                Check.Equal(16, devices.Count, "number of cameras");
                for (int camera = 1; camera <= 16; camera++)
                {
                    var device = devices[camera - 1];
                    Check.Equal("Stream " + camera, device.DisplayName, "name");
                    Check.Equal(Hardware.CameraId(camera), device.DeviceId, "id");
                    Check.Equal("/stream" + camera, device.Settings["RtmpPushStreamPath"], "path");
                    Check.Equal("", device.Settings["StreamKey"], "stream key");
                    var stream = device.Streams.Single();
                    Check.Equal("86579eea-dfef-47bb-ab3a-d8bcec31d4a8", stream.ReferenceId, "stream");
                    Check.Equal(
                        "RTMP Stream Started a1a1f2e4-5b7c-4d9a-b1f2-4c6d8e0f2a3b a1a1f2e4-5b7c-4d9a-b1f2-4c6d8e0f2a11 "
                        + "a1a2f2e4-5b7c-4d9a-b1f2-4c6d8e0f2a3b; "
                        + "RTMP Stream Stopped a1a2f2e4-5b7c-4d9a-b1f2-4c6d8e0f2a3b a1a1f2e4-5b7c-4d9a-b1f2-4c6d8e0f2a22 "
                        + "a1a1f2e4-5b7c-4d9a-b1f2-4c6d8e0f2a3b",
                        string.Join("; ", device.DeviceEvents.Select(e => string.Join(" ", new object[]
                            { e.DisplayName, e.ReferenceId, e.NameReferenceId, e.CounterReferenceId }))),
                        "events");
                }
            }
        }
    }
}
