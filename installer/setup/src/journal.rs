//! The log file: every step, so that a failed unattended installation explains itself.

use std::fmt::Display;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::failure::Failure;
use crate::folder;

/// Writes steps to standard output and, when asked for, to a file.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    file: Option<File>,
}

impl Journal {
    /// Appends to `path`, if given.
    pub(crate) fn open(path: Option<PathBuf>) -> Result<Journal, Failure> {
        let file = path
            .map(|path| {
                // Setup runs elevated, and its log lies where its user's programs may put links.
                if folder::leads_elsewhere(&path) {
                    return Err(Failure::Link { path });
                }
                OpenOptions::new()
                    .create(true)
                    .append(true)
                    .open(&path)
                    .map_err(Failure::io(path.display().to_string()))
            })
            .transpose()?;
        Ok(Journal { file })
    }

    /// One step. A full disk must not stop an installation, so write errors are let pass.
    pub(crate) fn step(&mut self, text: impl Display) {
        println!("{text}");
        if let Some(file) = &mut self.file {
            let seconds = SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| since.as_secs());
            let _ = writeln!(file, "{seconds} {text}");
        }
    }

    /// Runs `work` and writes how it ended.
    pub(crate) fn outcome<T>(
        &mut self,
        work: impl FnOnce(&mut Journal) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let result = work(self);
        match &result {
            Ok(_) => self.step("Done."),
            Err(failure) => self.step(format_args!(
                "Failed (exit code {}): {failure}",
                failure.exit_code()
            )),
        }
        result
    }
}
