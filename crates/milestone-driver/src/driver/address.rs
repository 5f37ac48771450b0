//! The hardware's address: is it this machine, and how do publishers reach it?

use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs, UdpSocket};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Host and port of a URI such as `http://localhost:8783/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HostAndPort {
    /// Without the brackets of an IPv6 address.
    pub(super) host: String,
    pub(super) port: Option<u16>,
}

impl HostAndPort {
    /// RFC 3986 section 3.2, as far as needed; None if it is not so written.
    pub(super) fn of_uri(uri: &str) -> Option<Self> {
        let (_scheme, rest) = uri.trim().split_once("://")?;
        let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
        let host_port = authority
            .rsplit_once('@')
            .map_or(authority, |(_user, host_port)| host_port);
        let (host, port) = match host_port.strip_prefix('[') {
            Some(bracketed) => bracketed.split_once(']')?,
            None => match host_port.find(':') {
                Some(colon) => host_port.split_at(colon),
                None => (host_port, ""),
            },
        };
        let port = match port {
            "" | ":" => None,
            port => Some(
                port.strip_prefix(':')?
                    .parse()
                    .ok()
                    .filter(|port| *port != 0)?,
            ),
        };
        let tidy =
            !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || c.is_control());
        tidy.then(|| Self {
            host: host.to_owned(),
            port,
        })
    }
}

/// Whether a host is this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    Ours,
    NotOurs,
    /// The name cannot be resolved in good time.
    Unknown,
}

/// Longest time that a name may take to be resolved.
const RESOLVING: Duration = Duration::from_secs(2);

pub(super) fn whose(host: &str) -> Whose {
    if host.eq_ignore_ascii_case("localhost") {
        return Whose::Ours;
    }
    let addresses = match host.parse::<IpAddr>() {
        Ok(address) => vec![address],
        Err(_) => resolve(host),
    };
    match addresses.as_slice() {
        [] => Whose::Unknown,
        addresses if addresses.iter().copied().any(is_local) => Whose::Ours,
        _ => Whose::NotOurs,
    }
}

/// A machine's own addresses are those that it can send from.
fn is_local(address: IpAddr) -> bool {
    address.is_unspecified() || address.is_loopback() || UdpSocket::bind((address, 0)).is_ok()
}

/// The addresses of a host name; none if it has none or nobody knows in time.
fn resolve(host: &str) -> Vec<IpAddr> {
    let (sender, receiver) = mpsc::channel();
    let host = host.to_owned();
    let resolver = thread::Builder::new()
        .name("rtmp-resolve".into())
        .spawn(move || {
            let resolved = (host.as_str(), 0).to_socket_addrs();
            // Nobody listens any more if it took too long.
            let _ = sender.send(resolved.map_or_else(
                |_| Vec::new(),
                |found| found.map(|address| address.ip()).collect(),
            ));
        });
    match resolver {
        Ok(_) => receiver.recv_timeout(RESOLVING).unwrap_or_default(),
        Err(_) => Vec::new(),
    }
}

/// A host that publishers elsewhere can use: what the administrator entered if it is more than "here", else the
/// address that this machine uses towards the rest of the world.
pub(super) fn reachable_host(entered: Option<&str>, bind: Option<IpAddr>) -> String {
    let says_more_than_here = |host: &&str| {
        let here = host
            .parse::<IpAddr>()
            .is_ok_and(|ip| ip.is_loopback() || ip.is_unspecified());
        !here && !host.eq_ignore_ascii_case("localhost")
    };
    match (
        bind.filter(|ip| !ip.is_unspecified()),
        entered.filter(says_more_than_here),
    ) {
        (Some(address), _) => in_url(&address.to_string()),
        (None, Some(host)) => in_url(host),
        (None, None) => {
            outward_address().map_or_else(|| "localhost".to_owned(), |ip| in_url(&ip.to_string()))
        }
    }
}

/// The source address of packets to the outside. Nothing is sent: the system is only asked for its route.
fn outward_address() -> Option<IpAddr> {
    let outside = SocketAddr::from((Ipv4Addr::new(192, 0, 2, 1), 9));
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect(outside).ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_unspecified() && !address.is_loopback()).then_some(address)
}

/// RFC 3986 section 3.2.2: IPv6 addresses stand in brackets.
fn in_url(host: &str) -> String {
    if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(uri: &str) -> Option<(String, Option<u16>)> {
        HostAndPort::of_uri(uri).map(|address| (address.host, address.port))
    }

    #[test]
    fn host_and_port_of_a_uri() {
        let found = |host: &str, port| Some((host.to_owned(), port));
        assert_eq!(
            parsed("http://localhost:8783/"),
            found("localhost", Some(8783))
        );
        assert_eq!(parsed("http://server"), found("server", None));
        assert_eq!(parsed("http://server:/"), found("server", None));
        assert_eq!(
            parsed(" rtmp://user:pw@10.0.0.1:1935/a@b:c"),
            found("10.0.0.1", Some(1935))
        );
        assert_eq!(parsed("http://[::1]:80/"), found("::1", Some(80)));
        assert_eq!(parsed("http://[fe80::1]"), found("fe80::1", None));
        for bad in [
            "",
            "localhost",
            "http://",
            "http://:80/",
            "http://a b/",
            "http://a:0/",
            "http://a:65536",
            "http://[::1",
            "http://[::1]x",
        ] {
            assert_eq!(parsed(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn this_machine_and_others() {
        for ours in [
            "localhost",
            "LOCALHOST",
            "127.0.0.1",
            "127.3.2.1",
            "::1",
            "0.0.0.0",
        ] {
            assert_eq!(whose(ours), Whose::Ours, "{ours}");
        }
        // RFC 5737, RFC 3849: addresses that nobody has.
        for not_ours in ["192.0.2.77", "203.0.113.5", "2001:db8::77"] {
            assert_eq!(whose(not_ours), Whose::NotOurs, "{not_ours}");
        }
        // RFC 6761: a name that does not exist.
        assert_eq!(whose("camera.invalid"), Whose::Unknown);
    }

    #[test]
    fn what_a_person_can_push_to() {
        assert_eq!(
            reachable_host(Some("recorder.example"), None),
            "recorder.example"
        );
        assert_eq!(reachable_host(Some("2001:db8::1"), None), "[2001:db8::1]");
        let loopback = Some(IpAddr::from(Ipv4Addr::LOCALHOST));
        assert_eq!(
            reachable_host(Some("recorder.example"), loopback),
            "127.0.0.1"
        );
        for here in [Some("localhost"), Some("127.0.0.1"), Some("::1"), None] {
            let host = reachable_host(here, None);
            let usable =
                host == "localhost" || !host.parse::<IpAddr>().expect("an address").is_loopback();
            assert!(usable, "{host}");
        }
    }
}
