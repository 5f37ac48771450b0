using System;
using System.Collections.Generic;
using System.Security;
using System.Threading;
using VideoOS.Platform.DriverFramework.Data.Settings;
using VideoOS.Platform.DriverFramework.Exceptions;
using VideoOS.Platform.DriverFramework.Managers;

namespace RTMPDriver
{
    /// <summary>Starts and stops the hardware, and passes its settings on.</summary>
    public class RTMPDriverConnectionManager : ConnectionManager
    {
        private readonly RTMPDriverContainer _container;
        private readonly object _changing = new object();
        private HardwareConnection _connection;

        public RTMPDriverConnectionManager(RTMPDriverContainer container)
            : base(container)
        {
            _container = container;
        }

        /// <summary>Address of the hardware.</summary>
        internal Uri Uri { get; private set; }

        /// <summary>The running hardware.</summary>
        internal NativeCore Core
        {
            get
            {
                var connection = Volatile.Read(ref _connection);
                if (connection == null)
                    throw new ConnectionLostException("The hardware is not connected.");
                return connection.Core;
            }
        }

        public override bool IsConnected
        {
            get
            {
                var connection = Volatile.Read(ref _connection);
                try
                {
                    return connection != null && connection.Core.IsRunning();
                }
                catch (ObjectDisposedException)
                {
                    return false;
                }
            }
        }

        public override void Connect(
            Uri uri, string userName, SecureString password, ICollection<HardwareSetting> hardwareSettings)
        {
            lock (_changing)
            {
                var settings = InitialSettings(hardwareSettings);
                if (IsConnected && Equals(uri, Uri))
                {
                    // Once more without a Close: publishers stay, only the settings may be others.
                    Change(settings);
                    return;
                }
                Close();
                Uri = uri;
                try
                {
                    Volatile.Write(ref _connection, new HardwareConnection(uri, settings, RaiseEvent));
                }
                catch (ConnectionLostException exception)
                {
                    Log.Error((uri == null ? "" : uri.Authority + ": ") + exception.Message);
                    throw;
                }
                ListenToSettings(true);
            }
        }

        public override void Close()
        {
            lock (_changing)
            {
                ListenToSettings(false);
                var connection = _connection;
                Volatile.Write(ref _connection, null);
                if (connection != null)
                    connection.Dispose();
            }
        }

        private void ListenToSettings(bool listen)
        {
            var manager = _container.SettingsManager;
            if (manager == null)
                return;
            manager.OnSettingsChanged -= OnSettingsChanged;
            if (listen)
                manager.OnSettingsChanged += OnSettingsChanged;
        }

        /// <summary>All settings: what the host gives, else what it has stored. The driver knows the defaults.</summary>
        private SettingLines InitialSettings(ICollection<HardwareSetting> hardwareSettings)
        {
            var lines = new SettingLines();
            var given = new HashSet<string>();
            foreach (var setting in hardwareSettings ?? new HardwareSetting[0])
            {
                Add(lines, setting);
                if (setting != null && setting.Key != null)
                    given.Add(setting.Key);
            }
            foreach (var key in SettingKeys.OfHardware)
            {
                var value = given.Contains(key) ? null : StoredSetting(key);
                if (value != null)
                    lines.AddHardware(key, value);
            }
            for (int device = 0; device < Identity.Cameras; device++)
            {
                var path = StoredPath(device);
                if (path != null)
                    lines.AddDevice(SettingKeys.StreamPath, device, path);
            }
            return lines;
        }

        private string StoredSetting(string key)
        {
            return Stored(() =>
            {
                var setting = _container.SettingsManager.GetSetting(new HardwareSetting(key, null));
                return setting == null ? null : setting.Value;
            });
        }

        private string StoredPath(int device)
        {
            return Stored(() =>
            {
                var wanted = new DeviceSetting(SettingKeys.StreamPath, Identity.CameraId(device), null);
                var setting = _container.SettingsManager.GetSetting(wanted);
                return setting == null ? null : setting.Value;
            });
        }

        /// <summary>A host that has nothing stored yet may say so in any way.</summary>
        private string Stored(Func<string> read)
        {
            try
            {
                return _container.SettingsManager == null ? null : read();
            }
            catch (Exception)
            {
                return null;
            }
        }

        private void OnSettingsChanged(object sender, SettingsChangedEventArgs e)
        {
            var lines = new SettingLines();
            if (e != null && e.Settings != null)
            {
                foreach (var setting in e.Settings)
                {
                    Add(lines, setting as HardwareSetting);
                    Add(lines, setting as DeviceSetting);
                }
            }
            if (!lines.IsEmpty)
                Change(lines);
        }

        private static void Add(SettingLines lines, HardwareSetting setting)
        {
            if (setting != null && setting.Key != null && setting.Value != null)
                lines.AddHardware(setting.Key, setting.Value);
        }

        private static void Add(SettingLines lines, DeviceSetting setting)
        {
            int device = setting == null ? -1 : Identity.CameraOf(setting.DeviceId);
            if (device >= 0 && setting.Key != null && setting.Value != null)
                lines.AddDevice(setting.Key, device, setting.Value);
        }

        /// <summary>Changes what runs, or leaves all of it as it is and says why.</summary>
        private void Change(SettingLines lines)
        {
            try
            {
                var connection = Volatile.Read(ref _connection);
                if (connection != null)
                    connection.Core.ApplySettings(lines);
            }
            catch (ConnectionLostException exception)
            {
                Log.Error("The settings were not changed: " + exception.Message);
            }
            catch (ObjectDisposedException)
            {
                // The hardware was closed in the meantime.
            }
        }

        private void RaiseEvent(int device, Guid id)
        {
            var manager = _container.EventManager;
            if (manager != null)
                manager.NewEvent(Identity.CameraId(device), id);
        }
    }
}
