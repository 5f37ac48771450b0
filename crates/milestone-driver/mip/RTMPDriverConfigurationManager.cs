using System;
using System.Collections.Generic;
using System.Globalization;
using VideoOS.Platform.DriverFramework.Data.Settings;
using VideoOS.Platform.DriverFramework.Definitions;
using VideoOS.Platform.DriverFramework.Managers;

namespace RTMPDriver
{
    /// <summary>Describes the hardware, its cameras, settings and events.</summary>
    public class RTMPDriverConfigurationManager : ConfigurationManager
    {
        private readonly RTMPDriverConnectionManager _connection;

        public RTMPDriverConfigurationManager(
            RTMPDriverContainer container, RTMPDriverConnectionManager connection)
            : base(container)
        {
            _connection = connection;
        }

        protected override ProductInformation FetchProductInformation()
        {
            return Guarded.Call("FetchProductInformation", Product);
        }

        private ProductInformation Product()
        {
            CheckConnected();
            string mac, serial;
            var uri = _connection.Uri;
            // The text that the identity of existing hardware was made from.
            byte[] authority = NativeText.Encode(uri == null ? "" : uri.Host + ":" + uri.Port);
            NativeText.Read(
                (byte[] buffer, UIntPtr capacity, out UIntPtr needed) => NativeMethods.rtmp_push_v1_hardware_mac(
                    authority, NativeText.Length(authority), buffer, capacity, out needed),
                out mac);
            NativeText.Read(
                (byte[] buffer, UIntPtr capacity, out UIntPtr needed) => NativeMethods.rtmp_push_v1_hardware_serial(
                    authority, NativeText.Length(authority), buffer, capacity, out needed),
                out serial);
            return new ProductInformation
            {
                ProductId = Identity.Product,
                ProductName = Identity.ProductName,
                ProductVersion = Identity.Version,
                MacAddress = mac,
                SerialNumber = serial,
                HardwareName = Identity.HardwareName,
                Firmware = Identity.FirmwareName,
                FirmwareVersion = Identity.FirmwareVersion
            };
        }

        protected override IDictionary<string, string> BuildHardwareSettings()
        {
            return Guarded.Call("BuildHardwareSettings", HardwareSettings);
        }

        private IDictionary<string, string> HardwareSettings()
        {
            var current = SettingLines.Parse(_connection.Core.Settings());
            var settings = new Dictionary<string, string>();
            foreach (var key in SettingKeys.OfHardware)
                settings[key] = current[key];
            return settings;
        }

        protected override ICollection<ISetupField> BuildFields()
        {
            return Guarded.Call("BuildFields", Fields);
        }

        private ICollection<ISetupField> Fields()
        {
            var current = SettingLines.Parse(_connection.Core.Settings());
            int port = int.Parse(current[SettingKeys.ServerPort], CultureInfo.InvariantCulture);
            return new List<ISetupField>
            {
                Number(SettingKeys.ServerPort, "Server Port", SettingKeys.ServerPortId, 1, 65535, port),
                Switch(SettingKeys.ShowOfflineInfo, "Show Stream Offline Info", SettingKeys.ShowOfflineInfoId, true),
                Number(SettingKeys.MaxConnections, "Max Concurrent Connections", SettingKeys.MaxConnectionsId,
                    1, 1000, 32),
                Switch(SettingKeys.RateLimitEnabled, "Enable Rate Limiter", SettingKeys.RateLimitEnabledId, true),
                Number(SettingKeys.RateLimitMaxRequests, "Rate Limit Max Requests Per Second",
                    SettingKeys.RateLimitMaxRequestsId, 1, 1000, 10),
                Switch(SettingKeys.EnableTls, "TLS Enable (RTMPS)", SettingKeys.EnableTlsId, false),
                Text(SettingKeys.TlsCertificatePassword, "TLS Certificate Password",
                    SettingKeys.TlsCertificatePasswordId, ""),
                Text(SettingKeys.StreamPath, "RTMP Push Stream Path", SettingKeys.StreamPathId, DefaultPath(0))
            };
        }

        protected override ICollection<DeviceDefinitionBase> BuildDevices()
        {
            return Guarded.Call("BuildDevices", Devices);
        }

        private ICollection<DeviceDefinitionBase> Devices()
        {
            CheckConnected();
            var devices = new List<DeviceDefinitionBase>();
            for (int device = 0; device < Identity.Cameras; device++)
            {
                devices.Add(new CameraDeviceDefinition
                {
                    DisplayName = Identity.CameraName(device),
                    DeviceId = Identity.CameraId(device),
                    Settings = new Dictionary<string, string> { { SettingKeys.StreamPath, DefaultPath(device) } },
                    Streams = new List<StreamDefinition> { VideoStream() },
                    DeviceEvents = Events()
                });
            }
            return devices;
        }

        private void CheckConnected()
        {
            GC.KeepAlive(_connection.Core);
        }

        private static string DefaultPath(int device)
        {
            return "/stream" + (device + 1);
        }

        private static StreamDefinition VideoStream()
        {
            return new StreamDefinition
            {
                DisplayName = "Video stream",
                ReferenceId = Identity.VideoStream.ToString(),
                Settings = new Dictionary<string, string>()
            };
        }

        private static ICollection<EventDefinition> Events()
        {
            return new List<EventDefinition>
            {
                new EventDefinition
                {
                    DisplayName = "RTMP Stream Started",
                    ReferenceId = Identity.StreamStarted,
                    NameReferenceId = Identity.StreamStartedName,
                    CounterReferenceId = Identity.StreamStopped
                },
                new EventDefinition
                {
                    DisplayName = "RTMP Stream Stopped",
                    ReferenceId = Identity.StreamStopped,
                    NameReferenceId = Identity.StreamStoppedName,
                    CounterReferenceId = Identity.StreamStarted
                }
            };
        }

        private static NumberSetupField Number(string key, string name, Guid id, int min, int max, int value)
        {
            return new NumberSetupField
            {
                Key = key,
                DisplayName = name,
                DisplayNameReferenceId = Guid.Empty,
                ReferenceId = id,
                IsReadOnly = false,
                MinValue = min,
                MaxValue = max,
                Resolution = 1,
                DefaultValue = value
            };
        }

        private static BoolSetupField Switch(string key, string name, Guid id, bool value)
        {
            return new BoolSetupField
            {
                Key = key,
                DisplayName = name,
                DisplayNameReferenceId = Guid.Empty,
                ReferenceId = id,
                IsReadOnly = false,
                DefaultValue = value
            };
        }

        private static StringSetupField Text(string key, string name, Guid id, string value)
        {
            return new StringSetupField
            {
                Key = key,
                DisplayName = name,
                DisplayNameReferenceId = Guid.Empty,
                ReferenceId = id,
                IsReadOnly = false,
                DefaultValue = value
            };
        }
    }
}
