//! What is kept of a password.

use core::fmt;

use data_encoding::{BASE64, BASE64URL_NOPAD};
use md5::{Digest as _, Md5};
use percent_encoding::percent_decode_str;
use subtle::{Choice, ConstantTimeEq as _};
use zeroize::Zeroizing;

use super::login_text::Response;
use super::secret::Secret;

/// What makes the hash of a password one of its own.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Salt([u8; 8]);

impl Salt {
    /// A salt of these bytes. They need not be secret.
    #[must_use]
    pub const fn new(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    /// As programs are told it, in characters that all of them pass on.
    pub(super) fn text(self) -> String {
        BASE64URL_NOPAD.encode(&self.0)
    }
}

/// What a login is checked with: it is made from a user's password, which need not be kept.
///
/// To publishers it is as good as the password, so keep it as well. It is overwritten when it is
/// dropped, and `Debug` does not show it.
#[derive(Clone)]
pub struct Verifier {
    salt: Salt,
    hash: Zeroizing<Md5Text>,
}

/// Base64 of an MD5.
type Md5Text = [u8; 24];

impl Verifier {
    /// The verifier of `user` with `password`. [`Authenticator::salt`](super::Authenticator::salt)
    /// has salts that do not tell which users there are.
    #[must_use]
    pub fn new(user: &str, password: &Secret, salt: Salt) -> Self {
        Self::of(user, password.expose().as_bytes(), salt)
    }

    fn of(user: &str, password: &[u8], salt: Salt) -> Self {
        let hash = md5_text([user.as_bytes(), salt.text().as_bytes(), password]);
        Self {
            salt,
            hash: Zeroizing::new(hash),
        }
    }

    pub(super) fn salt(&self) -> Salt {
        self.salt
    }

    /// Whether `response` is the right answer to the challenge that it repeats.
    pub(super) fn accepts(&self, response: &Response) -> Choice {
        let opaque = response.opaque.as_bytes();
        let expected = md5_text([&*self.hash, opaque, response.challenge.as_bytes()]);
        expected.ct_eq(response.response.as_bytes())
    }

    /// Whether `user` has `password`, which is meant as it is or percent-encoded. Both are looked at,
    /// whatever comes of the first.
    pub(super) fn has_password(&self, user: &str, password: &Secret) -> Choice {
        let as_sent = password.expose().as_bytes();
        let decoded = Zeroizing::new(percent_decode_str(password.expose()).collect::<Vec<u8>>());
        let [as_sent, decoded] =
            [as_sent, &decoded].map(|password| Self::of(user, password, self.salt));
        as_sent.hash.ct_eq(&*self.hash) | decoded.hash.ct_eq(&*self.hash)
    }
}

/// Equal are those of one user with one password and salt. Takes the same time wherever they differ.
impl PartialEq for Verifier {
    fn eq(&self, other: &Self) -> bool {
        self.salt == other.salt && self.hash.ct_eq(&*other.hash).into()
    }
}

impl Eq for Verifier {}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<verifier>")
    }
}

fn md5_text(parts: [&[u8]; 3]) -> Md5Text {
    let mut hash = Md5::new();
    for part in parts {
        hash.update(part);
    }
    let mut text = [0; 24];
    BASE64.encode_mut(&hash.finalize(), &mut text);
    text
}
