use alloc::string::{String, ToString as _};
use core::fmt;

use serde_core::{de, ser};

use crate::error::{DecodeError, EncodeError};

/// Why a Rust value did not become AMF0, or AMF0 a Rust value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The bytes are no AMF0.
    Decode(DecodeError),
    /// AMF0 cannot hold the value.
    Encode(EncodeError),
    /// An integer beyond ±2⁵³: as an AMF0 number it would be another one.
    Inexact,
    /// A map whose keys are not strings.
    KeyNotString,
    /// A sequence that has not as many elements as it said.
    WrongLength,
    /// A message that is neither a tuple nor a struct nor a sequence.
    NoMessage,
    /// What a type's own `Serialize` or `Deserialize` has to say.
    Custom(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decode(error) => error.fmt(f),
            Self::Encode(error) => error.fmt(f),
            Self::Inexact => f.write_str("integer too large for an AMF0 number"),
            Self::KeyNotString => f.write_str("AMF0 property names are strings"),
            Self::WrongLength => f.write_str("sequence without the length it announced"),
            Self::NoMessage => f.write_str("an AMF0 message is a tuple, a struct or a sequence"),
            Self::Custom(message) => f.write_str(message),
        }
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Decode(error) => Some(error),
            Self::Encode(error) => Some(error),
            _ => None,
        }
    }
}

impl From<DecodeError> for Error {
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}

impl From<EncodeError> for Error {
    fn from(error: EncodeError) -> Self {
        Self::Encode(error)
    }
}

impl ser::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Custom(message.to_string())
    }
}

impl de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Custom(message.to_string())
    }
}
