//! The driver's log: lines that wait to be collected by the host.
//!
//! Text that a peer controls is escaped and cut before it becomes part of a line ([`Escaped`]), lines that a peer
//! provokes are bounded by what they are about ([`Log::about`]), and so is the number of lines that wait.

mod escape;
mod flood;

use std::fmt;
use std::time::{Duration, Instant};

pub(crate) use escape::{Escaped, cut};
pub(crate) use flood::Subject;

use parking_lot::Mutex;

use crate::poll_queue::{ClosedAndEmpty, PollQueue};
use crate::time::Ticks;
use flood::{FloodGate, Verdict};

/// How important a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum LogLevel {
    /// For people who look for a fault in the driver.
    Debug,
    /// What happens in normal operation.
    Info,
    /// Somebody may want to do something.
    Warning,
    /// Something does not work.
    Error,
}

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogLine {
    /// How important it is.
    pub level: LogLevel,
    /// When it was written.
    pub time: Ticks,
    /// The text, without line breaks or other control characters.
    pub text: String,
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

impl fmt::Display for LogLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.time, self.level, self.text)
    }
}

/// Where lines go.
pub(crate) struct Log {
    queue: PollQueue<LogLine>,
    flood_gate: Mutex<FloodGate>,
}

impl Log {
    /// Lines that may wait. Beyond that the oldest are left out.
    pub(crate) const LINES: usize = 4096;
    /// Longest line in bytes.
    pub(crate) const LINE_BYTES: usize = 2048;

    pub(crate) fn new() -> Self {
        Self {
            queue: PollQueue::new(),
            flood_gate: Mutex::new(FloodGate::new(Instant::now())),
        }
    }

    /// Writes a line that the driver itself has reason to write.
    pub(crate) fn write(&self, level: LogLevel, text: impl fmt::Display) {
        let text = cut(
            &Escaped::line(&text.to_string()).to_string(),
            Self::LINE_BYTES,
        )
        .into_owned();
        let line = LogLine {
            level,
            time: Ticks::now(),
            text,
        };
        self.queue.push_with(|lines| {
            if lines.len() >= Self::LINES {
                lines.pop_front();
            }
            lines.push_back(line);
        });
    }

    pub(crate) fn info(&self, text: impl fmt::Display) {
        self.write(LogLevel::Info, text);
    }

    pub(crate) fn warning(&self, text: impl fmt::Display) {
        self.write(LogLevel::Warning, text);
    }

    pub(crate) fn error(&self, text: impl fmt::Display) {
        self.write(LogLevel::Error, text);
    }

    /// Writes a line that a peer can provoke at will: of a flood of them only some are written, and how many were not.
    pub(crate) fn about(&self, subject: Subject, level: LogLevel, text: impl fmt::Display) {
        let verdict = self.flood_gate.lock().ask(subject, Instant::now());
        match verdict {
            Verdict::Pass { left_out } => {
                self.write(level, text);
                if left_out > 0 {
                    self.write(
                        level,
                        format_args!("{left_out} more lines about publishers were left out"),
                    );
                }
            }
            Verdict::LeaveOut => {}
        }
    }

    pub(crate) fn next(&self, timeout: Duration) -> Result<Option<LogLine>, ClosedAndEmpty> {
        self.queue.pop(timeout)
    }

    /// As [`PollQueue::deliver`].
    pub(crate) fn deliver<E>(
        &self,
        timeout: Duration,
        deliver: impl FnOnce(&LogLine) -> Result<(), E>,
    ) -> Result<Option<Result<(), E>>, ClosedAndEmpty> {
        self.queue.deliver(timeout, deliver)
    }

    pub(crate) fn close(&self) {
        self.queue.close();
    }
}

#[cfg(test)]
mod tests;
