using System;

namespace VideoOS.Platform.DriverFramework.Exceptions
{
    public class MIPDriverException : Exception
    {
        public MIPDriverException()
        {
        }

        public MIPDriverException(string message)
            : base(message)
        {
        }
    }

    public class ConnectionLostException : MIPDriverException
    {
        public ConnectionLostException(string message)
            : base(message)
        {
        }
    }
}
