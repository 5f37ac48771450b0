//! The sound of one publish: a file for each way in which it was coded.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use milestone_driver::{AudioEncoding, SoundFrame};

use super::RecordingError;
use super::allowance::FileAllowance;
use super::frame_file::FrameFile;
use super::mp4_files::Written;
use crate::codec_name;

/// `microphone<N>-<k>.aac`, and others if the codec changes.
#[derive(Debug)]
pub(super) struct SoundRecording {
    folder: Arc<Path>,
    microphone: usize,
    number: u32,
    files: Vec<(AudioEncoding, FrameFile)>,
    /// Offline pictures since the latest sound.
    pauses: u32,
}

impl SoundRecording {
    pub(super) fn new(folder: &Arc<Path>, microphone: usize, number: u32) -> Self {
        Self {
            folder: Arc::clone(folder),
            microphone,
            number,
            files: Vec::new(),
            pauses: 0,
        }
    }

    pub(super) fn number(&self) -> u32 {
        self.number
    }

    pub(super) fn write(
        &mut self,
        frame: &SoundFrame,
        allowance: &mut FileAllowance,
    ) -> Result<Written, RecordingError> {
        self.pauses = 0;
        let encoding = frame.format.encoding;
        let index = match self.files.iter().position(|(it, _)| *it == encoding) {
            Some(index) => index,
            None if !allowance.take(1, frame.time) => return Ok(Written::TooManyFiles),
            None => {
                let (stem, extension) = (self.stem(), codec_name::of_sound(encoding));
                let path = self.folder.join(format!("{stem}.{extension}"));
                let file = FrameFile::create(path.clone())
                    .map_err(|error| RecordingError::at(&path, error))?;
                self.files.push((encoding, file));
                self.files.len() - 1
            }
        };
        let file = &mut self.files[index].1;
        file.write(&frame.data)
            .map_err(|error| RecordingError::at(file.path(), error))?;
        Ok(Written::Yes)
    }

    /// An offline picture was shown, not the first one since the latest sound.
    pub(super) fn has_paused(&mut self) -> bool {
        self.pauses += 1;
        self.pauses > 1
    }

    /// What there is, with the number of frames in each.
    pub(super) fn into_files(self) -> Vec<(PathBuf, u64)> {
        let files = self.files.into_iter();
        files
            .map(|(_, file)| (file.path().to_owned(), file.frames()))
            .collect()
    }

    fn stem(&self) -> String {
        format!("microphone{}-{}", self.microphone, self.number)
    }
}
