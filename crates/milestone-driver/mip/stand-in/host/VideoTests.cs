using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using VideoOS.Platform.DriverFramework;
using VideoOS.Platform.DriverFramework.Data;
using VideoOS.Platform.DriverFramework.Exceptions;

namespace StandInHost
{
    /// <summary>Frames: which come, when, and how long the host waits for them.</summary>
    internal sealed class VideoTests : TestGroup
    {
        private const int Width = 1280;
        private const int Height = 720;

        private readonly FlvFile _flv;

        public VideoTests(DriverDefinition driver, LogRecorder log, string folder)
            : base(driver, log, folder)
        {
            _flv = new FlvFile(Clip);
        }

        public override void AddTo(Action<string, Action> add)
        {
            add("offline cameras show two pictures in turn, one a second", OfflinePictures);
            add("a push arrives bit by bit in every session", BitExact);
            add("a push of H.265 arrives bit by bit in every session", H265);
            add("H.264 behind H.265 on one camera", H264BehindH265);
            add("a session opened in the middle starts at a key frame, at once", MidGop);
            add("sessions that come and go take nothing from others", ComeAndGo);
            add("GetLiveFrame keeps its time limit", Timeouts);
            add("Close during GetLiveFrame", CloseDuringGetLiveFrame);
            add("device ids in any writing, and unknown ones", DeviceIds);
            add("two threads on one session", TwoThreadsOnOneSession);
            add("after a reconnect video goes on", Reconnect);
            add("a publisher of a wrong codec is refused, and the picture says so", WrongCodec);
        }

        private void OfflinePictures()
        {
            using (var hardware = Hardware.Connected(Driver))
            {
                var first = new HashSet<string>();
                for (int camera = 1; camera <= 16; camera++)
                {
                    using (var session = hardware.Open(camera))
                        first.Add(Convert.ToBase64String(Picture(session.Next(10))));
                }
                Check.Equal(16, first.Count, "different pictures of 16 cameras");

                using (var session = hardware.Open(1))
                {
                    var pictures = new List<Picture>();
                    for (int i = 0; i < 4; i++)
                        pictures.Add(session.NextOf(false));
                    Check.True(!pictures[0].Data.SequenceEqual(pictures[1].Data), "the sign does not alternate");
                    Check.True(pictures[0].Data.SequenceEqual(pictures[2].Data), "the third picture is not the first");
                    Check.True(pictures[1].Data.SequenceEqual(pictures[3].Data), "the fourth picture is not the second");
                    var spacing = pictures[3].Header.TimestampFrame - pictures[0].Header.TimestampFrame;
                    Check.True(spacing.TotalSeconds > 2.5 && spacing < Check.Patience, "three pictures in {0}", spacing);

                    hardware.Change("ShowOfflineInfo", "false");
                    session.NextOf(false);
                    byte[] plain = Picture(session.NextOf(false));
                    Check.True(plain.Length < pictures[0].Data.Length / 2, "the plain picture is not plain");
                    Check.True(plain.SequenceEqual(Picture(session.NextOf(false))), "the plain picture changes");
                    hardware.Change("ShowOfflineInfo", "true");
                    session.NextOf(false);
                    Check.True(Picture(session.NextOf(false)).Length == pictures[0].Data.Length
                        || Picture(session.NextOf(false)).Length == pictures[0].Data.Length, "the info does not come back");
                }
            }
        }

        /// <summary>The frame as a JPEG of the right size.</summary>
        private static byte[] Picture(Picture frame)
        {
            Check.True(frame != null && frame.Header.CodecType == VideoCodecType.JPEG, "there is no picture");
            byte[] data = frame.Data;
            Check.True(data[0] == 0xFF && data[1] == 0xD8, "it does not begin like a JPEG");
            Check.True(data[data.Length - 2] == 0xFF && data[data.Length - 1] == 0xD9, "it does not end like a JPEG");
            int at = 2;
            while (data[at + 1] != 0xC0)
                at += 2 + (data[at + 2] << 8 | data[at + 3]);
            Check.Equal(Height, data[at + 5] << 8 | data[at + 6], "height");
            Check.Equal(Width, data[at + 7] << 8 | data[at + 8], "width");
            return data;
        }

        private void BitExact()
        {
            int before = Log.Count;
            using (var hardware = Hardware.Connected(Driver))
            using (var one = new Viewer(hardware.Open(1)))
            using (var two = new Viewer(hardware.Open(1)))
            using (var other = new Viewer(hardware.Open(2)))
            {
                Publisher.Once(Clip, hardware.Url("/stream1")).WaitForEnd();
                hardware.Events.Expect(1, "+-");
                foreach (var viewer in new[] { one, two })
                {
                    var video = WholePush(viewer, _flv, VideoCodecType.H264);
                    var spacings = video.Zip(video.Skip(1),
                        (a, b) => (b.Header.TimestampFrame - a.Header.TimestampFrame).TotalMilliseconds).ToList();
                    spacings.Sort();
                    Check.True(Math.Abs(spacings[spacings.Count / 2] - 40) <= 1,
                        "frames of 25 a second are {0} ms apart", spacings[spacings.Count / 2]);
                }
                other.Stop();
                Check.Equal(0, other.Video.Count, "frames of another camera");
                hardware.Events.Expect(2, "");
            }
            Log.Expect(before, "127.0.0.1", "/stream1");
            Log.Expect(before, "320x240");
        }

        private void H265()
        {
            int before = Log.Count;
            string clip = Path.Combine(Folder, "h265.flv");
            using (var hardware = Hardware.Connected(Driver))
            using (var one = new Viewer(hardware.Open(1)))
            using (var two = new Viewer(hardware.Open(1)))
            {
                PublishTags(clip, hardware).WaitForEnd();
                hardware.Events.Expect(1, "+-");
                foreach (var viewer in new[] { one, two })
                    WholePush(viewer, new FlvFile(clip), VideoCodecType.H265);
            }
            Log.Expect(before, "H.265 Main");
        }

        private void H264BehindH265()
        {
            string clip = Path.Combine(Folder, "h265.flv");
            var flv = new FlvFile(clip);
            using (var hardware = Hardware.Connected(Driver))
            using (var viewer = new Viewer(hardware.Open(1)))
            {
                PublishTags(clip, hardware).WaitForEnd();
                Publisher.Once(Clip, hardware.Url("/stream1")).WaitForEnd();
                viewer.ExpectVideo(flv.AccessUnits.Count + _flv.AccessUnits.Count);
                viewer.Stop();
                var video = viewer.Video;
                Check.Equal(flv.AccessUnits.Count, video.TakeWhile(it => it.Header.CodecType == VideoCodecType.H265).Count(),
                    "frames of H.265");
                Check.Equal(_flv.AccessUnits.Count, video.Count(it => it.Header.CodecType == VideoCodecType.H264),
                    "frames of H.264");
            }
        }

        private Publisher PublishTags(string clip, Hardware hardware)
        {
            return Publisher.OfTags(Path.Combine(Folder, "publish_flv"), clip, hardware.Url("/stream1"));
        }

        /// <summary>What a session has of a push that has ended: all of it, as it was sent.</summary>
        private static List<Picture> WholePush(Viewer viewer, FlvFile flv, VideoCodecType codec)
        {
            viewer.ExpectVideo(flv.AccessUnits.Count);
            Check.Eventually(() => !viewer.Frames.Last().IsVideo, "an offline picture after the push");
            viewer.Stop();
            var video = viewer.Video;
            Check.Equal(flv.AccessUnits.Count, video.Count, "frames");
            for (int i = 0; i < video.Count; i++)
            {
                Check.Equal(codec, video[i].Header.CodecType, "codec of frame " + i);
                Check.True(flv.AccessUnits[i].Data.SequenceEqual(video[i].Data), "frame {0} is not what was sent", i);
                Check.Equal(flv.AccessUnits[i].IsKey, video[i].Header.SyncFrame, "SyncFrame of frame " + i);
            }
            return video;
        }

        private void MidGop()
        {
            using (var hardware = Hardware.Connected(Driver))
            using (var viewer = new Viewer(hardware.Open(3)))
            using (Publisher.Forever(Clip, hardware.Url("/stream3")))
            {
                for (int round = 0; round < 6; round++)
                {
                    viewer.ExpectVideo(10 + 9 * round);
                    using (var late = hardware.Open(3))
                    {
                        var first = late.Next(0);
                        Check.True(first != null && first.IsVideo && first.Header.SyncFrame, "no key frame at once");
                        Check.True(first.Header.TimestampFrame <= DateTime.UtcNow.AddMilliseconds(100), "a frame from the future");
                    }
                }
            }
        }

        private void ComeAndGo()
        {
            using (var hardware = Hardware.Connected(Driver))
            using (var viewer = new Viewer(hardware.Open(1)))
            using (Publisher.Forever(Clip, hardware.Url("/stream1")))
            {
                viewer.ExpectVideo(5);
                Check.OnThreads(3, number =>
                {
                    for (int round = 0; round < 40; round++)
                    {
                        var session = hardware.Open(1);
                        session.Next(round % 3 * 0.02);
                        session.Close();
                    }
                });
                viewer.ExpectVideo(viewer.Video.Count + 30);
                viewer.Stop();
                _flv.CheckSequence(viewer.Video);
                Check.Equal("+", hardware.Events.Of(1), "events while sessions came and went");
            }
        }

        private void Timeouts()
        {
            using (var hardware = Hardware.Connected(Driver))
            using (var session = hardware.Open(1))
            using (var publisher = Publisher.Forever(Clip, hardware.Url("/stream1")))
            {
                session.NextOf(true);
                publisher.Pause();
                // What was under way arrives first.
                while (session.Next(2) != null)
                {
                }
                foreach (var seconds in new[] { 0.0, 1.0, 5.0 })
                    Check.KeepsTimeLimit(seconds, session.Next);
                var watch = Stopwatch.StartNew();
                Check.True(session.Next(-5) == null, "there is a frame");
                Check.True(watch.Elapsed.TotalSeconds < 1, "a negative time limit took {0}", watch.Elapsed);
                publisher.Resume();
                session.NextOf(true);
            }
        }

        private void CloseDuringGetLiveFrame()
        {
            using (var hardware = Hardware.Connected(Driver))
            using (var first = hardware.Open(1))
            using (var publisher = Publisher.Forever(Clip, hardware.Url("/stream1")))
            {
                first.NextOf(true);
                publisher.Pause();
                for (int round = 0; round < 6; round++)
                {
                    var session = hardware.Open(1);
                    while (session.Next(0.3) != null)
                    {
                    }
                    Check.EndsWhenClosed(session.Next, session.Close, 20 * round);
                }
            }
        }

        private void DeviceIds()
        {
            using (var hardware = Hardware.Connected(Driver))
            {
                string id = Hardware.CameraId(16);
                foreach (var writing in new[] { id.ToUpperInvariant(), "{" + id + "}", id.Replace("-", "") })
                {
                    using (var session = new Session(hardware, writing))
                        Check.True(session.Next(10) != null, "no picture for {0}", writing);
                }
                foreach (var unknown in new[] { Hardware.CameraId(17), Guid.Empty.ToString(), "Stream 1", "", null })
                    Check.Throws<MIPDriverException>(() => new Session(hardware, unknown), "a session of " + unknown);
            }
        }

        private void TwoThreadsOnOneSession()
        {
            using (var hardware = Hardware.Connected(Driver))
            using (var session = hardware.Open(1))
            {
                int frames = 0;
                Check.OnThreads(2, number =>
                {
                    var watch = Stopwatch.StartNew();
                    while (watch.Elapsed.TotalSeconds < 3)
                    {
                        try
                        {
                            if (session.Next(1) != null)
                                Interlocked.Increment(ref frames);
                        }
                        catch (CheckFailed)
                        {
                            // Which of the two noted its frame first is not the driver's affair.
                            return;
                        }
                    }
                });
                Check.True(frames > 0, "nobody got a frame");
            }
        }

        private void Reconnect()
        {
            using (var hardware = Hardware.Connected(Driver))
            using (var viewer = new Viewer(hardware.Open(1)))
            {
                for (int round = 1; round <= 3; round++)
                {
                    using (Publisher.Forever(Clip, hardware.Url("/stream1")))
                        viewer.ExpectVideo(viewer.Video.Count + 15);
                    hardware.Events.Expect(1, string.Concat(Enumerable.Repeat("+-", round)));
                }
                viewer.Stop();
            }
        }

        private void WrongCodec()
        {
            using (var hardware = Hardware.Connected(Driver))
            using (var session = hardware.Open(1))
            {
                byte[] before = session.NextOf(false).Data;
                byte[] other = session.NextOf(false).Data;
                int count = Log.Count;
                using (var publisher = Publisher.OfWrongCodec(hardware.Url("/stream1")))
                {
                    publisher.WaitForEnd();
                    Check.Contains("H.264", publisher.Output);
                }
                Log.Expect(count, "H.264", "H.263");
                Check.Eventually(() =>
                {
                    var picture = session.NextOf(false).Data;
                    return !picture.SequenceEqual(before) && !picture.SequenceEqual(other);
                }, "a picture that names the codec");
            }
        }
    }
}
