using System;
using System.Runtime.InteropServices;
using VideoOS.Platform.DriverFramework.Data;
using VideoOS.Platform.DriverFramework.Exceptions;
using VideoOS.Platform.DriverFramework.Managers;

namespace RTMPDriver
{
    /// <summary>Frames of one camera for one consumer.</summary>
    internal sealed class RTMPDriverStreamSession : BaseStreamSession
    {
        private readonly SessionHandle _session;
        private volatile bool _closed;
        private int _sequenceNumber;

        public RTMPDriverStreamSession(SessionHandle session)
        {
            _session = session;
        }

        public override bool GetLiveFrame(TimeSpan timeout, out BaseDataHeader header, out byte[] data)
        {
            header = null;
            data = null;
            var frame = new NativeFrame { Size = (uint)Marshal.SizeOf(typeof(NativeFrame)) };
            int code;
            try
            {
                code = NativeMethods.rtmp_push_v1_session_next_frame(_session, Milliseconds(timeout), ref frame);
            }
            catch (ObjectDisposedException)
            {
                return false;
            }
            if (code == NativeMethods.Ok || code == NativeMethods.BadState || (code < 0 && _closed))
                return false;
            if (code != NativeMethods.Received)
                throw new ConnectionLostException(NativeText.LastError());
            try
            {
                data = new byte[(int)frame.Length];
                Marshal.Copy(frame.Data, data, 0, data.Length);
                header = Header(ref frame);
            }
            finally
            {
                NativeMethods.rtmp_push_v1_frame_release(ref frame);
            }
            return true;
        }

        public override void Close()
        {
            _closed = true;
            try
            {
                NativeMethods.rtmp_push_v1_session_close(_session);
            }
            catch (ObjectDisposedException)
            {
                // Closed before.
            }
            _session.Dispose();
        }

        private VideoHeader Header(ref NativeFrame frame)
        {
            return new VideoHeader
            {
                CodecType = frame.Codec == NativeMethods.CodecH264 ? VideoCodecType.H264 : VideoCodecType.JPEG,
                Length = frame.Length,
                SequenceNumber = _sequenceNumber++,
                SyncFrame = (frame.Flags & NativeMethods.FrameKey) != 0,
                TimestampSync = new DateTime(frame.SyncTime, DateTimeKind.Utc),
                TimestampFrame = new DateTime(frame.Time, DateTimeKind.Utc)
            };
        }

        private static int Milliseconds(TimeSpan timeout)
        {
            return (int)Math.Max(0, Math.Min(int.MaxValue, timeout.TotalMilliseconds));
        }
    }
}
