using System;
using VideoOS.Platform.DriverFramework.Exceptions;
using VideoOS.Platform.DriverFramework.Managers;

namespace RTMPDriver
{
    /// <summary>Opens a session for every consumer of a camera.</summary>
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
            if (camera == 0)
                throw new MIPDriverException("There is no camera " + deviceId + ".");
            return Guarded.Call("CreateSession", () => new RTMPDriverStreamSession(_connection.Core.OpenSession(camera)));
        }
    }
}
