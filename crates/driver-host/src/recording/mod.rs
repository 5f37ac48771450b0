//! Recording: one file per publish, exactly the access units that the live session delivered.

mod annex_b;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use milestone_driver::{Codec, Frame};

use crate::failure::Failure;
use annex_b::AnnexBFile;

/// The folder that all cameras record into.
#[derive(Debug, Clone)]
pub(crate) struct RecordingFolder {
    path: Arc<Path>,
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
            files: 0,
            publish: 0,
            current: None,
        }
    }
}

/// Writes the live frames of one camera into `camera<N>-<k>.h264`, a new file for every publish.
#[derive(Debug)]
pub(crate) struct CameraRecorder {
    folder: Arc<Path>,
    camera: usize,
    /// How many files this camera has so far: the `k` of the current one.
    files: u32,
    /// The publish that `current` belongs to.
    publish: u64,
    current: Option<AnnexBFile>,
}

/// A finished file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Recorded {
    /// Numbered from 1.
    pub(crate) camera: usize,
    pub(crate) path: PathBuf,
    pub(crate) frames: u64,
}

impl CameraRecorder {
    /// Takes the next frame of the camera's live session; tells which file it finished, if any.
    ///
    /// Offline pictures are not recorded, but they end the file of the publish before them.
    pub(crate) fn frame(&mut self, frame: &Frame) -> io::Result<Option<Recorded>> {
        let is_video = frame.codec == Codec::H264 && !frame.placeholder;
        let finished = if is_video && frame.publish == self.publish {
            None
        } else {
            self.finish()?
        };
        if is_video {
            self.file_of(frame.publish)?.write(&frame.data)?;
        }
        Ok(finished)
    }

    /// Ends the current file.
    pub(crate) fn finish(&mut self) -> io::Result<Option<Recorded>> {
        let Some(file) = self.current.take() else {
            return Ok(None);
        };
        let (path, frames) = file.finish()?;
        Ok(Some(Recorded {
            camera: self.camera,
            path,
            frames,
        }))
    }

    fn file_of(&mut self, publish: u64) -> io::Result<&mut AnnexBFile> {
        self.publish = publish;
        let file = match self.current.take() {
            Some(file) => file,
            None => self.create_next_file()?,
        };
        Ok(self.current.insert(file))
    }

    /// Files of an earlier run stay: their numbers are skipped.
    fn create_next_file(&mut self) -> io::Result<AnnexBFile> {
        loop {
            self.files += 1;
            let name = format!("camera{}-{}.h264", self.camera, self.files);
            match AnnexBFile::create(self.folder.join(name)) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                result => return result,
            }
        }
    }
}
