using System;
using System.Runtime.InteropServices;
using System.Security;
using System.Text;

namespace RTMPDriver
{
    /// <summary>Text to and from the native library: UTF-8, pointer and length.</summary>
    internal static class NativeText
    {
        /// <summary>A function that stores a text into a buffer, and the length it needs.</summary>
        public delegate int Source(byte[] buffer, UIntPtr capacity, out UIntPtr needed);

        /// <summary>Calls with a buffer that is large enough.</summary>
        public static int Read(Source source, out string text)
        {
            var buffer = new byte[1024];
            while (true)
            {
                UIntPtr needed;
                int code = source(buffer, (UIntPtr)buffer.Length, out needed);
                if (code != NativeMethods.BufferTooSmall)
                {
                    text = code < 0 ? "" : Encoding.UTF8.GetString(buffer, 0, (int)needed);
                    return code;
                }
                buffer = new byte[(int)needed];
            }
        }

        /// <summary>Why the latest call on this thread failed.</summary>
        public static string LastError()
        {
            string text;
            Read(NativeMethods.rtmp_push_v1_last_error, out text);
            return text;
        }

        public static byte[] Encode(string text)
        {
            return Encoding.UTF8.GetBytes(text);
        }

        /// <summary>The bytes are for whoever asks to overwrite; everything else that was made of it is overwritten.</summary>
        public static byte[] Encode(SecureString text)
        {
            if (text == null || text.Length == 0)
                return new byte[0];
            var characters = new char[text.Length];
            var plain = Marshal.SecureStringToGlobalAllocUnicode(text);
            try
            {
                Marshal.Copy(plain, characters, 0, characters.Length);
                return Encoding.UTF8.GetBytes(characters);
            }
            finally
            {
                Array.Clear(characters, 0, characters.Length);
                Marshal.ZeroFreeGlobalAllocUnicode(plain);
            }
        }

        public static UIntPtr Length(byte[] bytes)
        {
            return (UIntPtr)bytes.Length;
        }
    }

    /// <summary>A text that stays where it is as long as the library looks at it.</summary>
    internal sealed class PinnedText : IDisposable
    {
        private readonly byte[] _bytes;
        private GCHandle _pin;

        public PinnedText(string text)
        {
            _bytes = NativeText.Encode(text);
            _pin = GCHandle.Alloc(_bytes, GCHandleType.Pinned);
        }

        public IntPtr Start
        {
            get { return _pin.AddrOfPinnedObject(); }
        }

        public UIntPtr Length
        {
            get { return NativeText.Length(_bytes); }
        }

        public void Dispose()
        {
            _pin.Free();
        }
    }
}
