//! A queue that is polled from any thread.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A queue whose reader waits for at most a given time. Bounding it is up to whoever pushes.
pub(crate) struct PollQueue<T> {
    state: Mutex<State<T>>,
    pushed: Condvar,
}

struct State<T> {
    items: VecDeque<T>,
    closed: bool,
}

impl<T> PollQueue<T> {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                items: VecDeque::new(),
                closed: false,
            }),
            pushed: Condvar::new(),
        }
    }

    /// Calls `change` with the queue's items and wakes a reader.
    pub(crate) fn push_with<R>(&self, change: impl FnOnce(&mut VecDeque<T>) -> R) -> R {
        let result = change(&mut self.lock().items);
        self.pushed.notify_one();
        result
    }

    /// How many items wait.
    pub(crate) fn len(&self) -> usize {
        self.lock().items.len()
    }

    /// The oldest item, waiting up to `timeout` for one. A closed queue hands out what it holds and no longer waits.
    pub(crate) fn pop(&self, timeout: Duration) -> Option<T> {
        let deadline = Instant::now().checked_add(timeout);
        let mut state = self.lock();
        loop {
            if let Some(item) = state.items.pop_front() {
                return Some(item);
            }
            let left = match deadline {
                Some(deadline) => deadline.saturating_duration_since(Instant::now()),
                None => Duration::MAX,
            };
            if left.is_zero() || state.closed {
                return None;
            }
            // A day at a time: some platforms cannot wait longer.
            let left = left.min(Duration::from_secs(86_400));
            state = self
                .pushed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Wakes every reader; from now on nobody waits.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.pushed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
