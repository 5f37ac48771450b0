using System.Reflection;

[assembly: AssemblyTitle("Stand-in for VideoOS.Platform.DriverFramework, for tests only")]
[assembly: AssemblyVersion("0.0.0.0")]
