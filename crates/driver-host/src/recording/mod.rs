//! Recording: for every publish a file with exactly the access units that the live session delivered, one with the sound
//! that the session on its microphone delivered, and an MP4 file of both that plays anywhere.
//!
//! What cannot be written does not end the recording of a camera for good: it is told, and tried again with later key
//! frames. What a publisher does decides how many files there are, so they are limited.

mod allowance;
mod frame_file;
mod mp4;
mod mp4_files;
mod sound_file;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::fmt::{self, Display};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use milestone_driver::{AudioEncoding, Codec, Frame, SoundFrame, Ticks};

use crate::codec_name;
use crate::failure::Failure;
use allowance::FileAllowance;
use frame_file::FrameFile;
use mp4_files::{Mp4Files, Mp4Recorded, Written};
use sound_file::SoundRecording;

/// `.h264` or `.h265`, and `.mp4`.
const FILES_OF_A_RECORDING: usize = 2;
/// So many frames of sound are kept for the first picture: about a second.
const EARLY_SOUND: usize = 50;
/// How long nothing is written after an error.
const RETRY_AFTER: i64 = 5 * Ticks::PER_SECOND;

/// The folder that all cameras record into.
#[derive(Debug, Clone)]
pub(crate) struct RecordingFolder {
    path: Arc<Path>,
}

/// Writes the live frames of one camera into `camera<N>-<k>.h264` or `.h265` and `.mp4`, and the sound beside them into
/// `microphone<N>-<k>` with its own extension, new files for every publish and codec.
#[derive(Debug)]
pub(crate) struct CameraRecorder {
    folder: Arc<Path>,
    /// Numbered from 1.
    camera: usize,
    /// How many recordings this camera has so far: the `k` of the latest one.
    recordings: u32,
    /// What the latest number was given to.
    numbered: Option<Numbered>,
    current: Option<Recording>,
    sound: Option<SoundRecording>,
    /// Sound that has come before the first picture of its publish: the movie begins with that.
    early_sound: VecDeque<SoundFrame>,
    allowance: FileAllowance,
    /// The latest attempt to write came to an error: not tried again before.
    retry_at: Option<Ticks>,
    /// The same of sound.
    retry_sound_at: Option<Ticks>,
}

/// The files of one publish, as long as it has one codec.
#[derive(Debug)]
struct Recording {
    publish: u64,
    codec: Codec,
    annex_b: FrameFile,
    mp4: Mp4Files,
    /// The publish is over; sound may yet come.
    ending: bool,
}

#[derive(Debug)]
struct Numbered {
    publish: u64,
    has_video: bool,
}

/// What the person who started the program should know.
#[derive(Debug)]
pub(crate) enum Notice {
    Recorded(Recorded),
    RecordedSound(RecordedSound),
    /// Something could not be written: it is tried again.
    Failed {
        camera: usize,
        error: RecordingError,
    },
    /// After a failure: recorded again, into this file.
    Resumed {
        camera: usize,
        path: PathBuf,
    },
    /// No more files for now.
    TooManyFiles {
        camera: usize,
    },
}

/// A finished recording.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Recorded {
    /// Numbered from 1.
    pub(crate) camera: usize,
    /// The Annex B file.
    path: PathBuf,
    frames: u64,
    mp4: Mp4Recorded,
}

/// A finished recording of sound.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RecordedSound {
    /// Numbered from 1.
    pub(crate) microphone: usize,
    files: Vec<(PathBuf, u64)>,
}

/// What could not be written.
#[derive(Debug)]
pub(crate) struct RecordingError {
    path: PathBuf,
    error: io::Error,
}

impl RecordingFolder {
    /// Creates the folder if it is not there.
    pub(crate) fn create(path: PathBuf) -> Result<Self, Failure> {
        match std::fs::create_dir_all(&path) {
            Ok(()) => Ok(Self { path: path.into() }),
            Err(error) => Err(Failure::RecordingFolder { path, error }),
        }
    }

    /// The recorder of one camera, numbered from 1.
    pub(crate) fn camera(&self, camera: usize) -> CameraRecorder {
        CameraRecorder {
            folder: Arc::clone(&self.path),
            camera,
            recordings: 0,
            numbered: None,
            current: None,
            sound: None,
            early_sound: VecDeque::new(),
            allowance: FileAllowance::default(),
            retry_at: None,
            retry_sound_at: None,
        }
    }
}

impl CameraRecorder {
    /// Takes the next frame of the camera's live session.
    ///
    /// Offline pictures are not recorded, but they end the recording of the publish before them.
    pub(crate) fn frame(&mut self, frame: &Frame, report: &mut impl FnMut(Notice)) {
        let is_video = extension(frame.codec).is_some() && !frame.offline_picture;
        if let Some(recording) = &mut self.current
            && is_video
            && recording.publish == frame.publish
            && recording.codec == frame.codec
        {
            match recording.write(frame, &mut self.allowance) {
                Ok(Written::Yes) => {}
                Ok(Written::TooManyFiles) => self.report_too_many_files(frame.time, report),
                Err(error) => self.fail(error, frame.time, report),
            }
            return;
        }
        if !is_video {
            self.sound_pauses(report);
            if self.current.as_mut().is_some_and(Recording::awaits_sound) {
                return;
            }
        }
        self.finish_video(report);
        if is_video && frame.key {
            self.start(frame, report);
        }
    }

    /// Takes the next frame of the session on the microphone.
    pub(crate) fn sound(&mut self, frame: &SoundFrame, report: &mut impl FnMut(Notice)) {
        self.sound_of_movie(frame, report);
        if self.retry_sound_at.is_some_and(|at| frame.time < at) {
            return;
        }
        match self.write_sound(frame, report) {
            Ok(Written::Yes) => self.retry_sound_at = None,
            Ok(Written::TooManyFiles) => self.report_too_many_files(frame.time, report),
            Err(error) => {
                self.finish_sound(report);
                let retry_at = frame.time.plus(RETRY_AFTER);
                if self.retry_sound_at.replace(retry_at).is_none() {
                    self.report_failed(error, report);
                }
            }
        }
    }

    fn sound_of_movie(&mut self, frame: &SoundFrame, report: &mut impl FnMut(Notice)) {
        match &mut self.current {
            Some(recording) if recording.publish == frame.publish => {
                if let Err(error) = recording.mp4.sound(frame) {
                    self.fail(error, frame.time, report);
                }
            }
            _ => {
                if self.early_sound.len() == EARLY_SOUND {
                    self.early_sound.pop_front();
                }
                self.early_sound.push_back(frame.clone());
            }
        }
    }

    fn write_sound(
        &mut self,
        frame: &SoundFrame,
        report: &mut impl FnMut(Notice),
    ) -> Result<Written, RecordingError> {
        loop {
            let number = self.number_of(frame.publish);
            if self
                .sound
                .as_ref()
                .is_some_and(|sound| sound.number() != number)
            {
                self.finish_sound(report);
            }
            let (folder, microphone) = (&self.folder, self.camera);
            let sound = self
                .sound
                .get_or_insert_with(|| SoundRecording::new(folder, microphone, number));
            match sound.write(frame, &mut self.allowance) {
                // It was recorded before, until it paused or something failed.
                Err(RecordingError { error, .. })
                    if error.kind() == io::ErrorKind::AlreadyExists =>
                {
                    self.take_number(frame.publish);
                }
                written => return written,
            }
        }
    }

    /// An offline picture has come: a second later it is known that no sound of the publish before does.
    fn sound_pauses(&mut self, report: &mut impl FnMut(Notice)) {
        if self.sound.as_mut().is_some_and(SoundRecording::has_paused) {
            self.finish_sound(report);
        }
    }

    fn finish_sound(&mut self, report: &mut impl FnMut(Notice)) {
        let files = self.sound.take().map(SoundRecording::into_files);
        if let Some(files) = files.filter(|files| !files.is_empty()) {
            report(Notice::RecordedSound(RecordedSound {
                microphone: self.camera,
                files,
            }));
        }
    }

    /// Ends the current recording.
    pub(crate) fn finish(&mut self, report: &mut impl FnMut(Notice)) {
        self.finish_video(report);
        self.finish_sound(report);
    }

    fn finish_video(&mut self, report: &mut impl FnMut(Notice)) {
        if let Some(recording) = self.current.take()
            && let Err(error) = self.end(recording, report)
        {
            self.report_failed(error, report);
        }
    }

    fn start(&mut self, frame: &Frame, report: &mut impl FnMut(Notice)) {
        if self.retry_at.is_some_and(|at| frame.time < at) {
            return;
        }
        if !self.allowance.take(FILES_OF_A_RECORDING, frame.time) {
            return self.report_too_many_files(frame.time, report);
        }
        match self.create(frame) {
            Ok(recording) => {
                if self.retry_at.take().is_some() {
                    report(Notice::Resumed {
                        camera: self.camera,
                        path: recording.annex_b.path().to_owned(),
                    });
                }
                self.current = Some(recording);
                for early in std::mem::take(&mut self.early_sound) {
                    self.sound_of_movie(&early, report);
                }
            }
            Err(error) => self.fail(error, frame.time, report),
        }
    }

    /// The number of the files of `publish`.
    fn number_of(&mut self, publish: u64) -> u32 {
        let is_numbered = |numbered: &Numbered| numbered.publish == publish;
        if !self.numbered.as_ref().is_some_and(is_numbered) {
            self.take_number(publish);
        }
        self.recordings
    }

    /// Files of an earlier run stay: their numbers are skipped.
    fn take_number(&mut self, publish: u64) {
        loop {
            self.recordings += 1;
            let camera = format!("camera{}-{}", self.camera, self.recordings);
            let microphone = format!("microphone{}-{}", self.camera, self.recordings);
            let of_camera = ["h264", "h265", "mp4"].map(|it| format!("{camera}.{it}"));
            let of_microphone =
                ENCODINGS.map(|it| format!("{microphone}.{}", codec_name::of_sound(it)));
            let mut names = of_camera.iter().chain(&of_microphone);
            if !names.any(|name| self.folder.join(name).exists()) {
                break;
            }
        }
        self.numbered = Some(Numbered {
            publish,
            has_video: false,
        });
    }

    fn create(&mut self, frame: &Frame) -> Result<Recording, RecordingError> {
        let extension = extension(frame.codec).unwrap_or_default();
        loop {
            let number = self.number_of(frame.publish);
            let numbered = self.numbered.as_ref();
            if numbered.is_some_and(|numbered| numbered.has_video) {
                // It was recorded before, until something failed.
                self.take_number(frame.publish);
                continue;
            }
            let name = format!("camera{}-{number}", self.camera);
            let mp4 = self.folder.join(format!("{name}.mp4"));
            let path = self.folder.join(format!("{name}.{extension}"));
            match FrameFile::create(path.clone()) {
                Ok(annex_b) => {
                    let recording = Recording::start(annex_b, mp4, frame)?;
                    if let Some(numbered) = &mut self.numbered {
                        numbered.has_video = true;
                    }
                    return Ok(recording);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    self.take_number(frame.publish);
                }
                Err(error) => return Err(RecordingError { path, error }),
            }
        }
    }

    /// What there is of the recording stays; another one begins when it can.
    fn fail(&mut self, error: RecordingError, now: Ticks, report: &mut impl FnMut(Notice)) {
        if let Some(recording) = self.current.take() {
            // Whatever else fails now does so for the same reason.
            let _ = self.end(recording, report);
        }
        // Told once, however often it is tried.
        if self.retry_at.replace(now.plus(RETRY_AFTER)).is_none() {
            self.report_failed(error, report);
        }
    }

    /// Ends a recording, and tells what it has become.
    fn end(
        &self,
        mut recording: Recording,
        report: &mut impl FnMut(Notice),
    ) -> Result<(), RecordingError> {
        let finished = recording.mp4.finish();
        report(Notice::Recorded(Recorded {
            camera: self.camera,
            path: recording.annex_b.path().to_owned(),
            frames: recording.annex_b.frames(),
            mp4: recording.mp4.recorded(),
        }));
        finished
    }

    fn report_failed(&self, error: RecordingError, report: &mut impl FnMut(Notice)) {
        report(Notice::Failed {
            camera: self.camera,
            error,
        });
    }

    fn report_too_many_files(&mut self, now: Ticks, report: &mut impl FnMut(Notice)) {
        if self.allowance.is_to_be_told(now) {
            report(Notice::TooManyFiles {
                camera: self.camera,
            });
        }
    }
}

impl Recording {
    /// What comes at the end of a publish may come a moment after its last picture.
    fn awaits_sound(&mut self) -> bool {
        self.mp4.has_sound() && !std::mem::replace(&mut self.ending, true)
    }

    /// Leaves no file behind if it cannot be started.
    fn start(
        mut annex_b: FrameFile,
        mp4_path: PathBuf,
        frame: &Frame,
    ) -> Result<Self, RecordingError> {
        let written = write_annex_b(&mut annex_b, frame);
        match written.and_then(|()| Mp4Files::start(mp4_path, frame)) {
            Ok(mp4) => Ok(Self {
                publish: frame.publish,
                codec: frame.codec,
                annex_b,
                mp4,
                ending: false,
            }),
            Err(error) => {
                annex_b.remove();
                Err(error)
            }
        }
    }

    fn write(
        &mut self,
        frame: &Frame,
        allowance: &mut FileAllowance,
    ) -> Result<Written, RecordingError> {
        write_annex_b(&mut self.annex_b, frame)?;
        self.mp4.write(frame, allowance)
    }
}

/// Of files that hold video of that codec alone.
fn extension(codec: Codec) -> Option<&'static str> {
    codec_name::of_picture(codec).filter(|_| codec != Codec::Jpeg)
}

fn write_annex_b(file: &mut FrameFile, frame: &Frame) -> Result<(), RecordingError> {
    let written = file.write(&frame.data);
    written.map_err(|error| RecordingError::at(file.path(), error))
}

impl RecordingError {
    fn at(path: &Path, error: io::Error) -> Self {
        let path = path.to_owned();
        Self { path, error }
    }
}

impl Display for RecordingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.error)
    }
}

/// `camera1-1.h264 and camera1-1.mp4 with 150 frames`, in their folder.
impl Display for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let frames = self.frames;
        write!(f, "{}", self.path.display())?;
        let names = self.mp4.paths.iter().filter_map(|path| path.file_name());
        let names: Vec<_> = names.map(|name| name.to_string_lossy()).collect();
        match &names[..] {
            [] => {}
            [first] => write!(f, " and {first}")?,
            [first, .., last] => write!(f, " and {first} to {last}")?,
        }
        write!(f, " with {frames} frames")?;
        match self.mp4.left_out {
            0 => {}
            left_out => write!(f, ", {left_out} of them in no MP4 file")?,
        }
        match &self.mp4.sound_left_out {
            None => Ok(()),
            Some(format) => write!(f, "; sound ({format}) is in no MP4 file"),
        }
    }
}

/// `microphone1-1.aac with 430 frames of sound`, in its folder.
impl Display for RecordedSound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (path, frames)) in self.files.iter().enumerate() {
            let separator = if number > 0 { ", " } else { "" };
            write!(
                f,
                "{separator}{} with {frames} frames of sound",
                path.display()
            )?;
        }
        Ok(())
    }
}

/// What sound may be coded by.
const ENCODINGS: [AudioEncoding; 4] = [
    AudioEncoding::Aac,
    AudioEncoding::ALaw,
    AudioEncoding::MuLaw,
    AudioEncoding::Pcm,
];
