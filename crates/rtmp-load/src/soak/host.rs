//! The driver-host under test: a process of its own.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};

use super::ledger::{Ledger, Line};
use super::plan;

/// How long it may take until it listens.
const STARTING: Duration = Duration::from_secs(30);
/// How long it may take to end when told to.
const ENDING: Duration = Duration::from_secs(20);
const LOOK: Duration = Duration::from_millis(50);

/// Has glibc give large buffers back when they are freed. By itself it keeps up to twice the largest one so far, in each
/// of its arenas: after messages of 16 MiB memory grows by steps that depend on which of them came together, and a leak
/// could not be told from that.
const GIVES_BACK: (&str, &str) = ("GLIBC_TUNABLES", "glibc.malloc.mmap_threshold=1048576");

/// A driver-host that listens.
#[derive(Debug)]
pub(super) struct Host {
    child: Child,
    pub(super) server: SocketAddr,
    /// Where its page is.
    pub(super) web: SocketAddr,
    ledger: Arc<Mutex<Ledger>>,
    reader: Option<JoinHandle<()>>,
}

impl Host {
    /// Starts `program` on free ports. What it has to say to people goes to a file.
    pub(super) fn start(program: &Path, log: &Path) -> Result<Host, String> {
        let failed = |error| format!("{}: {error}", program.display());
        let log = File::create(log).map_err(|error| format!("{}: {error}", log.display()))?;
        let mut command = Command::new(program);
        command
            .args(["--bind", "127.0.0.1", "--port", "0", "--web", "127.0.0.1:0"])
            .args(["--json", "--frames"])
            .args(plan::host_options())
            .env(GIVES_BACK.0, GIVES_BACK.1)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log);
        let mut child = command.spawn().map_err(failed)?;
        let output = child.stdout.take().ok_or("driver-host has no output")?;
        let output = BufReader::new(output);
        let ledger = Arc::<Mutex<Ledger>>::default();
        let mut host = Host {
            child,
            server: SocketAddr::from(([127, 0, 0, 1], 0)),
            web: SocketAddr::from(([127, 0, 0, 1], 0)),
            ledger: Arc::clone(&ledger),
            reader: None,
        };
        let (tell, told) = mpsc::channel();
        host.reader = Some(thread::spawn(move || read_on(output, &ledger, &tell)));
        host.await_listening(&told)?;
        Ok(host)
    }

    fn await_listening(&mut self, told: &Receiver<Listening>) -> Result<(), String> {
        let listening = told.recv_timeout(STARTING);
        let Listening { port, web } =
            listening.map_err(|error| format!("driver-host does not listen: {error}"))?;
        self.server.set_port(port);
        let address = web.trim_start_matches("http://").trim_end_matches('/');
        self.web = address.parse().map_err(|_| format!("no address: {web}"))?;
        Ok(())
    }

    pub(super) fn process(&self) -> u32 {
        self.child.id()
    }

    /// What it has told so far.
    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock()
    }

    /// Interrupts it as Ctrl-C does. When this returns, the ledger holds all that it had to tell.
    pub(super) fn interrupt(&mut self) -> Result<(), String> {
        let process = self.child.id().to_string();
        let sent = Command::new("sh")
            .args(["-c", "kill -INT \"$0\"", &process])
            .status();
        let sent = sent.map_err(|error| format!("sh: {error}"))?;
        if !sent.success() {
            return Err("driver-host was gone before its time".into());
        }
        let status = self.await_end()?;
        if let Some(reader) = self.reader.take() {
            reader
                .join()
                .map_err(|_| "the reader of driver-host's output panicked")?;
        }
        if !status.success() {
            return Err(format!("driver-host ended with {status}"));
        }
        TcpListener::bind(self.server)
            .map(drop)
            .map_err(|error| format!("the port is not free afterwards: {error}"))
    }

    fn await_end(&mut self) -> Result<ExitStatus, String> {
        let deadline = Instant::now() + ENDING;
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return Ok(status),
                Ok(None) if Instant::now() < deadline => thread::sleep(LOOK),
                Ok(None) => return Err(format!("driver-host has not ended after {ENDING:?}")),
                Err(error) => return Err(error.to_string()),
            }
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // It is gone, unless the soak failed half way.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where driver-host listens.
struct Listening {
    port: u16,
    web: String,
}

/// Reads to the end; a full pipe would stall the live sessions.
fn read_on(output: impl BufRead, ledger: &Mutex<Ledger>, listening: &Sender<Listening>) {
    for line in output.lines() {
        let Ok(line) = line else { return };
        let mut ledger = ledger.lock();
        if let Some(Line::Listening { port, web }) = ledger.read(&line, plan::is_hostile) {
            // Nobody waits for it any more when it comes too late.
            let _ = listening.send(Listening { port, web });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_once_where_driver_host_listens() {
        let lines = concat!(
            r#"{"event":"listening","port":7,"web":"http://127.0.0.1:8/"}"#,
            "\n",
            r#"{"event":"frame","camera":2,"codec":"h264"}"#
        );
        let ledger = Mutex::default();
        let (tell, told) = mpsc::channel();
        read_on(lines.as_bytes(), &ledger, &tell);
        drop(tell);
        let listening = told.recv().unwrap();
        assert_eq!(listening.port, 7);
        assert_eq!(listening.web, "http://127.0.0.1:8/");
        assert!(told.recv().is_err());
        assert_eq!(ledger.into_inner().camera(2).delivered, 1);
    }

    #[test]
    fn a_program_that_says_nothing_does_not_listen() {
        let (tell, told) = mpsc::channel();
        read_on(&b""[..], &Mutex::default(), &tell);
        drop(tell);
        assert!(told.recv_timeout(STARTING).is_err());
    }
}
