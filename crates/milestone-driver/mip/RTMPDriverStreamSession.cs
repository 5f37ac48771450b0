using System;
using System.Diagnostics;
using System.Runtime.InteropServices;
using VideoOS.Platform.DriverFramework.Data;
using VideoOS.Platform.DriverFramework.Exceptions;
using VideoOS.Platform.DriverFramework.Managers;

namespace RTMPDriver
{
    /// <summary>Frames of one camera or microphone for one consumer.</summary>
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
            BaseDataHeader frameHeader = null;
            byte[] frameData = null;
            bool hasFrame = Guarded.Call("GetLiveFrame", () => Next(timeout, out frameHeader, out frameData));
            header = frameHeader;
            data = frameData;
            return hasFrame;
        }

        /// <summary>The next frame of a codec that the host knows.</summary>
        private bool Next(TimeSpan timeout, out BaseDataHeader header, out byte[] data)
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
                    header = Header(ref frame);
                    if (header == null)
                    {
                        TellUnknown(frame.Codec);
                        continue;
                    }
                    header.Length = frame.Length;
                    header.SequenceNumber = _sequenceNumber++;
                    data = new byte[(int)frame.Length];
                    Marshal.Copy(frame.Data, data, 0, data.Length);
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

        /// <summary>What the host is told of a frame; null if its codec is none that the adapter knows.</summary>
        private static BaseDataHeader Header(ref NativeFrame frame)
        {
            switch (frame.Codec)
            {
                case NativeMethods.CodecJpeg:
                case NativeMethods.CodecH264:
                case NativeMethods.CodecH265:
                    return Video(ref frame);
                case NativeMethods.CodecAac:
                    return Audio(ref frame, 18, 0, 16);
                case NativeMethods.CodecALaw:
                    return Audio(ref frame, 3, 2, 8);
                case NativeMethods.CodecMuLaw:
                    return Audio(ref frame, 3, 1, 8);
                case NativeMethods.CodecPcm:
                    return Audio(ref frame, 1, 0, 16);
                default:
                    return null;
            }
        }

        private static VideoHeader Video(ref NativeFrame frame)
        {
            return new VideoHeader
            {
                CodecType = frame.Codec == NativeMethods.CodecH265 ? VideoCodecType.H265
                    : frame.Codec == NativeMethods.CodecH264 ? VideoCodecType.H264 : VideoCodecType.JPEG,
                SyncFrame = (frame.Flags & NativeMethods.FrameKey) != 0,
                TimestampSync = new DateTime(frame.SyncTime, DateTimeKind.Utc),
                TimestampFrame = new DateTime(frame.Time, DateTimeKind.Utc)
            };
        }

        /// <summary>Codec types and subtypes are the host's own numbers, of which it has no names.</summary>
        private static AudioHeader Audio(ref NativeFrame frame, uint codec, uint subtype, int bitsPerSample)
        {
            return new AudioHeader
            {
                CodecType = codec,
                CodecSubtype = subtype,
                Timestamp = new DateTime(frame.Time, DateTimeKind.Utc),
                ChannelCount = (int)frame.Channels,
                BitsPerSample = bitsPerSample,
                Frequency = (int)frame.SampleRate,
                SampleCount = (int)frame.Samples
            };
        }

        private static int Milliseconds(TimeSpan timeout)
        {
            return (int)Math.Max(0, Math.Min(int.MaxValue, timeout.TotalMilliseconds));
        }
    }
}
