using System;
using System.Collections.Generic;
using System.Linq;

namespace VideoOS.Platform.DriverFramework.Definitions
{
    public class DriverInfo
    {
        public DriverInfo(Guid id, string name, string group, string version, IEnumerable<ProductDefinition> products)
        {
            Id = id;
            Name = name;
            Group = group;
            Version = version;
            SupportedProducts = products.ToList();
        }

        public Guid Id { get; private set; }
        public string Name { get; private set; }
        public string Group { get; private set; }
        public string Version { get; private set; }
        public ICollection<ProductDefinition> SupportedProducts { get; private set; }
        public int MaxHardwarePerProcess { get; set; }
    }

    public class ProductDefinition
    {
        public Guid Id { get; set; }
        public string Name { get; set; }
    }

    public class ProductInformation
    {
        public Guid ProductId { get; set; }
        public string ProductName { get; set; }
        public string ProductVersion { get; set; }
        public string MacAddress { get; set; }
        public string SerialNumber { get; set; }
        public string HardwareName { get; set; }
        public string Firmware { get; set; }
        public string FirmwareVersion { get; set; }
    }

    public interface ISetupField
    {
        string Key { get; set; }
        string DisplayName { get; set; }
        Guid DisplayNameReferenceId { get; set; }
        Guid ReferenceId { get; set; }
        bool IsReadOnly { get; set; }
    }

    public abstract class SetupField<T> : ISetupField
    {
        public string Key { get; set; }
        public string DisplayName { get; set; }
        public Guid DisplayNameReferenceId { get; set; }
        public Guid ReferenceId { get; set; }
        public bool IsReadOnly { get; set; }
        public T DefaultValue { get; set; }
    }

    public class NumberSetupField : SetupField<int>
    {
        public int MinValue { get; set; }
        public int MaxValue { get; set; }
        public int Resolution { get; set; }
    }

    public class BoolSetupField : SetupField<bool>
    {
    }

    public class StringSetupField : SetupField<string>
    {
    }

    public class EnumSetupField : SetupField<string>
    {
        public ICollection<StringSetupField> EnumList { get; set; }
    }

    public abstract class DeviceDefinitionBase
    {
        public string DisplayName { get; set; }
        public string DeviceId { get; set; }
        public IDictionary<string, string> Settings { get; set; }
        public ICollection<EventDefinition> DeviceEvents { get; set; }
    }

    public class CameraDeviceDefinition : DeviceDefinitionBase
    {
        public ICollection<StreamDefinition> Streams { get; set; }
    }

    public class MicrophoneDeviceDefinition : DeviceDefinitionBase
    {
        public ICollection<StreamDefinition> Streams { get; set; }
    }

    public class StreamDefinition
    {
        public string DisplayName { get; set; }
        public string ReferenceId { get; set; }
        public IDictionary<string, string> Settings { get; set; }
        public bool RemotePlaybackSupport { get; set; }
    }

    public class EventDefinition
    {
        public string DisplayName { get; set; }
        public Guid ReferenceId { get; set; }
        public Guid NameReferenceId { get; set; }
        public Guid CounterReferenceId { get; set; }
    }
}
