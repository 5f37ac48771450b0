//! Whom a limit per address means.

use std::net::{IpAddr, Ipv6Addr};

/// What a limit per address counts as one: an IPv4 address, or an IPv6 /64.
///
/// A /64 is what one subscriber gets; whoever has one has 2⁶⁴ addresses.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct AddressGroup(IpAddr);

impl From<IpAddr> for AddressGroup {
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(address) => {
                let prefix = u128::from(address) & (u128::MAX << 64);
                IpAddr::V6(Ipv6Addr::from(prefix))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(address: &str) -> AddressGroup {
        AddressGroup::from(address.parse::<IpAddr>().unwrap())
    }

    #[test]
    fn ipv6_counts_by_64() {
        assert_eq!(group("2001:db8:1:2::1"), group("2001:db8:1:2:ffff::9"));
        assert_ne!(group("2001:db8:1:2::1"), group("2001:db8:1:3::1"));
    }

    #[test]
    fn ipv4_counts_by_address_also_when_mapped() {
        assert_ne!(group("192.0.2.1"), group("192.0.2.2"));
        assert_eq!(group("192.0.2.1"), group("::ffff:192.0.2.1"));
        assert_ne!(group("::ffff:192.0.2.1"), group("::ffff:192.0.2.2"));
    }
}
