//! How the program is asked to end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Asks the program to end.
#[derive(Clone)]
pub(crate) struct Stop {
    requested: Arc<AtomicBool>,
    sender: SyncSender<()>,
}

/// Exit status of a program that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

impl Stop {
    /// Ctrl-C (or a termination signal) asks the program to end; a second one ends it at once.
    pub(crate) fn on_ctrl_c() -> Result<(Self, Receiver<()>), ctrlc::Error> {
        let (stop, stopped) = Self::new();
        let on_signal = stop.clone();
        ctrlc::set_handler(move || {
            if !on_signal.request() {
                std::process::exit(INTERRUPTED);
            }
        })?;
        Ok((stop, stopped))
    }

    /// What asks, and what receives that.
    pub(crate) fn new() -> (Self, Receiver<()>) {
        let (sender, stopped) = sync_channel(1);
        let stop = Self {
            requested: Arc::new(AtomicBool::new(false)),
            sender,
        };
        (stop, stopped)
    }

    /// Asks to end. False if that was done before.
    pub(crate) fn request(&self) -> bool {
        let is_first = !self.requested.swap(true, Ordering::SeqCst);
        if is_first {
            // The only message ever: there is room for it, or nobody waits any more.
            let _ = self.sender.try_send(());
        }
        is_first
    }
}
