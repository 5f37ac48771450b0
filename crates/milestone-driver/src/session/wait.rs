//! How a session waits.

use std::sync::Arc;
use std::task::{Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use super::NextFrameError;
use crate::track::CursorWaker;

/// Longest time that a call waits, whatever it was asked to.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// What a look at a session's device gives.
pub(super) enum Look<T> {
    Found(T),
    /// Nothing before this time, unless the device wakes the session.
    Nothing(Option<Instant>),
}

/// Looks, now and whenever `waker` is woken, until something is found or it is `deadline`.
pub(super) fn wait_for<T>(
    waker: &CursorWaker,
    mut now: Instant,
    deadline: Instant,
    mut look: impl FnMut(Instant) -> Result<Look<T>, NextFrameError>,
) -> Result<Option<T>, NextFrameError> {
    let this_thread = waker_of_this_thread();
    loop {
        waker.register(&this_thread);
        match look(now)? {
            Look::Found(found) => return Ok(Some(found)),
            Look::Nothing(_) if now >= deadline => return Ok(None),
            Look::Nothing(until) => {
                let until = until.map_or(deadline, |until| until.min(deadline));
                thread::park_timeout(until.saturating_duration_since(now));
            }
        }
        now = Instant::now();
    }
}

fn waker_of_this_thread() -> Waker {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }

        fn wake_by_ref(self: &Arc<Self>) {
            self.0.unpark();
        }
    }

    thread_local! {
        static WAKER: Waker = Waker::from(Arc::new(Unpark(thread::current())));
    }
    WAKER.with(Waker::clone)
}
