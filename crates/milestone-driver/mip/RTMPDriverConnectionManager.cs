using System;
using System.Collections.Generic;
using System.Linq;
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
        private readonly HostSettings _settings;
        /// <summary>The settings that the driver has been offered, whether it took them or not.</summary>
        private Dictionary<string, string> _offered = new Dictionary<string, string>();
        private HardwareConnection _connection;

        /// <summary>
        /// One thread at a time connects, closes or follows the settings. Whoever comes with a change meanwhile leaves it
        /// in <see cref="_told"/>: no call of the host waits for another one's.
        /// </summary>
        private readonly object _turn = new object();
        private readonly Queue<IDictionary<string, string>> _told = new Queue<IDictionary<string, string>>();
        /// <summary>A call of the host within one of ours, on the same thread, does not take its turn.</summary>
        private bool _busy;

        public RTMPDriverConnectionManager(RTMPDriverContainer container)
            : base(container)
        {
            _container = container;
            _settings = new HostSettings(() => _container.SettingsManager);
        }

        /// <summary>Address of the hardware.</summary>
        internal Uri Uri { get; private set; }

        /// <summary>
        /// The settings of the hardware as the host keeps them: what is in force, and of secrets, which the driver keeps
        /// to itself, what the host has said.
        /// </summary>
        internal IDictionary<string, string> HardwareSettings()
        {
            var inForce = Core.Settings();
            var offered = Volatile.Read(ref _offered);
            var settings = new Dictionary<string, string>();
            foreach (var row in SettingTable.All.Where(row => !row.OfCamera))
            {
                string value;
                if (!inForce.TryGetValue(row.Key, out value) && !offered.TryGetValue(row.Key, out value))
                    value = row.Default(0) ?? "";
                settings[row.Key] = value;
            }
            return settings;
        }

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
                catch (Exception)
                {
                    return false;
                }
            }
        }

        public override void Connect(
            Uri uri, string userName, SecureString password, ICollection<HardwareSetting> hardwareSettings)
        {
            Guarded.Call("Connect", () => AndFollow(() => ConnectTo(uri, userName, password, hardwareSettings)));
        }

        /// <summary>The host changes the hardware's password: publishers log in with it from now on.</summary>
        internal void ChangePassword(string userName, SecureString password)
        {
            Guarded.Call("ChangePassword", () => AndFollow(() => Core.SetLogin(userName, password)));
        }

        public override void Close()
        {
            Guarded.Quietly("Close", () =>
            {
                lock (_turn)
                {
                    InTurn(() =>
                    {
                        ListenToSettings(false);
                        Disconnect();
                    });
                }
            });
        }

        private void ConnectTo(
            Uri uri, string userName, SecureString password, ICollection<HardwareSetting> hardwareSettings)
        {
            NativeLibrary.Check();
            // In this order: what is saved from now on is told, what was saved before is read.
            ListenToSettings(true);
            _settings.Given(hardwareSettings);
            _settings.Read(null);
            ReadTold();
            if (IsConnected && Equals(uri, Uri))
            {
                // Once more without a Close: publishers stay, only the settings and the login may be others.
                try
                {
                    Core.SetLogin(userName, password);
                }
                finally
                {
                    // What was read above is not told again.
                    OfferChanges();
                }
                return;
            }
            Disconnect();
            Uri = uri;
            try
            {
                Volatile.Write(ref _offered, new Dictionary<string, string>(_settings.Current));
                Volatile.Write(ref _connection, new HardwareConnection(uri, Lines(_offered), userName, password, RaiseEvent));
            }
            catch (Exception exception)
            {
                Log.Error((uri == null ? "" : uri.Authority + ": ") + exception.Message);
                ListenToSettings(false);
                throw;
            }
        }

        private void Disconnect()
        {
            var connection = _connection;
            Volatile.Write(ref _connection, null);
            if (connection != null)
                connection.Dispose();
        }

        private void ListenToSettings(bool listen)
        {
            Guarded.Quietly("Settings", () =>
            {
                var manager = _container.SettingsManager;
                if (manager == null)
                    return;
                manager.OnSettingsChanged -= OnSettingsChanged;
                if (listen)
                    manager.OnSettingsChanged += OnSettingsChanged;
            });
        }

        private void OnSettingsChanged(object sender, SettingsChangedEventArgs e)
        {
            // As they are now: another thread may read them, after the host has gone on and made something else of them.
            // Where they cannot be read, what is stored is.
            Dictionary<string, string> told = null;
            Guarded.Quietly("Settings", () => told = HostSettings.Named(e == null ? null : e.Settings));
            Guarded.Quietly("Settings", () =>
            {
                lock (_told)
                    _told.Enqueue(told);
                Follow();
            });
        }

        /// <summary>Does what was told, unless another thread is at it: that one does this as well.</summary>
        private void Follow()
        {
            while (IsToldOf() && Monitor.TryEnter(_turn))
            {
                try
                {
                    if (_busy)
                        return;
                    InTurn(() =>
                    {
                        ReadTold();
                        OfferChanges();
                    });
                }
                finally
                {
                    Monitor.Exit(_turn);
                }
            }
        }

        private bool IsToldOf()
        {
            lock (_told)
                return _told.Count > 0;
        }

        /// <summary>Reads everything anew for each change that was told.</summary>
        private void ReadTold()
        {
            while (true)
            {
                IDictionary<string, string> told;
                lock (_told)
                {
                    if (_told.Count == 0)
                        return;
                    told = _told.Dequeue();
                }
                _settings.Read(told);
            }
        }

        /// <summary>
        /// Takes its turn, and does what was told meanwhile. Whoever told that has left it to this call: it is done also
        /// where the call fails.
        /// </summary>
        private bool AndFollow(Action action)
        {
            try
            {
                lock (_turn)
                    InTurn(action);
            }
            finally
            {
                Follow();
            }
            return true;
        }

        private void InTurn(Action action)
        {
            bool before = _busy;
            _busy = true;
            try
            {
                action();
            }
            finally
            {
                _busy = before;
            }
        }

        /// <summary>Changes what runs, or leaves all of it as it is and says why.</summary>
        private void OfferChanges()
        {
            var connection = _connection;
            if (connection == null)
                return;
            var changes = new Dictionary<string, string>();
            foreach (var setting in _settings.Current)
            {
                string before;
                if (!_offered.TryGetValue(setting.Key, out before) || before != setting.Value)
                    changes[setting.Key] = setting.Value;
            }
            if (changes.Count == 0)
                return;
            Volatile.Write(ref _offered, new Dictionary<string, string>(_settings.Current));
            try
            {
                if (!connection.Core.ApplySettings(Lines(changes)))
                    Log.Info("The settings are accepted and not yet in effect.");
            }
            catch (ConnectionLostException exception)
            {
                Log.Error("The settings were not changed: " + exception.Message);
            }
        }

        private static SettingLines Lines(IDictionary<string, string> settings)
        {
            var lines = new SettingLines();
            foreach (var setting in settings)
                lines.Add(setting.Key, setting.Value);
            return lines;
        }

        private void RaiseEvent(int camera, Guid id)
        {
            var manager = _container.EventManager;
            if (manager != null)
                manager.NewEvent(Identity.CameraId(camera), id);
        }
    }
}
