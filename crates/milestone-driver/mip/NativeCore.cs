using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Security;
using VideoOS.Platform.DriverFramework.Exceptions;

namespace RTMPDriver
{
    /// <summary>A hardware in the native library.</summary>
    internal sealed class NativeCore : IDisposable
    {
        /// <summary>How long a start or a change may keep its caller; it goes on without them.</summary>
        private const int TransitionMs = 10000;
        /// <summary>How long publishers have to hear that the hardware stops.</summary>
        private const int StopMs = 3000;

        private readonly CoreHandle _handle;

        /// <param name="uri">Address of the hardware.</param>
        /// <param name="stored">What of it cannot be read has its default, and the log says so.</param>
        public NativeCore(Uri uri, SettingLines stored)
        {
            // As it was typed: Uri adds a port where there is none, and the driver has a default of its own.
            using (var address = new PinnedText(uri == null ? "" : uri.OriginalString))
            using (var folder = new PinnedText(NativeLibrary.Folder))
            using (var settings = new PinnedText(stored.ToString()))
            {
                var config = new NativeConfig
                {
                    Size = (uint)Marshal.SizeOf(typeof(NativeConfig)),
                    Uri = address.Start,
                    UriLength = address.Length,
                    DataDir = folder.Start,
                    DataDirLength = folder.Length,
                    Settings = settings.Start,
                    SettingsLength = settings.Length
                };
                Check(NativeMethods.rtmp_push_v1_core_create(ref config, out _handle));
            }
        }

        public void Dispose()
        {
            _handle.Dispose();
        }

        /// <summary>
        /// Makes all changes or none; the exception says what is wrong. False if they are accepted and take longer.
        /// </summary>
        public bool ApplySettings(SettingLines lines)
        {
            byte[] text = NativeText.Encode(lines.ToString());
            return Check(NativeMethods.rtmp_push_v1_core_apply_settings(
                _handle, text, NativeText.Length(text), TransitionMs)) != NativeMethods.Pending;
        }

        /// <summary>What publishers log in with, where the settings ask for that; both may be null.</summary>
        public void SetLogin(string userName, SecureString password)
        {
            byte[] user = NativeText.Encode(userName ?? "");
            byte[] secret = NativeText.Encode(password);
            try
            {
                Check(NativeMethods.rtmp_push_v1_core_set_login(
                    _handle, user, NativeText.Length(user), secret, NativeText.Length(secret)));
            }
            finally
            {
                Array.Clear(secret, 0, secret.Length);
            }
        }

        /// <summary>The settings in force by their names; secrets are not among them.</summary>
        public IDictionary<string, string> Settings()
        {
            string text;
            Check(NativeText.Read(ReadSettings, out text));
            return SettingLines.Read(text).ToDictionary(line => line.Key, line => line.Value);
        }

        /// <summary>Listens. False if that takes longer: it goes on by itself.</summary>
        public bool Start()
        {
            return Check(NativeMethods.rtmp_push_v1_core_start(_handle, TransitionMs)) != NativeMethods.Pending;
        }

        public void Stop()
        {
            NativeMethods.rtmp_push_v1_core_stop(_handle, StopMs);
        }

        /// <summary>It was started and nothing but a failure of a listener, which is tried again, is the matter.</summary>
        public bool IsRunning()
        {
            var status = new NativeStatus { Size = (uint)Marshal.SizeOf(typeof(NativeStatus)) };
            string problem;
            int code = NativeText.Read(
                (byte[] buffer, UIntPtr capacity, out UIntPtr needed) =>
                    NativeMethods.rtmp_push_v1_core_status(_handle, ref status, buffer, capacity, out needed),
                out problem);
            return code == NativeMethods.Ok && status.State != NativeMethods.StateStopped;
        }

        /// <summary>The next event: a positive result with an event, 0 without, a negative one in the end.</summary>
        public int NextEvent(int timeoutMs, out NativeEvent nativeEvent)
        {
            var next = new NativeEvent { Size = (uint)Marshal.SizeOf(typeof(NativeEvent)) };
            string details;
            int code = NativeText.Read(
                (byte[] buffer, UIntPtr capacity, out UIntPtr needed) =>
                    NativeMethods.rtmp_push_v1_core_next_event(
                        _handle, timeoutMs, ref next, buffer, capacity, out needed),
                out details);
            nativeEvent = next;
            return code;
        }

        /// <summary>The next log line, without waiting.</summary>
        public int NextLogLine(out NativeLogLine line, out string text)
        {
            var next = new NativeLogLine { Size = (uint)Marshal.SizeOf(typeof(NativeLogLine)) };
            int code = NativeText.Read(
                (byte[] buffer, UIntPtr capacity, out UIntPtr needed) =>
                    NativeMethods.rtmp_push_v1_core_next_log(_handle, 0, ref next, buffer, capacity, out needed),
                out text);
            line = next;
            return code;
        }

        /// <summary>A session on a device of a kind (NativeMethods.Device…).</summary>
        public SessionHandle OpenSession(uint kind, int number)
        {
            SessionHandle session;
            Check(NativeMethods.rtmp_push_v1_session_open(_handle, kind, (uint)number, out session));
            return session;
        }

        private int ReadSettings(byte[] buffer, UIntPtr capacity, out UIntPtr needed)
        {
            return NativeMethods.rtmp_push_v1_core_settings(_handle, buffer, capacity, out needed);
        }

        private static int Check(int code)
        {
            if (code < 0)
                throw new ConnectionLostException(NativeText.LastError());
            return code;
        }
    }
}
