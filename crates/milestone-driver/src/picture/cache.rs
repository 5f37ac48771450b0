//! Pictures that were drawn before.

use std::sync::{LazyLock, Mutex, PoisonError};

use bytes::Bytes;

use super::layout;
use super::state::{Phase, PictureState};

/// The pictures of one camera.
///
/// Keeps both phases of the state asked for last. Asking for the same state again costs a comparison; sessions of one
/// camera share the bytes.
#[derive(Debug, Default)]
pub struct OfflinePictures {
    drawn: Mutex<Option<Drawn>>,
}

#[derive(Debug)]
struct Drawn {
    state: PictureState,
    white: Option<Bytes>,
    cyan: Option<Bytes>,
}

impl Drawn {
    fn nothing_of(state: PictureState) -> Self {
        Self {
            state,
            white: None,
            cyan: None,
        }
    }

    fn slot(&mut self, phase: Phase) -> &mut Option<Bytes> {
        match phase {
            Phase::White => &mut self.white,
            Phase::Cyan => &mut self.cyan,
        }
    }
}

impl OfflinePictures {
    /// No picture drawn yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The JPEG of `state` in `phase`, drawn if it is not the state asked for last.
    #[must_use]
    pub fn jpeg(&self, state: &PictureState, phase: Phase) -> Bytes {
        /// Every camera's plain picture is the same one.
        static PLAIN: LazyLock<Bytes> = LazyLock::new(layout::draw_plain);

        let PictureState::Info(info) = state else {
            return PLAIN.clone();
        };
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        let drawn = match &mut *drawn {
            Some(drawn) if drawn.state == *state => drawn,
            outdated => outdated.insert(Drawn::nothing_of(state.clone())),
        };
        drawn
            .slot(phase)
            .get_or_insert_with(|| layout::draw_info(info, phase))
            .clone()
    }
}
