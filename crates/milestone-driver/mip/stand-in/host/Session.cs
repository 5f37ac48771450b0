using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using VideoOS.Platform.DriverFramework.Data;
using VideoOS.Platform.DriverFramework.Managers;

namespace StandInHost
{
    /// <summary>A frame as the host got it.</summary>
    internal sealed class Received
    {
        public readonly VideoHeader Header;
        public readonly byte[] Data;

        public Received(VideoHeader header, byte[] data)
        {
            Header = header;
            Data = data;
        }

        public bool IsVideo
        {
            get { return Header.CodecType != VideoCodecType.JPEG; }
        }
    }

    /// <summary>A session of the host. Every frame is checked against what holds for all frames.</summary>
    internal sealed class Session : IDisposable
    {
        private static readonly Guid VideoStream = new Guid("86579eea-dfef-47bb-ab3a-d8bcec31d4a8");

        private readonly SessionEnabledStreamManager _manager;
        private readonly Guid _id;
        private Received _last;
        private DateTime _lastKey;
        private bool _hadVideo;

        public Session(Hardware hardware, string deviceId)
        {
            _manager = (SessionEnabledStreamManager)hardware.Container.StreamManager;
            _id = _manager.OpenSession(deviceId, VideoStream);
        }

        /// <summary>The next frame, or null.</summary>
        public Received Next(double seconds)
        {
            var result = _manager.GetLiveFrame(_id, TimeSpan.FromSeconds(seconds));
            if (!result.HasFrame)
            {
                Check.True(result.Header == null && result.Data == null, "there is a header without a frame");
                return null;
            }
            var frame = new Received((VideoHeader)result.Header, result.Data);
            CheckRules(frame);
            _last = frame;
            return frame;
        }

        /// <summary>The next frame that is of the camera (or the next picture of the driver).</summary>
        public Received NextOf(bool video)
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

        public void Close()
        {
            _manager.CloseSession(_id);
        }

        public void Dispose()
        {
            Close();
        }

        private void CheckRules(Received frame)
        {
            var header = frame.Header;
            Check.Equal((ulong)frame.Data.Length, header.Length, "Length");
            Check.Equal(DateTimeKind.Utc, header.TimestampFrame.Kind, "kind of TimestampFrame");
            Check.True(header.TimestampSync <= header.TimestampFrame, "TimestampSync is later than TimestampFrame");
            Check.True(Math.Abs((DateTime.UtcNow - header.TimestampFrame).TotalMinutes) < 1, "the frame's time is far off");
            if (_last != null)
            {
                Check.True(header.TimestampFrame > _last.Header.TimestampFrame, "time does not increase");
                Check.Equal(_last.Header.SequenceNumber + 1, header.SequenceNumber, "SequenceNumber");
            }
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
        private readonly List<Received> _frames = new List<Received>();
        private volatile bool _stop;
        private Exception _failure;

        public Viewer(Session session)
        {
            _session = session;
            _thread = new Thread(Watch) { IsBackground = true };
            _thread.Start();
        }

        public List<Received> Frames
        {
            get { lock (_frames) return _frames.ToList(); }
        }

        public List<Received> Video
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
