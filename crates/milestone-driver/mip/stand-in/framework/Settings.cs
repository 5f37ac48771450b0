namespace VideoOS.Platform.DriverFramework.Data.Settings
{
    public abstract class BaseSetting
    {
        protected BaseSetting(string key, string value)
        {
            Key = key;
            Value = value;
        }

        public string Key { get; private set; }
        public string Value { get; set; }
    }

    public class HardwareSetting : BaseSetting
    {
        public HardwareSetting(string key, string value)
            : base(key, value)
        {
        }
    }

    public class DeviceSetting : BaseSetting
    {
        public DeviceSetting(string key, string deviceId, string value)
            : base(key, value)
        {
            DeviceId = deviceId;
        }

        public string DeviceId { get; private set; }
    }
}
