//! The threads that serve connections. The drivers of a process share them.
//!
//! What costs is to wake a thread, not what it does once it is awake. A thread that serves many connections finds
//! several of them ready at a time; one thread for each driver would be woken for every message by itself.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::num::NonZero;
use std::sync::{Arc, Weak};
use std::thread::{self, available_parallelism};
use std::time::Duration;

use parking_lot::Mutex;
use rtmp_server::net::note_arrivals;
use tokio::runtime;
use tokio::sync::oneshot;

/// The threads there are.
static THREADS: Mutex<Vec<Weak<NetworkThread>>> = Mutex::new(Vec::new());

/// One thread carries some gigabytes per second; the rest of the machine is the host's.
const PROCESSORS_PER_THREAD: usize = 4;
const MOST_THREADS: usize = 4;

/// After so many tasks that were ready the thread looks at its sockets again, and at what other threads want. A
/// connection's turn is a millisecond, so nothing waits for long to be seen, and looking costs no more than a few percent
/// of what so many connections do.
const TASKS_PER_LOOK: u32 = 16;

/// How long a file that is being read or a key that is being derived may hold up the end: the thread that does it may
/// not go on when the library is gone. More than it ever takes, but for a file system that hangs.
const LAST_WORK: Duration = Duration::from_secs(10);

/// A thread that runs tasks. It ends with the last of its users: a host may unload the library after that.
pub(super) struct NetworkThread {
    runtime: runtime::Handle,
    stop: Option<oneshot::Sender<Infallible>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl NetworkThread {
    /// The thread that has the fewest drivers, or a new one while there may be more.
    pub(super) fn for_another_driver() -> io::Result<Arc<Self>> {
        // Whoever turns out to be the last user of one waits for its end, and should not keep others waiting: these
        // are let go of after the lock.
        let running: Vec<_>;
        let mut threads = THREADS.lock();
        threads.retain(|thread| thread.strong_count() > 0);
        running = threads.iter().filter_map(Weak::upgrade).collect();
        if running.len() >= most_threads()
            && let Some(thread) = running
                .iter()
                .min_by_key(|thread| Arc::strong_count(thread))
        {
            return Ok(Arc::clone(thread));
        }
        let thread = Arc::new(Self::start()?);
        threads.push(Arc::downgrade(&thread));
        Ok(thread)
    }

    fn start() -> io::Result<Self> {
        let runtime = note_arrivals(&mut runtime::Builder::new_current_thread())
            .event_interval(TASKS_PER_LOOK)
            .global_queue_interval(TASKS_PER_LOOK)
            .enable_all()
            .build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new()
            .name("rtmp-push-driver".to_owned())
            .spawn(move || {
                // Nothing is ever sent: it is the sender's end that is waited for.
                let _ = runtime.block_on(stopped);
                runtime.shutdown_timeout(LAST_WORK);
            })?;
        Ok(Self {
            runtime: handle,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// What is going on on the thread.
    pub(super) fn metrics(&self) -> runtime::RuntimeMetrics {
        self.runtime.metrics()
    }

    /// Runs `task` on the thread.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(task);
    }
}

impl Drop for NetworkThread {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // Its tasks have ended, or do now; a panic of one of them stays with that task.
            let _ = thread.join();
        }
    }
}

fn most_threads() -> usize {
    let processors = available_parallelism().map_or(1, NonZero::get);
    (processors / PROCESSORS_PER_THREAD).clamp(1, MOST_THREADS)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_thread_ends_with_its_last_user_and_its_tasks_with_it() {
        let first = Arc::new(NetworkThread::start().expect("a thread"));
        let second = Arc::clone(&first);
        let (alive, ended) = mpsc::channel::<Infallible>();
        first.spawn(async move {
            let _alive = alive;
            std::future::pending::<()>().await;
        });
        drop(first);
        assert_eq!(ended.try_recv(), Err(mpsc::TryRecvError::Empty));
        drop(second);
        assert_eq!(ended.try_recv(), Err(mpsc::TryRecvError::Disconnected));
    }

    #[test]
    fn there_are_no_more_threads_than_allowed() {
        let drivers: Vec<_> = (0..3 * MOST_THREADS)
            .map(|_| NetworkThread::for_another_driver().expect("a thread"))
            .collect();
        let mut threads: Vec<_> = drivers.iter().map(Arc::as_ptr).collect();
        threads.sort_unstable();
        threads.dedup();
        assert!(threads.len() <= most_threads(), "{} threads", threads.len());
    }
}
