//! The programs that are measured: each a process of its own.

use std::env;
use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::tls;
use crate::usage::Usage;

/// How long a host may take to answer, on a machine that is busy.
const ANSWER: Duration = Duration::from_secs(10);

/// Who bears the load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// The kernel and tokio alone.
    Sink,
    /// The same, with what was read handed to a waiting thread for each connection, which copies it.
    HandOver,
    /// `rtmp-server`, with what is published thrown away.
    Server,
    /// So many driver instances in one process, every frame fetched through the C ABI and copied.
    Driver {
        instances: usize,
        /// The frames of the microphones as well.
        sound: bool,
    },
    /// A server of somebody else.
    Other,
}

/// One instance with 16 cameras.
pub(crate) const DRIVER: Target = Target::drivers(1);
/// Also for their sound there are sessions.
pub(crate) const DRIVER_WITH_SOUND: Target = Target::Driver {
    instances: 1,
    sound: true,
};
/// 512 cameras.
pub(crate) const DRIVERS: Target = Target::drivers(32);

impl Target {
    /// So many instances; nobody takes the sound.
    pub(crate) const fn drivers(instances: usize) -> Target {
        Target::Driver {
            instances,
            sound: false,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Sink => f.write_str("tokio sink"),
            Target::HandOver => f.write_str("tokio sink, handed to threads"),
            Target::Server => f.write_str("rtmp-server, discarding"),
            Target::Driver { instances, sound } => {
                match instances {
                    1 => f.write_str("driver")?,
                    several => write!(f, "{several} drivers")?,
                }
                let fetched = if *sound { "frames and sound" } else { "frames" };
                write!(f, ", {fetched} fetched")
            }
            Target::Other => f.write_str("other server"),
        }
    }
}

/// Memory at a moment, in KiB.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory {
    pub(crate) resident_kib: u64,
    /// Of it, what neither the frames are that drivers keep nor their host's own copies. Only of drivers.
    pub(crate) beyond_kept_kib: Option<u64>,
}

impl Memory {
    /// The most of either.
    pub(crate) fn max(self, other: Memory) -> Memory {
        Memory {
            resident_kib: self.resident_kib.max(other.resident_kib),
            beyond_kept_kib: self.beyond_kept_kib.max(other.beyond_kept_kib),
        }
    }
}

/// What the driver's host says while it runs.
#[derive(Debug, Deserialize)]
struct Held {
    /// Bytes of the frames that drivers keep.
    kept: u64,
    /// Bytes into which the host copies frames.
    copies: u64,
}

/// What the driver's host counted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Delivered {
    /// Frames that came in from publishers, of the kinds that there are sessions for.
    pub(crate) received: u64,
    /// Frames of them that sessions got.
    pub(crate) frames: u64,
    /// Bytes copied into the host's buffers.
    pub(crate) bytes: u64,
    /// Frames that the driver left out and said so: a session was too slow, or no key frame had come yet.
    pub(crate) dropped: u64,
    /// From the socket to the session, in microseconds; of the slowest camera.
    pub(crate) latency_p50: f64,
    pub(crate) latency_p99: f64,
}

/// Where the programs are.
#[derive(Debug)]
pub(crate) struct Programs {
    directory: PathBuf,
    pull_frames: PathBuf,
    /// Starts a server of somebody else.
    other: Option<PathBuf>,
}

impl Programs {
    /// Builds what is measured, in the profile and folder of this program, but for what starts the `other` server.
    pub(crate) fn build(other: Option<PathBuf>) -> Result<Programs, String> {
        let this = env::current_exe().map_err(|error| error.to_string())?;
        let directory = this
            .parent()
            .ok_or("this program has no folder")?
            .to_owned();
        let released = directory.file_name().is_some_and(|name| name == "release");
        let cargo = |command: &str, arguments: &[&str]| {
            let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
            cargo.args([command, "--quiet"]).args(arguments);
            if released {
                cargo.arg("--release");
            }
            succeed(&mut cargo)
        };
        let discard = [
            "-p",
            "rtmp-server",
            "--features",
            "pkcs12",
            "--example",
            "discard",
        ];
        cargo("build", &discard)?;
        // As it is delivered: Cargo optimises a library as a whole only where it is nothing but that.
        let library = ["-p", "milestone-driver", "--lib", "--crate-type", "cdylib"];
        cargo("rustc", &library)?;
        let crates = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .ok_or("no folder of crates")?;
        let driver = crates.join("milestone-driver");
        let pull_frames = directory.join("pull_frames");
        succeed(
            Command::new(env::var_os("CC").unwrap_or_else(|| "cc".into()))
                .args(["-O2", "-Wall", "-o"])
                .arg(&pull_frames)
                .arg(driver.join("tests").join("c").join("pull_frames.c"))
                .arg("-I")
                .arg(driver.join("include"))
                .arg("-L")
                .arg(&directory)
                .args(["-lmilestone_driver", "-lpthread", "-Wl,-rpath,$ORIGIN"]),
        )?;
        Ok(Programs {
            directory,
            pull_frames,
            other,
        })
    }

    /// Starts `target`, for RTMPS if it is to be `encrypted`, and waits until it listens.
    pub(crate) fn start(&self, target: Target, encrypted: bool) -> Result<Running, String> {
        let (mut command, listeners) = match target {
            Target::Sink | Target::HandOver => {
                let mut command = Command::new(self.directory.join("rtmp-load"));
                command.args(["sink", "--listen", "127.0.0.1:0"]);
                command.args(encrypted.then_some("--tls"));
                command.args((target == Target::HandOver).then_some("--hand-over"));
                (command, 1)
            }
            Target::Server => {
                let mut command = Command::new(self.directory.join("examples").join("discard"));
                command.arg("0");
                if encrypted {
                    let file = Path::new(tls::FOLDER).join("rtmp.pfx");
                    command.arg(file).arg(tls::PASSWORD);
                }
                (command, 1)
            }
            Target::Driver { instances, sound } => {
                let mut command = Command::new(&self.pull_frames);
                command.args(sound.then_some("--sound"));
                command.arg(instances.to_string());
                if encrypted {
                    command.args([tls::FOLDER, tls::PASSWORD]);
                }
                (command, instances)
            }
            Target::Other => {
                let program = self.other.as_ref().ok_or("no other server is named")?;
                (Command::new(program), 1)
            }
        };
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", command.get_program().display()))?;
        let output = child.stdout.take().ok_or("no output")?;
        let mut output = BufReader::new(output);
        let addresses = (0..listeners)
            .map(|_| listening(&mut output))
            .collect::<Result<_, _>>()?;
        let process = match target {
            Target::Other => process(&mut output)?,
            _ => child.id(),
        };
        // A full pipe would stall the program, so it is read all the time.
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            let read = output.lines().map_while(Result::ok);
            read.map_while(|line| sender.send(line).ok()).for_each(drop);
        });
        Ok(Running {
            target,
            process,
            child,
            lines,
            addresses,
        })
    }
}

/// Reads "listening on ADDRESS"; the load comes from this machine, so only the port matters.
fn listening(output: &mut impl BufRead) -> Result<SocketAddr, String> {
    let mut line = String::new();
    output
        .read_line(&mut line)
        .map_err(|error| error.to_string())?;
    let port = line
        .trim()
        .rsplit_once(':')
        .and_then(|(_, port)| port.parse().ok());
    let port: u16 = port.ok_or_else(|| format!("expected an address, got {line:?}"))?;
    Ok(SocketAddr::from(([127, 0, 0, 1], port)))
}

/// Reads "process ID".
fn process(output: &mut impl BufRead) -> Result<u32, String> {
    let mut line = String::new();
    output
        .read_line(&mut line)
        .map_err(|error| error.to_string())?;
    let id = line.trim().strip_prefix("process ");
    id.and_then(|id| id.parse().ok())
        .ok_or_else(|| format!("expected a process id, got {line:?}"))
}

fn succeed(command: &mut Command) -> Result<(), String> {
    let status = command
        .status()
        .map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{command:?} failed"))
    }
}

/// A target that listens.
#[derive(Debug)]
pub(crate) struct Running {
    target: Target,
    process: u32,
    child: Child,
    /// What it prints after its addresses.
    lines: Receiver<String>,
    addresses: Vec<SocketAddr>,
}

impl Running {
    /// Where it listens.
    pub(crate) fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// What it has used.
    pub(crate) fn usage(&self) -> Result<Usage, String> {
        Usage::of(self.process)
    }

    /// The same, once starting up is over.
    pub(crate) async fn settled(&self) -> Result<Usage, String> {
        let settled = Usage::settled(self.process).await;
        settled.map_err(|error| format!("{}: {error}", self.target))
    }

    /// What it takes now.
    pub(crate) fn memory(&self) -> Result<Memory, String> {
        let held = match self.target {
            Target::Driver { .. } => Some(self.held()?),
            _ => None,
        };
        let resident_kib = self.usage()?.resident_kib;
        let beyond_kept =
            |held: Held| resident_kib.saturating_sub((held.kept + held.copies) / 1024);
        Ok(Memory {
            resident_kib,
            beyond_kept_kib: held.map(beyond_kept),
        })
    }

    /// A line to the host asks for a line.
    fn held(&self) -> Result<Held, String> {
        let failed = |error: &dyn fmt::Display| format!("{}: {error}", self.target);
        let mut input = self.child.stdin.as_ref().ok_or("no input")?;
        input.write_all(b"\n").map_err(|error| failed(&error))?;
        let line = self
            .lines
            .recv_timeout(ANSWER)
            .map_err(|error| failed(&error))?;
        serde_json::from_str(&line).map_err(|error| failed(&error))
    }

    /// Whether there are sessions for sound.
    pub(crate) fn takes_sound(&self) -> bool {
        matches!(self.target, Target::Driver { sound: true, .. })
    }

    /// Ends it, and returns what it has to say.
    pub(crate) fn stop(mut self) -> Option<Delivered> {
        self.end();
        serde_json::from_str(&self.lines.iter().last()?).ok()
    }

    fn end(&mut self) {
        match self.target {
            // These end when their input does, and have something to do then: count, or end what they have started.
            Target::Driver { .. } | Target::Other => drop(self.child.stdin.take()),
            Target::Sink | Target::HandOver | Target::Server => {
                let _ = self.child.kill();
            }
        }
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}
