//! Addresses and networks.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net};

/// The first bits of an IPv6 address that stands for one of IPv4: the rest is that one.
const MAPPED_BITS: u8 = 96;

/// Addresses and networks, as people write them: separated by commas, IPv4 and IPv6.
///
/// IPv4 networks that are written as IPv6 (`::ffff:192.0.2.0/120`) are taken for what they are.
///
/// ```
/// use rtmp_server::proxy_protocol::Networks;
///
/// let networks: Networks = "192.0.2.7, 10.1.0.0/16, 2001:db8::/32".parse().unwrap();
/// assert!(networks.contains("10.1.2.3".parse().unwrap()));
/// assert!(!networks.contains("192.0.2.8".parse().unwrap()));
/// assert_eq!(networks.to_string(), "192.0.2.7, 10.1.0.0/16, 2001:db8::/32");
///
/// let error = "192.0.2.7, balancer".parse::<Networks>().unwrap_err();
/// assert_eq!(error.entry, "balancer");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks {
    entries: Vec<IpNet>,
}

impl Networks {
    /// Whether `address` is one of these, or in one of them.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.entries
            .iter()
            .any(|network| network.contains(&address))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl FromStr for Networks {
    type Err = NetworksError;

    fn from_str(text: &str) -> Result<Self, NetworksError> {
        let entries = text.split(',').map(str::trim);
        let entries = entries.filter(|entry| !entry.is_empty()).map(|entry| {
            network(entry).map_err(|problem| NetworksError {
                entry: entry.to_owned(),
                problem,
            })
        });
        let entries = entries.collect::<Result<_, _>>()?;
        Ok(Self { entries })
    }
}

/// As it can be read again. Networks of one address are written without their length.
impl fmt::Display for Networks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, network) in self.entries.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            if network.prefix_len() == network.max_prefix_len() {
                network.addr().fmt(f)?;
            } else {
                network.fmt(f)?;
            }
        }
        Ok(())
    }
}

impl FromIterator<IpAddr> for Networks {
    fn from_iter<I: IntoIterator<Item = IpAddr>>(addresses: I) -> Self {
        let addresses = addresses.into_iter().map(|it| it.to_canonical());
        Self {
            entries: addresses.map(IpNet::from).collect(),
        }
    }
}

fn network(entry: &str) -> Result<IpNet, NetworkProblem> {
    if let Ok(address) = entry.parse::<IpAddr>() {
        return Ok(address.to_canonical().into());
    }
    let network = entry.parse::<IpNet>();
    let network = canonical(network.map_err(|_| NetworkProblem::Unreadable)?);
    if network.trunc() != network {
        return Err(NetworkProblem::AddressInNetwork {
            address: network.addr(),
            network: network.trunc().to_string(),
        });
    }
    Ok(network)
}

/// The network without the clothes that IPv4 wears in IPv6.
fn canonical(network: IpNet) -> IpNet {
    let bits = network.prefix_len().checked_sub(MAPPED_BITS);
    match (network.addr().to_canonical(), bits) {
        (IpAddr::V4(address), Some(bits)) if matches!(network, IpNet::V6(_)) => {
            Ipv4Net::new(address, bits).map_or(network, IpNet::V4)
        }
        _ => network,
    }
}

/// The text is no list of addresses and networks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NetworksError {
    /// What of it is not.
    pub entry: String,
    /// Why.
    pub problem: NetworkProblem,
}

/// Why something is no address and no network.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NetworkProblem {
    /// It cannot be read.
    Unreadable,
    /// It is an address with the length of a network, so that either may be meant.
    AddressInNetwork {
        /// That address.
        address: IpAddr,
        /// The network that it is in.
        network: String,
    },
}

impl fmt::Display for NetworksError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entry = self.entry.escape_debug();
        match &self.problem {
            NetworkProblem::Unreadable => write!(
                f,
                "'{entry}' is neither an address such as 192.0.2.7 nor a network such as 10.1.0.0/16"
            ),
            NetworkProblem::AddressInNetwork { address, network } => write!(
                f,
                "'{entry}' may mean the address {address} or the network {network}"
            ),
        }
    }
}

impl std::error::Error for NetworksError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(text: &str) -> Networks {
        text.parse().unwrap()
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn addresses_and_networks_of_both_families() {
        let networks = networks(" 192.0.2.7,10.0.0.0/8 ,\t2001:db8::1,fd00::/8,, ");
        for inside in [
            "192.0.2.7",
            "::ffff:192.0.2.7",
            "10.255.0.1",
            "2001:db8::1",
            "fdff::1",
        ] {
            assert!(networks.contains(ip(inside)), "{inside}");
        }
        for outside in ["192.0.2.8", "11.0.0.0", "2001:db8::2", "fe00::1", "::1"] {
            assert!(!networks.contains(ip(outside)), "{outside}");
        }
        assert_eq!(
            networks.to_string(),
            "192.0.2.7, 10.0.0.0/8, 2001:db8::1, fd00::/8"
        );
    }

    #[test]
    fn ipv4_in_ipv6_is_ipv4() {
        let networks = networks("::ffff:192.0.2.7, ::ffff:10.0.0.0/104, ::ffff:10.9.9.9/128");
        assert!(networks.contains(ip("10.2.3.4")) && networks.contains(ip("::ffff:10.2.3.4")));
        assert_eq!(networks.to_string(), "192.0.2.7, 10.0.0.0/8, 10.9.9.9");
    }

    #[test]
    fn everybody_and_nobody() {
        let everybody = networks("0.0.0.0/0, ::/0");
        assert!(everybody.contains(ip("192.0.2.1")) && everybody.contains(ip("2001:db8::1")));
        for nobody in ["", " ", ",", " , ,"] {
            assert!(networks(nobody).is_empty(), "{nobody:?}");
            assert!(!networks(nobody).contains(ip("127.0.0.1")));
        }
    }

    #[test]
    fn the_entry_that_is_wrong_is_named() {
        for (text, entry) in [
            ("10.0.0.1, balancer.example, 10.0.0.2", "balancer.example"),
            ("10.0.0.1; 10.0.0.2", "10.0.0.1; 10.0.0.2"),
            ("10.0.0.0/33", "10.0.0.0/33"),
            ("fd00::/129", "fd00::/129"),
            ("10.0.0.0/", "10.0.0.0/"),
            ("/8", "/8"),
            ("10.0.0", "10.0.0"),
            ("10.0.0.1:80", "10.0.0.1:80"),
            ("[::1]", "[::1]"),
            ("10.0.0.0/255.0.0.0", "10.0.0.0/255.0.0.0"),
            ("fe80::1%eth0", "fe80::1%eth0"),
        ] {
            let error = text.parse::<Networks>().unwrap_err();
            assert_eq!(
                (&error.entry[..], &error.problem),
                (entry, &NetworkProblem::Unreadable)
            );
        }
        let error = "192.0.2.7/24".parse::<Networks>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "'192.0.2.7/24' may mean the address 192.0.2.7 or the network 192.0.2.0/24"
        );
    }

    #[test]
    fn of_addresses() {
        let networks = Networks::from_iter([ip("::ffff:192.0.2.7"), ip("2001:db8::1")]);
        assert_eq!(networks.to_string(), "192.0.2.7, 2001:db8::1");
    }
}
