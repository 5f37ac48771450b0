using System;
using System.Collections.Generic;
using System.Security;
using VideoOS.Platform.DriverFramework;
using VideoOS.Platform.DriverFramework.Data.Settings;
using VideoOS.Platform.DriverFramework.Definitions;

namespace RTMPDriver
{
    /// <summary>What the Recording Server looks for in this assembly.</summary>
    public class RTMPDriverDefinition : DriverDefinition
    {
        protected override DriverInfo CreateDriverInfo()
        {
            var products = new[] { new ProductDefinition { Id = Identity.Product, Name = Identity.ProductName } };
            return new DriverInfo(
                Identity.Driver, Identity.DriverName, Identity.DriverGroup, Identity.Version, products);
        }

        protected override Container CreateContainer(
            Uri uri, string userName, SecureString password, ICollection<HardwareSetting> hardwareSettings)
        {
            return new RTMPDriverContainer(this);
        }
    }
}
