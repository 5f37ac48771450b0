using System;
using VideoOS.Platform.DriverFramework.Data;
using VideoOS.Platform.DriverFramework.Managers;

namespace StandInHost
{
    /// <summary>A frame as the host got it.</summary>
    internal abstract class Received<THeader>
    {
        public readonly THeader Header;
        public readonly byte[] Data;

        protected Received(THeader header, byte[] data)
        {
            Header = header;
            Data = data;
        }

        public abstract DateTime Time { get; }
    }

    /// <summary>A session of the host. Every frame is checked against what holds for all frames.</summary>
    internal abstract class DeviceSession<TFrame, THeader> : IDisposable
        where TFrame : Received<THeader>
        where THeader : BaseDataHeader
    {
        private readonly SessionEnabledStreamManager _manager;
        private readonly Guid _id;
        private TFrame _last;

        protected DeviceSession(Hardware hardware, string deviceId, string stream)
        {
            _manager = (SessionEnabledStreamManager)hardware.Container.StreamManager;
            _id = _manager.OpenSession(deviceId, new Guid(stream));
        }

        protected abstract TFrame Frame(THeader header, byte[] data);

        /// <summary>Checks what holds for frames of this kind alone.</summary>
        protected virtual void CheckRules(TFrame frame)
        {
        }

        /// <summary>The next frame, or null.</summary>
        public TFrame Next(double seconds)
        {
            var result = _manager.GetLiveFrame(_id, TimeSpan.FromSeconds(seconds));
            if (!result.HasFrame)
            {
                Check.True(result.Header == null && result.Data == null, "there is a header without a frame");
                return null;
            }
            var frame = Frame((THeader)result.Header, result.Data);
            Check.Equal((ulong)frame.Data.Length, frame.Header.Length, "Length");
            Check.Equal(DateTimeKind.Utc, frame.Time.Kind, "kind of the time");
            Check.True(Math.Abs((DateTime.UtcNow - frame.Time).TotalMinutes) < 1, "the frame's time is far off");
            if (_last != null)
            {
                Check.True(frame.Time > _last.Time, "time does not increase");
                Check.Equal(_last.Header.SequenceNumber + 1, frame.Header.SequenceNumber, "SequenceNumber");
            }
            CheckRules(frame);
            _last = frame;
            return frame;
        }

        public void Close()
        {
            _manager.CloseSession(_id);
        }

        public void Dispose()
        {
            Close();
        }
    }
}
