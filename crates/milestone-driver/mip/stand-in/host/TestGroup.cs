using System;
using System.IO;
using VideoOS.Platform.DriverFramework;

namespace StandInHost
{
    /// <summary>Tests that publish: the driver, the host's log, and the folder with what is published.</summary>
    internal abstract class TestGroup
    {
        protected readonly DriverDefinition Driver;
        protected readonly LogRecorder Log;
        protected readonly string Folder;

        /// <summary>Four seconds of H.264.</summary>
        protected readonly string Clip;

        protected TestGroup(DriverDefinition driver, LogRecorder log, string folder)
        {
            Driver = driver;
            Log = log;
            Folder = folder;
            Clip = ClipOf("clip");
        }

        public abstract void AddTo(Action<string, Action> add);

        protected string ClipOf(string name)
        {
            return Path.Combine(Folder, name + ".flv");
        }
    }
}
