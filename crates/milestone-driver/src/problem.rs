//! Problems in words: for the log, the status and error messages. Pictures have words of their own.

use std::fmt;

use crate::picture::Problem;

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PortInUse { port } => {
                write!(
                    f,
                    "port {port} is in use by another program or another hardware"
                )
            }
            Self::CertificateMissing { file } => {
                write!(f, "the certificate file {file} is missing")
            }
            Self::WrongCertificatePassword => {
                f.write_str("the TLS Certificate Password does not open rtmp.pfx")
            }
            Self::CertificateUnusable { reason } => write!(f, "rtmp.pfx cannot be used: {reason}"),
            Self::ListenerDown { reason } => write!(f, "the server does not run: {reason}"),
            Self::CodecRefused { codec } => {
                write!(
                    f,
                    "a publisher sent {codec}, only H.264 can be recorded: switch the encoder to H.264"
                )
            }
            Self::NoKeyFrameYet => {
                f.write_str("a publisher is connected and has not sent a key frame yet")
            }
        }
    }
}
