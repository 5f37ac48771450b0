using System;
using System.Security;
using System.Threading;

namespace RTMPDriver
{
    /// <summary>
    /// A running hardware, and the thread that passes its events and log lines on to the host.
    /// </summary>
    internal sealed class HardwareConnection : IDisposable
    {
        private const int PollMs = 200;
        private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(5);

        private readonly NativeCore _core;
        private readonly string _name;
        private readonly Action<int, Guid> _newEvent;
        private readonly Thread _thread;

        /// <param name="uri">Address of the hardware.</param>
        /// <param name="settings">What to begin with.</param>
        /// <param name="userName">What publishers log in with, where the settings ask for that.</param>
        /// <param name="password">The password to it.</param>
        /// <param name="newEvent">Is called with camera and event, on a thread of this connection.</param>
        public HardwareConnection(
            Uri uri, SettingLines settings, string userName, SecureString password, Action<int, Guid> newEvent)
        {
            _name = uri == null ? Identity.DriverName : uri.Authority;
            _newEvent = newEvent;
            _core = new NativeCore(uri, settings);
            try
            {
                _core.SetLogin(userName, password);
                if (!_core.Start())
                    Log.Info(_name + ": Warning: it does not listen yet and goes on trying.");
                _thread = new Thread(PassOn) { IsBackground = true, Name = Identity.DriverName + " " + _name };
                _thread.Start();
            }
            catch (Exception)
            {
                // What was wrong with the settings is told all the same.
                Guarded.Quietly(_name, PassOnLog);
                _core.Dispose();
                throw;
            }
        }

        public NativeCore Core
        {
            get { return _core; }
        }

        /// <summary>Frees the port and passes on what is left to tell.</summary>
        public void Dispose()
        {
            _core.Stop();
            if (Thread.CurrentThread != _thread)
                _thread.Join(LongestStop);
            _core.Dispose();
        }

        private void PassOn()
        {
            while (true)
            {
                try
                {
                    NativeEvent nativeEvent;
                    int code = _core.NextEvent(PollMs, out nativeEvent);
                    PassOnLog();
                    if (code == NativeMethods.Received)
                        PassOn(nativeEvent);
                    else if (code == NativeMethods.Closed || code == NativeMethods.Panicked)
                        return;
                }
                catch (ObjectDisposedException)
                {
                    // The host held this thread in an event for so long that the core was stopped without it.
                    return;
                }
                catch (ThreadAbortException)
                {
                    // The process is leaving.
                    return;
                }
                catch (Exception exception)
                {
                    Log.Error(_name + ": events cannot be passed on: " + exception);
                    Thread.Sleep(PollMs);
                }
            }
        }

        private void PassOn(NativeEvent nativeEvent)
        {
            if (nativeEvent.Kind == NativeMethods.EventStreamStarted)
                Raise((int)nativeEvent.Camera, Identity.StreamStarted);
            else if (nativeEvent.Kind == NativeMethods.EventStreamStopped)
                Raise((int)nativeEvent.Camera, Identity.StreamStopped);
        }

        private void Raise(int camera, Guid id)
        {
            try
            {
                _newEvent(camera, id);
            }
            catch (Exception exception)
            {
                Log.Error(_name + ": the event was not accepted: " + exception.Message);
            }
        }

        private void PassOnLog()
        {
            NativeLogLine line;
            string text;
            while (_core.NextLogLine(out line, out text) == NativeMethods.Received)
            {
                if (line.Level >= NativeMethods.LogError)
                    Log.Error(_name + ": " + text);
                else if (line.Level == NativeMethods.LogWarning)
                    Log.Info(_name + ": Warning: " + text);
                else
                    Log.Info(_name + ": " + text);
            }
        }
    }
}
