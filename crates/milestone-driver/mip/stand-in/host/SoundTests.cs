using System;
using System.Diagnostics;
using System.Linq;
using VideoOS.Platform.DriverFramework;
using VideoOS.Platform.DriverFramework.Exceptions;

namespace StandInHost
{
    /// <summary>What a host hears.</summary>
    internal sealed class SoundTests : TestGroup
    {
        public SoundTests(DriverDefinition driver, LogRecorder log, string folder)
            : base(driver, log, folder)
        {
        }

        public override void AddTo(Action<string, Action> add)
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

        private void Sound(string codec, string format, int header)
        {
            using (var hardware = Hardware.Connected(Driver))
            using (var listener = hardware.Listen(1))
            using (Publisher.Once(ClipOf(codec), hardware.Url("/stream1")))
            {
                var expected = new FlvFile(ClipOf(codec)).Sound;
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
            using (var hardware = Hardware.Connected(Driver))
            using (var listener = hardware.Listen(1))
            using (var viewer = new Viewer(hardware.Open(1)))
            using (Publisher.Once(ClipOf("aac"), hardware.Url("/stream1")))
            {
                var flv = new FlvFile(ClipOf("aac"));
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
            using (var hardware = Hardware.Connected(Driver))
            using (var listener = hardware.Listen(3))
            {
                foreach (var seconds in new[] { 0.0, 0.5, 1.0 })
                    Check.KeepsTimeLimit(seconds, listener.Next);
            }
        }

        private void Mp3()
        {
            using (var hardware = Hardware.Connected(Driver))
            using (var listener = hardware.Listen(1))
            using (var viewer = new Viewer(hardware.Open(1)))
            {
                int count = Log.Count;
                using (Publisher.Forever(ClipOf("mp3"), hardware.Url("/stream1")))
                {
                    viewer.ExpectVideo(60);
                    Log.Expect(count, "sound is left out", "MP3");
                    Check.True(listener.Next(1) == null, "there is sound");
                    viewer.Stop();
                }
            }
        }

        private void AnyOrder()
        {
            foreach (var cameraFirst in new[] { false, true })
            {
                using (var hardware = Hardware.Connected(Driver))
                {
                    var listener = hardware.Listen(2);
                    using (Publisher.Forever(ClipOf("aac"), hardware.Url("/stream2")))
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
            using (var hardware = Hardware.Connected(Driver))
            using (var listener = hardware.Listen(1))
            {
                foreach (var codec in new[] { "aac", "pcm_alaw", "aac", "pcm_mulaw" })
                {
                    using (Publisher.Forever(ClipOf(codec), hardware.Url("/stream1")))
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
            using (var hardware = Hardware.Connected(Driver))
            using (var stays = hardware.Listen(1))
            using (var viewer = new Viewer(hardware.Open(1)))
            using (Publisher.Forever(ClipOf("aac"), hardware.Url("/stream1")))
            {
                stays.Hear(5);
                Check.OnThreads(3, number =>
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
                });
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
            using (var hardware = Hardware.Connected(Driver))
            {
                for (int round = 0; round < 6; round++)
                {
                    var listener = hardware.Listen(1);
                    Check.EndsWhenClosed(listener.Next, listener.Close, 20 * round);
                }
            }
        }
    }
}
