//! The thread that draws offline pictures. The drivers of a process share it, as their pictures are much alike.

use std::io;
use std::sync::{Arc, Weak};
use std::thread;

use parking_lot::Mutex;

use crate::device::DrawingQueue;
use crate::picture::Drawer;

/// The thread there is.
static THREAD: Mutex<Weak<DrawingThread>> = Mutex::new(Weak::new());

/// A thread that draws. It ends with the last of its users: a host may unload the library after that.
pub(super) struct DrawingThread {
    queue: Arc<DrawingQueue>,
    thread: Option<thread::JoinHandle<()>>,
}

impl DrawingThread {
    pub(super) fn for_another_driver() -> io::Result<Arc<Self>> {
        let mut there = THREAD.lock();
        if let Some(thread) = there.upgrade() {
            return Ok(thread);
        }
        let thread = Arc::new(Self::start()?);
        *there = Arc::downgrade(&thread);
        Ok(thread)
    }

    fn start() -> io::Result<Self> {
        let queue = Arc::<DrawingQueue>::default();
        let served = Arc::clone(&queue);
        let thread = thread::Builder::new()
            .name("rtmp-push-draw".to_owned())
            .spawn(move || {
                let mut drawer = Drawer::new();
                served.serve(|state| drawer.draw(state));
            })?;
        Ok(Self {
            queue,
            thread: Some(thread),
        })
    }

    /// Where the thread looks for what to draw.
    pub(super) fn queue(&self) -> Arc<DrawingQueue> {
        Arc::clone(&self.queue)
    }
}

impl Drop for DrawingThread {
    fn drop(&mut self) {
        self.queue.end();
        if let Some(thread) = self.thread.take() {
            // It ends as soon as the picture is finished that it may be drawing.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thread_is_shared_and_ends_with_its_last_user() {
        let first = DrawingThread::for_another_driver().expect("a thread");
        let second = DrawingThread::for_another_driver().expect("a thread");
        assert!(Arc::ptr_eq(&first, &second));

        let alone = Arc::new(DrawingThread::start().expect("a thread"));
        let queue = Arc::downgrade(&alone.queue);
        let other = Arc::clone(&alone);
        drop(alone);
        assert!(queue.strong_count() > 0, "somebody uses it");
        drop(other);
        assert_eq!(queue.strong_count(), 0, "the thread has let go of it");
    }
}
