//! What all cameras of a process may keep together.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};

use super::ring::FrameRing;

/// A number of bytes that some cameras share: those of all drivers in the process.
///
/// As long as all they keep fits, every camera keeps what its own bounds allow. When it does not, the camera that keeps
/// most lets go first. So a camera within its fair share, which is the budget divided by the cameras that keep anything,
/// loses nothing for the sake of others.
pub(crate) struct Budget {
    bytes: usize,
    kept: AtomicUsize,
    /// Cameras that keep anything.
    keepers: AtomicUsize,
    rings: Mutex<Vec<Weak<FrameRing>>>,
}

/// What one camera has of a [`Budget`].
pub(crate) struct Share {
    budget: Arc<Budget>,
    kept: AtomicUsize,
}

impl Budget {
    /// What all cameras of a process may keep together.
    pub(crate) const PROCESS: usize = 1 << 30;

    pub(crate) fn of_process() -> Arc<Self> {
        static PROCESS: LazyLock<Arc<Budget>> =
            LazyLock::new(|| Arc::new(Budget::new(Budget::PROCESS)));
        Arc::clone(&PROCESS)
    }

    pub(crate) fn new(bytes: usize) -> Self {
        Self {
            bytes,
            kept: AtomicUsize::new(0),
            keepers: AtomicUsize::new(0),
            rings: Mutex::default(),
        }
    }

    /// From now on `ring` may have to let go for others.
    pub(crate) fn add(&self, ring: &Arc<FrameRing>) {
        let mut rings = self.rings();
        rings.retain(|ring| ring.strong_count() > 0);
        rings.push(Arc::downgrade(ring));
    }

    /// Whoever keeps most lets go, until all fits.
    fn relieve(&self) {
        let rings = self.rings();
        loop {
            let over = self.kept().saturating_sub(self.bytes);
            let most = rings
                .iter()
                .filter_map(Weak::upgrade)
                .max_by_key(|ring| ring.share().kept());
            match most {
                Some(ring) if over > 0 && ring.share().kept() > 0 => ring.let_go_of(over),
                _ => return,
            }
        }
    }

    pub(crate) fn kept(&self) -> usize {
        self.kept.load(Ordering::Relaxed)
    }

    fn rings(&self) -> MutexGuard<'_, Vec<Weak<FrameRing>>> {
        self.rings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Share {
    pub(crate) fn new(budget: Arc<Budget>) -> Self {
        Self {
            budget,
            kept: AtomicUsize::new(0),
        }
    }

    /// The camera keeps `bytes` now. Called by one thread at a time.
    pub(crate) fn set(&self, bytes: usize) {
        let before = self.kept();
        if bytes == before {
            return;
        }
        self.kept.store(bytes, Ordering::Relaxed);
        let budget = &*self.budget;
        match (before, bytes) {
            (0, 1..) => _ = budget.keepers.fetch_add(1, Ordering::Relaxed),
            (1.., 0) => _ = budget.keepers.fetch_sub(1, Ordering::Relaxed),
            _ => {}
        }
        if bytes >= before {
            budget.kept.fetch_add(bytes - before, Ordering::Relaxed);
        } else {
            budget.kept.fetch_sub(before - bytes, Ordering::Relaxed);
        }
    }

    pub(crate) fn kept(&self) -> usize {
        self.kept.load(Ordering::Relaxed)
    }

    /// The camera's fair share, once there is little room left.
    pub(crate) fn when_scarce(&self) -> Option<usize> {
        let budget = &*self.budget;
        let scarce = budget.kept() > budget.bytes - budget.bytes / 8;
        scarce.then(|| budget.bytes / budget.keepers.load(Ordering::Relaxed).max(1))
    }

    /// Whoever keeps most lets go, if more is kept than may be. Not to be called while frames are locked.
    pub(crate) fn keep_within_budget(&self) {
        if self.budget.kept() > self.budget.bytes {
            self.budget.relieve();
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.set(0);
    }
}
