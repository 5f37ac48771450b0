//! Fragmented MP4 files (ISO/IEC 14496-12, 14496-15): what arrived, playable anywhere.
//!
//! Fragments are written while the publish goes on, and the durations in the movie box with them, so a file that was
//! cut off plays as far as it got. The parameter sets stand in the movie box alone (`avc1`, `hvc1`); when they
//! change, the file ends.

mod boxes;
mod fragment;
mod media_clock;
mod movie;
mod presentation;
mod sound;
mod video;

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use milestone_driver::flv_h264::nal::{LengthSize, write_length_prefixed};
use milestone_driver::{Frame, SoundFrame};

use boxes::VIDEO_TRACK;
use fragment::{Run, Sample, fragment};
use media_clock::MediaClock;
use movie::{file_type, movie};
use presentation::Presentation;
use sound::{SoundDescription, SoundTrack, free_box};
use video::VideoDescription;

/// The track's time unit: as usual for video.
const TIMESCALE: i64 = 90_000;
const TICKS_PER_MILLISECOND: i64 = TIMESCALE / 1000;
/// A fragment is written when it is this long, and before every key picture, so that players can begin there.
const FRAGMENT_TICKS: i64 = TIMESCALE / 2;
/// Or when it has so many bytes.
const FRAGMENT_BYTES: usize = 16 << 20;
/// What a sound track takes in the movie box, and more.
const ROOM_FOR_SOUND: usize = 1024;
/// How long a picture is shown that has no other behind or before it.
const LONE_PICTURE_TICKS: i64 = TIMESCALE / 25;

/// An MP4 file being written.
#[derive(Debug)]
pub(super) struct Mp4File {
    path: PathBuf,
    file: File,
    video: VideoDescription,
    /// Once sound has come that there is a place for.
    sound: Option<SoundTrack>,
    /// Sound has come that is other than what has come before: it begins another file.
    other_sound: bool,
    /// Where the movie box is: its durations are written again and again.
    movie_offset: u64,
    /// How much room there is for it.
    movie_room: usize,
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
    /// It has other parameter sets than the file, or its sound is other: it belongs into another one.
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
            sound: None,
            other_sound: false,
            movie_offset: 0,
            movie_room: 0,
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
        if frame.key && (self.other_sound || frame.units().any(|unit| self.video.lacks(unit))) {
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
        if frame.key || decode_time - start >= FRAGMENT_TICKS || self.bytes() >= FRAGMENT_BYTES {
            self.write_fragment()?;
        }
        self.bytes += frame.data.len();
        self.samples.push(sample(frame, &self.video, decode_time)?);
        Ok(Written::Yes)
    }

    /// Takes the next sound. What was recorded long before the first picture, or is of another format than the sound
    /// before, is left out.
    pub(super) fn sound(&mut self, frame: &SoundFrame) -> io::Result<()> {
        let milliseconds = self.clock.of_sound(frame);
        let Some(description) = SoundDescription::of(frame) else {
            return Ok(());
        };
        let sound = self
            .sound
            .get_or_insert_with(|| SoundTrack::new(description));
        if sound.description != description {
            self.other_sound = true;
            return Ok(());
        }
        sound.push(frame, milliseconds);
        if self.bytes() >= FRAGMENT_BYTES {
            self.write_fragment()?;
        }
        Ok(())
    }

    /// Whether there is a place for such sound.
    pub(super) fn takes(frame: &SoundFrame) -> bool {
        SoundDescription::of(frame).is_some()
    }

    pub(super) fn has_sound(&self) -> bool {
        self.sound.is_some()
    }

    /// Of the next fragment.
    fn bytes(&self) -> usize {
        self.bytes + self.sound.as_ref().map_or(0, SoundTrack::bytes)
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
        let movie = movie(&self.video, None, 0)?;
        self.movie_room = movie.len() + ROOM_FOR_SOUND;
        head.extend(self.padded(movie)?);
        self.append(&head)
    }

    /// The movie box and what fills its place: a sound track comes into it when there is sound.
    fn padded(&self, mut movie: Vec<u8>) -> io::Result<Vec<u8>> {
        let left = self.movie_room.saturating_sub(movie.len());
        movie.extend(free_box(left)?);
        Ok(movie)
    }

    fn write_fragment(&mut self) -> io::Result<()> {
        self.presentation.place(&mut self.samples);
        let video = (!self.samples.is_empty()).then_some(Run {
            track: VIDEO_TRACK,
            samples: &self.samples,
        });
        let sound = self.sound.as_ref().and_then(SoundTrack::run);
        let runs: Vec<_> = video.into_iter().chain(sound).collect();
        if runs.is_empty() {
            return Ok(());
        }
        let boxes = fragment(self.fragments + 1, &runs)?;
        // The durations first: cut off between the two, it is better to promise a fragment too many than to have one
        // that players take for being behind the end.
        let sound = self.sound.as_ref().map(|sound| &sound.description);
        let movie = self.padded(movie(&self.video, sound, self.presentation.duration())?)?;
        self.file.seek(SeekFrom::Start(self.movie_offset))?;
        self.file.write_all(&movie)?;
        self.append(&boxes)?;
        self.fragments += 1;
        self.samples.clear();
        self.bytes = 0;
        if let Some(sound) = &mut self.sound {
            sound.clear();
        }
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
