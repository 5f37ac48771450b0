//! Fragmented MP4 files (ISO/IEC 14496-12, 14496-15): what arrived, playable anywhere.
//!
//! Fragments are written while the publish goes on, so a file that was cut off plays as far as it
//! got. The parameter sets stand in the movie box alone (`avc1`); when they change, the file ends.

mod fragment;
mod movie;

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use milestone_driver::flv_h264::{
    AnnexBUnits, LengthSize, NalUnit, NalUnitType, write_length_prefixed,
};
use milestone_driver::{Frame, Ticks};

use fragment::{Fragment, Sample};
use movie::Movie;

/// The track's time unit: as usual for video.
const TIMESCALE: i64 = 90_000;
/// A fragment is written when it is this long.
const FRAGMENT_TICKS: i64 = 2 * Ticks::PER_SECOND;

/// An MP4 file being written.
#[derive(Debug)]
pub(super) struct Mp4File {
    file: File,
    movie: Movie,
    /// Where the movie box is: its duration is written at the end.
    movie_offset: u64,
    /// The time of the first sample.
    start: Ticks,
    /// The time of the first sample of the fragment that is collected.
    fragment_start: Ticks,
    fragments: u32,
    samples: Vec<Sample>,
    /// The latest frame: how long it lasts is known when the next one comes.
    latest: Latest,
}

#[derive(Debug)]
struct Latest {
    time: Ticks,
    sample: Sample,
}

/// What became of a frame.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Written {
    Yes,
    /// It has other parameter sets than the file: it belongs into another one.
    OtherParameterSets,
}

impl Mp4File {
    /// Creates the file with its first frame, which has to carry the parameter sets.
    ///
    /// `None` if it does not, or if they cannot be understood.
    pub(super) fn create(path: &Path, frame: &Frame) -> io::Result<Option<Self>> {
        let Some(movie) = Movie::of_parameter_sets(&units(frame).collect::<Vec<_>>()) else {
            return Ok(None);
        };
        let mut file = File::create_new(path)?;
        let file_type = movie::file_type()?;
        file.write_all(&file_type)?;
        file.write_all(&movie.encode(0)?)?;
        Ok(Some(Self {
            file,
            movie,
            movie_offset: file_type.len() as u64,
            start: frame.time,
            fragment_start: frame.time,
            fragments: 0,
            samples: Vec::new(),
            latest: Latest::of(frame)?,
        }))
    }

    /// Takes the next frame, unless it has other parameter sets.
    pub(super) fn write(&mut self, frame: &Frame) -> io::Result<Written> {
        if frame.key && !self.movie.has_parameter_sets_of(units(frame)) {
            return Ok(Written::OtherParameterSets);
        }
        self.end_latest(frame.time);
        if frame.key || frame.time.since(self.fragment_start) >= FRAGMENT_TICKS {
            self.write_fragment(frame.time)?;
        }
        self.latest = Latest::of(frame)?;
        Ok(Written::Yes)
    }

    /// Writes what is left, and the duration into the movie box.
    pub(super) fn finish(mut self) -> io::Result<()> {
        // Nobody knows how long the last picture lasts: as long as the one before.
        let last = self.samples.last().map_or(0, |sample| sample.duration);
        let end = self.latest.time.plus(last * Ticks::PER_SECOND / TIMESCALE);
        self.end_latest(end);
        self.write_fragment(end)?;
        let milliseconds = end.since(self.start) / Ticks::PER_MILLISECOND;
        self.file.seek(SeekFrom::Start(self.movie_offset))?;
        self.file.write_all(&self.movie.encode(milliseconds)?)
    }

    /// Moves the latest frame, which lasts until `end`, into the fragment.
    fn end_latest(&mut self, end: Ticks) {
        let duration = self.track_time(end) - self.track_time(self.latest.time);
        let sample = std::mem::take(&mut self.latest.sample);
        self.samples.push(Sample { duration, ..sample });
    }

    fn write_fragment(&mut self, next_start: Ticks) -> io::Result<()> {
        self.fragments += 1;
        let fragment = Fragment {
            number: self.fragments,
            start: self.track_time(self.fragment_start),
            samples: &self.samples,
        };
        fragment.write(&mut self.file)?;
        self.samples.clear();
        self.fragment_start = next_start;
        Ok(())
    }

    /// Rounded once from the start, so that no error adds up.
    fn track_time(&self, time: Ticks) -> i64 {
        time.since(self.start) * (TIMESCALE / 1000) / Ticks::PER_MILLISECOND
    }
}

impl Latest {
    fn of(frame: &Frame) -> io::Result<Self> {
        let mut data = Vec::with_capacity(frame.data.len());
        let in_sample = units(frame).filter(|unit| !is_outside_of_samples(unit.unit_type()));
        write_length_prefixed(in_sample, LengthSize::FOUR, &mut data).map_err(io::Error::other)?;
        Ok(Self {
            time: frame.time,
            sample: Sample {
                data,
                key: frame.key,
                composition_offset: i64::from(frame.composition_offset_ms) * TIMESCALE / 1000,
                duration: 0,
            },
        })
    }
}

/// The next name for a recording that goes on with other parameter sets: `camera1-1-part2.mp4`.
pub(super) fn part_path(path: &Path, part: u32) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{stem}-part{part}.mp4"))
}

fn units(frame: &Frame) -> impl Iterator<Item = NalUnit<'_>> {
    AnnexBUnits::new(&frame.data)
}

/// Parameter sets stand in the movie box; delimiters should not be stored (ISO/IEC 14496-15, 5.3.2).
fn is_outside_of_samples(unit_type: NalUnitType) -> bool {
    matches!(
        unit_type,
        NalUnitType::SPS | NalUnitType::PPS | NalUnitType::ACCESS_UNIT_DELIMITER
    )
}
