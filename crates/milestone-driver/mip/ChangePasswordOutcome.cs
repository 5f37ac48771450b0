#if CHANGE_PASSWORD
using System;
using System.Linq;
using VideoOS.Platform.DriverFramework.Data;

namespace RTMPDriver
{
    /// <summary>
    /// What the host is answered to a change of the password. Failures are exceptions; of the members of the framework's
    /// enumeration only that there is one for success is known, so it is looked for by its name.
    /// </summary>
    internal static class ChangePasswordOutcome
    {
        private static readonly string[] Names = { "Success", "Succeeded", "Successful", "Ok", "Changed" };

        public static ChangePasswordResult Success
        {
            get
            {
                var known = Enum.GetNames(typeof(ChangePasswordResult));
                var name = Names.FirstOrDefault(candidate => known.Contains(candidate, StringComparer.OrdinalIgnoreCase));
                return name == null
                    ? default(ChangePasswordResult)
                    : (ChangePasswordResult)Enum.Parse(typeof(ChangePasswordResult), name, true);
            }
        }
    }
}
#endif
