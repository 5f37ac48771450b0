//! What the tests have in common: a driver, its publishers, and waiting for what happens.

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use milestone_driver::{Change, Driver, DriverConfig, DriverEvent, Frame, LiveSession, Settings};

pub(crate) use crate::publisher::ACCEPTED;
use crate::publisher::{PublisherBytes, Status};

/// Longest time that anything is waited for; far more than it takes, even on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A driver on a free port of the loopback address, without the limit on new connections.
pub(crate) fn config(changes: impl IntoIterator<Item = Change>) -> DriverConfig {
    let mut config = DriverConfig::new();
    let usual = [Change::new("RateLimitEnabled", "false")];
    config.settings = Settings::default()
        .with(usual.into_iter().chain(changes))
        .expect("good settings");
    config.bind = Some(Ipv4Addr::LOCALHOST.into());
    config.any_port = true;
    config
}

/// As [`config`], on a loopback address that no other test uses: a port of it that is free stays so
/// until this test takes it.
pub(crate) fn config_apart(changes: impl IntoIterator<Item = Change>) -> DriverConfig {
    static LAST: AtomicU8 = AtomicU8::new(1);
    let mut config = config(changes);
    // macOS has one loopback address alone.
    if !cfg!(target_os = "macos") {
        let own = LAST.fetch_add(1, Ordering::Relaxed) + 1;
        config.bind = Some(Ipv4Addr::new(127, 0, 0, own).into());
    }
    config
}

/// A driver, and what it has told so far.
pub(crate) struct Bench {
    pub(crate) driver: Driver,
    pub(crate) ip: IpAddr,
    events: Mutex<Vec<String>>,
    log: Mutex<Vec<String>>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(config([]))
    }

    pub(crate) fn with(config: DriverConfig) -> Self {
        Self {
            ip: config.bind.unwrap_or(Ipv4Addr::LOCALHOST.into()),
            driver: Driver::connect(config).expect("the driver starts"),
            events: Mutex::default(),
            log: Mutex::default(),
        }
    }

    /// A publisher's connection to the driver.
    pub(crate) fn connect(&self) -> Publisher<TcpStream> {
        Publisher::over(TcpStream::connect(self.address()).expect("a connection"))
    }

    pub(crate) fn address(&self) -> SocketAddr {
        (self.ip, self.driver.port()).into()
    }

    /// A publisher that was accepted on `app` and `name`.
    pub(crate) fn publish(&self, app: &str, name: &str) -> Publisher<TcpStream> {
        let mut publisher = self.connect();
        publisher.publish(app, name);
        publisher
    }

    pub(crate) fn apply(&self, changes: impl IntoIterator<Item = Change>) {
        self.driver.apply(changes).expect("good settings");
        assert!(self.driver.wait_until_settled(PATIENCE));
    }

    /// All events so far, in words, once there are `count` of them.
    pub(crate) fn events(&self, count: usize) -> Vec<String> {
        let mut events = self.events.lock().unwrap();
        wait_until(&format!("{count} events"), || {
            while let Ok(Some(event)) = self.driver.next_event(Duration::ZERO) {
                events.push(in_words(&event));
            }
            events.len() >= count
        });
        events.clone()
    }

    /// All log lines so far, once one of them contains `text`.
    pub(crate) fn log_with(&self, text: &str) -> Vec<String> {
        let mut log = self.log.lock().unwrap();
        wait_until(text, || {
            while let Ok(Some(line)) = self.driver.next_log(Duration::ZERO) {
                log.push(format!("{}: {}", line.level, line.text));
            }
            log.iter().any(|line| line.contains(text))
        });
        log.clone()
    }
}

fn in_words(event: &DriverEvent) -> String {
    match event {
        DriverEvent::StreamStarted { device, path, .. } => format!("{device} started {path}"),
        DriverEvent::StreamStopped {
            device,
            path,
            frames,
            ..
        } => format!("{device} stopped {path} after {frames}"),
        DriverEvent::PublishRefused { path, .. } => format!("refused {path}"),
        other => format!("{other:?}"),
    }
}

/// Waits until `holds`.
pub(crate) fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The session's next frame of video; offline pictures are passed over.
pub(crate) fn next_video(session: &LiveSession) -> Frame {
    next_that(session, |frame| !frame.offline_picture)
}

/// The session's next offline picture; video is passed over.
pub(crate) fn next_picture(session: &LiveSession) -> Frame {
    next_that(session, |frame| frame.offline_picture)
}

fn next_that(session: &LiveSession, wanted: impl Fn(&Frame) -> bool) -> Frame {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        match session
            .next_frame(Duration::from_secs(1))
            .expect("the session is open")
        {
            Some(frame) if wanted(&frame) => return frame,
            _ => {}
        }
    }
    panic!("waited in vain for a frame");
}

/// A publisher on its connection.
pub(crate) struct Publisher<S> {
    pub(crate) bytes: PublisherBytes,
    statuses: Vec<Status>,
    stream: S,
    closed: bool,
}

impl Publisher<TcpStream> {
    pub(crate) fn over(stream: TcpStream) -> Self {
        stream
            .set_read_timeout(Some(Duration::from_millis(50)))
            .expect("a timeout");
        Self::new(stream)
    }
}

impl<S: Read + Write> Publisher<S> {
    /// `stream` gives up reading after a short time.
    pub(crate) fn new(stream: S) -> Self {
        Self {
            bytes: PublisherBytes::connecting(""),
            statuses: Vec::new(),
            stream,
            closed: false,
        }
    }

    /// Begins to ask; answers have to be received to go on.
    pub(crate) fn begin(&mut self, app: &str, name: &str) {
        self.bytes = PublisherBytes::connecting(app);
        let opening = self.bytes.publish(name);
        self.send(&opening);
    }

    /// Asks to publish, and returns the answer.
    pub(crate) fn ask(&mut self, app: &str, name: &str) -> Status {
        self.begin(app, name);
        self.next_status()
    }

    /// Connects, and asks for nothing more.
    pub(crate) fn connect(&mut self, app: &str) {
        self.bytes = PublisherBytes::connecting(app);
        let opening = self.bytes.unsent();
        self.send(&opening);
        wait_until("connect's answer", || {
            self.receive();
            self.bytes.is_connected()
        });
    }

    /// The answer to a wish to publish; what is said of an earlier publish is passed over.
    pub(crate) fn answer(&mut self) -> Status {
        loop {
            let status = self.next_status();
            if status.code == ACCEPTED || status.level == "error" {
                return status;
            }
        }
    }

    /// Asks to publish. False if that is refused, or the connection is.
    pub(crate) fn try_publish(&mut self, app: &str, name: &str) -> bool {
        self.begin(app, name);
        wait_until("an answer", || {
            self.receive();
            self.closed || !self.statuses.is_empty()
        });
        self.statuses
            .first()
            .is_some_and(|status| status.code == ACCEPTED)
    }

    pub(crate) fn publish(&mut self, app: &str, name: &str) {
        let answer = self.ask(app, name);
        assert_eq!(answer.code, ACCEPTED, "{answer:?}");
    }

    /// Sends a sequence header and a group of pictures: a key frame and others, 40 ms apart, the first at `from`.
    pub(crate) fn send_group(&mut self, from: u32, frames: u32) {
        let mut bytes = self.bytes.sequence_header();
        for frame in 0..frames {
            let (timestamp, picture) = (from + frame * 40, picture(from + frame * 40));
            bytes.extend(match frame {
                0 => self.bytes.key_frame(timestamp, &picture),
                _ => self.bytes.delta_frame(timestamp, &picture),
            });
        }
        self.send(&bytes);
    }

    /// Sends as much as the server takes.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        // A server that has closed the connection need not take it.
        let _ = self.try_send(bytes);
    }

    /// Sends `bytes`; false if the server has closed the connection.
    pub(crate) fn try_send(&mut self, bytes: &[u8]) -> bool {
        let sent = self.stream.write_all(bytes);
        sent.and_then(|()| self.stream.flush()).is_ok()
    }

    pub(crate) fn next_status(&mut self) -> Status {
        wait_until("a status", || {
            self.receive();
            !self.statuses.is_empty()
        });
        self.statuses.remove(0)
    }

    /// Waits until the server has closed the connection.
    pub(crate) fn wait_until_closed(&mut self) {
        wait_until("the connection's end", || {
            self.receive();
            self.closed
        });
    }

    /// True if the server has closed the connection.
    pub(crate) fn is_closed(&mut self) -> bool {
        self.receive();
        self.closed
    }

    fn receive(&mut self) {
        let mut buffer = [0; 4096];
        match self.stream.read(&mut buffer) {
            Ok(0) => self.closed = true,
            Ok(length) => {
                self.statuses.extend(self.bytes.receive(&buffer[..length]));
                let answers = self.bytes.unsent();
                self.send(&answers);
            }
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
                ) => {}
            Err(_) => self.closed = true,
        }
    }
}

/// What the picture at `timestamp` consists of.
pub(crate) fn picture(timestamp: u32) -> Vec<u8> {
    (0..100 + timestamp % 1000)
        .map(|byte| (timestamp.wrapping_mul(31).wrapping_add(byte) % 250 + 2) as u8)
        .collect()
}
