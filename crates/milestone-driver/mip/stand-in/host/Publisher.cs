using System;
using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace StandInHost
{
    /// <summary>A program that pushes.</summary>
    internal sealed class Publisher : IDisposable
    {
        private readonly Process _process;
        private readonly StringBuilder _output = new StringBuilder();

        private Publisher(string input, string output)
            : this(new ProcessStartInfo("ffmpeg", "-hide_banner -nostdin -loglevel verbose " + input + " -f flv " + output))
        {
        }

        private Publisher(ProcessStartInfo start)
        {
            start.UseShellExecute = false;
            start.RedirectStandardError = true;
            _process = Process.Start(start);
            _process.ErrorDataReceived += (sender, line) => { lock (_output) _output.AppendLine(line.Data); };
            _process.BeginErrorReadLine();
        }

        /// <summary>Pushes a file once, in its own time.</summary>
        public static Publisher Once(string file, string url)
        {
            return new Publisher("-re -i " + file + " -c copy", url);
        }

        /// <summary>Pushes the tags of a file as they are, by a program that takes any.</summary>
        public static Publisher OfTags(string program, string file, string url)
        {
            var uri = new Uri(url);
            return new Publisher(new ProcessStartInfo(program,
                file + " " + uri.Authority + " \"\" " + uri.AbsolutePath.TrimStart('/')));
        }

        /// <summary>Pushes a file again and again.</summary>
        public static Publisher Forever(string file, string url)
        {
            return new Publisher("-re -stream_loop -1 -i " + file + " -c copy", url);
        }

        /// <summary>Pushes Sorenson H.263, which no Recording Server takes.</summary>
        public static Publisher OfWrongCodec(string url)
        {
            return new Publisher("-re -f lavfi -i testsrc2=size=320x240:rate=10 -t 30 -c:v flv", url);
        }

        public string Output
        {
            get { lock (_output) return _output.ToString(); }
        }

        public bool IsRunning
        {
            get { return !_process.HasExited; }
        }

        public void WaitForEnd()
        {
            using (this)
                Check.Eventually(() => _process.HasExited, "the publisher ends; it says\n" + Output);
        }

        /// <summary>It stays connected and sends nothing.</summary>
        public void Pause()
        {
            Signal("-STOP");
        }

        public void Resume()
        {
            Signal("-CONT");
        }

        public void Dispose()
        {
            // FFmpeg may end by itself at any moment, as it does when its server has gone: then there is nobody to kill.
            try
            {
                _process.Kill();
            }
            catch (InvalidOperationException)
            {
            }
            catch (Win32Exception)
            {
            }
            _process.WaitForExit();
        }

        private void Signal(string signal)
        {
            using (var kill = Process.Start("kill", signal + " " + _process.Id))
                kill.WaitForExit();
        }
    }
}
