using System;
using VideoOS.Platform.DriverFramework.Utilities;

namespace RTMPDriver
{
    /// <summary>The host's log. A host whose log fails is no reason to fail.</summary>
    internal static class Log
    {
        public static void Info(string text)
        {
            // Braces in the text are not placeholders.
            Guarded(() => Toolbox.Log.Trace("{0}", text));
        }

        public static void Error(string text)
        {
            Guarded(() => Toolbox.Log.LogError(Identity.DriverName, "{0}", text));
        }

        private static void Guarded(Action write)
        {
            try
            {
                write();
            }
            catch (Exception)
            {
            }
        }
    }
}
