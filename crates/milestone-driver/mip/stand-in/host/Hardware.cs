using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Security;
using System.Threading;
using VideoOS.Platform.DriverFramework;
using VideoOS.Platform.DriverFramework.Data.Settings;
using VideoOS.Platform.DriverFramework.Managers;

namespace StandInHost
{
    /// <summary>A hardware as the host keeps it: the driver's container and what belongs to it.</summary>
    internal sealed class Hardware : IDisposable
    {
        private static readonly Random Ports = new Random();

        public readonly Uri Uri;
        public readonly int Port;
        public readonly StoredSettings Settings = new StoredSettings();
        public readonly EventRecorder Events = new EventRecorder();
        public readonly Container Container;

        /// <summary>Of the user "root".</summary>
        public string Password = "";

        public Hardware(DriverDefinition driver)
            : this(driver, FreePort())
        {
        }

        public Hardware(DriverDefinition driver, int port)
            : this(driver, port, Local(port))
        {
        }

        public Hardware(DriverDefinition driver, int port, Uri uri)
            : this(driver, port, uri, true)
        {
        }

        private Hardware(DriverDefinition driver, int port, Uri uri, bool managers)
        {
            Port = port;
            Uri = uri;
            Container = driver.MakeContainer(uri, managers ? Settings : null, managers ? Events : null, null);
        }

        /// <summary>A hardware whose container was given neither settings nor events.</summary>
        public static Hardware WithoutManagers(DriverDefinition driver)
        {
            int port = FreePort();
            return new Hardware(driver, port, Local(port), false);
        }

        /// <summary>A hardware that is connected.</summary>
        public static Hardware Connected(DriverDefinition driver)
        {
            var hardware = new Hardware(driver);
            hardware.Connect();
            return hardware;
        }

        public void Connect(params string[] keysAndValues)
        {
            Connect(Pairs(keysAndValues).Select(pair => new HardwareSetting(pair.Key, pair.Value)).ToList());
        }

        public void Connect(ICollection<HardwareSetting> settings)
        {
            Container.ConnectionManager.Connect(Uri, "root", Secure(Password), settings);
        }

        public static SecureString Secure(string text)
        {
            var secure = new SecureString();
            foreach (char character in text)
                secure.AppendChar(character);
            return secure;
        }

        public void Close()
        {
            Container.ConnectionManager.Close();
        }

        public void Dispose()
        {
            Close();
        }

        public HardwareDescription Describe()
        {
            return Container.ConfigurationManager.Describe();
        }

        public void ExpectSetting(string key, string expected)
        {
            Check.Equal(expected, Describe().Settings[key], key);
        }

        public string Url(string path)
        {
            return "rtmp://127.0.0.1:" + Port + path;
        }

        /// <summary>Camera, counted from 1 as people do.</summary>
        public Session Open(int camera)
        {
            return new Session(this, CameraId(camera));
        }

        /// <summary>Changes settings of the hardware.</summary>
        public void Change(params string[] keysAndValues)
        {
            Settings.Change(Pairs(keysAndValues)
                .Select(pair => (BaseSetting)new HardwareSetting(pair.Key, pair.Value)).ToList());
        }

        public void ChangePath(int camera, string path)
        {
            Settings.Change(new List<BaseSetting> { new DeviceSetting("RtmpPushStreamPath", CameraId(camera), path) });
        }

        /// <summary>A session on the microphone of a camera.</summary>
        public Listener Listen(int microphone)
        {
            return new Listener(this, MicrophoneId(microphone));
        }

        public static string MicrophoneId(int microphone)
        {
            return "6d1c9f52-83ab-4e07-9b64-2f5a7c31d0" + microphone.ToString("x2");
        }

        public static string CameraId(int camera)
        {
            return "ebb3f997-75e5-474d-9da5-952c47d200" + camera.ToString("x2");
        }

        /// <summary>
        /// A port that is free on all addresses, and below those that the system gives to outgoing connections.
        /// </summary>
        public static int FreePort()
        {
            while (true)
            {
                int port = Ports.Next(11000, 20000);
                var listener = new TcpListener(IPAddress.Any, port);
                try
                {
                    listener.Start();
                    listener.Stop();
                    return port;
                }
                catch (SocketException)
                {
                }
            }
        }

        private static Uri Local(int port)
        {
            return new Uri("http://localhost:" + port + "/");
        }

        private static IEnumerable<KeyValuePair<string, string>> Pairs(string[] keysAndValues)
        {
            for (int i = 0; i < keysAndValues.Length; i += 2)
                yield return new KeyValuePair<string, string>(keysAndValues[i], keysAndValues[i + 1]);
        }
    }

    /// <summary>The host's settings: it says null for what it has not stored.</summary>
    internal sealed class StoredSettings : ISettingsManager
    {
        private readonly Dictionary<string, string> _values = new Dictionary<string, string>();

        private EventHandler<SettingsChangedEventArgs> _changed;

        public event EventHandler<SettingsChangedEventArgs> OnSettingsChanged
        {
            add
            {
                ThrowIfAsked();
                _changed += value;
            }
            remove
            {
                ThrowIfAsked();
                _changed -= value;
            }
        }

        /// <summary>A host that cannot even be asked.</summary>
        public bool Throws { get; set; }

        /// <summary>Is called once, when the driver reads the setting.</summary>
        public void WhenReading(string key, Action action)
        {
            _readKey = key;
            _whenRead = action;
        }

        private string _readKey;
        private Action _whenRead;

        private void ThrowIfAsked()
        {
            if (Throws)
                throw new InvalidOperationException("there are no settings yet");
        }

        public void Store(string key, string deviceId, string value)
        {
            lock (_values)
                _values[key + deviceId] = value;
        }

        public T GetSetting<T>(T setting) where T : BaseSetting
        {
            ThrowIfAsked();
            var action = setting.Key == _readKey ? Interlocked.Exchange(ref _whenRead, null) : null;
            if (action != null)
                action();
            var ofDevice = setting as DeviceSetting;
            string value;
            lock (_values)
            {
                if (!_values.TryGetValue(setting.Key + (ofDevice == null ? "" : ofDevice.DeviceId), out value))
                    return null;
            }
            setting.Value = value;
            return setting;
        }

        public void Change(ICollection<BaseSetting> settings)
        {
            Raise(new SettingsChangedEventArgs { Settings = settings });
        }

        /// <summary>Stores a setting of the hardware, and tells so.</summary>
        public void Save(string key, string value)
        {
            Store(key, null, value);
            Change(new List<BaseSetting> { new HardwareSetting(key, value) });
        }

        public void Raise(SettingsChangedEventArgs arguments)
        {
            var handler = _changed;
            if (handler != null)
                handler(this, arguments);
        }

        public bool HasListeners
        {
            get { return _changed != null; }
        }
    }

    /// <summary>The host's events.</summary>
    internal sealed class EventRecorder : IEventManager
    {
        public const string Started = "a1a1f2e4-5b7c-4d9a-b1f2-4c6d8e0f2a3b";
        public const string Stopped = "a1a2f2e4-5b7c-4d9a-b1f2-4c6d8e0f2a3b";

        private readonly List<KeyValuePair<string, string>> _events = new List<KeyValuePair<string, string>>();

        /// <summary>Is called with every event, after it was noted: may do what it likes.</summary>
        public Action OnEvent { get; set; }

        public void NewEvent(string deviceId, Guid eventReferenceId, IDictionary<string, string> eventData = null)
        {
            lock (_events)
                _events.Add(new KeyValuePair<string, string>(deviceId, eventReferenceId.ToString()));
            var action = OnEvent;
            if (action != null)
                action();
        }

        /// <summary>"+" and "-" for the starts and stops of a camera.</summary>
        public string Of(int camera)
        {
            lock (_events)
            {
                return string.Concat(_events.Where(entry => entry.Key == Hardware.CameraId(camera)).Select(entry =>
                    entry.Value == Started ? "+" : entry.Value == Stopped ? "-" : "?"));
            }
        }

        public void Expect(int camera, string expected)
        {
            Check.Eventually(() => Of(camera).Length >= expected.Length,
                "events " + expected + " of camera " + camera + "; there are " + Of(camera));
            Check.Equal(expected, Of(camera), "events of camera " + camera);
        }
    }
}
