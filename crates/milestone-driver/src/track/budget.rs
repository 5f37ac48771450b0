//! What all tracks of a process may keep together.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Weak};

use parking_lot::Mutex;

/// A number of bytes that some tracks share: those of all drivers in the process.
///
/// As long as all they keep fits, every track keeps what its own bounds allow. When it does not, the track that keeps
/// most lets go first. So a track within its fair share, which is the budget divided by the tracks that keep anything,
/// loses nothing for the sake of others.
pub(crate) struct Budget {
    bytes: usize,
    kept: AtomicUsize,
    /// Tracks that keep anything.
    keepers: AtomicUsize,
    tracks: Mutex<Vec<Weak<dyn Shrink>>>,
}

/// What keeps samples, and can let go of them.
pub(super) trait Shrink: Send + Sync {
    /// What is kept, in bytes.
    fn kept(&self) -> usize;

    /// Lets go of `bytes`, or a little more, for tracks that keep less.
    fn shrink_by(&self, bytes: usize);
}

/// What one track has of a [`Budget`].
pub(super) struct Share {
    budget: Arc<Budget>,
    kept: AtomicUsize,
}

impl Budget {
    /// What all tracks of a process may keep together.
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
            tracks: Mutex::default(),
        }
    }

    /// From now on `track` may have to let go for others.
    pub(super) fn add<T: Shrink + 'static>(&self, track: &Arc<T>) {
        let track: Weak<T> = Arc::downgrade(track);
        let mut tracks = self.tracks.lock();
        tracks.retain(|track| track.strong_count() > 0);
        tracks.push(track);
    }

    /// Whoever keeps most lets go, until all fits.
    #[cold]
    fn relieve(&self) {
        let tracks = self.tracks.lock();
        loop {
            let over = self.kept().saturating_sub(self.bytes);
            let most = tracks
                .iter()
                .filter_map(Weak::upgrade)
                .max_by_key(|track| track.kept());
            match most {
                Some(track) if over > 0 && track.kept() > 0 => track.shrink_by(over),
                _ => return,
            }
        }
    }

    pub(crate) fn kept(&self) -> usize {
        self.kept.load(Ordering::Relaxed)
    }
}

impl Share {
    pub(super) fn new(budget: Arc<Budget>) -> Self {
        Self {
            budget,
            kept: AtomicUsize::new(0),
        }
    }

    /// The track keeps `bytes` now. Called by one thread at a time.
    #[inline]
    pub(super) fn set(&self, bytes: usize) {
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

    /// The track's fair share, once there is little room left.
    #[inline]
    pub(super) fn when_scarce(&self) -> Option<usize> {
        let budget = &*self.budget;
        let scarce = budget.kept() > budget.bytes - budget.bytes / 8;
        scarce.then(|| budget.bytes / budget.keepers.load(Ordering::Relaxed).max(1))
    }

    /// Whoever keeps most lets go, if more is kept than may be. Not to be called while a track is locked.
    #[inline]
    pub(super) fn keep_within_budget(&self) {
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
