using System;

namespace VideoOS.Platform.DriverFramework.Data
{
    public abstract class BaseDataHeader
    {
        public ulong Length { get; set; }
        public int SequenceNumber { get; set; }
    }

    public class VideoHeader : BaseDataHeader
    {
        public VideoCodecType CodecType { get; set; }
        public bool SyncFrame { get; set; }
        public DateTime TimestampSync { get; set; }
        public DateTime TimestampFrame { get; set; }
    }

    public class AudioHeader : BaseDataHeader
    {
        public uint CodecType { get; set; }
        public uint CodecSubtype { get; set; }
        public DateTime Timestamp { get; set; }
        public int ChannelCount { get; set; }
        public int BitsPerSample { get; set; }
        public int Frequency { get; set; }
        public int SampleCount { get; set; }
    }

    public enum VideoCodecType
    {
        JPEG,
        H264,
        H265
    }

#if CHANGE_PASSWORD
    public enum ChangePasswordResult
    {
        Unknown,
        Success
    }
#endif

    /// <summary>What a stream manager gives the host for one request.</summary>
    public class GetLiveFrameResult
    {
        public bool HasFrame { get; set; }
        public BaseDataHeader Header { get; set; }
        public byte[] Data { get; set; }
    }
}
