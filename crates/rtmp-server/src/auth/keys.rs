//! Stream keys: who knows the key of a stream may publish it.

use core::fmt;
use std::time::{Duration, SystemTime};

use percent_encoding::percent_decode_str;
use subtle::{Choice, ConstantTimeEq as _};

use super::login_text::{LONGEST, only};
use super::secret::{Secret, hmac};
use crate::proto::{Query, StreamAddress};

/// The keys of a stream. Usually there is one; two are good while publishers change over.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct StreamKeys(Vec<Secret>);

impl StreamKeys {
    /// The keys of a setting: separated by commas, without the blanks around them.
    ///
    /// ```
    /// use rtmp_server::auth::{PresentedKey, StreamKeys};
    ///
    /// let keys = StreamKeys::parse("old-key, new-key");
    /// let now = std::time::SystemTime::now();
    /// assert!(keys.accept(&PresentedKey::Key("new-key".into()), "/camera", now));
    /// assert!(!keys.accept(&PresentedKey::Key("a-guess".into()), "/camera", now));
    /// assert!(StreamKeys::parse(" ").is_empty());
    /// ```
    #[must_use]
    pub fn parse(setting: &str) -> Self {
        let keys = setting
            .split(',')
            .map(str::trim)
            .filter(|key| !key.is_empty());
        Self(keys.map(Secret::from).collect())
    }

    /// True if there is no key, so that none is right.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The keys, in the order of the setting.
    pub fn iter(&self) -> impl Iterator<Item = &Secret> {
        self.0.iter()
    }

    /// The key that addresses are made with: the last one, which will stay.
    #[must_use]
    pub fn newest(&self) -> Option<&Secret> {
        self.0.last()
    }

    /// Whether what a publisher presents is right for the stream at `path` and not expired. That takes
    /// the same time whatever is wrong with it, and the same for each key.
    #[must_use]
    pub fn accept(&self, presented: &PresentedKey, path: &str, now: SystemTime) -> bool {
        let matching = |matches: &dyn Fn(&Secret) -> Choice| {
            let all = self.0.iter().map(matches);
            bool::from(all.fold(Choice::from(0), |any, one| any | one))
        };
        match presented {
            PresentedKey::Nothing | PresentedKey::Unreadable => false,
            PresentedKey::Key(presented) => {
                let decoded = percent_decode_str(presented.expose()).decode_utf8_lossy();
                let decoded = Secret::new(decoded);
                matching(&|key| key.ct_eq(presented) | key.ct_eq(&decoded))
            }
            PresentedKey::Signature { expires, signature } => {
                let right = matching(&|key| sign(key, path, *expires).ct_eq(signature));
                let end = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(*expires));
                right && end.is_some_and(|end| now < end)
            }
        }
    }
}

/// Shows how many there are.
impl fmt::Debug for StreamKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.0).finish()
    }
}

/// What a publisher shows that it may publish.
#[derive(Clone)]
#[non_exhaustive]
pub enum PresentedKey {
    /// Nothing.
    Nothing,
    /// A key, as it is or percent-encoded.
    Key(Secret),
    /// A signature by a key, which the publisher need not know.
    Signature {
        /// Seconds since 1970 until which it is good.
        expires: u64,
        /// See [`sign`].
        signature: [u8; 32],
    },
    /// Several keys, or something that is no signature: nobody may guess twice at a time.
    Unreadable,
}

impl PresentedKey {
    /// Reads the query of a stream's address, and that of tcUrl if there is no key in the former:
    /// `key=…` or `token=…`, or `expires=…` with `signature=…`.
    #[must_use]
    pub fn read(address: &StreamAddress, tc_url: &str) -> Self {
        let said = [
            Self::of_query(&address.query),
            Self::of_query(&Query::of_url(tc_url)),
        ];
        said.into_iter()
            .find(|presented| !matches!(presented, Self::Nothing))
            .unwrap_or(Self::Nothing)
    }

    /// Reads a path whose last segment is a key, and the path in front of it. Whoever has a stream at
    /// the whole path does not ask.
    #[must_use]
    pub fn in_path(path: &str) -> Option<(&str, Self)> {
        let (path, key) = path.trim_end_matches('/').rsplit_once('/')?;
        let presented = Self::Key(Secret::from(key));
        (!path.is_empty() && key.len() <= LONGEST).then_some((path, presented))
    }

    fn of_query(query: &Query) -> Self {
        let key = query.pairs().map(|(name, value)| match name {
            "token" => ("key", value),
            _ => (name, value),
        });
        let (Ok(key), Ok(expires), Ok(signature)) = (
            only(key, "key"),
            only(query.pairs(), "expires"),
            only(query.pairs(), "signature"),
        ) else {
            return Self::Unreadable;
        };
        match (key, expires, signature) {
            (Some(key), _, None) => Self::Key(Secret::from(key)),
            (None, Some(expires), Some(signature)) => {
                Self::signature(expires, signature).unwrap_or(Self::Unreadable)
            }
            (None, _, None) => Self::Nothing,
            (_, _, Some(_)) => Self::Unreadable,
        }
    }

    fn signature(expires: &str, signature: &str) -> Option<Self> {
        // What is signed is the number; there is one way to write it.
        let is_number =
            expires.bytes().all(|byte| byte.is_ascii_digit()) && !expires.starts_with('0');
        let expires = expires.parse().ok().filter(|_| is_number)?;
        let signature = data_encoding::HEXLOWER_PERMISSIVE.decode(signature.as_bytes());
        let signature = signature.ok()?.try_into().ok()?;
        Some(Self::Signature { expires, signature })
    }
}

/// Shows what kind it is.
impl fmt::Debug for PresentedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "Nothing",
            Self::Key(_) => "Key",
            Self::Signature { .. } => "Signature",
            Self::Unreadable => "Unreadable",
        })
    }
}

/// Signs an address of the stream at `path`, good until `expires` seconds since 1970: HMAC-SHA-256
/// with the stream's key over the text `PATH?expires=SECONDS`. The address to publish to is that text
/// with `&signature=` and the signature in hexadecimal digits.
///
/// In Python:
///
/// ```text
/// import hmac, time
/// key, path, expires = "the stream's key", "/stream1", int(time.time()) + 3600
/// text = f"{path}?expires={expires}"
/// signature = hmac.new(key.encode(), text.encode(), "sha256").hexdigest()
/// print(f"rtmp://server{text}&signature={signature}")
/// ```
#[must_use]
pub fn sign(key: &Secret, path: &str, expires: u64) -> [u8; 32] {
    let expires = expires.to_string();
    let parts = [path.as_bytes(), b"?expires=", expires.as_bytes()];
    hmac(key.expose().as_bytes(), &parts)
}

/// The query of a signed address: `expires=SECONDS&signature=HEX`, see [`sign`].
#[must_use]
pub fn signed_query(key: &Secret, path: &str, expires: u64) -> String {
    let signature = data_encoding::HEXLOWER.encode(&sign(key, path, expires));
    format!("expires={expires}&signature={signature}")
}

#[cfg(test)]
mod tests;
