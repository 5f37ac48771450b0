using System;
using System.Collections.Generic;
using System.Security;
using VideoOS.Platform.DriverFramework.Data.Settings;
using VideoOS.Platform.DriverFramework.Definitions;
using VideoOS.Platform.DriverFramework.Managers;

namespace VideoOS.Platform.DriverFramework
{
    /// <summary>The entry of a driver assembly.</summary>
    public abstract class DriverDefinition
    {
        private DriverInfo _info;

        public DriverInfo DriverInfo
        {
            get { return _info ?? (_info = CreateDriverInfo()); }
        }

        protected abstract DriverInfo CreateDriverInfo();

        protected abstract Container CreateContainer(
            Uri uri, string userName, SecureString password, ICollection<HardwareSetting> hardwareSettings);

        /// <summary>Not in the real framework: how the stand-in host makes a container.</summary>
        public Container MakeContainer(
            Uri uri, ISettingsManager settings, IEventManager events, ICollection<HardwareSetting> hardwareSettings)
        {
            var container = CreateContainer(uri, "root", new SecureString(), hardwareSettings);
            container.SettingsManager = settings;
            container.EventManager = events;
            return container;
        }
    }

    /// <summary>One hardware.</summary>
    public abstract class Container
    {
        protected Container(DriverDefinition definition)
        {
            Definition = definition;
        }

        public DriverDefinition Definition { get; private set; }

        public ConnectionManager ConnectionManager { get; protected set; }
        public ConfigurationManager ConfigurationManager { get; protected set; }
        public StreamManager StreamManager { get; protected set; }

        public ISettingsManager SettingsManager { get; internal set; }
        public IEventManager EventManager { get; internal set; }
    }
}
