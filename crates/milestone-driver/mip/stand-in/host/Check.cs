using System;
using System.Diagnostics;
using System.Threading;

namespace StandInHost
{
    /// <summary>What a test says when it fails.</summary>
    internal sealed class CheckFailed : Exception
    {
        public CheckFailed(string message)
            : base(message)
        {
        }
    }

    internal static class Check
    {
        /// <summary>How long to wait for what has to come, on a machine that has other things to do.</summary>
        public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

        public static void True(bool condition, string message, params object[] arguments)
        {
            if (!condition)
                throw new CheckFailed(string.Format(message, arguments));
        }

        public static void Equal<T>(T expected, T actual, string what)
        {
            True(Equals(expected, actual), "{0}: expected {1}, got {2}", what, expected, actual);
        }

        public static void Contains(string part, string text)
        {
            bool contains = text != null && text.IndexOf(part, StringComparison.OrdinalIgnoreCase) >= 0;
            True(contains, "'{0}' is not in: {1}", part, text);
        }

        public static T Throws<T>(Action action, string what) where T : Exception
        {
            try
            {
                action();
            }
            catch (T exception)
            {
                return exception;
            }
            throw new CheckFailed(what + " did not throw " + typeof(T).Name);
        }

        /// <summary>Waits until a condition holds.</summary>
        public static void Eventually(Func<bool> condition, string what)
        {
            var watch = Stopwatch.StartNew();
            while (!condition())
            {
                True(watch.Elapsed < Patience, "it did not happen: {0}", what);
                Thread.Sleep(10);
            }
        }

        /// <summary>
        /// Nothing comes, after as long as was asked for. 50 ms more is what is promised. A busy machine may wake a thread
        /// later than that, now and then: never too early, and within 50 ms at one of three times.
        /// </summary>
        public static void KeepsTimeLimit(double seconds, Func<double, object> next)
        {
            double best = double.MaxValue;
            for (int attempt = 0; attempt < 3 && best > 0.050; attempt++)
            {
                var watch = Stopwatch.StartNew();
                True(next(seconds) == null, "there is a frame");
                double late = watch.Elapsed.TotalSeconds - seconds;
                True(late > -0.050, "it returned {0} s early", -late);
                best = Math.Min(best, late);
            }
            True(best <= 0.050, "a time limit of {0} s was exceeded by {1} s", seconds, best);
        }
    }
}
