//! Runs the program and reads what it tells.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// Generous: machines that run tests are busy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A running `driver-host --json` on ports of its own.
pub(crate) struct Host {
    child: Child,
    lines: Receiver<Value>,
    /// Everything told so far.
    pub(crate) told: Vec<Value>,
}

pub(crate) fn driver_host() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_driver-host"));
    command.stdin(Stdio::null());
    command
}

impl Host {
    /// Starts it with more options and waits until it listens.
    pub(crate) fn start<S: AsRef<std::ffi::OsStr>>(options: impl IntoIterator<Item = S>) -> Self {
        Self::start_with_web("0", options)
    }

    /// As [`start`](Self::start), with the page at another address.
    pub(crate) fn start_with_web<S: AsRef<std::ffi::OsStr>>(
        web: &str,
        options: impl IntoIterator<Item = S>,
    ) -> Self {
        let mut child = driver_host()
            .args(["--json", "--port", "0", "--bind", "127.0.0.1", "--web", web])
            .args(options)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("driver-host starts");
        let stdout = child.stdout.take().expect("piped");
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines() {
                let line = line.expect("standard output is UTF-8");
                let line = serde_json::from_str(&line).expect("every line is JSON");
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let mut host = Self {
            child,
            lines,
            told: Vec::new(),
        };
        host.wait_for("listening");
        host
    }

    /// The port for publishers.
    pub(crate) fn port(&self) -> u16 {
        let port = self.told[0]["port"].as_u64().expect("a port");
        port.try_into().expect("a port")
    }

    /// Host and port of the web page.
    pub(crate) fn web(&self) -> &str {
        let address = self.told[0]["web"].as_str().expect("an address");
        address.trim_start_matches("http://").trim_end_matches('/')
    }

    /// The next line with that event.
    pub(crate) fn wait_for(&mut self, event: &str) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self
                .lines
                .recv_timeout(deadline.saturating_duration_since(Instant::now()))
            {
                Ok(line) => {
                    self.told.push(line.clone());
                    if line["event"] == event {
                        return line;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    panic!("no '{event}' in time, but {:?}", self.told)
                }
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("ended without '{event}': {:?}", self.told)
                }
            }
        }
    }

    /// Ctrl-C, and everything told to the end.
    #[cfg(unix)]
    pub(crate) fn interrupt(mut self) -> (std::process::ExitStatus, Vec<Value>) {
        let sent = Command::new("kill")
            .args(["-INT", &self.child.id().to_string()])
            .status();
        assert!(sent.expect("kill is there").success());
        let mut told = std::mem::take(&mut self.told);
        let deadline = Instant::now() + PATIENCE;
        while let Ok(line) = self
            .lines
            .recv_timeout(deadline.saturating_duration_since(Instant::now()))
        {
            told.push(line);
        }
        (self.child.wait().expect("it ends"), told)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// All of a file of `tests/data`.
pub(crate) fn data(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name);
    let mut bytes = Vec::new();
    let file = std::fs::File::open(&path).and_then(|mut file| file.read_to_end(&mut bytes));
    file.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    bytes
}

/// Sends the recorded bytes as fast as they are taken, and reads whatever the server answers.
pub(crate) fn replay(port: u16, bytes: &[u8]) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    let mut answers = stream.try_clone().expect("a second handle");
    let reader = thread::spawn(move || io::copy(&mut answers, &mut io::sink()));
    stream
        .write_all(bytes)
        .expect("the server takes everything");
    stream
        .shutdown(std::net::Shutdown::Write)
        .expect("connected");
    // Ends when the server has closed, however it does that.
    let _ = reader.join().expect("no panic");
}
