using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Security;
#if CHANGE_PASSWORD
using VideoOS.Platform.DriverFramework.Data;
#endif
using VideoOS.Platform.DriverFramework.Data.Settings;
using VideoOS.Platform.DriverFramework.Definitions;
using VideoOS.Platform.DriverFramework.Managers;

namespace RTMPDriver
{
    /// <summary>Describes the hardware, its cameras and microphones, settings and events.</summary>
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

#if CHANGE_PASSWORD
        // The framework has these from 2025 R1 on; RTMPDriver.csproj says for which the symbol is there.

        public override bool ChangePasswordSupported
        {
            get { return true; }
        }

        public override ChangePasswordResult ChangePassword(string userName, SecureString password)
        {
            _connection.ChangePassword(userName, password);
            return ChangePasswordOutcome.Success;
        }
#endif

        protected override IDictionary<string, string> BuildHardwareSettings()
        {
            return Guarded.Call("BuildHardwareSettings", _connection.HardwareSettings);
        }

        protected override ICollection<ISetupField> BuildFields()
        {
            return Guarded.Call("BuildFields", Fields);
        }

        private ICollection<ISetupField> Fields()
        {
            // What has no default (the port) gets what is in force: what the hardware was added with.
            var inForce = _connection.Core.Settings();
            return SettingTable.All.Select(row =>
            {
                string value = row.Default(row.Owners.First());
                if (value == null && !inForce.TryGetValue(row.Key, out value))
                    value = "";
                return Field(row, value);
            }).ToList();
        }

        protected override ICollection<DeviceDefinitionBase> BuildDevices()
        {
            return Guarded.Call("BuildDevices", Devices);
        }

        private ICollection<DeviceDefinitionBase> Devices()
        {
            CheckConnected();
            var devices = new List<DeviceDefinitionBase>();
            for (int camera = 1; camera <= Identity.Cameras; camera++)
            {
                devices.Add(new CameraDeviceDefinition
                {
                    DisplayName = Identity.CameraName(camera),
                    DeviceId = Identity.CameraId(camera),
                    Settings = SettingTable.All.Where(row => row.OfCamera)
                        .ToDictionary(row => row.Key, row => row.Default(camera) ?? ""),
                    Streams = new List<StreamDefinition> { VideoStream() },
                    DeviceEvents = Events()
                });
            }
            for (int microphone = 1; microphone <= Identity.Cameras; microphone++)
            {
                devices.Add(new MicrophoneDeviceDefinition
                {
                    DisplayName = Identity.MicrophoneName(microphone),
                    DeviceId = Identity.MicrophoneId(microphone),
                    Settings = new Dictionary<string, string>(),
                    Streams = new List<StreamDefinition> { AudioStream() },
                    DeviceEvents = new List<EventDefinition>()
                });
            }
            return devices;
        }

        private void CheckConnected()
        {
            GC.KeepAlive(_connection.Core);
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

        private static StreamDefinition AudioStream()
        {
            return new StreamDefinition
            {
                DisplayName = "Audio stream",
                ReferenceId = Identity.AudioStream.ToString(),
                Settings = new Dictionary<string, string>(),
                RemotePlaybackSupport = false
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

        /// <summary>A setting of a kind that is not known yet is a text, as every value is.</summary>
        private static ISetupField Field(SettingRow row, string value)
        {
            switch (row.Kind)
            {
                case NativeMethods.KindNumber:
                    return Number(row, int.Parse(value, CultureInfo.InvariantCulture));
                case NativeMethods.KindSwitch:
                    return Switch(row, value == "true");
                case NativeMethods.KindChoice:
                    return Enumeration(row, value);
                default:
                    return Text(row.Key, row.Name, row.Id, value);
            }
        }

        // Member by member on each type: what their base has is not known of the framework.

        private static NumberSetupField Number(SettingRow row, int value)
        {
            return new NumberSetupField
            {
                Key = row.Key,
                DisplayName = row.Name,
                DisplayNameReferenceId = Guid.Empty,
                ReferenceId = row.Id,
                IsReadOnly = false,
                MinValue = row.Min,
                MaxValue = row.Max,
                Resolution = 1,
                DefaultValue = value
            };
        }

        private static BoolSetupField Switch(SettingRow row, bool value)
        {
            return new BoolSetupField
            {
                Key = row.Key,
                DisplayName = row.Name,
                DisplayNameReferenceId = Guid.Empty,
                ReferenceId = row.Id,
                IsReadOnly = false,
                DefaultValue = value
            };
        }

        private static EnumSetupField Enumeration(SettingRow row, string value)
        {
            return new EnumSetupField
            {
                Key = row.Key,
                DisplayName = row.Name,
                DisplayNameReferenceId = Guid.Empty,
                ReferenceId = row.Id,
                IsReadOnly = false,
                EnumList = row.Choices.Select(choice => Text(choice.Key, choice.Value, Guid.Empty, choice.Key)).ToList(),
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
