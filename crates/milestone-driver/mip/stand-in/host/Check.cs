using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
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

        /// <summary>Does something on so many threads at once, which are told their numbers.</summary>
        public static void OnThreads(int count, Action<int> action)
        {
            var failures = new List<Exception>();
            var threads = Enumerable.Range(0, count).Select(number => new Thread(() =>
            {
                try
                {
                    action(number);
                }
                catch (Exception exception)
                {
                    lock (failures)
                        failures.Add(exception);
                }
            })).ToList();
            threads.ForEach(thread => thread.Start());
            threads.ForEach(thread => True(thread.Join(Patience), "a call does not return"));
            True(failures.Count == 0, "{0}", failures.FirstOrDefault());
        }

        /// <summary>A call for the next frame returns without one when its session is closed meanwhile.</summary>
        public static void EndsWhenClosed(Func<double, object> next, Action close, int closedAfter)
        {
            object frame = null;
            Exception failure = null;
            var thread = new Thread(() =>
            {
                try
                {
                    frame = next(60);
                }
                catch (Exception exception)
                {
                    failure = exception;
                }
            });
            thread.Start();
            Thread.Sleep(closedAfter);
            close();
            True(thread.Join(TimeSpan.FromSeconds(10)), "GetLiveFrame waits on after Close");
            True(failure == null && frame == null, "GetLiveFrame of a closed session: {0}", failure);
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
