using System.Reflection;
using System.Runtime.InteropServices;

[assembly: AssemblyTitle("RTMPDriver")]
[assembly: AssemblyDescription("RTMP Push Driver for XProtect")]
[assembly: AssemblyProduct("RTMP Push Driver")]
[assembly: AssemblyCopyright("The RTMP Push Driver authors, MIT OR Apache-2.0")]
[assembly: ComVisible(false)]
