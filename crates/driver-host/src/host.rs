//! Hosts the driver as a Recording Server does: one thread for each session pulls its frames,
//! one collects the events, one the log.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use milestone_driver::{
    CAMERAS, CameraStatistics, Driver, DriverClosed, LiveSession, MicrophoneSession,
};
use parking_lot::Mutex;

use crate::args::{Args, DEFAULT_WEB_ADDRESS};
use crate::failure::Failure;
use crate::history::History;
use crate::output::Output;
use crate::recording::{CameraRecorder, Notice, RecordingFolder};
use crate::stop::Stop;
use crate::web::{AllowedHosts, WebServer};

/// How long a call waits for something to happen. Closing the driver ends it before.
const LONG: Duration = Duration::from_secs(60);
const STATISTICS_INTERVAL: Duration = Duration::from_secs(1);

/// Runs until Ctrl-C, the end of `--seconds`, or until nobody reads the output any more.
pub(crate) fn run(args: Args) -> Result<(), Failure> {
    // A wrong command line ends the program here, before anything is made.
    let config = args.driver_config();
    let folder = args.record.clone().map(RecordingFolder::create);
    let folder = folder.transpose()?;
    let (stop, stopped) = Stop::on_ctrl_c()?;
    let driver = Driver::connect(config)?;
    let output = Output::new(&args);
    let history = Arc::new(History::new());
    let web = start_web(&args, &driver, &history, &output)?;
    let host = Host {
        driver,
        output,
        history,
        web,
        stop,
        panicked: AtomicBool::new(false),
        recording_failed: AtomicBool::new(false),
    };
    host.run(folder.as_ref(), &stopped, args.seconds)
}

/// The web page, unless it is not wanted. That its usual port is taken is no reason not to run; that
/// a chosen one is, is.
fn start_web(
    args: &Args,
    driver: &Driver,
    history: &Arc<History>,
    output: &Output,
) -> Result<Option<WebServer>, Failure> {
    if args.no_web {
        return Ok(None);
    }
    let address = args.web.unwrap_or(DEFAULT_WEB_ADDRESS);
    if !address.ip().is_loopback() {
        output
            .warning("the web page has no login: whoever reaches it can watch and change settings");
    }
    let hosts = AllowedHosts::new(args.web_hosts.iter().cloned());
    match WebServer::start(
        address,
        hosts,
        args.web_show_keys,
        driver.clone(),
        Arc::clone(history),
    ) {
        Ok(web) => Ok(Some(web)),
        Err(error) if args.web.is_some() => Err(Failure::Web { address, error }),
        Err(error) => {
            output.warning(&format!(
                "no web page, {address}: {error}. Choose another address with --web"
            ));
            Ok(None)
        }
    }
}

struct Host {
    driver: Driver,
    output: Output,
    history: Arc<History>,
    web: Option<WebServer>,
    stop: Stop,
    /// A thread ended that should not have.
    panicked: AtomicBool,
    recording_failed: AtomicBool,
}

impl Host {
    fn run(
        &self,
        folder: Option<&RecordingFolder>,
        stopped: &Receiver<()>,
        duration: Option<Duration>,
    ) -> Result<(), Failure> {
        // What is too long for a clock is for ever.
        let deadline = duration.and_then(|duration| Instant::now().checked_add(duration));
        self.run_beside(folder, || self.print_statistics_until(stopped, deadline))
    }

    /// Runs for as long as `main` does. Whatever ends that, the driver is closed, and with it every thread ends.
    fn run_beside(
        &self,
        folder: Option<&RecordingFolder>,
        main: impl FnOnce(),
    ) -> Result<(), Failure> {
        let sessions = (0..CAMERAS).map(|device| self.driver.open_session(device));
        let sessions = sessions.collect::<Result<Vec<_>, _>>()?;
        let microphones = (0..CAMERAS).map(|device| self.driver.open_microphone(device));
        let microphones = microphones.collect::<Result<Vec<_>, _>>()?;
        self.announce();
        thread::scope(|scope| {
            // Also if a thread cannot be started.
            let _closing = ClosedAtTheEnd(&self.driver);
            for (session, microphone) in sessions.iter().zip(&microphones) {
                let recorder = folder.map(|folder| folder.camera(session.device() + 1));
                let recorder = recorder.map(|recorder| Arc::new(Mutex::new(recorder)));
                let of_sound = recorder.clone();
                scope.spawn(|| self.contain(|| self.pull_frames(session, recorder)));
                scope.spawn(|| self.contain(|| self.pull_sound(microphone, of_sound)));
            }
            scope.spawn(|| self.contain(|| self.collect_events()));
            scope.spawn(|| self.contain(|| self.collect_log()));
            self.contain(main);
        });
        if self.panicked.load(Ordering::SeqCst) {
            return Err(Failure::Panicked);
        }
        if self.recording_failed.load(Ordering::SeqCst) {
            return Err(Failure::Recording);
        }
        Ok(())
    }

    /// Runs a part of the program. If it panics, which standard error says as it happens, the program ends: it would lack that part.
    fn contain(&self, part: impl FnOnce()) {
        if catch_unwind(AssertUnwindSafe(part)).is_err() {
            self.panicked.store(true, Ordering::SeqCst);
            self.stop.request();
        }
    }

    fn announce(&self) {
        let push_urls = (0..CAMERAS).filter_map(|device| self.driver.push_url(device));
        let push_urls: Vec<_> = push_urls.collect();
        let web = self
            .web
            .as_ref()
            .map(|web| format!("http://{}/", web.address()));
        self.printed(
            self.output
                .listening(self.driver.port(), &push_urls, web.as_deref()),
        );
    }

    fn pull_frames(&self, session: &LiveSession, recorder: Option<Arc<Mutex<CameraRecorder>>>) {
        let camera = session.device() + 1;
        while let Ok(frame) = session.next_frame(LONG) {
            let Some(frame) = frame else { continue };
            self.printed(self.output.frame(camera, &frame));
            if let Some(recorder) = &recorder {
                let mut recorder = recorder.lock();
                recorder.frame(&frame, &mut |notice| self.report_recording(&notice));
            }
        }
        self.finish_recording(recorder);
    }

    fn pull_sound(
        &self,
        session: &MicrophoneSession,
        recorder: Option<Arc<Mutex<CameraRecorder>>>,
    ) {
        let microphone = session.device() + 1;
        while let Ok(frame) = session.next_frame(LONG) {
            let Some(frame) = frame else { continue };
            self.printed(self.output.sound(microphone, &frame));
            if let Some(recorder) = &recorder {
                let mut recorder = recorder.lock();
                recorder.sound(&frame, &mut |notice| self.report_recording(&notice));
            }
        }
        self.finish_recording(recorder);
    }

    /// The later one of the two that record ends it.
    fn finish_recording(&self, recorder: Option<Arc<Mutex<CameraRecorder>>>) {
        if let Some(recorder) = recorder.and_then(Arc::into_inner) {
            let mut recorder = recorder.into_inner();
            recorder.finish(&mut |notice| self.report_recording(&notice));
        }
    }

    fn report_recording(&self, notice: &Notice) {
        if matches!(notice, Notice::Failed { .. } | Notice::TooManyFiles { .. }) {
            self.recording_failed.store(true, Ordering::SeqCst);
        }
        self.printed(self.output.recording(notice));
    }

    fn collect_events(&self) {
        self.collect(
            || self.driver.next_event(LONG),
            |event| {
                self.history.event(event);
                self.output.event(event)
            },
        );
    }

    fn collect_log(&self) {
        self.collect(
            || self.driver.next_log(LONG),
            |line| {
                self.history.log(line);
                self.output.log(line)
            },
        );
    }

    /// Prints everything that `next` yields, to the last that came before the driver was closed.
    fn collect<T>(
        &self,
        next: impl Fn() -> Result<Option<T>, DriverClosed>,
        print: impl Fn(&T) -> io::Result<()>,
    ) {
        while let Ok(item) = next() {
            if let Some(item) = item {
                self.printed(print(&item));
            }
        }
    }

    fn print_statistics_until(&self, stopped: &Receiver<()>, deadline: Option<Instant>) {
        let mut next = Instant::now() + STATISTICS_INTERVAL;
        loop {
            let until = deadline.map_or(next, |deadline| next.min(deadline));
            match stopped.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
            }
            if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                return;
            }
            next += STATISTICS_INTERVAL;
            let cameras: Vec<CameraStatistics> = (0..CAMERAS)
                .filter_map(|device| self.driver.statistics(device))
                .collect();
            self.printed(self.output.statistics(&cameras));
        }
    }

    /// When nobody reads the output any more, there is nothing left to run for.
    fn printed(&self, result: io::Result<()>) {
        if result.is_err() {
            self.stop.request();
        }
    }
}

struct ClosedAtTheEnd<'a>(&'a Driver);

impl Drop for ClosedAtTheEnd<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use clap::Parser;

    use super::*;

    fn host() -> (Host, Receiver<()>) {
        let arguments = [
            "driver-host",
            "--port",
            "0",
            "--bind",
            "127.0.0.1",
            "--json",
        ];
        let args = Args::parse_from(arguments);
        let (stop, stopped) = Stop::new();
        let host = Host {
            driver: Driver::connect(args.driver_config()).expect("it starts"),
            output: Output::new(&args),
            history: Arc::new(History::new()),
            web: None,
            stop,
            panicked: AtomicBool::new(false),
            recording_failed: AtomicBool::new(false),
        };
        (host, stopped)
    }

    /// What `run` returns, which it does soon.
    fn outcome_of(
        run: impl FnOnce(&Host, Receiver<()>) -> Result<(), Failure> + Send + 'static,
    ) -> Result<(), Failure> {
        let (ended, end) = mpsc::channel();
        thread::spawn(move || {
            let (host, stopped) = host();
            let _ = ended.send(run(&host, stopped));
        });
        end.recv_timeout(LONG).expect("the program ends")
    }

    #[test]
    fn a_panic_in_the_statistics_ends_the_program() {
        let outcome = outcome_of(|host, _| host.run_beside(None, || panic!("provoked by a test")));
        assert!(matches!(outcome, Err(Failure::Panicked)), "{outcome:?}");
    }

    #[test]
    fn a_panic_in_another_thread_ends_the_program() {
        let outcome = outcome_of(|host, stopped| {
            thread::scope(|scope| {
                scope.spawn(|| host.contain(|| panic!("provoked by a test")));
                host.run(None, &stopped, None)
            })
        });
        assert!(matches!(outcome, Err(Failure::Panicked)), "{outcome:?}");
    }

    #[test]
    fn it_runs_as_long_as_it_was_asked_to() {
        let outcome =
            outcome_of(|host, stopped| host.run(None, &stopped, Some(Duration::from_millis(10))));
        assert!(outcome.is_ok(), "{outcome:?}");
        let outcome = outcome_of(|host, stopped| {
            host.stop.request();
            host.run(None, &stopped, Some(Duration::MAX))
        });
        assert!(outcome.is_ok(), "{outcome:?}");
    }
}
