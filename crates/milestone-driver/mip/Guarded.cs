using System;
using System.Threading;
using VideoOS.Platform.DriverFramework.Exceptions;

namespace RTMPDriver
{
    /// <summary>
    /// What the host calls, and what runs on threads of the driver: an exception that nobody expects would end the host's
    /// process, and every camera in it.
    /// </summary>
    internal static class Guarded
    {
        /// <summary>Logs any exception and goes on.</summary>
        public static void Quietly(string what, Action action)
        {
            try
            {
                action();
            }
            catch (ThreadAbortException)
            {
                // The process is leaving.
            }
            catch (Exception exception)
            {
                Log.Error(what + ": " + exception);
            }
        }

        /// <summary>
        /// For calls of which the host expects exceptions of its framework: every other one is logged and becomes one.
        /// </summary>
        public static T Call<T>(string what, Func<T> function)
        {
            try
            {
                return function();
            }
            catch (MIPDriverException)
            {
                throw;
            }
            catch (ThreadAbortException)
            {
                // The process is leaving.
                throw;
            }
            catch (Exception exception)
            {
                Log.Error(what + ": " + exception);
                throw new ConnectionLostException(what + ": " + exception.Message);
            }
        }
    }
}
