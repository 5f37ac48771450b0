//! Passwords, and what trying them may cost.

use super::Error;

/// A password, as PKCS#12's own key derivation wants it and as PBES2 does.
#[derive(Clone)]
pub(super) struct Password {
    /// UTF-16, big-endian, with a terminating zero (RFC 7292, appendix B.1).
    pub(super) bmp: Vec<u8>,
    pub(super) utf8: Vec<u8>,
}

impl Password {
    /// The forms in which `password` may have been used. The empty password is written in two ways:
    /// as a terminating zero alone, and as nothing at all.
    pub(super) fn forms(password: &str) -> Vec<Self> {
        let bmp = password
            .encode_utf16()
            .chain([0])
            .flat_map(u16::to_be_bytes)
            .collect();
        let utf8 = password.as_bytes().to_vec();
        let mut forms = vec![Self { bmp, utf8 }];
        if password.is_empty() {
            forms.push(Self {
                bmp: Vec::new(),
                utf8: Vec::new(),
            });
        }
        forms
    }
}

/// How much key derivation a file may ask for. Iterations make guessing expensive; without a bound
/// a hostile file makes reading it take for ever.
pub(super) struct Budget(u32);

impl Budget {
    /// In iterations: about a second. Programs ask for thousands, for each of the message
    /// authentication code, the certificates and the key.
    pub(super) const FILE: Self = Self(1_000_000);

    /// Takes what a derivation of `iterations` for `blocks` blocks of output costs.
    pub(super) fn spend(&mut self, iterations: u32, blocks: u32) -> Result<(), Error> {
        if iterations == 0 {
            return Err(Error::Malformed);
        }
        let cost = iterations.checked_mul(blocks).ok_or(Error::TooExpensive)?;
        self.0 = self.0.checked_sub(cost).ok_or(Error::TooExpensive)?;
        Ok(())
    }
}
