//! The hardware's address: is it this machine, and how do publishers reach it?

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

use iri_string::types::IriStr;

/// Host and port of a URI such as `http://localhost:8783/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HostAndPort {
    /// Without the brackets of an IPv6 address.
    pub(super) host: String,
    pub(super) port: Option<u16>,
}

impl HostAndPort {
    /// RFC 3986, and RFC 3987 because machines may have names that are not ASCII; None if it is not so written.
    pub(super) fn of_uri(uri: &str) -> Option<Self> {
        let uri = uri.trim();
        // What is behind the authority does not matter, nor whether it is well written.
        let authority_at = uri.find("://")? + "://".len();
        let end = uri[authority_at..].find(['/', '?', '#']);
        let iri = IriStr::new(end.map_or(uri, |end| &uri[..authority_at + end])).ok()?;
        let authority = iri.authority_components()?;
        let host = authority.host().trim_matches(['[', ']']);
        let port = match authority.port() {
            None | Some("") => None,
            Some(port) => Some(port.parse().ok()?),
        };
        (!host.is_empty() && port != Some(0)).then(|| Self {
            host: host.to_owned(),
            port,
        })
    }
}

/// Whether `host` is certainly another machine's: an IP address that this machine cannot send from.
///
/// Names are not looked up. That may take half a minute, nothing can end it before, and the thread that waits would
/// outlive its driver. A name that an administrator types is this machine's, or the hardware makes no sense.
pub(super) fn is_elsewhere(host: &str) -> bool {
    host.parse::<IpAddr>()
        .is_ok_and(|address| !is_local(address))
}

/// Whether `host` is a name, and says more than "here".
pub(super) fn is_name(host: &str) -> bool {
    host.parse::<IpAddr>().is_err() && !host.eq_ignore_ascii_case("localhost")
}

/// A machine's own addresses are those that it can send from.
fn is_local(address: IpAddr) -> bool {
    address.is_unspecified() || address.is_loopback() || UdpSocket::bind((address, 0)).is_ok()
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
        assert_eq!(
            parsed("http://büro-pc:1935/?x=a b"),
            found("büro-pc", Some(1935))
        );
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
            "http://[here]/",
            "http://a\nb/",
            "http://a:+80/",
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
            assert!(!is_elsewhere(ours), "{ours}");
        }
        // RFC 5737, RFC 3849: addresses that nobody has.
        for not_ours in ["192.0.2.77", "203.0.113.5", "2001:db8::77"] {
            assert!(is_elsewhere(not_ours), "{not_ours}");
        }
        // RFC 6761: a name that does not exist. Nobody asks.
        assert!(!is_elsewhere("recorder.invalid") && is_name("recorder.invalid"));
        assert!(!is_name("LocalHost") && !is_name("10.0.0.1"));
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
