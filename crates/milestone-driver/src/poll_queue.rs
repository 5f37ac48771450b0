//! A queue that is polled from any thread.

use std::collections::VecDeque;
use std::time::Duration;

use parking_lot::{Condvar, Mutex, MutexGuard};

/// A queue whose reader waits for at most a given time. Bounding it is up to whoever pushes.
///
/// It is read in any of three states, and only it knows which: there is an item, there is none yet, or it is closed and
/// empty, so that there never will be.
pub(crate) struct PollQueue<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    items: VecDeque<T>,
    closed: bool,
}

/// The queue is closed, and everything was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClosedAndEmpty;

impl<T> PollQueue<T> {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                items: VecDeque::new(),
                closed: false,
            }),
            changed: Condvar::new(),
        }
    }

    /// Calls `change` with the queue's items and wakes a reader; does nothing once the queue is closed, as its readers may
    /// have been told that nothing comes any more.
    pub(crate) fn push_with(&self, change: impl FnOnce(&mut VecDeque<T>)) {
        let mut state = self.state.lock();
        if state.closed {
            return;
        }
        change(&mut state.items);
        drop(state);
        self.changed.notify_one();
    }

    /// The oldest item, waiting up to `timeout` for one.
    pub(crate) fn pop(&self, timeout: Duration) -> Result<Option<T>, ClosedAndEmpty> {
        let state = self.wait_for_item(timeout);
        Self::outcome(state, |items| items.pop_front())
    }

    /// Lets `deliver` have the oldest item, waiting up to `timeout` for one, and takes it out if that succeeds.
    ///
    /// The queue is locked in the meantime: of several readers one gets the item, and none gets a later one before it.
    pub(crate) fn deliver<E>(
        &self,
        timeout: Duration,
        deliver: impl FnOnce(&T) -> Result<(), E>,
    ) -> Result<Option<Result<(), E>>, ClosedAndEmpty> {
        let state = self.wait_for_item(timeout);
        Self::outcome(state, |items| {
            let delivered = deliver(items.front()?);
            match &delivered {
                Ok(()) => drop(items.pop_front()),
                // It is still there for another reader, which may wait.
                Err(_) => _ = self.changed.notify_one(),
            }
            Some(delivered)
        })
    }

    fn outcome<R>(
        mut state: MutexGuard<'_, State<T>>,
        take: impl FnOnce(&mut VecDeque<T>) -> Option<R>,
    ) -> Result<Option<R>, ClosedAndEmpty> {
        match take(&mut state.items) {
            None if state.closed => Err(ClosedAndEmpty),
            taken => Ok(taken),
        }
    }

    /// The queue when there is an item, it is closed, or the time is up.
    fn wait_for_item(&self, timeout: Duration) -> MutexGuard<'_, State<T>> {
        let mut state = self.state.lock();
        let nothing_to_say = |state: &mut State<T>| state.items.is_empty() && !state.closed;
        self.changed
            .wait_while_for(&mut state, nothing_to_say, timeout);
        state
    }

    /// Wakes every reader; from now on nobody waits.
    pub(crate) fn close(&self) {
        self.state.lock().closed = true;
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    fn holding(items: impl IntoIterator<Item = u32>) -> PollQueue<u32> {
        let queue = PollQueue::new();
        queue.push_with(|waiting| waiting.extend(items));
        queue
    }

    #[test]
    fn closed_is_told_when_everything_was_taken() {
        let queue = holding([1, 2]);
        assert_eq!(queue.pop(Duration::ZERO), Ok(Some(1)));
        queue.close();
        assert_eq!(queue.pop(PATIENCE), Ok(Some(2)));
        assert_eq!(queue.pop(PATIENCE), Err(ClosedAndEmpty));
        queue.push_with(|items| items.push_back(3));
        assert_eq!(queue.pop(PATIENCE), Err(ClosedAndEmpty), "it stays so");
        let empty = PollQueue::<u32>::new();
        assert_eq!(empty.pop(Duration::ZERO), Ok(None));
        empty.close();
        assert_eq!(empty.pop(Duration::ZERO), Err(ClosedAndEmpty));
    }

    #[test]
    fn what_could_not_be_delivered_comes_again() {
        let queue = holding([1, 2]);
        let refused = queue.deliver(Duration::ZERO, |_| Err("too small"));
        assert_eq!(refused, Ok(Some(Err("too small"))));
        queue.close();
        let mut delivered = Vec::new();
        while let Ok(Some(Ok(()))) = queue.deliver(PATIENCE, |item| {
            delivered.push(*item);
            Ok::<_, &str>(())
        }) {}
        assert_eq!(delivered, [1, 2]);
    }

    #[test]
    fn a_reader_that_waits_gets_what_another_could_not_take() {
        let queue = holding([]);
        thread::scope(|scope| {
            let waiting = scope.spawn(|| queue.pop(PATIENCE));
            let picky = scope.spawn(|| queue.deliver(PATIENCE, |_| Err(())));
            queue.push_with(|items| items.push_back(7));
            assert_eq!(waiting.join().unwrap(), Ok(Some(7)));
            // The other one has had a look at it before, or waits on.
            queue.close();
            assert!(matches!(
                picky.join().unwrap(),
                Ok(Some(Err(()))) | Err(ClosedAndEmpty)
            ));
        });
    }

    /// Readers some of whose deliveries fail, while items are pushed: each item is delivered once, and in order.
    #[test]
    fn several_readers_lose_nothing() {
        const ITEMS: u32 = 5_000;
        let queue = holding([]);
        let attempts = AtomicUsize::new(0);
        let delivered = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    loop {
                        let outcome = queue.deliver(Duration::from_millis(1), |item| {
                            if attempts.fetch_add(1, Ordering::Relaxed).is_multiple_of(3) {
                                return Err(());
                            }
                            delivered.lock().push(*item);
                            Ok(())
                        });
                        if outcome == Err(ClosedAndEmpty) {
                            break;
                        }
                    }
                });
            }
            for item in 0..ITEMS {
                queue.push_with(|items| items.push_back(item));
            }
            queue.close();
        });
        assert_eq!(*delivered.lock(), (0..ITEMS).collect::<Vec<_>>());
    }
}
