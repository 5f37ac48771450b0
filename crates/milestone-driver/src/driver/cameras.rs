//! The cameras of a driver, and which of them a path means.

use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;

use crate::device::Notice;
use crate::identity::CAMERAS;
use crate::publish_point::{PublishPoint, Shared};
use crate::settings::Settings;
use crate::stream_path::StreamPath;

/// The cameras by number and by path.
pub(super) struct Cameras {
    all: [Arc<PublishPoint>; CAMERAS],
    /// As they were set together: while two cameras swap their paths, nobody sees both with the same.
    paths: Mutex<[StreamPath; CAMERAS]>,
}

impl Cameras {
    pub(super) fn new(settings: &Settings, shared: &Arc<Shared>) -> Self {
        let paths = settings.cameras.each_ref();
        let paths = paths.map(|camera| camera.stream_path.clone());
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

    /// Gives the cameras that have `moved` their paths. Whose path is another one loses its publisher.
    pub(super) fn move_to(&self, settings: &Settings, moved: &[usize]) {
        let mut paths = self.paths.lock();
        for &device in moved {
            let path = &settings.cameras[device].stream_path;
            self.all[device].move_to(path);
            paths[device].clone_from(path);
        }
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

    /// Ends the sessions, and publishes that begin from now on.
    pub(super) fn close(&self) {
        for camera in &self.all {
            camera.close();
        }
    }

    /// There are no connections any more: what is still published to nobody ends else, and sessions wait for that.
    pub(super) fn end_abandoned_publishes(&self) {
        for camera in &self.all {
            camera.end_abandoned_publish();
        }
    }
}
