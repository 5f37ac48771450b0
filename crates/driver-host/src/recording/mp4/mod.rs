//! Fragmented MP4 files (ISO/IEC 14496-12, 14496-15): what arrived, playable anywhere.
//!
//! Fragments are written while the publish goes on, and the durations in the movie box with them, so a file that was
//! cut off plays as far as it got. The parameter sets stand in the movie box alone (`avc1`, `hvc1`); when they
//! change, the file ends.

mod fragment;
mod media_clock;
mod movie;
mod presentation;
mod video;

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use milestone_driver::Frame;
use milestone_driver::flv_h264::{LengthSize, write_length_prefixed};

use fragment::{Run, Sample, fragment};
use media_clock::MediaClock;
use movie::{VIDEO_TRACK, file_type, movie};
use presentation::Presentation;
use video::VideoDescription;

/// The track's time unit: as usual for video.
const TIMESCALE: i64 = 90_000;
const TICKS_PER_MILLISECOND: i64 = TIMESCALE / 1000;
/// A fragment is written when it is this long, and before every key picture, so that players can begin there.
const FRAGMENT_TICKS: i64 = TIMESCALE / 2;
/// Or when it has so many bytes.
const FRAGMENT_BYTES: usize = 16 << 20;
/// How long a picture is shown that has no other behind or before it.
const LONE_PICTURE_TICKS: i64 = TIMESCALE / 25;

/// An MP4 file being written.
#[derive(Debug)]
pub(super) struct Mp4File {
    path: PathBuf,
    file: File,
    video: VideoDescription,
    /// Where the movie box is: its durations are written again and again.
    movie_offset: u64,
    /// Of what is whole.
    length: u64,
    clock: MediaClock,
    presentation: Presentation,
    fragments: u32,
    /// Those of the next fragment. How long the latest is shown is known when another one comes.
    samples: Vec<Sample>,
    bytes: usize,
    latest_duration: i64,
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
    pub(super) fn create(path: PathBuf, frame: &Frame) -> io::Result<Option<Self>> {
        let Some(video) = VideoDescription::of(frame.codec, &frame.units().collect::<Vec<_>>())
        else {
            return Ok(None);
        };
        let samples = vec![sample(frame, &video, 0)?];
        let mut mp4 = Self {
            file: File::create_new(&path)?,
            path,
            video,
            movie_offset: 0,
            length: 0,
            clock: MediaClock::starting_with(frame),
            presentation: Presentation::default(),
            fragments: 0,
            samples,
            bytes: frame.data.len(),
            latest_duration: LONE_PICTURE_TICKS,
        };
        match mp4.write_head() {
            Ok(()) => Ok(Some(mp4)),
            Err(error) => {
                mp4.remove();
                Err(error)
            }
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Takes the next frame, unless it has other parameter sets.
    pub(super) fn write(&mut self, frame: &Frame) -> io::Result<Written> {
        if frame.key && frame.units().any(|unit| self.video.lacks(unit)) {
            return Ok(Written::OtherParameterSets);
        }
        let decode_time = self.clock.next(frame) * TICKS_PER_MILLISECOND;
        if let Some(latest) = self.samples.last_mut() {
            latest.duration = decode_time - latest.decode_time;
            self.latest_duration = latest.duration;
        }
        let start = self
            .samples
            .first()
            .map_or(decode_time, |first| first.decode_time);
        if frame.key || decode_time - start >= FRAGMENT_TICKS || self.bytes >= FRAGMENT_BYTES {
            self.write_fragment()?;
        }
        self.bytes += frame.data.len();
        self.samples.push(sample(frame, &self.video, decode_time)?);
        Ok(Written::Yes)
    }

    /// Writes what is left.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        if let Some(latest) = self.samples.last_mut() {
            // Nobody knows: as long as the one before.
            latest.duration = self.latest_duration;
        }
        self.write_fragment()
    }

    /// Whether there is something to play.
    pub(super) fn has_samples(&self) -> bool {
        self.fragments > 0
    }

    /// Nothing could be written into it: it goes, if it can.
    pub(super) fn remove(self) {
        drop(self.file);
        let _ = std::fs::remove_file(self.path);
    }

    fn write_head(&mut self) -> io::Result<()> {
        let mut head = file_type(&self.video)?;
        self.movie_offset = head.len() as u64;
        head.extend(movie(&self.video, 0)?);
        self.append(&head)
    }

    fn write_fragment(&mut self) -> io::Result<()> {
        self.presentation.place(&mut self.samples);
        let run = Run {
            track: VIDEO_TRACK,
            samples: &self.samples,
        };
        let boxes = fragment(self.fragments + 1, &[run])?;
        // The durations first: cut off between the two, it is better to promise a fragment too many than to have one
        // that players take for being behind the end.
        let movie = movie(&self.video, self.presentation.duration())?;
        self.file.seek(SeekFrom::Start(self.movie_offset))?;
        self.file.write_all(&movie)?;
        self.append(&boxes)?;
        self.fragments += 1;
        self.samples.clear();
        self.bytes = 0;
        Ok(())
    }

    /// Writes all of them, or leaves the file as long as it was.
    fn append(&mut self, boxes: &[u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.length))?;
        if let Err(error) = self.file.write_all(boxes) {
            // If it cannot be cut off, players still get as far as it is whole.
            let _ = self.file.set_len(self.length);
            return Err(error);
        }
        self.length += boxes.len() as u64;
        Ok(())
    }
}

fn sample(frame: &Frame, video: &VideoDescription, decode_time: i64) -> io::Result<Sample> {
    let mut data = Vec::with_capacity(frame.data.len());
    let in_sample = frame
        .units()
        .filter(|unit| video.belongs_into_samples(*unit));
    write_length_prefixed(in_sample, LengthSize::FOUR, &mut data).map_err(io::Error::other)?;
    Ok(Sample {
        data,
        key: frame.key,
        decode_time,
        duration: 0,
        composition_offset: Sample::offset_of_milliseconds(frame.composition_offset_ms),
    })
}
