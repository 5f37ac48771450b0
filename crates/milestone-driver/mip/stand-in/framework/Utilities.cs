namespace VideoOS.Platform.DriverFramework.Utilities
{
    public interface ILog
    {
        void Trace(string message);
        void Trace(string format, params object[] arguments);
        void LogDebug(string where, string message);
        void LogError(string where, string message);
        void LogError(string where, string format, params object[] arguments);
    }

    public static class Toolbox
    {
        public static ILog Log { get; set; }
    }
}
