//! Object identifiers, as their content octets (X.690 section 8.19).

/// PKCS #7 content types (RFC 2315).
pub(super) const DATA: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x07\x01";
pub(super) const ENCRYPTED_DATA: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x07\x06";

/// Bag types (RFC 7292, section 4.2).
pub(super) const KEY_BAG: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x0C\x0A\x01\x01";
pub(super) const SHROUDED_KEY_BAG: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x0C\x0A\x01\x02";
pub(super) const CERTIFICATE_BAG: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x0C\x0A\x01\x03";
pub(super) const SAFE_CONTENTS_BAG: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x0C\x0A\x01\x06";

/// An X.509 certificate in a bag (RFC 2985).
pub(super) const X509_CERTIFICATE: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x09\x16\x01";

/// Encryption with PKCS#12's own key derivation (RFC 7292, appendix C).
pub(super) const PBE_SHA1_3DES: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x0C\x01\x03";
pub(super) const PBE_SHA1_RC2_128: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x0C\x01\x05";
pub(super) const PBE_SHA1_RC2_40: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x0C\x01\x06";

/// PBES2 and its parts (RFC 8018, appendix B).
pub(super) const PBES2: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x05\x0D";
pub(super) const PBKDF2: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x05\x0C";
pub(super) const HMAC_SHA1: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x02\x07";
pub(super) const HMAC_SHA256: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x02\x09";
pub(super) const HMAC_SHA384: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x02\x0A";
pub(super) const HMAC_SHA512: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x02\x0B";
pub(super) const DES_EDE3_CBC: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x03\x07";
pub(super) const AES_128_CBC: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x01\x02";
pub(super) const AES_192_CBC: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x01\x16";
pub(super) const AES_256_CBC: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x01\x2A";

/// Hash functions (RFC 8017, appendix B.1).
pub(super) const SHA1: &[u8] = b"\x2B\x0E\x03\x02\x1A";
pub(super) const SHA256: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x02\x01";
pub(super) const SHA384: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x02\x02";
pub(super) const SHA512: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x02\x03";

/// Content octets in dotted decimal, for people.
pub(super) fn dotted(content: &[u8]) -> String {
    let mut arcs = Vec::new();
    let mut arc = 0u64;
    for octet in content {
        arc = (arc << 7) | u64::from(octet & 0x7F);
        if octet & 0x80 == 0 {
            if arcs.is_empty() {
                let first = (arc / 40).min(2);
                arcs.push(first.to_string());
                arc = arc.saturating_sub(first.saturating_mul(40));
            }
            arcs.push(arc.to_string());
            arc = 0;
        }
    }
    arcs.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dotted_decimal() {
        assert_eq!(dotted(PBES2), "1.2.840.113549.1.5.13");
        assert_eq!(dotted(AES_256_CBC), "2.16.840.1.101.3.4.1.42");
        assert_eq!(dotted(SHA1), "1.3.14.3.2.26");
    }
}
