using System.Collections.Generic;
using System.Text;

namespace RTMPDriver
{
    /// <summary>
    /// Settings as the native library takes and gives them: "key=value" and "key[device]=value" lines.
    /// </summary>
    internal sealed class SettingLines
    {
        private readonly StringBuilder _text = new StringBuilder();

        public bool IsEmpty
        {
            get { return _text.Length == 0; }
        }

        /// <summary>The name of a setting of a camera; that of the hardware's is its key.</summary>
        public static string NameOf(string key, int device)
        {
            return key + "[" + device + "]";
        }

        public void Add(string name, string value)
        {
            _text.Append(name).Append('=').Append(Escape(value)).Append('\n');
        }

        public override string ToString()
        {
            return _text.ToString();
        }

        public static Dictionary<string, string> Parse(string text)
        {
            var values = new Dictionary<string, string>();
            foreach (var line in text.Split('\n'))
            {
                int equals = line.IndexOf('=');
                if (equals > 0)
                    values[line.Substring(0, equals)] = Unescape(line.Substring(equals + 1));
            }
            return values;
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
