//! Which offline pictures are to be drawn, and when.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::picture::{OfflinePicture, PictureState};

/// How much longer than it took to draw a picture again nothing is drawn again: what publishers do costs a quarter of a
/// processor at most, on however many cameras.
const REST: u32 = 3;

/// What is drawn on.
pub(super) trait Screen: Send + Sync {
    /// Draws what is wanted, if anything is.
    fn draw_by(&self, draw: &mut dyn FnMut(&PictureState) -> OfflinePicture);
}

/// The screens that wait for their picture.
#[derive(Default)]
pub(crate) struct DrawingQueue {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    /// Those that show nothing yet.
    blank: VecDeque<Weak<dyn Screen>>,
    /// Those that go on showing what was drawn before.
    outdated: VecDeque<Weak<dyn Screen>>,
    rest_until: Option<Instant>,
    ended: bool,
}

struct Next {
    screen: Arc<dyn Screen>,
    is_blank: bool,
}

impl DrawingQueue {
    /// `screen` wants to be drawn.
    pub(super) fn push(&self, screen: Weak<dyn Screen>, is_blank: bool) {
        let mut waiting = self.waiting.lock();
        let queue = match is_blank {
            true => &mut waiting.blank,
            false => &mut waiting.outdated,
        };
        queue.push_back(screen);
        drop(waiting);
        self.changed.notify_one();
    }

    /// Draws whatever is wanted until [`end`](Self::end). A picture that panics harms no other.
    pub(crate) fn serve(&self, mut draw: impl FnMut(&PictureState) -> OfflinePicture) {
        while let Some(next) = self.next() {
            let began = Instant::now();
            next.screen.draw_by(&mut draw);
            if !next.is_blank {
                let ended = Instant::now();
                let took = ended.saturating_duration_since(began);
                self.waiting.lock().rest_until = Some(ended + took * REST);
            }
        }
    }

    /// Nothing more is drawn.
    pub(crate) fn end(&self) {
        self.waiting.lock().ended = true;
        self.changed.notify_all();
    }

    /// Waits for a screen to draw; `None` at the end.
    fn next(&self) -> Option<Next> {
        let mut waiting = self.waiting.lock();
        loop {
            if waiting.ended {
                return None;
            }
            let rest = waiting.rest(Instant::now());
            if let Some((screen, is_blank)) = waiting.pop(rest.is_none()) {
                // A camera may be gone by now.
                if let Some(screen) = screen.upgrade() {
                    return Some(Next { screen, is_blank });
                }
                continue;
            }
            match rest.filter(|_| !waiting.outdated.is_empty()) {
                Some(rest) => _ = self.changed.wait_for(&mut waiting, rest),
                None => self.changed.wait(&mut waiting),
            }
        }
    }
}

impl Waiting {
    /// What is left of the rest after the latest picture that was drawn again.
    fn rest(&self, now: Instant) -> Option<Duration> {
        let rest = self.rest_until?.saturating_duration_since(now);
        (!rest.is_zero()).then_some(rest)
    }

    fn pop(&mut self, outdated_too: bool) -> Option<(Weak<dyn Screen>, bool)> {
        let blank = self.blank.pop_front().map(|screen| (screen, true));
        blank.or_else(|| {
            let outdated = outdated_too.then(|| self.outdated.pop_front())??;
            Some((outdated, false))
        })
    }
}
