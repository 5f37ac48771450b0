//! What a camera shows while no video comes.

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::{Camera, State};
use crate::picture::{OfflineInfo, Phase, PictureState, Problem};

/// What the driver tells by a camera's offline picture.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) show_info: bool,
    pub(crate) push_url: String,
    pub(crate) problem: Option<Problem>,
}

/// An offline picture in its two phases.
pub(super) struct Drawn {
    picture: PictureState,
    white: Bytes,
    cyan: Bytes,
}

/// How long the offline picture tells of a refused codec, unless a publisher comes that is not refused.
const REFUSED_CODEC_SHOWN: Duration = Duration::from_secs(600);

impl Camera {
    /// What to show while no video comes. None if it is still to be drawn: sessions are woken when it is.
    pub(crate) fn offline_picture(&self, phase: Phase, now: Instant) -> Option<Bytes> {
        let mut state = self.state();
        let picture = state.picture(&self.name(), now);
        match &state.drawn {
            Some(drawn) if drawn.picture == picture => Some(drawn.jpeg(phase)),
            _ => {
                state.to_draw = Some(picture);
                self.surroundings.drawing_wanted.notify_one();
                None
            }
        }
    }

    /// Draws the picture that a session has asked for, which takes a while.
    pub(crate) fn draw_offline_picture(&self) {
        let Some(picture) = self.state().to_draw.take() else {
            return;
        };
        let drawn = Drawn {
            white: self.pictures.jpeg(&picture, Phase::White),
            cyan: self.pictures.jpeg(&picture, Phase::Cyan),
            picture,
        };
        self.state().drawn = Some(drawn);
        self.ring.wake_readers();
    }

    pub(crate) fn set_notice(&self, notice: Notice) {
        self.state().notice = notice;
    }
}

impl Drawn {
    fn jpeg(&self, phase: Phase) -> Bytes {
        match phase {
            Phase::White => self.white.clone(),
            Phase::Cyan => self.cyan.clone(),
        }
    }
}

impl State {
    /// Why no video comes, unless it does, the gravest reason first.
    pub(super) fn problem(&self, live: bool, now: Instant) -> Option<Problem> {
        let refused = self
            .refused_codec
            .as_ref()
            .filter(|(_, refused)| now.saturating_duration_since(*refused) < REFUSED_CODEC_SHOWN);
        self.notice
            .problem
            .clone()
            .or_else(|| (self.publisher.is_some() && !live).then_some(Problem::NoKeyFrameYet))
            .or_else(|| {
                refused.map(|(codec, _)| Problem::CodecRefused {
                    codec: codec.clone(),
                })
            })
    }

    /// What a session shows that has no frame: if somebody publishes, a key frame is missing.
    pub(super) fn picture(&self, name: &str, now: Instant) -> PictureState {
        if !self.notice.show_info {
            return PictureState::Plain;
        }
        let info = OfflineInfo::new(name, self.notice.push_url.clone());
        PictureState::Info(info.with_problem(self.problem(false, now)))
    }
}
