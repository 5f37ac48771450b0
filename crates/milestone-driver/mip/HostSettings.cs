using System;
using System.Collections;
using System.Collections.Generic;
using VideoOS.Platform.DriverFramework.Data.Settings;
using VideoOS.Platform.DriverFramework.Managers;

namespace RTMPDriver
{
    /// <summary>
    /// What the settings are, as the host says by three ways: what it passes to Connect, what it has stored, and what it
    /// tells of changes. Each way counts when it has news; which came last is not known of calls on several threads.
    /// </summary>
    /// <remarks>Not for several threads at a time.</remarks>
    internal sealed class HostSettings
    {
        private const int LongestValue = 4096;

        private readonly Func<ISettingsManager> _manager;
        private readonly Dictionary<string, string> _given = new Dictionary<string, string>();
        private readonly Dictionary<string, string> _stored = new Dictionary<string, string>();
        private readonly Dictionary<string, string> _current = new Dictionary<string, string>();

        /// <summary>The host was seen to store a value before it told of it: what is stored is never older.</summary>
        private bool _storesFirst;

        /// <param name="manager">The host's settings; null while it has none.</param>
        public HostSettings(Func<ISettingsManager> manager)
        {
            _manager = manager;
        }

        /// <summary>
        /// The values by their names: "key", or "key[camera]" for those of a camera. The driver knows the defaults of what
        /// is not there.
        /// </summary>
        public IDictionary<string, string> Current
        {
            get { return _current; }
        }

        /// <summary>
        /// What was passed to Connect. It may be an older reading than a change that was told in the meantime: the same as
        /// last time is no news.
        /// </summary>
        public void Given(IEnumerable settings)
        {
            foreach (var setting in Named(settings))
            {
                string before;
                if (!_given.TryGetValue(setting.Key, out before) || before != setting.Value)
                    _current[setting.Key] = setting.Value;
                _given[setting.Key] = setting.Value;
            }
        }

        /// <summary>Reads everything that is stored, after a change that was told; null if none was.</summary>
        public void Read(IDictionary<string, string> told)
        {
            var changed = told ?? new Dictionary<string, string>();
            bool failed = false;
            foreach (var row in SettingTable.All)
            {
                foreach (int camera in row.Owners)
                {
                    string name = SettingLines.NameOf(row.Key, camera);
                    Read(changed, name, Stored(name, manager => Ask(manager, row.Key, camera), ref failed));
                }
            }
        }

        private static string Ask(ISettingsManager manager, string key, int camera)
        {
            if (camera == 0)
            {
                var ofHardware = manager.GetSetting(new HardwareSetting(key, null));
                return ofHardware == null ? null : ofHardware.Value;
            }
            var ofDevice = manager.GetSetting(new DeviceSetting(key, Identity.CameraId(camera), null));
            return ofDevice == null ? null : ofDevice.Value;
        }

        private void Read(IDictionary<string, string> changed, string name, string stored)
        {
            string before, told;
            bool readBefore = _stored.TryGetValue(name, out before);
            bool news = stored != null && (readBefore ? stored != before : !_current.ContainsKey(name));
            if (!changed.TryGetValue(name, out told))
            {
                if (news)
                    _current[name] = stored;
            }
            else if (stored == told)
            {
                _storesFirst |= readBefore && before != told;
                _current[name] = told;
            }
            else
            {
                // Either the host stores it later, or this is an earlier change than what is stored.
                _current[name] = stored != null && (news || _storesFirst) ? stored : told;
            }
            if (stored != null)
                _stored[name] = stored;
        }

        /// <summary>A host that has nothing stored yet may say so in any way.</summary>
        private string Stored(string name, Func<ISettingsManager, string> read, ref bool failed)
        {
            try
            {
                var manager = _manager();
                var value = manager == null ? null : read(manager);
                return IsReadable(name, value) ? value : null;
            }
            catch (Exception exception)
            {
                if (!failed)
                    Log.Info("Stored settings cannot be read: " + exception.Message);
                failed = true;
                return null;
            }
        }

        /// <summary>The driver takes whatever can be a value; this would not even get there.</summary>
        private static bool IsReadable(string name, string value)
        {
            if (value == null)
                return false;
            if (value.Length > LongestValue)
                Log.Error("The value of " + name + " is too long, it does not count.");
            return value.Length <= LongestValue;
        }

        /// <summary>The values of the driver's settings among these, by name.</summary>
        public static Dictionary<string, string> Named(IEnumerable settings)
        {
            var named = new Dictionary<string, string>();
            foreach (var setting in settings ?? new object[0])
            {
                string name = null, value = null;
                var ofHardware = setting as HardwareSetting;
                var ofDevice = setting as DeviceSetting;
                if (ofHardware != null && SettingTable.Find(ofHardware.Key, false) != null)
                {
                    name = ofHardware.Key;
                    value = ofHardware.Value;
                }
                else if (ofDevice != null && SettingTable.Find(ofDevice.Key, true) != null)
                {
                    int camera = Identity.CameraOf(ofDevice.DeviceId);
                    name = camera == 0 ? null : SettingLines.NameOf(ofDevice.Key, camera);
                    value = ofDevice.Value;
                }
                if (name != null && IsReadable(name, value))
                    named[name] = value;
            }
            return named;
        }
    }
}
