using System;
using System.Diagnostics;
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
        private bool _toldUnknown;
        private int _sequenceNumber;

        public RTMPDriverStreamSession(SessionHandle session)
        {
            _session = session;
        }

        public override bool GetLiveFrame(TimeSpan timeout, out BaseDataHeader header, out byte[] data)
        {
            VideoHeader videoHeader = null;
            byte[] frameData = null;
            bool hasFrame = Guarded.Call("GetLiveFrame", () => Next(timeout, out videoHeader, out frameData));
            header = videoHeader;
            data = frameData;
            return hasFrame;
        }

        /// <summary>The next frame of a codec that the host knows.</summary>
        private bool Next(TimeSpan timeout, out VideoHeader header, out byte[] data)
        {
            header = null;
            data = null;
            var watch = Stopwatch.StartNew();
            while (true)
            {
                var frame = new NativeFrame { Size = (uint)Marshal.SizeOf(typeof(NativeFrame)) };
                if (!Receive(Milliseconds(timeout - watch.Elapsed), ref frame))
                    return false;
                try
                {
                    if (frame.Codec != NativeMethods.CodecJpeg && frame.Codec != NativeMethods.CodecH264)
                    {
                        TellUnknown(frame.Codec);
                        continue;
                    }
                    data = new byte[(int)frame.Length];
                    Marshal.Copy(frame.Data, data, 0, data.Length);
                    header = Header(ref frame);
                    return true;
                }
                finally
                {
                    NativeMethods.rtmp_push_v1_frame_release(ref frame);
                }
            }
        }

        private bool Receive(int timeoutMs, ref NativeFrame frame)
        {
            int code;
            try
            {
                code = NativeMethods.rtmp_push_v1_session_next_frame(_session, timeoutMs, ref frame);
            }
            catch (ObjectDisposedException)
            {
                return false;
            }
            if (code == NativeMethods.Ok || code == NativeMethods.BadState || (code < 0 && _closed))
                return false;
            if (code != NativeMethods.Received)
                throw new ConnectionLostException(NativeText.LastError());
            return true;
        }

        /// <summary>Once for each session: it would be said for every frame.</summary>
        private void TellUnknown(uint codec)
        {
            if (_toldUnknown)
                return;
            _toldUnknown = true;
            Log.Error("Frames of a codec that the adapter does not know (" + codec + ") are left out: install all files anew.");
        }

        public override void Close()
        {
            _closed = true;
            Guarded.Quietly("Close", () =>
            {
                try
                {
                    NativeMethods.rtmp_push_v1_session_close(_session);
                }
                catch (ObjectDisposedException)
                {
                    // Closed before.
                }
                _session.Dispose();
            });
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
