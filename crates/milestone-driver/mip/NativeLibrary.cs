using System;
using System.ComponentModel;
using System.IO;
using System.Runtime.InteropServices;
using VideoOS.Platform.DriverFramework.Exceptions;

namespace RTMPDriver
{
    /// <summary>
    /// Finds the native library beside this assembly, whatever the process's search path is.
    /// </summary>
    internal static class NativeLibrary
    {
        private const uint LoadWithAlteredSearchPath = 8;

        /// <summary>Why the library cannot be used; null if it can.</summary>
        public static readonly string Problem;

        /// <summary>The folder of this assembly: the library and rtmp.pfx are here.</summary>
        public static readonly string Folder;

        static NativeLibrary()
        {
            // An exception here would be the last thing anybody hears of this class: it is kept as a text.
            try
            {
                Folder = Path.GetDirectoryName(typeof(NativeLibrary).Assembly.Location);
                Problem = Load();
            }
            catch (Exception exception)
            {
                Problem = Explain(exception);
            }
        }

        /// <exception cref="ConnectionLostException">The library cannot be used; it says why.</exception>
        public static void Check()
        {
            if (Problem != null)
                throw new ConnectionLostException(Problem);
        }

        private static string Load()
        {
            if (IntPtr.Size != 8)
                return "This driver needs a 64-bit process.";
            if (Environment.OSVersion.Platform == PlatformID.Win32NT)
            {
                // From now on the bare name in DllImport means this file.
                if (LoadLibraryEx(FullPath(), IntPtr.Zero, LoadWithAlteredSearchPath) == IntPtr.Zero)
                    throw new Win32Exception(Marshal.GetLastWin32Error());
            }
            uint version = NativeMethods.rtmp_push_abi_version();
            if (version >> 16 != NativeMethods.AbiMajor)
            {
                return string.Format(
                    "{0} is of another version of the driver ({1}.{2} instead of {3}): install all files anew.",
                    FullPath(), version >> 16, version & 0xFFFF, NativeMethods.AbiMajor);
            }
            return null;
        }

        private static string FullPath()
        {
            bool windows = Environment.OSVersion.Platform == PlatformID.Win32NT;
            string file = windows ? NativeMethods.Library + ".dll" : "lib" + NativeMethods.Library + ".so";
            return Path.Combine(Folder ?? "", file);
        }

        private static string Explain(Exception exception)
        {
            return string.Format(
                "{0} cannot be loaded: {1} If the file is there, Windows may have blocked it: unblock the ZIP before"
                + " extracting it.", FullPath(), exception.Message);
        }

        [DllImport("kernel32.dll", CharSet = CharSet.Unicode, SetLastError = true, ExactSpelling = true,
            EntryPoint = "LoadLibraryExW")]
        private static extern IntPtr LoadLibraryEx(string file, IntPtr reserved, uint flags);
    }
}
