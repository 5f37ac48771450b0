using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using VideoOS.Platform.DriverFramework.Data;

namespace StandInHost
{
    /// <summary>A frame of a camera, or a picture of the driver.</summary>
    internal sealed class Picture : Received<VideoHeader>
    {
        public Picture(VideoHeader header, byte[] data)
            : base(header, data)
        {
        }

        public override DateTime Time
        {
            get { return Header.TimestampFrame; }
        }

        public bool IsVideo
        {
            get { return Header.CodecType != VideoCodecType.JPEG; }
        }
    }

    /// <summary>A session on a camera.</summary>
    internal sealed class Session : DeviceSession<Picture, VideoHeader>
    {
        private DateTime _lastKey;
        private bool _hadVideo;

        public Session(Hardware hardware, string deviceId)
            : base(hardware, deviceId, "86579eea-dfef-47bb-ab3a-d8bcec31d4a8")
        {
        }

        protected override Picture Frame(VideoHeader header, byte[] data)
        {
            return new Picture(header, data);
        }

        /// <summary>The next frame that is of the camera (or the next picture of the driver).</summary>
        public Picture NextOf(bool video)
        {
            var watch = Stopwatch.StartNew();
            while (watch.Elapsed < Check.Patience)
            {
                var frame = Next(1);
                if (frame != null && frame.IsVideo == video)
                    return frame;
            }
            throw new CheckFailed(video ? "no video came" : "no offline picture came");
        }

        protected override void CheckRules(Picture frame)
        {
            var header = frame.Header;
            Check.True(header.TimestampSync <= header.TimestampFrame, "TimestampSync is later than TimestampFrame");
            if (header.SyncFrame)
            {
                Check.Equal(header.TimestampFrame, header.TimestampSync, "TimestampSync of a key frame");
                _lastKey = header.TimestampFrame;
            }
            Check.Equal(_lastKey, header.TimestampSync, "TimestampSync");
            if (!frame.IsVideo)
                Check.True(header.SyncFrame, "a JPEG is not a key frame");
            else if (!_hadVideo)
                Check.True(header.SyncFrame, "the first frame of video is not a key frame");
            _hadVideo |= frame.IsVideo;
        }
    }

    /// <summary>A thread that watches a session.</summary>
    internal sealed class Viewer : IDisposable
    {
        private readonly Session _session;
        private readonly Thread _thread;
        private readonly List<Picture> _frames = new List<Picture>();
        private volatile bool _stop;
        private Exception _failure;

        public Viewer(Session session)
        {
            _session = session;
            _thread = new Thread(Watch) { IsBackground = true };
            _thread.Start();
        }

        public List<Picture> Frames
        {
            get { lock (_frames) return _frames.ToList(); }
        }

        public List<Picture> Video
        {
            get { return Frames.Where(frame => frame.IsVideo).ToList(); }
        }

        public void ExpectVideo(int frames)
        {
            Check.Eventually(() => Video.Count >= frames || _failure != null, frames + " frames of video");
            CheckHealth();
        }

        /// <summary>Ends watching; whatever went wrong in it comes out here.</summary>
        public void Stop()
        {
            _stop = true;
            Check.True(_thread.Join(Check.Patience), "GetLiveFrame does not return");
            CheckHealth();
        }

        public void Dispose()
        {
            _stop = true;
            _thread.Join(Check.Patience);
            _session.Close();
        }

        private void CheckHealth()
        {
            if (_failure != null)
                throw new CheckFailed("while watching: " + _failure);
        }

        private void Watch()
        {
            try
            {
                while (!_stop)
                {
                    var frame = _session.Next(0.5);
                    if (frame != null)
                        lock (_frames)
                            _frames.Add(frame);
                }
            }
            catch (Exception exception)
            {
                _failure = exception;
            }
        }
    }
}
