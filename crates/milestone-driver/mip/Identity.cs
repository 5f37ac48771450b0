using System;

namespace RTMPDriver
{
    /// <summary>
    /// What the Recording Server has stored about existing hardware. None of it may ever change.
    /// </summary>
    internal static class Identity
    {
        /// <summary>The assembly's, which the build takes from the project's Cargo.toml.</summary>
        public static readonly string Version = typeof(Identity).Assembly.GetName().Version.ToString(3);

        public static readonly Guid Driver = new Guid("282cd862-d1a8-4f13-a275-9ad10a184ed1");
        public const string DriverName = "RTMPDriver";
        public const string DriverGroup = "RTMPDriver group";

        public static readonly Guid Product = new Guid("e155114f-dd32-4f24-bdaa-954d92482d50");
        public const string ProductName = "RTMPDriver";

        public const string HardwareName = "RTMP Server";
        public const string FirmwareName = "RTMPDriver Firmware";
        public const string FirmwareVersion = "1.0";

        public static readonly Guid VideoStream = new Guid("86579eea-dfef-47bb-ab3a-d8bcec31d4a8");

        public static readonly Guid StreamStarted = new Guid("a1a1f2e4-5b7c-4d9a-b1f2-4c6d8e0f2a3b");
        public static readonly Guid StreamStartedName = new Guid("a1a1f2e4-5b7c-4d9a-b1f2-4c6d8e0f2a11");
        public static readonly Guid StreamStopped = new Guid("a1a2f2e4-5b7c-4d9a-b1f2-4c6d8e0f2a3b");
        public static readonly Guid StreamStoppedName = new Guid("a1a1f2e4-5b7c-4d9a-b1f2-4c6d8e0f2a22");

        public static readonly Guid AudioStream = new Guid("0f7e2b9c-5d46-4c1a-8e73-b94d6a20f5c8");

        public const int Cameras = 16;

        /// <summary>Id of a camera; cameras are counted from 1.</summary>
        public static string CameraId(int camera)
        {
            return CameraGuid(camera).ToString();
        }

        /// <summary>Id of a microphone; microphones are counted from 1.</summary>
        public static string MicrophoneId(int microphone)
        {
            return MicrophoneGuid(microphone).ToString();
        }

        /// <summary>The camera that an id, in whatever form a Guid can be written, belongs to; 0 if none.</summary>
        public static int CameraOf(string deviceId)
        {
            return NumberOf(deviceId, CameraGuid);
        }

        /// <summary>The same of microphones.</summary>
        public static int MicrophoneOf(string deviceId)
        {
            return NumberOf(deviceId, MicrophoneGuid);
        }

        private static int NumberOf(string deviceId, Func<int, Guid> guidOf)
        {
            Guid id;
            if (!Guid.TryParse(deviceId, out id))
                return 0;
            for (int number = 1; number <= Cameras; number++)
            {
                if (guidOf(number) == id)
                    return number;
            }
            return 0;
        }

        public static string CameraName(int camera)
        {
            return "Stream " + camera;
        }

        public static string MicrophoneName(int microphone)
        {
            return "Stream " + microphone + " Microphone";
        }

        private static Guid MicrophoneGuid(int microphone)
        {
            return new Guid("6d1c9f52-83ab-4e07-9b64-2f5a7c31d0" + microphone.ToString("x2"));
        }

        private static Guid CameraGuid(int camera)
        {
            return new Guid("ebb3f997-75e5-474d-9da5-952c47d200" + camera.ToString("x2"));
        }
    }
}
