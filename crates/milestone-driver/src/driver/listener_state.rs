//! How the listener of a driver is, and how far its supervisor has got.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use tokio_util::sync::CancellationToken;

use crate::problem::Problem;

/// Written by the supervisor and by what the listener's server reports.
pub(super) struct ListenerState {
    listening: Mutex<Listening>,
    progress: Mutex<Progress>,
    /// The supervisor has got on, or the driver is to end.
    progressed: Condvar,
    closing: CancellationToken,
    connections: AtomicUsize,
}

/// Whether and where a driver listens.
#[derive(Clone)]
pub(super) struct Listening {
    /// The port that is listened on, or that the driver tries to listen on.
    pub(super) port: u16,
    /// Publishers can connect.
    pub(super) running: bool,
    /// What keeps the listener from running, or from being what it should be.
    pub(super) problem: Option<Problem>,
}

#[derive(Default)]
struct Progress {
    /// The number of the latest listener that is there, as far as it can be.
    done: u64,
    /// The supervisor has ended: nothing more will happen.
    ended: bool,
}

impl ListenerState {
    /// Of a listener that is to run on `port`.
    pub(super) fn new(port: u16) -> Self {
        Self {
            listening: Mutex::new(Listening {
                port,
                running: false,
                problem: None,
            }),
            progress: Mutex::default(),
            progressed: Condvar::new(),
            closing: CancellationToken::new(),
            connections: AtomicUsize::new(0),
        }
    }

    pub(super) fn listening(&self) -> Listening {
        self.listening.lock().clone()
    }

    pub(super) fn port(&self) -> u16 {
        self.listening.lock().port
    }

    /// The listener runs on `port`.
    pub(super) fn set_running(&self, port: u16) {
        *self.listening.lock() = Listening {
            port,
            running: true,
            problem: None,
        };
    }

    /// The listener does not run on `port`, because of `problem`.
    pub(super) fn set_failed(&self, port: u16, problem: Problem) {
        *self.listening.lock() = Listening {
            port,
            running: false,
            problem: Some(problem),
        };
    }

    /// The listener runs, but `problem` keeps it from being what it should be; nothing does any more without one.
    pub(super) fn set_problem(&self, problem: Option<Problem>) {
        self.listening.lock().problem = problem;
    }

    pub(super) fn connection_opened(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn connection_closed(&self) {
        self.connections.fetch_sub(1, Ordering::Relaxed);
    }

    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

/// Between the supervisor and whoever waits for it.
impl ListenerState {
    /// The listener with this number is there, as far as it can be.
    pub(super) fn set_done(&self, listener: u64) {
        self.progress.lock().done = listener;
        self.progressed.notify_all();
    }

    pub(super) fn is_done(&self, listener: u64) -> bool {
        self.progress.lock().done >= listener
    }

    /// Waits until the listener with this number is there, as far as it can be. False if it is not in time, or no
    /// longer will be.
    pub(super) fn wait_until_done(&self, listener: u64, timeout: Duration) -> bool {
        let mut progress = self.progress.lock();
        let under_way = |progress: &mut Progress| progress.done < listener && !self.is_closing();
        self.progressed
            .wait_while_for(&mut progress, under_way, timeout);
        progress.done >= listener && !self.is_closing()
    }

    /// Asks the supervisor to end.
    pub(super) fn close(&self) {
        // Under the lock: whoever is about to wait for the supervisor sees it, or is woken.
        let progress = self.progress.lock();
        self.closing.cancel();
        drop(progress);
        self.progressed.notify_all();
    }

    /// Ready when the supervisor is to end.
    pub(super) async fn closing(&self) {
        self.closing.cancelled().await;
    }

    fn is_closing(&self) -> bool {
        self.closing.is_cancelled()
    }

    /// The supervisor has ended: nothing more will happen.
    pub(super) fn set_ended(&self) {
        let mut listening = self.listening.lock();
        (listening.running, listening.problem) = (false, None);
        drop(listening);
        self.progress.lock().ended = true;
        self.progressed.notify_all();
    }

    /// Waits until the supervisor has ended. False if it has not in time.
    pub(super) fn wait_until_ended(&self, timeout: Duration) -> bool {
        let mut progress = self.progress.lock();
        self.progressed
            .wait_while_for(&mut progress, |progress| !progress.ended, timeout);
        progress.ended
    }
}
