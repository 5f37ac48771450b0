using System;

namespace RTMPDriver
{
    /// <summary>Keys and reference ids of the settings.</summary>
    internal static class SettingKeys
    {
        public const string ServerPort = "ServerPort";
        public const string ShowOfflineInfo = "ShowOfflineInfo";
        public const string MaxConnections = "MaxConnections";
        public const string RateLimitEnabled = "RateLimitEnabled";
        public const string RateLimitMaxRequests = "RateLimitMaxRequests";
        public const string EnableTls = "EnableTls";
        public const string TlsCertificatePassword = "TlsCertificatePassword";
        public const string StreamPath = "RtmpPushStreamPath";

        public static readonly string[] OfHardware =
        {
            ServerPort, ShowOfflineInfo, MaxConnections, RateLimitEnabled, RateLimitMaxRequests, EnableTls,
            TlsCertificatePassword
        };

        public static readonly string[] OfCamera = { StreamPath };

        public static readonly Guid ServerPortId = new Guid("a3f7c8b1-2d4e-4a6f-b8c9-1e3d5f7a9b0c");
        public static readonly Guid StreamPathId = new Guid("b4e8d9c2-3f5a-4b7e-c9d0-2f4e6a8b0d1e");
        public static readonly Guid ShowOfflineInfoId = new Guid("b4e8d9c2-3f5a-4b7e-c9d0-1f3e6a8b0d1e");
        public static readonly Guid RateLimitEnabledId = new Guid("c5f9e0d3-4a6b-4c8f-a0e1-3a5b7c9d1e2f");
        public static readonly Guid RateLimitMaxRequestsId = new Guid("d6a0f1e4-5b7c-4d9a-b1f2-4c6d8e0f2a3b");
        public static readonly Guid MaxConnectionsId = new Guid("e7b1a2c3-6d8e-4f0a-c2d3-5e7f9a1b3c4d");
        public static readonly Guid EnableTlsId = new Guid("f8c2b3d4-7e9a-4a1b-d4e5-6f0a1b2c3d4e");
        public static readonly Guid TlsCertificatePasswordId = new Guid("b0e4d5f6-9a1c-4c3d-f6a7-8b2c3d4e5f6a");
    }
}
