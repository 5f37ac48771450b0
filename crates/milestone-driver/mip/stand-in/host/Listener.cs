using System;
using System.Collections.Generic;
using System.Diagnostics;
using VideoOS.Platform.DriverFramework.Data;

namespace StandInHost
{
    /// <summary>A frame of sound.</summary>
    internal sealed class Sound : Received<AudioHeader>
    {
        public Sound(AudioHeader header, byte[] data)
            : base(header, data)
        {
        }

        public override DateTime Time
        {
            get { return Header.Timestamp; }
        }

        public string Format
        {
            get
            {
                return string.Join("/", new object[]
                {
                    Header.CodecType, Header.CodecSubtype, Header.Frequency, Header.ChannelCount, Header.BitsPerSample
                });
            }
        }
    }

    /// <summary>A session on a microphone.</summary>
    internal sealed class Listener : DeviceSession<Sound, AudioHeader>
    {
        public Listener(Hardware hardware, string deviceId)
            : base(hardware, deviceId, "0f7e2b9c-5d46-4c1a-8e73-b94d6a20f5c8")
        {
        }

        protected override Sound Frame(AudioHeader header, byte[] data)
        {
            return new Sound(header, data);
        }

        /// <summary>So many frames.</summary>
        public List<Sound> Hear(int count)
        {
            var frames = new List<Sound>();
            var watch = Stopwatch.StartNew();
            while (frames.Count < count)
            {
                Check.True(watch.Elapsed < Check.Patience, "only {0} of {1} frames of sound came", frames.Count, count);
                var frame = Next(1);
                if (frame != null)
                    frames.Add(frame);
            }
            return frames;
        }
    }
}
