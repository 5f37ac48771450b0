using VideoOS.Platform.DriverFramework;

namespace RTMPDriver
{
    /// <summary>One hardware of the Recording Server.</summary>
    public class RTMPDriverContainer : Container
    {
        public RTMPDriverContainer(RTMPDriverDefinition definition)
            : base(definition)
        {
            var connection = new RTMPDriverConnectionManager(this);
            base.ConnectionManager = connection;
            base.ConfigurationManager = new RTMPDriverConfigurationManager(this, connection);
            base.StreamManager = new RTMPDriverStreamManager(this, connection);
        }
    }
}
