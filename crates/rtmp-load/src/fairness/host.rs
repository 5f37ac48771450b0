//! The driver, and somebody who takes its frames, events and log lines, as a host does.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use milestone_driver::{CAMERAS, Driver, DriverConfig, Frame, LiveSession};

use super::FLOODERS;

const WAIT: Duration = Duration::from_millis(200);

/// A driver that listens, with a session of every camera that somebody publishes to.
pub(super) struct Host {
    driver: Driver,
    pub(super) server: SocketAddr,
    over: Arc<AtomicBool>,
    drains: Vec<JoinHandle<()>>,
}

impl Host {
    pub(super) fn start() -> Result<Host, String> {
        let mut config = DriverConfig::new();
        config.bind = Some(Ipv4Addr::LOCALHOST.into());
        config.any_port = true;
        let driver = Driver::connect(config).map_err(|error| error.to_string())?;
        let mut host = Host {
            server: (Ipv4Addr::LOCALHOST, driver.port()).into(),
            over: Arc::default(),
            drains: Vec::new(),
            driver,
        };
        let events = host.driver.clone();
        host.drain(move || drop(events.next_event(WAIT)));
        let log = host.driver.clone();
        host.drain(move || drop(log.next_log(WAIT)));
        for camera in CAMERAS - FLOODERS..CAMERAS {
            let session = host.open(camera)?;
            host.drain(move || drop(session.next_frame(WAIT)));
        }
        Ok(host)
    }

    fn drain(&mut self, take: impl Fn() + Send + 'static) {
        let over = Arc::clone(&self.over);
        self.drains.push(thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                take();
            }
        }));
    }

    fn open(&self, camera: usize) -> Result<LiveSession, String> {
        self.driver
            .open_session(camera)
            .map_err(|error| format!("camera {}: {error}", camera + 1))
    }

    /// Calls `take` with every frame of a camera, counted from 0, that is video, and with nothing now and then, until it
    /// says that it has had enough.
    pub(super) fn watch(
        &self,
        camera: usize,
        mut take: impl FnMut(Option<&Frame>) -> bool + Send + 'static,
    ) -> Result<JoinHandle<()>, String> {
        let session = self.open(camera)?;
        Ok(thread::spawn(move || {
            while let Ok(frame) = session.next_frame(WAIT) {
                if !take(frame.as_ref().filter(|frame| !frame.offline_picture)) {
                    break;
                }
            }
        }))
    }

    /// The 99th percentile of the latency of the slowest of the first cameras, as the driver tells it.
    pub(super) fn told_latency(&self, cameras: usize) -> Duration {
        (0..cameras)
            .filter_map(|camera| self.driver.statistics(camera)?.latency)
            .map(|latency| latency.p99)
            .max()
            .unwrap_or_default()
    }

    /// The path of a flooder, counted from 0.
    pub(super) fn flooded_path(&self, number: usize) -> String {
        format!("/stream{}", CAMERAS - FLOODERS + number + 1)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        self.driver.close();
        for drain in self.drains.drain(..) {
            // Its panic has been told.
            let _ = drain.join();
        }
    }
}
