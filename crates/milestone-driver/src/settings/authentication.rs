//! How publishers show that they may publish.

use super::descriptor::Choice;
use super::value::Choices;

/// What publishers need. A value that is not known counts as [`None`](Self::None).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublisherAuthentication {
    /// The path of a camera.
    #[default]
    None,
    /// The stream key of a camera that has one.
    StreamKey,
    /// The user name and password of the hardware.
    UserAndPassword,
}

impl Choices for PublisherAuthentication {
    const VALUES: &'static [Self] = &[Self::None, Self::StreamKey, Self::UserAndPassword];
    const CHOICES: &'static [Choice] = &[
        Choice::new("None", "None"),
        Choice::new("StreamKey", "Stream key"),
        Choice::new("UserAndPassword", "User name and password"),
    ];
}
