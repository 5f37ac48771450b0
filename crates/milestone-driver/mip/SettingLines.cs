using System.Collections.Generic;
using System.Text;

namespace RTMPDriver
{
    /// <summary>
    /// Settings as the native library takes and gives them: "key=value" and "key[camera]=value" lines.
    /// </summary>
    internal sealed class SettingLines
    {
        private readonly StringBuilder _text = new StringBuilder();

        public bool IsEmpty
        {
            get { return _text.Length == 0; }
        }

        /// <summary>The name of a camera's setting; that of the hardware's, which is 0 here, is its key.</summary>
        public static string NameOf(string key, int camera)
        {
            return camera == 0 ? key : key + "[" + camera + "]";
        }

        public void Add(string name, string value)
        {
            _text.Append(name).Append('=').Append(Escape(value)).Append('\n');
        }

        public override string ToString()
        {
            return _text.ToString();
        }

        /// <summary>The names and values of lines, in their order.</summary>
        public static IEnumerable<KeyValuePair<string, string>> Read(string text)
        {
            foreach (var line in text.Split('\n'))
            {
                int equals = line.IndexOf('=');
                if (equals > 0)
                    yield return new KeyValuePair<string, string>(line.Substring(0, equals), Unescape(line.Substring(equals + 1)));
            }
        }

        private static string Escape(string value)
        {
            return value.Replace("\\", "\\\\").Replace("\n", "\\n").Replace("\r", "\\r");
        }

        private static string Unescape(string value)
        {
            var plain = new StringBuilder(value.Length);
            for (int i = 0; i < value.Length; i++)
            {
                if (value[i] != '\\' || i + 1 == value.Length)
                {
                    plain.Append(value[i]);
                    continue;
                }
                i++;
                plain.Append(value[i] == 'n' ? '\n' : value[i] == 'r' ? '\r' : value[i]);
            }
            return plain.ToString();
        }
    }
}
