//! The MP4 files of one publish: another one wherever its parameter sets change.

use std::path::{Path, PathBuf};

use milestone_driver::{AudioFormat, Frame, SoundFrame};

use super::RecordingError;
use super::allowance::FileAllowance;
use super::mp4::{self, Mp4File};

/// One after the other.
#[derive(Debug)]
pub(super) struct Mp4Files {
    /// Of the first.
    path: PathBuf,
    parts: u32,
    current: Option<Mp4File>,
    recorded: Mp4Recorded,
}

/// What became of the files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mp4Recorded {
    pub(super) paths: Vec<PathBuf>,
    /// Frames that are in none of them.
    pub(super) left_out: u64,
    /// Sound of a kind that the format has no place for.
    pub(super) sound_left_out: Option<AudioFormat>,
}

/// What became of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    Yes,
    /// No other file may begin now: it is left out.
    TooManyFiles,
}

impl Mp4Files {
    /// With the first frame of the publish.
    pub(super) fn start(path: PathBuf, frame: &Frame) -> Result<Self, RecordingError> {
        let mut files = Self {
            path,
            parts: 0,
            current: None,
            recorded: Mp4Recorded::default(),
        };
        files.begin_part(frame)?;
        Ok(files)
    }

    pub(super) fn write(
        &mut self,
        frame: &Frame,
        allowance: &mut FileAllowance,
    ) -> Result<Written, RecordingError> {
        if let Some(mp4) = &mut self.current {
            match mp4.write(frame) {
                Ok(mp4::Written::Yes) => return Ok(Written::Yes),
                Ok(mp4::Written::OtherParameterSets) => self.finish()?,
                Err(error) => return Err(RecordingError::at(mp4.path(), error)),
            }
        }
        // The recording was allowed its first part.
        if frame.key && (self.parts == 0 || allowance.take(1, frame.time)) {
            self.begin_part(frame)?;
            return Ok(Written::Yes);
        }
        self.recorded.left_out += 1;
        Ok(if frame.key {
            Written::TooManyFiles
        } else {
            Written::Yes
        })
    }

    /// The next sound of the publish.
    pub(super) fn sound(&mut self, frame: &SoundFrame) -> Result<(), RecordingError> {
        let Some(mp4) = &mut self.current else {
            return Ok(());
        };
        if !Mp4File::takes(frame) {
            self.recorded.sound_left_out = Some(frame.format);
            return Ok(());
        }
        mp4.sound(frame)
            .map_err(|error| RecordingError::at(mp4.path(), error))
    }

    pub(super) fn has_sound(&self) -> bool {
        self.current.as_ref().is_some_and(Mp4File::has_sound)
    }

    /// Ends the current file.
    pub(super) fn finish(&mut self) -> Result<(), RecordingError> {
        let Some(mut mp4) = self.current.take() else {
            return Ok(());
        };
        let finished = mp4.finish();
        let path = mp4.path().to_owned();
        if mp4.has_samples() {
            self.recorded.paths.push(path.clone());
        } else {
            mp4.remove();
        }
        finished.map_err(|error| RecordingError::at(&path, error))
    }

    pub(super) fn recorded(self) -> Mp4Recorded {
        self.recorded
    }

    fn begin_part(&mut self, frame: &Frame) -> Result<(), RecordingError> {
        let path = match self.parts {
            0 => self.path.clone(),
            parts => part_path(&self.path, parts + 1),
        };
        let created = Mp4File::create(path.clone(), frame);
        match created.map_err(|error| RecordingError::at(&path, error))? {
            Some(mp4) => {
                self.parts += 1;
                self.current = Some(mp4);
            }
            None => self.recorded.left_out += 1,
        }
        Ok(())
    }
}

/// The name of a recording that goes on with other parameter sets: `camera1-1-part2.mp4`.
fn part_path(path: &Path, part: u32) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{stem}-part{part}.mp4"))
}
