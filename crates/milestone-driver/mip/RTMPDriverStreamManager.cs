using System;
using VideoOS.Platform.DriverFramework.Exceptions;
using VideoOS.Platform.DriverFramework.Managers;

namespace RTMPDriver
{
    /// <summary>Opens a session for every consumer of a camera or a microphone.</summary>
    public class RTMPDriverStreamManager : SessionEnabledStreamManager
    {
        private readonly RTMPDriverConnectionManager _connection;

        public RTMPDriverStreamManager(RTMPDriverContainer container, RTMPDriverConnectionManager connection)
            : base(container)
        {
            _connection = connection;
        }

        protected override BaseStreamSession CreateSession(string deviceId, Guid streamId, Guid sessionId)
        {
            int camera = Identity.CameraOf(deviceId);
            int microphone = Identity.MicrophoneOf(deviceId);
            if (camera == 0 && microphone == 0)
                throw new MIPDriverException("There is no camera or microphone " + deviceId + ".");
            return Guarded.Call("CreateSession", () => camera != 0
                ? new RTMPDriverStreamSession(_connection.Core.OpenSession(NativeMethods.DeviceCamera, camera))
                : new RTMPDriverStreamSession(_connection.Core.OpenSession(NativeMethods.DeviceMicrophone, microphone)));
        }
    }
}
