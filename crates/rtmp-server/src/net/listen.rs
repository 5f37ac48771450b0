//! Listening sockets.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;

/// How many connections the kernel holds ready for the server.
const BACKLOG: i32 = 1024;

/// A socket that listens.
#[derive(Debug)]
pub struct Listener {
    pub(super) socket: TcpListener,
    local: SocketAddr,
}

impl Listener {
    /// Takes a socket that listens already.
    pub fn new(socket: TcpListener) -> io::Result<Self> {
        let local = socket.local_addr()?;
        Ok(Self { socket, local })
    }

    /// Where it listens, with the actual port.
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }
}

/// Listens on `port`; 0 stands for any free port.
///
/// Without an address it listens on all addresses of the machine, IPv6 and IPv4, with one
/// dual-stack socket; where there is no IPv6, on IPv4 alone.
///
/// Has to be called within a tokio runtime.
pub fn listen(address: Option<IpAddr>, port: u16) -> Result<Listener, ListenError> {
    let bound = match address {
        Some(address) => bind(SocketAddr::new(address, port)),
        None => match bind(SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), port)) {
            Err(error) if lacks_ipv6(&error) => {
                bind(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port))
            }
            bound => bound,
        },
    };
    bound.and_then(Listener::new).map_err(|error| ListenError {
        address,
        port,
        error,
    })
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    if address.ip() == IpAddr::V6(Ipv6Addr::UNSPECIFIED) {
        socket.set_only_v6(false)?;
    }
    // On Unix, SO_REUSEADDR lets a server come back while connections of its predecessor linger in
    // TIME_WAIT, and two servers still cannot share the port. On Windows it would let them. There,
    // SO_EXCLUSIVEADDRUSE would also keep out a program that sets SO_REUSEADDR on purpose; neither
    // std nor socket2 offers it, and without unsafe code nothing else does.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// True if the machine speaks no IPv6, or has no dual-stack sockets.
fn lacks_ipv6(error: &io::Error) -> bool {
    !matches!(
        error.kind(),
        io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied
    )
}

/// The server cannot listen.
#[derive(Debug)]
pub struct ListenError {
    address: Option<IpAddr>,
    port: u16,
    error: io::Error,
}

impl ListenError {
    /// The port that was asked for.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// True if another program, or another listener of this one, has the port.
    pub fn is_in_use(&self) -> bool {
        self.error.kind() == io::ErrorKind::AddrInUse
    }

    /// True if the operating system does not permit it, mostly because the port is below 1024 or
    /// reserved.
    pub fn is_not_permitted(&self) -> bool {
        self.error.kind() == io::ErrorKind::PermissionDenied
    }
}

impl fmt::Display for ListenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.address, self.error.kind()) {
            (_, io::ErrorKind::AddrInUse) => {
                write!(f, "port {} is in use by another program", self.port)
            }
            (_, io::ErrorKind::PermissionDenied) => {
                write!(
                    f,
                    "the operating system does not permit listening on port {}",
                    self.port
                )
            }
            (Some(address), io::ErrorKind::AddrNotAvailable) => {
                write!(f, "{address} is not an address of this machine")
            }
            _ => write!(f, "cannot listen on port {}: {}", self.port, self.error),
        }
    }
}

impl std::error::Error for ListenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}
