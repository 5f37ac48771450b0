//! Reading a header.

use proxy_header::{ParseConfig, Protocol, ProxiedAddress};

use super::header::{ProxyHeader, ProxyHeaderError, canonical};
use super::line;

/// How a header of version 2 begins (section 2.2).
const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
/// Signature, version and command, family, length (section 2.2).
const FIXED_BYTES: usize = 16;
/// Version 2 and the command LOCAL: a connection of the proxy's own (section 2.2).
const LOCAL: u8 = 0x20;

/// Reads a header as its bytes come, and not a byte more.
///
/// ```
/// use rtmp_server::proxy_protocol::{ProxyHeader, ProxyHeaderReader};
///
/// let mut reader = ProxyHeaderReader::default();
/// let mut first = &b"PROXY TCP4 203.0.113.7 192.0.2.1 50"[..];
/// assert_eq!(reader.read(&mut first), Ok(None));
/// let mut rest = &b"000 1935\r\n\x03 is RTMP's"[..];
/// let header = reader.read(&mut rest).unwrap().unwrap();
/// assert!(matches!(header, ProxyHeader::Relayed { source, .. } if source.to_string() == "203.0.113.7:50000"));
/// assert_eq!(rest, b"\x03 is RTMP's");
/// ```
#[derive(Clone, Debug, Default)]
pub struct ProxyHeaderReader {
    received: Vec<u8>,
}

impl ProxyHeaderReader {
    /// The longest header of version 2 that is read: addresses, and room for what some proxies tell
    /// of TLS, such as the client's certificate.
    pub const MAX_BYTES: usize = 4096;

    /// Takes bytes of `input`, up to the end of the header, which is returned once it is there.
    ///
    /// # Errors
    /// There is no header, or one that cannot be read; nothing good can come after it.
    pub fn read(&mut self, input: &mut &[u8]) -> Result<Option<ProxyHeader>, ProxyHeaderError> {
        loop {
            let missing = match self.missing()? {
                0 => return self.finish().map(Some),
                missing => missing,
            };
            if input.is_empty() {
                return Ok(None);
            }
            let (taken, rest) = input.split_at(missing.min(input.len()));
            self.received.extend_from_slice(taken);
            *input = rest;
        }
    }

    /// Whether nothing has been read.
    pub fn is_empty(&self) -> bool {
        self.received.is_empty()
    }

    /// How many bytes the header has at least that have not come; 0 at its end.
    fn missing(&self) -> Result<usize, ProxyHeaderError> {
        let received = &self.received[..];
        if received.starts_with(line::START) {
            return match received.last() {
                Some(b'\n') => Ok(0),
                _ if received.len() >= line::MAX_BYTES => Err(ProxyHeaderError::TooLong),
                _ => Ok(1),
            };
        }
        if !begins_header(received) {
            return Err(ProxyHeaderError::Missing);
        }
        let Some([.., high, low]) = received.get(..FIXED_BYTES) else {
            return Ok(1);
        };
        let length = FIXED_BYTES.saturating_add(u16::from_be_bytes([*high, *low]).into());
        if length > Self::MAX_BYTES {
            return Err(ProxyHeaderError::TooLong);
        }
        Ok(length.saturating_sub(received.len()))
    }

    fn finish(&self) -> Result<ProxyHeader, ProxyHeaderError> {
        if self.received.starts_with(line::START) {
            return line::parse(&self.received);
        }
        // Of a connection of the proxy's own the family is ignored, whatever it is.
        if self.received.starts_with(SIGNATURE)
            && self.received.get(SIGNATURE.len()) == Some(&LOCAL)
        {
            return Ok(ProxyHeader::Local);
        }
        let addresses_only = ParseConfig {
            include_tlvs: false,
            ..ParseConfig::default()
        };
        let header = proxy_header::ProxyHeader::parse(&self.received, addresses_only);
        let (header, length) = header.map_err(|_| ProxyHeaderError::Malformed)?;
        if length != self.received.len() {
            return Err(ProxyHeaderError::Malformed);
        }
        match header.proxied_address() {
            None => Ok(ProxyHeader::Local),
            Some(ProxiedAddress {
                protocol: Protocol::Stream,
                source,
                destination,
            }) => Ok(ProxyHeader::Relayed {
                source: canonical(*source),
                destination: canonical(*destination),
            }),
            Some(_) => Err(ProxyHeaderError::Malformed),
        }
    }
}

/// Whether a header can begin so, of either version. Neither RTMP (3) nor TLS (22) can.
pub(crate) fn begins_header(bytes: &[u8]) -> bool {
    [line::START, SIGNATURE].iter().any(|start| {
        let compared = start.len().min(bytes.len());
        start.get(..compared) == bytes.get(..compared)
    })
}

#[cfg(test)]
mod tests;
