using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using VideoOS.Platform.DriverFramework;
using VideoOS.Platform.DriverFramework.Data;
using VideoOS.Platform.DriverFramework.Exceptions;
using VideoOS.Platform.DriverFramework.Managers;

namespace StandInHost
{
    /// <summary>A piece of sound as the host got it.</summary>
    internal sealed class Heard
    {
        public readonly AudioHeader Header;
        public readonly byte[] Data;

        public Heard(AudioHeader header, byte[] data)
        {
            Header = header;
            Data = data;
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

    /// <summary>A session on a microphone. Every frame is checked against what holds for all.</summary>
    internal sealed class Listener : IDisposable
    {
        private static readonly Guid AudioStream = new Guid("0f7e2b9c-5d46-4c1a-8e73-b94d6a20f5c8");

        private readonly SessionEnabledStreamManager _manager;
        private readonly Guid _id;
        private Heard _last;

        public Listener(Hardware hardware, string deviceId)
        {
            _manager = (SessionEnabledStreamManager)hardware.Container.StreamManager;
            _id = _manager.OpenSession(deviceId, AudioStream);
        }

        /// <summary>The next frame, or null.</summary>
        public Heard Next(double seconds)
        {
            var result = _manager.GetLiveFrame(_id, TimeSpan.FromSeconds(seconds));
            if (!result.HasFrame)
            {
                Check.True(result.Header == null && result.Data == null, "there is a header without a frame");
                return null;
            }
            var frame = new Heard((AudioHeader)result.Header, result.Data);
            var header = frame.Header;
            Check.Equal((ulong)frame.Data.Length, header.Length, "Length");
            Check.Equal(DateTimeKind.Utc, header.Timestamp.Kind, "kind of Timestamp");
            Check.True(Math.Abs((DateTime.UtcNow - header.Timestamp).TotalMinutes) < 1, "the sound's time is far off");
            if (_last != null)
            {
                Check.True(header.Timestamp > _last.Header.Timestamp, "time does not increase");
                Check.Equal(_last.Header.SequenceNumber + 1, header.SequenceNumber, "SequenceNumber");
            }
            _last = frame;
            return frame;
        }

        /// <summary>So many frames.</summary>
        public List<Heard> Hear(int count)
        {
            var frames = new List<Heard>();
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

        public void Close()
        {
            _manager.CloseSession(_id);
        }

        public void Dispose()
        {
            Close();
        }
    }

    /// <summary>What a host hears.</summary>
    internal sealed class SoundTests
    {
        private readonly DriverDefinition _driver;
        private readonly LogRecorder _log;
        private readonly string _folder;

        public SoundTests(DriverDefinition driver, LogRecorder log, string folder)
        {
            _driver = driver;
            _log = log;
            _folder = folder;
        }

        public void AddTo(Action<string, Action> add)
        {
            add("AAC arrives frame for frame, with a header of ADTS", () => Sound("aac", "18/0/44100/1/16", 7));
            add("A-law arrives byte for byte", () => Sound("pcm_alaw", "3/2/8000/1/8", 0));
            add("mu-law arrives byte for byte", () => Sound("pcm_mulaw", "3/1/8000/1/8", 0));
            add("sound and picture of one moment have one time", InSync);
            add("a microphone without sound has nothing, after the time limit and without an error", Silence);
            add("MP3 is left out and told, and the video goes on", Mp3);
            add("a path is open while its camera or its microphone is, in any order", AnyOrder);
            add("another codec from the next publisher", AnotherCodec);
            add("sessions on microphones come and go", ComeAndGo);
            add("Close while GetLiveFrame waits for sound", CloseDuringGetLiveFrame);
        }

        private string Clip(string codec)
        {
            return Path.Combine(_folder, codec + ".flv");
        }

        private void Sound(string codec, string format, int header)
        {
            using (var hardware = Hardware.Connected(_driver))
            using (var listener = hardware.Listen(1))
            using (Publisher.Once(Clip(codec), hardware.Url("/stream1")))
            {
                var expected = new FlvFile(Clip(codec)).Sound;
                var heard = listener.Hear(expected.Count);
                for (int i = 0; i < heard.Count; i++)
                {
                    Check.Equal(format, heard[i].Format, "format");
                    Check.True(heard[i].Data.Skip(header).SequenceEqual(expected[i].Data), "frame {0} is another one", i);
                    int samples = header > 0 ? 1024 : expected[i].Data.Length;
                    Check.Equal(samples, heard[i].Header.SampleCount, "SampleCount");
                    if (header > 0)
                        Check.True(heard[i].Data[0] == 0xFF && heard[i].Data[1] == 0xF1, "no header of ADTS");
                }
                Check.True(listener.Next(1) == null, "there is more than was sent");
            }
        }

        private void InSync()
        {
            using (var hardware = Hardware.Connected(_driver))
            using (var listener = hardware.Listen(1))
            using (var viewer = new Viewer(hardware.Open(1)))
            using (Publisher.Once(Clip("aac"), hardware.Url("/stream1")))
            {
                var flv = new FlvFile(Clip("aac"));
                var heard = listener.Hear(flv.Sound.Count);
                viewer.ExpectVideo(flv.AccessUnits.Count - 1);
                viewer.Stop();
                var pictures = viewer.Video;
                for (int i = 0; i < heard.Count; i++)
                {
                    // Where the publisher's clock would be 0, by the sound and by the picture nearest to it.
                    var bySound = heard[i].Header.Timestamp.AddMilliseconds(-flv.Sound[i].Time);
                    int nearest = Enumerable.Range(0, pictures.Count)
                        .OrderBy(n => Math.Abs(flv.AccessUnits[n].Time - flv.Sound[i].Time)).First();
                    var byPicture = pictures[nearest].Header.TimestampFrame.AddMilliseconds(-flv.AccessUnits[nearest].Time);
                    double apart = Math.Abs((bySound - byPicture).TotalMilliseconds);
                    Check.True(apart <= 20, "sound {0} is {1} ms apart from its picture", i, apart);
                }
            }
        }

        private void Silence()
        {
            using (var hardware = Hardware.Connected(_driver))
            using (var listener = hardware.Listen(3))
            {
                foreach (var seconds in new[] { 0.0, 0.5, 1.0 })
                    Check.KeepsTimeLimit(seconds, listener.Next);
            }
        }

        private void Mp3()
        {
            using (var hardware = Hardware.Connected(_driver))
            using (var listener = hardware.Listen(1))
            using (var viewer = new Viewer(hardware.Open(1)))
            {
                int count = _log.Count;
                using (Publisher.Forever(Clip("mp3"), hardware.Url("/stream1")))
                {
                    viewer.ExpectVideo(60);
                    _log.Expect(count, "sound is left out", "MP3");
                    Check.True(listener.Next(1) == null, "there is sound");
                    viewer.Stop();
                }
            }
        }

        private void AnyOrder()
        {
            foreach (var cameraFirst in new[] { false, true })
            {
                using (var hardware = Hardware.Connected(_driver))
                {
                    var listener = hardware.Listen(2);
                    using (Publisher.Forever(Clip("aac"), hardware.Url("/stream2")))
                    {
                        listener.Hear(20);
                        var session = hardware.Open(2);
                        session.NextOf(true);
                        if (cameraFirst)
                        {
                            session.Close();
                            listener.Hear(20);
                            listener.Close();
                        }
                        else
                        {
                            listener.Close();
                            for (int i = 0; i < 20; i++)
                                session.NextOf(true);
                            session.Close();
                        }
                        using (var again = hardware.Listen(2))
                            again.Hear(20);
                        Check.Equal("+", hardware.Events.Of(2), "events while sessions came and went");
                    }
                }
            }
        }

        private void AnotherCodec()
        {
            using (var hardware = Hardware.Connected(_driver))
            using (var listener = hardware.Listen(1))
            {
                foreach (var codec in new[] { "aac", "pcm_alaw", "aac", "pcm_mulaw" })
                {
                    using (Publisher.Forever(Clip(codec), hardware.Url("/stream1")))
                    {
                        var watch = Stopwatch.StartNew();
                        string expected = codec == "aac" ? "18/" : codec == "pcm_alaw" ? "3/2/" : "3/1/";
                        while (!listener.Hear(1)[0].Format.StartsWith(expected))
                            Check.True(watch.Elapsed < Check.Patience, "no " + codec + " came");
                    }
                }
            }
        }

        private void ComeAndGo()
        {
            using (var hardware = Hardware.Connected(_driver))
            using (var stays = hardware.Listen(1))
            using (var viewer = new Viewer(hardware.Open(1)))
            using (Publisher.Forever(Clip("aac"), hardware.Url("/stream1")))
            {
                stays.Hear(5);
                var failures = new List<Exception>();
                var threads = Enumerable.Range(0, 3).Select(i => new Thread(() =>
                {
                    try
                    {
                        for (int round = 0; round < 40; round++)
                        {
                            var listener = hardware.Listen(1);
                            var session = hardware.Open(1);
                            listener.Next(round % 3 * 0.02);
                            session.Next(round % 2 * 0.02);
                            listener.Close();
                            session.Close();
                        }
                    }
                    catch (Exception exception)
                    {
                        lock (failures)
                            failures.Add(exception);
                    }
                })).ToList();
                threads.ForEach(thread => thread.Start());
                threads.ForEach(thread => Check.True(thread.Join(Check.Patience), "sessions hang"));
                Check.True(failures.Count == 0, "{0}", failures.FirstOrDefault());
                stays.Hear(60);
                viewer.ExpectVideo(viewer.Video.Count + 20);
                viewer.Stop();
                Check.Equal("+", hardware.Events.Of(1), "events while sessions came and went");
                foreach (var unknown in new[] { Hardware.MicrophoneId(17), Hardware.MicrophoneId(0) })
                    Check.Throws<MIPDriverException>(() => new Listener(hardware, unknown), "a session of " + unknown);
            }
        }

        private void CloseDuringGetLiveFrame()
        {
            using (var hardware = Hardware.Connected(_driver))
            {
                for (int round = 0; round < 6; round++)
                {
                    var listener = hardware.Listen(1);
                    Exception failure = null;
                    Heard frame = null;
                    var thread = new Thread(() =>
                    {
                        try
                        {
                            frame = listener.Next(60);
                        }
                        catch (Exception exception)
                        {
                            failure = exception;
                        }
                    });
                    thread.Start();
                    Thread.Sleep(20 * round);
                    listener.Close();
                    Check.True(thread.Join(TimeSpan.FromSeconds(10)), "GetLiveFrame waits on after Close");
                    Check.True(failure == null && frame == null, "GetLiveFrame of a closed session: {0}", failure);
                }
            }
        }
    }
}
