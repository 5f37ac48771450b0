using System;
using System.Collections.Generic;
using System.Security;
using VideoOS.Platform.DriverFramework.Data;
using VideoOS.Platform.DriverFramework.Data.Settings;
using VideoOS.Platform.DriverFramework.Definitions;

namespace VideoOS.Platform.DriverFramework.Managers
{
    public abstract class BaseManager
    {
        protected BaseManager(Container container)
        {
            Container = container;
        }

        protected Container Container { get; private set; }
    }

    public abstract class ConnectionManager : BaseManager
    {
        protected ConnectionManager(Container container)
            : base(container)
        {
        }

        public abstract bool IsConnected { get; }

        public abstract void Connect(
            Uri uri, string userName, SecureString password, ICollection<HardwareSetting> hardwareSettings);

        public abstract void Close();
    }

    public abstract class ConfigurationManager : BaseManager
    {
        protected ConfigurationManager(Container container)
            : base(container)
        {
        }

        protected abstract ProductInformation FetchProductInformation();

        protected virtual IDictionary<string, string> BuildHardwareSettings()
        {
            return new Dictionary<string, string>();
        }

        protected virtual ICollection<ISetupField> BuildFields()
        {
            return new List<ISetupField>();
        }

        protected virtual ICollection<EventDefinition> BuildHardwareEvents()
        {
            return new List<EventDefinition>();
        }

        protected virtual ICollection<DeviceDefinitionBase> BuildDevices()
        {
            return new List<DeviceDefinitionBase>();
        }

#if CHANGE_PASSWORD
        // As from 2025 R1 on.

        public virtual bool ChangePasswordSupported
        {
            get { return false; }
        }

        public virtual ChangePasswordResult ChangePassword(string userName, SecureString password)
        {
            throw new NotSupportedException();
        }
#endif

        /// <summary>Not in the real framework: how the stand-in host asks for all of the above.</summary>
        public HardwareDescription Describe()
        {
            return new HardwareDescription
            {
                Product = FetchProductInformation(),
                Settings = BuildHardwareSettings(),
                Fields = BuildFields(),
                Events = BuildHardwareEvents(),
                Devices = BuildDevices()
            };
        }
    }

    /// <summary>Not in the real framework: what a driver says about a hardware.</summary>
    public class HardwareDescription
    {
        public ProductInformation Product { get; set; }
        public IDictionary<string, string> Settings { get; set; }
        public ICollection<ISetupField> Fields { get; set; }
        public ICollection<EventDefinition> Events { get; set; }
        public ICollection<DeviceDefinitionBase> Devices { get; set; }
    }

    public abstract class StreamManager : BaseManager
    {
        protected StreamManager(Container container)
            : base(container)
        {
        }

        public abstract GetLiveFrameResult GetLiveFrame(Guid sessionId, TimeSpan timeout);
    }

    public abstract class SessionEnabledStreamManager : StreamManager
    {
        private readonly Dictionary<Guid, BaseStreamSession> _sessions = new Dictionary<Guid, BaseStreamSession>();

        protected SessionEnabledStreamManager(Container container)
            : base(container)
        {
        }

        protected abstract BaseStreamSession CreateSession(string deviceId, Guid streamId, Guid sessionId);

        public override GetLiveFrameResult GetLiveFrame(Guid sessionId, TimeSpan timeout)
        {
            BaseStreamSession session;
            lock (_sessions)
                session = _sessions[sessionId];
            BaseDataHeader header;
            byte[] data;
            bool hasFrame = session.GetLiveFrame(timeout, out header, out data);
            return new GetLiveFrameResult { HasFrame = hasFrame, Header = header, Data = data };
        }

        /// <summary>Not in the real framework: how the stand-in host opens a session.</summary>
        public Guid OpenSession(string deviceId, Guid streamId)
        {
            var id = Guid.NewGuid();
            var session = CreateSession(deviceId, streamId, id);
            lock (_sessions)
                _sessions.Add(id, session);
            return id;
        }

        /// <summary>Not in the real framework: how the stand-in host closes a session.</summary>
        public void CloseSession(Guid id)
        {
            BaseStreamSession session;
            lock (_sessions)
                session = _sessions[id];
            session.Close();
        }
    }

    public abstract class BaseStreamSession
    {
        public abstract bool GetLiveFrame(TimeSpan timeout, out BaseDataHeader header, out byte[] data);

        public abstract void Close();
    }

    public class SettingsChangedEventArgs : EventArgs
    {
        public ICollection<BaseSetting> Settings { get; set; }
    }

    public interface ISettingsManager
    {
        event EventHandler<SettingsChangedEventArgs> OnSettingsChanged;

        T GetSetting<T>(T setting) where T : BaseSetting;
    }

    public interface IEventManager
    {
        void NewEvent(string deviceId, Guid eventReferenceId, IDictionary<string, string> eventData = null);
    }
}
