//! The sessions on the devices of a publish point.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Counts the sessions on all devices of a publish point, which keep its path open.
#[derive(Default)]
pub(crate) struct Sessions {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    open: usize,
    latest_closed: Option<Instant>,
    ended: bool,
}

/// How long a path stays open to publishers after the last session was closed.
pub(crate) const PATH_LINGERS: Duration = Duration::from_secs(60);

impl Sessions {
    /// Another session begins. False if there are to be none any more.
    pub(crate) fn open(&self) -> bool {
        let mut state = self.state.lock();
        state.open += usize::from(!state.ended);
        !state.ended
    }

    pub(crate) fn close(&self, now: Instant) {
        let mut state = self.state.lock();
        state.open = state.open.saturating_sub(1);
        state.latest_closed = Some(now);
    }

    /// A session is open, or was until a minute ago.
    pub(crate) fn keep_path_open(&self, now: Instant) -> bool {
        let state = self.state.lock();
        let lingers = |closed| now.saturating_duration_since(closed) < PATH_LINGERS;
        state.open > 0 || state.latest_closed.is_some_and(lingers)
    }

    /// From now on there are none.
    pub(crate) fn end(&self) {
        self.state.lock().ended = true;
    }

    pub(crate) fn have_ended(&self) -> bool {
        self.state.lock().ended
    }
}
