//! Why a change is refused.

use std::fmt;
use std::ops::RangeInclusive;

use super::NetworksError;
use super::descriptor::Choice;
use crate::identity::camera_name;
use crate::stream_path::StreamPathError;

/// A change that was refused. Its text names the setting, the value and what would have been allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SettingError {
    /// The setting's key.
    pub key: String,
    /// The setting's display name; its key if nothing is known by that key.
    pub setting: String,
    /// The camera whose setting it is, counted from 0.
    pub device: Option<usize>,
    /// The value that was refused; None for a secret.
    pub value: Option<String>,
    /// What is wrong with it.
    pub problem: SettingProblem,
}

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SettingProblem {
    /// There is no setting of that key for the hardware, or for a camera, whichever was asked for.
    UnknownSetting,
    /// No camera has that number.
    UnknownCamera,
    /// Not a whole number.
    NotANumber(RangeInclusive<u16>),
    /// A whole number out of range.
    OutOfRange(RangeInclusive<u16>),
    /// Neither true nor false.
    NotASwitch,
    /// None of the values that there are.
    NotAChoice(&'static [Choice]),
    /// Not a list of addresses and networks.
    NotNetworks(NetworksError),
    /// Not a stream path.
    NotAPath(StreamPathError),
    /// Another camera has the same path.
    PathTaken {
        /// That camera, counted from 0.
        by: usize,
    },
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.setting)?;
        if let Some(device) = self.device {
            write!(f, " of {}", camera_name(device))?;
        }
        match &self.value {
            Some(value) => write!(f, ": '{}' {}", value.escape_debug(), self.problem),
            None => write!(f, ": the value {}", self.problem),
        }
    }
}

impl fmt::Display for SettingProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownSetting => f.write_str("cannot be set, there is no such setting"),
            Self::UnknownCamera => write!(
                f,
                "cannot be set, cameras are 1 to {}",
                crate::identity::CAMERAS
            ),
            Self::NotANumber(range) => {
                write!(
                    f,
                    "is not a whole number, allowed is {} to {}",
                    range.start(),
                    range.end()
                )
            }
            Self::OutOfRange(range) => write!(
                f,
                "is out of range, allowed is {} to {}",
                range.start(),
                range.end()
            ),
            Self::NotASwitch => f.write_str("is neither true nor false"),
            Self::NotAChoice(choices) => {
                let keys: Vec<_> = choices.iter().map(|choice| choice.key).collect();
                write!(f, "is not known, allowed is {}", keys.join(", "))
            }
            Self::NotNetworks(error) => {
                write!(
                    f,
                    "is not a list of addresses and networks ({error}), allowed is nothing, or a text such as \
                     192.0.2.7, 10.1.0.0/16"
                )
            }
            Self::NotAPath(error) => {
                write!(
                    f,
                    "is not a stream path ({error}), allowed is a text such as /stream1, different for each camera"
                )
            }
            Self::PathTaken { by } => write!(
                f,
                "is the path of {} as well, allowed is a path that no other camera has",
                camera_name(*by)
            ),
        }
    }
}

impl std::error::Error for SettingError {}
