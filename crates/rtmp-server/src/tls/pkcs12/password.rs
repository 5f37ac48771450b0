//! Passwords and the keys that come out of them (RFC 7292, appendix B).

use std::num::NonZeroU32;

use ring::digest;

use super::Error;

/// What a derived key is for: the ID of RFC 7292, appendix B.3.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    EncryptionKey = 1,
    InitialValue = 2,
    MacKey = 3,
}

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
    /// In iterations: more than three times what any program asks for today, for each of the
    /// message authentication code, the certificates and the key.
    pub(super) const FILE: Self = Self(6_000_000);

    /// Takes what a derivation of `iterations` for `blocks` blocks of output costs.
    pub(super) fn spend(&mut self, iterations: u32, blocks: u32) -> Result<NonZeroU32, Error> {
        let cost = iterations.checked_mul(blocks).ok_or(Error::TooExpensive)?;
        self.0 = self.0.checked_sub(cost).ok_or(Error::TooExpensive)?;
        NonZeroU32::new(iterations).ok_or(Error::Malformed)
    }
}

/// Derives `length` octets (RFC 7292, appendix B.2).
pub(super) fn derive(
    hash: &'static digest::Algorithm,
    password: &Password,
    salt: &[u8],
    purpose: Purpose,
    iterations: NonZeroU32,
    length: usize,
) -> Vec<u8> {
    let block = hash.block_len();
    let diversifier = vec![purpose as u8; block];
    let mut input = repeated(salt, block);
    input.extend(repeated(&password.bmp, block));

    let mut derived = Vec::with_capacity(length);
    loop {
        let mut output = digest::digest(hash, &[&diversifier[..], &input].concat());
        for _ in 1..iterations.get() {
            output = digest::digest(hash, output.as_ref());
        }
        derived.extend_from_slice(output.as_ref());
        if derived.len() >= length {
            derived.truncate(length);
            return derived;
        }
        let addend: Vec<u8> = output
            .as_ref()
            .iter()
            .copied()
            .cycle()
            .take(block)
            .collect();
        for number in input.chunks_mut(block) {
            add_with_one(number, &addend);
        }
    }
}

/// Copies of `octets` up to a multiple of `block` octets, the last one cut; nothing for nothing.
fn repeated(octets: &[u8], block: usize) -> Vec<u8> {
    let length = octets.len().next_multiple_of(block);
    octets.iter().copied().cycle().take(length).collect()
}

/// `number = number + addend + 1`, modulo its size, big-endian.
fn add_with_one(number: &mut [u8], addend: &[u8]) {
    let mut carry = 1;
    for (digit, addend) in number.iter_mut().rev().zip(addend.iter().rev()) {
        let sum = u16::from(*digit)
            .saturating_add(u16::from(*addend))
            .saturating_add(carry);
        let [high, low] = sum.to_be_bytes();
        *digit = low;
        carry = u16::from(high);
    }
}
