using System.Collections.Generic;
using System.Linq;
using VideoOS.Platform.DriverFramework.Utilities;

namespace StandInHost
{
    /// <summary>The host's log. Every text is taken for a format: braces in it are a fault of the driver.</summary>
    internal sealed class LogRecorder : ILog
    {
        private readonly List<string> _lines = new List<string>();

        public void Trace(string message)
        {
            Write(string.Format(message));
        }

        public void Trace(string format, params object[] arguments)
        {
            Write(string.Format(format, arguments));
        }

        public void LogDebug(string where, string message)
        {
            Write("DEBUG " + where + " " + string.Format(message));
        }

        public void LogError(string where, string message)
        {
            Write("ERROR " + where + " " + string.Format(message));
        }

        public void LogError(string where, string format, params object[] arguments)
        {
            Write("ERROR " + where + " " + string.Format(format, arguments));
        }

        /// <summary>How many lines there are: to look only at later ones.</summary>
        public int Count
        {
            get { lock (_lines) return _lines.Count; }
        }

        public string[] Since(int count)
        {
            lock (_lines)
                return _lines.Skip(count).ToArray();
        }

        /// <summary>Waits for a line that has all the parts.</summary>
        public void Expect(int since, params string[] parts)
        {
            Check.Eventually(
                () => Since(since).Any(line => parts.All(part => line.ToLowerInvariant().Contains(part.ToLowerInvariant()))),
                "a log line with '" + string.Join("', '", parts) + "'; there are:\n    "
                + string.Join("\n    ", Since(since)));
        }

        private void Write(string line)
        {
            lock (_lines)
                _lines.Add(line);
        }
    }
}
