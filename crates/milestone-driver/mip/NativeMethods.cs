using System;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace RTMPDriver
{
    /// <summary>The C ABI of the native library; see include/rtmp_push_driver.h.</summary>
    internal static class NativeMethods
    {
        /// <summary>milestone_driver.dll, or libmilestone_driver.so under mono.</summary>
        public const string Library = "milestone_driver";

        public const int AbiMajor = 1;

        public const int Ok = 0;
        public const int Received = 1;
        public const int Pending = 2;
        public const int Closed = -3;
        public const int BufferTooSmall = -6;
        public const int BadState = -7;
        public const int Panicked = -99;

        public const uint CodecJpeg = 1;
        public const uint CodecH264 = 2;
        public const uint CodecH265 = 3;
        public const uint CodecAac = 16;
        public const uint CodecALaw = 17;
        public const uint CodecMuLaw = 18;
        public const uint CodecPcm = 19;
        public const uint DeviceCamera = 1;
        public const uint DeviceMicrophone = 2;
        public const uint FrameKey = 1;

        public const uint EventStreamStarted = 1;
        public const uint EventStreamStopped = 2;

        public const uint LogWarning = 2;
        public const uint LogError = 3;

        public const uint StateStopped = 3;

        public const uint ScopeCamera = 2;
        public const uint KindNumber = 1;
        public const uint KindSwitch = 2;
        public const uint KindChoice = 5;

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        public static extern uint rtmp_push_abi_version();

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        public static extern int rtmp_push_v1_last_error(byte[] buffer, UIntPtr capacity, out UIntPtr needed);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        public static extern int rtmp_push_v1_hardware_mac(
            byte[] authority, UIntPtr authorityLength, byte[] buffer, UIntPtr capacity, out UIntPtr needed);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        public static extern int rtmp_push_v1_hardware_serial(
            byte[] authority, UIntPtr authorityLength, byte[] buffer, UIntPtr capacity, out UIntPtr needed);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        public static extern int rtmp_push_v1_setting(
            uint index, ref NativeSetting setting, byte[] buffer, UIntPtr capacity, out UIntPtr needed);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        public static extern int rtmp_push_v1_core_create(ref NativeConfig config, out CoreHandle core);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        public static extern int rtmp_push_v1_core_apply_settings(
            CoreHandle core, byte[] text, UIntPtr length, int timeoutMs);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        public static extern int rtmp_push_v1_core_set_login(
            CoreHandle core, byte[] user, UIntPtr userLength, byte[] password, UIntPtr passwordLength);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        public static extern int rtmp_push_v1_core_settings(
            CoreHandle core, byte[] buffer, UIntPtr capacity, out UIntPtr needed);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        public static extern int rtmp_push_v1_core_start(CoreHandle core, int timeoutMs);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        public static extern int rtmp_push_v1_core_stop(CoreHandle core, int timeoutMs);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        public static extern int rtmp_push_v1_core_destroy(IntPtr core);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        public static extern int rtmp_push_v1_core_status(
            CoreHandle core, ref NativeStatus status, byte[] buffer, UIntPtr capacity, out UIntPtr needed);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        public static extern int rtmp_push_v1_core_next_event(
            CoreHandle core, int timeoutMs, ref NativeEvent nativeEvent, byte[] buffer, UIntPtr capacity,
            out UIntPtr needed);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        public static extern int rtmp_push_v1_core_next_log(
            CoreHandle core, int timeoutMs, ref NativeLogLine line, byte[] buffer, UIntPtr capacity,
            out UIntPtr needed);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        public static extern int rtmp_push_v1_session_open(
            CoreHandle core, uint kind, uint number, out SessionHandle session);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        public static extern int rtmp_push_v1_session_next_frame(
            SessionHandle session, int timeoutMs, ref NativeFrame frame);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        public static extern int rtmp_push_v1_session_close(SessionHandle session);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        public static extern int rtmp_push_v1_session_destroy(IntPtr session);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        public static extern int rtmp_push_v1_frame_release(ref NativeFrame frame);
    }

    /// <summary>A core. Handles are 64-bit numbers, so is IntPtr: only 64-bit processes are supported.</summary>
    internal sealed class CoreHandle : SafeHandleZeroOrMinusOneIsInvalid
    {
        private CoreHandle()
            : base(true)
        {
        }

        protected override bool ReleaseHandle()
        {
            return NativeMethods.rtmp_push_v1_core_destroy(handle) == NativeMethods.Ok;
        }
    }

    /// <summary>A session. It may be released after its core: the handle is stale then, which does no harm.</summary>
    internal sealed class SessionHandle : SafeHandleZeroOrMinusOneIsInvalid
    {
        private SessionHandle()
            : base(true)
        {
        }

        protected override bool ReleaseHandle()
        {
            int code = NativeMethods.rtmp_push_v1_session_destroy(handle);
            return code == NativeMethods.Ok || code == NativeMethods.Closed;
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct NativeConfig
    {
        public uint Size;
        public uint Reserved;
        public IntPtr Uri;
        public UIntPtr UriLength;
        public IntPtr DataDir;
        public UIntPtr DataDirLength;
        public IntPtr Settings;
        public UIntPtr SettingsLength;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct NativeFrame
    {
        public uint Size;
        public uint Codec;
        public ulong Length;
        public long Time;
        public long SyncTime;
        public uint Flags;
        public uint Kind;
        public IntPtr Data;
        public IntPtr Owner;
        public uint SampleRate;
        public uint Channels;
        public uint Samples;
        public uint Reserved;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct NativeStatus
    {
        public uint Size;
        public uint State;
        public int Error;
        public uint Port;
        public uint Tls;
        public uint Connections;
        public ulong FramesHeld;
        public ulong KeptBytes;
        public uint Pending;
        public uint AwaitingHeader;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct NativeEvent
    {
        public uint Size;
        public uint Kind;
        public uint Camera;
        public uint Reserved;
        public long Time;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct NativeLogLine
    {
        public uint Size;
        public uint Level;
        public long Time;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct NativeSetting
    {
        public uint Size;
        public uint Scope;
        public uint Kind;
        public uint Effect;
        public uint Min;
        public uint Max;
    }
}
