//! Handing over what was read to a thread that waits for it, as a driver does with frames and the threads of its host.

use std::collections::VecDeque;
use std::hint::black_box;
use std::io;
use std::sync::Arc;
use std::thread;

use parking_lot::{Condvar, Mutex};

/// Reads of fewer bytes are sound, which a driver hands to nobody.
const SHORTEST_PICTURE: usize = 2048;

/// A thread that copies what it is given, and drops it. It ends when this does.
#[derive(Debug)]
pub(super) struct Recipient(Arc<Letterbox>);

#[derive(Debug, Default)]
struct Letterbox {
    letters: Mutex<Letters>,
    delivered: Condvar,
}

#[derive(Debug, Default)]
struct Letters {
    waiting: VecDeque<Box<[u8]>>,
    closed: bool,
}

impl Recipient {
    pub(super) fn start() -> io::Result<Recipient> {
        let letterbox = Arc::new(Letterbox::default());
        let read_from = Arc::clone(&letterbox);
        thread::Builder::new().spawn(move || read_from.empty_until_closed())?;
        Ok(Recipient(letterbox))
    }

    pub(super) fn give(&self, bytes: &[u8]) {
        if bytes.len() >= SHORTEST_PICTURE {
            self.0.letters.lock().waiting.push_back(bytes.into());
            self.0.delivered.notify_one();
        }
    }
}

impl Drop for Recipient {
    fn drop(&mut self) {
        self.0.letters.lock().closed = true;
        self.0.delivered.notify_one();
    }
}

impl Letterbox {
    fn empty_until_closed(&self) {
        let mut copy = Vec::new();
        while let Some(letter) = self.next() {
            copy.clear();
            copy.extend_from_slice(&letter);
            black_box(&copy);
        }
    }

    fn next(&self) -> Option<Box<[u8]>> {
        let is_empty = |letters: &mut Letters| letters.waiting.is_empty() && !letters.closed;
        let mut letters = self.letters.lock();
        self.delivered.wait_while(&mut letters, is_empty);
        letters.waiting.pop_front()
    }
}
