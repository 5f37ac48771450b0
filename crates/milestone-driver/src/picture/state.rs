//! What an offline picture shows.

use crate::problem::Problem;

/// Everything an offline picture depends on, apart from the [`Phase`].
///
/// Two equal states give the same picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PictureState {
    /// *Show Stream Offline Info* is off: a plain dark picture.
    Plain,
    /// The camera, where to push to, and what is wrong, if anything.
    Info(OfflineInfo),
}

/// What publishers of a camera need besides its address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PublisherNeeds {
    /// Nothing.
    #[default]
    Nothing,
    /// The camera's stream key.
    StreamKey,
    /// User name and password of the hardware.
    Login,
}

/// The text of an offline picture.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OfflineInfo {
    /// The camera's name, such as "Stream 1".
    pub camera: String,
    /// The address to push to, such as `rtmp://192.0.2.7:8783/stream1`.
    pub push_url: String,
    /// What publishers need besides the address.
    pub needs: PublisherNeeds,
    /// Why no video comes, if it is not just that nobody pushes.
    pub problem: Option<Problem>,
}

impl OfflineInfo {
    /// A camera that is ready to receive at `push_url`.
    #[must_use]
    pub fn new(camera: impl Into<String>, push_url: impl Into<String>) -> Self {
        Self {
            camera: camera.into(),
            push_url: push_url.into(),
            needs: PublisherNeeds::Nothing,
            problem: None,
        }
    }

    /// The same where publishers need this besides the address.
    #[must_use]
    pub fn with_needs(mut self, needs: PublisherNeeds) -> Self {
        self.needs = needs;
        self
    }

    /// The same with `problem`.
    #[must_use]
    pub fn with_problem(mut self, problem: impl Into<Option<Problem>>) -> Self {
        self.problem = problem.into();
        self
    }
}

/// Which of a state's two pictures: the broadcast sign alternates between them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Phase {
    /// The sign is white.
    #[default]
    White,
    /// The sign is cyan.
    Cyan,
}

impl Phase {
    /// The other phase.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::White => Self::Cyan,
            Self::Cyan => Self::White,
        }
    }
}
