//! What headers of both versions say.

use core::fmt;
use std::net::SocketAddr;

/// What a header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProxyHeader {
    /// The connection comes from elsewhere, through the proxy.
    Relayed {
        /// From there.
        source: SocketAddr,
        /// To this address, which is the proxy's.
        destination: SocketAddr,
    },
    /// The connection is the proxy's own, to see whether the server lives, or of a kind that has no
    /// addresses: those of the connection itself count.
    Local,
}

/// The address without the clothes that IPv4 wears in IPv6, and on a dual-stack socket.
pub(crate) fn canonical(mut address: SocketAddr) -> SocketAddr {
    address.set_ip(address.ip().to_canonical());
    address
}

/// Why there is no header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProxyHeaderError {
    /// Something else comes first.
    Missing,
    /// It is longer than the 107 bytes of version 1, or than
    /// [`MAX_BYTES`](super::ProxyHeaderReader::MAX_BYTES) in version 2.
    TooLong,
    /// It cannot be read, or is about no TCP connection.
    Malformed,
    /// The connection ended within it.
    Incomplete,
    /// It did not come within the time that a server gives it.
    Late,
}

impl fmt::Display for ProxyHeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "there is no PROXY protocol header in front",
            Self::TooLong => "the PROXY protocol header is too long",
            Self::Malformed => "the PROXY protocol header cannot be read",
            Self::Incomplete => "the connection ended within the PROXY protocol header",
            Self::Late => "the PROXY protocol header did not come in time",
        })
    }
}

impl std::error::Error for ProxyHeaderError {}
