//! Where all output goes: people's text and, with `--json`, a program's lines.

use std::io;

use milestone_driver::{
    CameraStatistics, DriverEvent, Frame, LogLevel, LogLine, SoundFrame, camera_name,
};
use parking_lot::Mutex;

use crate::args::Args;
use crate::console::Console;
use crate::json::Line;
use crate::recording::Notice;

/// Shared by all threads. A method fails when nobody reads the output any more (a closed pipe).
pub(crate) struct Output {
    console: Mutex<Console>,
    json: bool,
    frames: bool,
    /// The least severe log lines that are shown.
    log: Option<LogLevel>,
}

impl Output {
    pub(crate) fn new(args: &Args) -> Self {
        Self {
            console: Mutex::new(if args.json {
                Console::on_stderr()
            } else {
                Console::on_stdout()
            }),
            json: args.json,
            frames: args.frames,
            log: args.log.least_severe(),
        }
    }

    pub(crate) fn listening(
        &self,
        port: u16,
        push_urls: &[String],
        web: Option<&str>,
    ) -> io::Result<()> {
        self.console.lock().listening(port, push_urls, web)?;
        self.line(|| Line::Listening { port, web })
    }

    /// Something the person who started the program should know.
    pub(crate) fn warning(&self, text: &str) {
        eprintln!("driver-host: {text}");
    }

    pub(crate) fn event(&self, event: &DriverEvent) -> io::Result<()> {
        let Some((line, time)) = Line::of_event(event) else {
            return Ok(());
        };
        self.console.lock().event(&line, time)?;
        self.line(|| line)
    }

    pub(crate) fn frame(&self, camera: usize, frame: &Frame) -> io::Result<()> {
        if !self.frames {
            return Ok(());
        }
        self.line(|| Line::of_frame(camera, frame))
    }

    pub(crate) fn sound(&self, microphone: usize, frame: &SoundFrame) -> io::Result<()> {
        if !self.frames {
            return Ok(());
        }
        self.line(|| Line::of_sound(microphone, frame))
    }

    /// Once a second: one line for every camera somebody publishes to.
    pub(crate) fn statistics(&self, statistics: &[CameraStatistics]) -> io::Result<()> {
        self.console.lock().statistics(statistics)
    }

    pub(crate) fn recording(&self, notice: &Notice) -> io::Result<()> {
        match notice {
            Notice::Recorded(recorded) => self.console.lock().recorded(recorded)?,
            Notice::RecordedSound(recorded) => self.console.lock().recorded_sound(recorded)?,
            Notice::Failed { camera, error } => self.warning(&format!(
                "{} is not recorded: {error}. Tried again with later key frames",
                camera_name(camera - 1)
            )),
            Notice::Resumed { camera, path } => self.warning(&format!(
                "{} is recorded again, into {}",
                camera_name(camera - 1),
                path.display()
            )),
            Notice::TooManyFiles { camera } => self.warning(&format!(
                "{} is not recorded for now, as that would be too many files: its publisher starts anew or changes its \
                 parameter sets all the time",
                camera_name(camera - 1)
            )),
        }
        Ok(())
    }

    pub(crate) fn log(&self, line: &LogLine) -> io::Result<()> {
        if self.log.is_some_and(|least| line.level >= least) {
            Console::on_stderr().log(line)
        } else {
            Ok(())
        }
    }

    fn line<'a>(&self, line: impl FnOnce() -> Line<'a>) -> io::Result<()> {
        match self.json {
            true => line().print(),
            false => Ok(()),
        }
    }
}
