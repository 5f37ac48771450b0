//! Handing over what was read to a thread that waits for it, as a driver does with frames and the threads of its host.

use std::collections::VecDeque;
use std::hint::black_box;
use std::io;
use std::sync::Arc;
use std::thread;

use parking_lot::{Condvar, Mutex};

/// Reads of fewer bytes are sound, which the host that is compared does not take.
const SHORTEST_PICTURE: usize = 2048;

/// A thread that copies what it is given, and drops it. It ends when this does.
#[derive(Debug)]
pub(super) struct Recipient(Arc<Queue>);

#[derive(Debug, Default)]
struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Box<[u8]>>,
    closed: bool,
}

impl Recipient {
    pub(super) fn start() -> io::Result<Recipient> {
        let queue = Arc::new(Queue::default());
        let read_from = Arc::clone(&queue);
        thread::Builder::new().spawn(move || read_from.take_until_closed())?;
        Ok(Recipient(queue))
    }

    pub(super) fn give(&self, bytes: &[u8]) {
        if bytes.len() >= SHORTEST_PICTURE {
            self.0.state.lock().waiting.push_back(bytes.into());
            self.0.changed.notify_one();
        }
    }
}

impl Drop for Recipient {
    fn drop(&mut self) {
        self.0.state.lock().closed = true;
        self.0.changed.notify_one();
    }
}

impl Queue {
    fn take_until_closed(&self) {
        let mut copy = Vec::new();
        while let Some(bytes) = self.next() {
            copy.clear();
            copy.extend_from_slice(&bytes);
            black_box(&copy);
        }
    }

    fn next(&self) -> Option<Box<[u8]>> {
        let is_empty = |state: &mut State| state.waiting.is_empty() && !state.closed;
        let mut state = self.state.lock();
        self.changed.wait_while(&mut state, is_empty);
        state.waiting.pop_front()
    }
}
