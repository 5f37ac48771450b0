using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using VideoOS.Platform.DriverFramework.Exceptions;

namespace RTMPDriver
{
    /// <summary>A setting, as the native library describes it.</summary>
    internal sealed class SettingRow
    {
        private readonly Dictionary<string, string> _texts;

        public SettingRow(NativeSetting setting, string texts)
        {
            var lines = SettingLines.Read(texts).ToList();
            _texts = lines.ToDictionary(line => line.Key, line => line.Value);
            Choices = lines.Where(line => line.Key.StartsWith(Choice, StringComparison.Ordinal))
                .Select(line => new KeyValuePair<string, string>(line.Key.Substring(Choice.Length).TrimEnd(']'), line.Value))
                .ToList();
            Key = _texts["key"];
            Name = _texts["name"];
            Id = new Guid(_texts["id"]);
            OfCamera = setting.Scope == NativeMethods.ScopeCamera;
            Kind = setting.Kind;
            Min = (int)setting.Min;
            Max = (int)setting.Max;
        }

        private const string Choice = "choice[";

        public string Key { get; private set; }
        public string Name { get; private set; }
        public Guid Id { get; private set; }
        public bool OfCamera { get; private set; }
        public uint Kind { get; private set; }
        public int Min { get; private set; }
        public int Max { get; private set; }

        /// <summary>Keys and names of what there is to choose from.</summary>
        public IList<KeyValuePair<string, string>> Choices { get; private set; }

        /// <summary>The default of the hardware's setting, or of a camera's; null if there is none.</summary>
        public string Default(int camera)
        {
            string value;
            return _texts.TryGetValue(SettingLines.NameOf("default", camera), out value) ? value : null;
        }

        /// <summary>The hardware as 0, or the cameras.</summary>
        public IEnumerable<int> Owners
        {
            get { return OfCamera ? Enumerable.Range(1, Identity.Cameras) : Enumerable.Repeat(0, 1); }
        }
    }

    /// <summary>What there is to set: the native library knows.</summary>
    internal static class SettingTable
    {
        private static readonly Lazy<IList<SettingRow>> Rows = new Lazy<IList<SettingRow>>(Read);

        /// <summary>In the order in which people should see them.</summary>
        public static IList<SettingRow> All
        {
            get { return Rows.Value; }
        }

        /// <summary>Null if the driver has no such setting.</summary>
        public static SettingRow Find(string key, bool ofCamera)
        {
            return All.FirstOrDefault(row => row.Key == key && row.OfCamera == ofCamera);
        }

        private static IList<SettingRow> Read()
        {
            var rows = new List<SettingRow>();
            while (true)
            {
                var setting = new NativeSetting { Size = (uint)Marshal.SizeOf(typeof(NativeSetting)) };
                string texts;
                int code = NativeText.Read(
                    (byte[] buffer, UIntPtr capacity, out UIntPtr needed) => NativeMethods.rtmp_push_v1_setting(
                        (uint)rows.Count, ref setting, buffer, capacity, out needed),
                    out texts);
                if (code < 0)
                    throw new ConnectionLostException(NativeText.LastError());
                if (code != NativeMethods.Received)
                    return rows;
                rows.Add(new SettingRow(setting, texts));
            }
        }
    }
}
