//! What people read: the push addresses, then events and a short line per second and camera.

use std::fmt::{self, Display};
use std::io::{self, Write};
use std::time::Duration;

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use milestone_driver::{CameraStatistics, LogLevel, LogLine, Ticks, camera_name};

use crate::clock::local_time_of_day;
use crate::json::Line;
use crate::recording::{Recorded, RecordedSound};

const TITLE: Style = AnsiColor::Cyan.on_default().bold();
const FAINT: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default().bold();
const NOTABLE: Style = AnsiColor::Yellow.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();

/// Human text, on standard output, or on standard error when standard output belongs to a program.
/// Coloured on a terminal only.
pub(crate) struct Console {
    out: Box<dyn Write + Send>,
}

impl Console {
    pub(crate) fn on_stdout() -> Self {
        Self {
            out: Box::new(AutoStream::auto(io::stdout())),
        }
    }

    pub(crate) fn on_stderr() -> Self {
        Self {
            out: Box::new(AutoStream::auto(io::stderr())),
        }
    }

    pub(crate) fn listening(
        &mut self,
        port: u16,
        push_urls: &[String],
        web: Option<&str>,
    ) -> io::Result<()> {
        let version = env!("CARGO_PKG_VERSION");
        writeln!(self.out, "{TITLE}RTMP Push Driver {version}{TITLE:#}")?;
        writeln!(self.out, "Listening on port {port}. Ctrl-C ends it.")?;
        if let Some(web) = web {
            writeln!(self.out, "Watch at {TITLE}{web}{TITLE:#}")?;
        }
        writeln!(self.out)?;
        writeln!(self.out, "Push to one of")?;
        for (device, url) in push_urls.iter().enumerate() {
            writeln!(self.out, "  {:9}  {url}", camera_name(device))?;
        }
        writeln!(self.out)
    }

    pub(crate) fn event(&mut self, event: &Line<'_>, time: Ticks) -> io::Result<()> {
        match event {
            Line::StreamStarted { camera, path, peer } => self.line(
                time,
                camera_name(camera - 1),
                (GOOD, "Started"),
                format_args!("{path} from {peer}"),
            ),
            Line::StreamStopped {
                camera,
                path,
                reason,
                frames,
            } => self.line(
                time,
                camera_name(camera - 1),
                (NOTABLE, "Stopped"),
                format_args!("{path} after {frames} frames: {reason}"),
            ),
            Line::PublishRefused { path, peer, reason } => self.line(
                time,
                String::new(),
                (BAD, "Refused"),
                format_args!("{path} from {peer}: {reason}"),
            ),
            Line::Listening { .. } | Line::Frame { .. } | Line::Sound { .. } => Ok(()),
        }
    }

    /// A line for every camera that somebody publishes to.
    pub(crate) fn statistics(&mut self, cameras: &[CameraStatistics]) -> io::Result<()> {
        let now = Ticks::now();
        for statistics in cameras {
            if statistics.publisher.is_some() {
                let flow = StreamLine { statistics, now };
                let name = camera_name(statistics.device);
                self.line(now, name, (FAINT, "Live   "), flow)?;
            }
        }
        Ok(())
    }

    pub(crate) fn recorded(&mut self, recorded: &Recorded) -> io::Result<()> {
        self.line(
            Ticks::now(),
            camera_name(recorded.camera - 1),
            (GOOD, "Recorded"),
            recorded,
        )
    }

    pub(crate) fn recorded_sound(&mut self, recorded: &RecordedSound) -> io::Result<()> {
        self.line(
            Ticks::now(),
            camera_name(recorded.microphone - 1),
            (GOOD, "Recorded"),
            recorded,
        )
    }

    pub(crate) fn log(&mut self, line: &LogLine) -> io::Result<()> {
        let style = match line.level {
            LogLevel::Error => BAD,
            LogLevel::Warning => NOTABLE,
            _ => FAINT,
        };
        let level = format!("{:<7}", line.level.to_string());
        self.line(line.time, String::new(), (style, &level), &line.text)
    }

    fn line(
        &mut self,
        time: Ticks,
        camera: String,
        (style, what): (Style, &str),
        details: impl Display,
    ) -> io::Result<()> {
        let time = local_time_of_day(time);
        writeln!(
            self.out,
            "{FAINT}{time}{FAINT:#}  {camera:9}  {style}{what}{style:#}  {details}"
        )
    }
}

/// What a camera's publisher sends at this moment, in one line.
struct StreamLine<'a> {
    statistics: &'a CameraStatistics,
    now: Ticks,
}

impl Display for StreamLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let input = &self.statistics.input;
        let video = self
            .statistics
            .publisher
            .as_ref()
            .and_then(|publisher| publisher.video.as_ref());
        match video {
            Some(video) => write!(f, "{}x{}  ", video.width, video.height)?,
            None => f.write_str("no parameter sets yet  ")?,
        }
        write!(
            f,
            "{:.1} fps  {}  {} frames, ",
            input.frame_rate,
            BitRate(input.bit_rate),
            input.frames
        )?;
        match input.latest_key_frame {
            Some(time) => {
                let ago = Duration::from_nanos(self.now.since(time).max(0).unsigned_abs() * 100);
                write!(f, "last key frame {:.1} s ago", ago.as_secs_f64())?;
            }
            None => f.write_str("no key frame yet")?,
        }
        let sound = &self.statistics.sound;
        let described = &sound.described;
        match (described.format, &described.left_out) {
            (_, Some(reason)) => write!(f, "  sound left out: {reason}"),
            (Some(format), None) => {
                write!(f, "  sound {format}, {}", BitRate(sound.input.bit_rate))
            }
            (None, None) => Ok(()),
        }
    }
}

/// Bits per second.
struct BitRate(f64);

impl Display for BitRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 >= 999_500.0 {
            write!(f, "{:.1} Mbit/s", self.0 / 1e6)
        } else {
            write!(f, "{:.0} kbit/s", self.0 / 1e3)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bit_rates_are_rounded_to_a_unit_that_fits() {
        assert_eq!(BitRate(812_345.0).to_string(), "812 kbit/s");
        assert_eq!(BitRate(999_400.0).to_string(), "999 kbit/s");
        assert_eq!(BitRate(999_600.0).to_string(), "1.0 Mbit/s");
        assert_eq!(BitRate(12_345_678.0).to_string(), "12.3 Mbit/s");
    }
}
