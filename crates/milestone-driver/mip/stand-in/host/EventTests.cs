using System;
using System.Threading;
using VideoOS.Platform.DriverFramework;

namespace StandInHost
{
    /// <summary>Events: start and stop in turn, whatever happens.</summary>
    internal sealed class EventTests : TestGroup
    {
        public EventTests(DriverDefinition driver, LogRecorder log, string folder)
            : base(driver, log, folder)
        {
        }

        public override void AddTo(Action<string, Action> add)
        {
            add("events come without anybody pulling frames", NobodyPulls);
            add("an event handler that throws", Throwing);
            add("a host that closes the hardware in an event", CloseInEvent);
            add("Close ends a publish with its event", CloseWhilePublishing);
            add("a path without a session takes nobody", NoSession);
            add("a second publisher is refused and raises nothing", SecondPublisher);
        }

        private void NobodyPulls()
        {
            using (var hardware = Hardware.Connected(Driver))
            using (hardware.Open(1))
            {
                using (Publisher.Forever(Clip, hardware.Url("/stream1")))
                    hardware.Events.Expect(1, "+");
                hardware.Events.Expect(1, "+-");
            }
        }

        private void Throwing()
        {
            using (var hardware = Hardware.Connected(Driver))
            using (hardware.Open(1))
            {
                int before = Log.Count;
                hardware.Events.OnEvent = () => { throw new InvalidOperationException("no {0} today"); };
                for (int round = 0; round < 2; round++)
                {
                    using (Publisher.Forever(Clip, hardware.Url("/stream1")))
                        hardware.Events.Expect(1, round == 0 ? "+" : "+-+");
                    hardware.Events.Expect(1, round == 0 ? "+-" : "+-+-");
                }
                Log.Expect(before, "ERROR", "no {0} today");
            }
        }

        private void CloseInEvent()
        {
            using (var hardware = Hardware.Connected(Driver))
            using (hardware.Open(1))
            {
                var closed = new ManualResetEvent(false);
                hardware.Events.OnEvent = () =>
                {
                    hardware.Close();
                    closed.Set();
                };
                using (Publisher.Forever(Clip, hardware.Url("/stream1")))
                    Check.True(closed.WaitOne(Check.Patience), "Close in an event does not return");
                Check.True(!hardware.Container.ConnectionManager.IsConnected, "it is connected after Close");
            }
        }

        private void CloseWhilePublishing()
        {
            for (int round = 0; round < 5; round++)
            {
                var hardware = Hardware.Connected(Driver);
                using (hardware.Open(1))
                using (Publisher.Forever(Clip, hardware.Url("/stream1")))
                {
                    hardware.Events.Expect(1, "+");
                    hardware.Close();
                    Check.Equal("+-", hardware.Events.Of(1), "events when Close has returned");
                }
            }
        }

        private void NoSession()
        {
            using (var hardware = Hardware.Connected(Driver))
            using (hardware.Open(1))
            {
                Publisher.Forever(Clip, hardware.Url("/stream2")).WaitForEnd();
                hardware.Events.Expect(2, "");
            }
        }

        private void SecondPublisher()
        {
            using (var hardware = Hardware.Connected(Driver))
            using (var viewer = new Viewer(hardware.Open(1)))
            using (Publisher.Forever(Clip, hardware.Url("/stream1")))
            {
                viewer.ExpectVideo(5);
                int before = Log.Count;
                using (var second = Publisher.Forever(Clip, hardware.Url("/stream1")))
                {
                    second.WaitForEnd();
                    Check.Contains("already being published to", second.Output);
                }
                Log.Expect(before, "already being published to");
                viewer.ExpectVideo(viewer.Video.Count + 10);
                viewer.Stop();
                hardware.Events.Expect(1, "+");
            }
        }
    }
}
