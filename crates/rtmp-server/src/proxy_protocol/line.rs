//! The header of version 1: a line of text (section 2.1).
//!
//! It is read word by word as it is specified, not as text is read elsewhere: a proxy writes one form of an address, and
//! what reads in two ways to two programs (`0127.0.0.1`, `+80`) would let the address that is looked at be another one
//! than that which was meant.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::header::{ProxyHeader, ProxyHeaderError, canonical};

/// How it begins.
pub(super) const START: &[u8] = b"PROXY ";
/// The longest, with its end.
pub(super) const MAX_BYTES: usize = 107;
const END: &[u8] = b"\r\n";
const UNKNOWN: &[u8] = b"UNKNOWN";

/// What the whole line says.
pub(super) fn parse(line: &[u8]) -> Result<ProxyHeader, ProxyHeaderError> {
    relayed_or_local(line).ok_or(ProxyHeaderError::Malformed)
}

fn relayed_or_local(line: &[u8]) -> Option<ProxyHeader> {
    let words = line.strip_prefix(START)?.strip_suffix(END)?;
    if let Some(rest) = words.strip_prefix(UNKNOWN) {
        // "The receiver must ignore anything presented before the CRLF is found."
        return (rest.is_empty() || rest.starts_with(b" ")).then_some(ProxyHeader::Local);
    }
    let mut words = std::str::from_utf8(words).ok()?.split(' ');
    let address: fn(&str) -> Option<IpAddr> = match words.next()? {
        // Neither takes leading zeros, nor a zone.
        "TCP4" => |word| word.parse().map(|address: Ipv4Addr| address.into()).ok(),
        "TCP6" => |word| word.parse().map(|address: Ipv6Addr| address.into()).ok(),
        _ => return None,
    };
    let (source, destination) = (address(words.next()?)?, address(words.next()?)?);
    let (source_port, destination_port) = (port(words.next()?)?, port(words.next()?)?);
    match words.next() {
        None => Some(ProxyHeader::Relayed {
            source: canonical(SocketAddr::new(source, source_port)),
            destination: canonical(SocketAddr::new(destination, destination_port)),
        }),
        Some(_) => None,
    }
}

/// "A decimal number in the range [0..65535] inclusive", without a sign and without zeros in front.
fn port(word: &str) -> Option<u16> {
    let is_plain = word.bytes().all(|byte| byte.is_ascii_digit());
    let has_zeros = word.len() > 1 && word.starts_with('0');
    (is_plain && !has_zeros).then(|| word.parse().ok())?
}
