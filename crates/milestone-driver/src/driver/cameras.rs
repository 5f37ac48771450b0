//! The cameras of a driver, and which of them a path means.

use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;

use crate::device::Notice;
use crate::identity::CAMERAS;
use crate::publish_point::{PublishPoint, Shared};
use crate::stream_path::StreamPath;

/// The cameras by number and by path.
pub(super) struct Cameras {
    all: [Arc<PublishPoint>; CAMERAS],
    /// As they were set together: while two cameras swap their paths, nobody sees both with the same.
    paths: Mutex<[StreamPath; CAMERAS]>,
}

impl Cameras {
    pub(super) fn new(paths: [StreamPath; CAMERAS], shared: &Arc<Shared>) -> Self {
        let camera = |device: usize| {
            let path = paths[device].clone();
            Arc::new(PublishPoint::new(device, path, Arc::clone(shared)))
        };
        Self {
            all: std::array::from_fn(camera),
            paths: Mutex::new(paths),
        }
    }

    /// The camera `device`, counted from 0.
    pub(super) fn get(&self, device: usize) -> Option<&Arc<PublishPoint>> {
        self.all.get(device)
    }

    /// The camera whose path `path` is, and its number.
    pub(super) fn by_path(&self, path: &StreamPath) -> Option<(usize, &Arc<PublishPoint>)> {
        let device = self.paths.lock().iter().position(|of| of == path)?;
        Some((device, self.all.get(device)?))
    }

    /// Gives the cameras these paths. Whose path changes loses its publisher.
    pub(super) fn set_paths(&self, paths: &[StreamPath; CAMERAS]) {
        let mut current = self.paths.lock();
        for (camera, path) in self.all.iter().zip(paths) {
            camera.move_to(path);
        }
        current.clone_from(paths);
    }

    /// What the offline picture of each camera says from now on.
    pub(super) fn set_notices(&self, notice: impl Fn(usize) -> Notice) {
        for (device, camera) in self.all.iter().enumerate() {
            camera.set_notice(notice(device));
        }
    }

    /// Housekeeping, once a second.
    pub(super) fn tick(&self, now: Instant) {
        for camera in &self.all {
            camera.tick(now);
        }
    }

    /// Ends the sessions.
    pub(super) fn close(&self) {
        for camera in &self.all {
            camera.close();
        }
    }
}
