using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Threading;
using VideoOS.Platform.DriverFramework;
using VideoOS.Platform.DriverFramework.Data;
using VideoOS.Platform.DriverFramework.Data.Settings;
using VideoOS.Platform.DriverFramework.Managers;
using VideoOS.Platform.DriverFramework.Utilities;

namespace StandInHost
{
    /// <summary>
    /// A Recording Server at its worst: runs the driver through what may happen to it, and says what it did wrong.
    /// </summary>
    internal static class Program
    {
        public static int Main(string[] arguments)
        {
            var log = new LogRecorder();
            Toolbox.Log = log;
            DriverDefinition driver = LoadDriver();
            string mode = arguments.Length > 0 ? arguments[0] : "";
            if (mode == "tests" && arguments.Length == 3)
                return RunTests(driver, log, arguments[1], arguments[2]);
            if (mode == "leave")
                return Leave(driver);
            if (mode == "without-library")
                return WithoutLibrary(driver);
            if (mode == "odd-library")
                return OddLibrary(driver, log);
            Console.Error.WriteLine("usage: host tests FOLDER VERSION | leave | without-library | odd-library");
            return 2;
        }

        /// <summary>From the adapter's file, as the Recording Server does.</summary>
        private static DriverDefinition LoadDriver()
        {
            string folder = Path.GetDirectoryName(typeof(Program).Assembly.Location);
            foreach (var type in Assembly.LoadFrom(Path.Combine(folder, "RTMPDriver.dll")).GetExportedTypes())
            {
                if (typeof(DriverDefinition).IsAssignableFrom(type))
                    return (DriverDefinition)Activator.CreateInstance(type);
            }
            throw new InvalidOperationException("the assembly has no driver");
        }

        private static int RunTests(DriverDefinition driver, LogRecorder log, string folder, string version)
        {
            var tests = new List<KeyValuePair<string, Action>>();
            Action<string, Action> add = (name, test) => tests.Add(new KeyValuePair<string, Action>(name, test));
            new DescriptionTests(driver, log, version).AddTo(add);
            new ConnectionTests(driver, log, folder).AddTo(add);
            new VideoTests(driver, log, folder).AddTo(add);
            new SoundTests(driver, log, folder).AddTo(add);
            new SettingsTests(driver, log, folder).AddTo(add);
            new EventTests(driver, log, folder).AddTo(add);
            new LoginTests(driver, log, folder).AddTo(add);

            int failed = 0;
            foreach (var test in tests)
            {
                int before = log.Count;
                var watch = Stopwatch.StartNew();
                string failure = Run(test.Value);
                Console.WriteLine("{0} {1} ({2:0.0} s)", failure == null ? "ok    " : "FAILED", test.Key,
                    watch.Elapsed.TotalSeconds);
                if (failure == null)
                    continue;
                failed++;
                Console.WriteLine("    " + failure.Replace("\n", "\n    "));
                foreach (var line in log.Since(before))
                    Console.WriteLine("    log: " + line);
            }
            Console.WriteLine("host: {0} passed, {1} failed", tests.Count - failed, failed);
            return failed == 0 ? 0 : 1;
        }

        private static string Run(Action test)
        {
            try
            {
                test();
                return null;
            }
            catch (CheckFailed failure)
            {
                return failure.Message;
            }
            catch (Exception exception)
            {
                return exception.ToString();
            }
        }

        /// <summary>Leaves with hardware connected and threads waiting for frames: the driver must not mind.</summary>
        private static int Leave(DriverDefinition driver)
        {
            for (int i = 0; i < 3; i++)
            {
                var hardware = Hardware.Connected(driver);
                for (int camera = 1; camera <= 4; camera++)
                {
                    var session = hardware.Open(camera);
                    new Thread(() => { while (true) session.Next(60); }) { IsBackground = true }.Start();
                }
            }
            Thread.Sleep(300);
            Console.WriteLine("left");
            return 0;
        }

        /// <summary>
        /// The adapter makes what it can of a library that it does not know: settings are those that the library has,
        /// frames of an unknown codec are left out, and it says so.
        /// </summary>
        private static int OddLibrary(DriverDefinition driver, LogRecorder log)
        {
            string failure = Run(() =>
            {
                using (var hardware = Hardware.Connected(driver))
                {
                    log.Expect(0, "does not listen yet");
                    DescriptionTests.CheckOddTable(hardware);
                    hardware.Settings.Change(new List<BaseSetting>
                    {
                        new HardwareSetting("MaxConnections", "7"), new DeviceSetting("Door", Hardware.CameraId(1), "Shut"),
                        new DeviceSetting("RoomKey", Hardware.CameraId(16), "s3cret"), new HardwareSetting("Seats", "40")
                    });
                    log.Expect(0, "it was given", "RoomKey[16]=s3cret", "Seats=40");
                    Check.True(!log.Since(0).Any(line => line.Contains("MaxConnections") || line.Contains("Door[")), "foreign settings");
                    var streams = (SessionEnabledStreamManager)hardware.Container.StreamManager;
                    var session = streams.OpenSession(Hardware.CameraId(1), Guid.Empty);
                    for (int i = 0; i < 5; i++)
                    {
                        var result = streams.GetLiveFrame(session, TimeSpan.FromSeconds(60));
                        Check.True(result.HasFrame, "there is no picture");
                        Check.Equal(VideoCodecType.JPEG, ((VideoHeader)result.Header).CodecType, "codec");
                    }
                    log.Expect(0, "ERROR", "codec", "99");
                    Check.Equal(1, log.Since(0).Count(line => line.Contains("codec")), "lines about the codec");
                    Check.True(hardware.Container.ConnectionManager.IsConnected, "it is not connected");
                }
            });
            Console.WriteLine(failure ?? "left out");
            return failure == null ? 0 : 1;
        }

        /// <summary>The native library is missing: Connect says so, and where it was looked for.</summary>
        private static int WithoutLibrary(DriverDefinition driver)
        {
            for (int attempt = 0; attempt < 2; attempt++)
            {
                try
                {
                    Hardware.Connected(driver);
                    Console.WriteLine("connected without a library");
                    return 1;
                }
                catch (VideoOS.Platform.DriverFramework.Exceptions.ConnectionLostException exception)
                {
                    Console.WriteLine(exception.Message);
                }
            }
            return 0;
        }
    }
}
