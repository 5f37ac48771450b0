//! Recording: for every publish a file with exactly the access units that the live session
//! delivered, and an MP4 file of them that plays anywhere.

mod annex_b;
mod mp4;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use milestone_driver::{Codec, Frame};

use crate::failure::Failure;
use annex_b::AnnexBFile;
use mp4::{Mp4File, Written};

/// The folder that all cameras record into.
#[derive(Debug, Clone)]
pub(crate) struct RecordingFolder {
    path: Arc<Path>,
}

/// Writes the live frames of one camera into `camera<N>-<k>.h264` and `.mp4`, new files for every
/// publish.
#[derive(Debug)]
pub(crate) struct CameraRecorder {
    folder: Arc<Path>,
    /// Numbered from 1.
    camera: usize,
    /// How many recordings this camera has so far: the `k` of the current one.
    recordings: u32,
    current: Option<Recording>,
}

/// The files of one publish.
#[derive(Debug)]
struct Recording {
    publish: u64,
    annex_b: AnnexBFile,
    mp4: Option<Mp4File>,
    mp4_path: PathBuf,
    mp4_parts: u32,
}

/// A finished recording.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Recorded {
    /// Numbered from 1.
    pub(crate) camera: usize,
    /// The Annex B file.
    pub(crate) path: PathBuf,
    pub(crate) frames: u64,
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
            current: None,
        }
    }
}

impl CameraRecorder {
    /// Takes the next frame of the camera's live session; tells which recording it ended, if any.
    ///
    /// Offline pictures are not recorded, but they end the recording of the publish before them.
    pub(crate) fn frame(&mut self, frame: &Frame) -> io::Result<Option<Recorded>> {
        let is_video = frame.codec == Codec::H264 && !frame.placeholder;
        if let Some(recording) = &mut self.current
            && is_video
            && recording.publish == frame.publish
        {
            recording.write(frame)?;
            return Ok(None);
        }
        let finished = self.finish()?;
        if is_video {
            self.current = Some(self.start(frame)?);
        }
        Ok(finished)
    }

    /// Ends the current recording.
    pub(crate) fn finish(&mut self) -> io::Result<Option<Recorded>> {
        let Some(recording) = self.current.take() else {
            return Ok(None);
        };
        let (path, frames) = recording.finish()?;
        Ok(Some(Recorded {
            camera: self.camera,
            path,
            frames,
        }))
    }

    /// Files of an earlier run stay: their numbers are skipped.
    fn start(&mut self, frame: &Frame) -> io::Result<Recording> {
        loop {
            self.recordings += 1;
            let name = format!("camera{}-{}", self.camera, self.recordings);
            let mp4_path = self.folder.join(format!("{name}.mp4"));
            if mp4_path.exists() {
                continue;
            }
            match AnnexBFile::create(self.folder.join(format!("{name}.h264"))) {
                Ok(annex_b) => return Recording::start(annex_b, mp4_path, frame),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Recording {
    fn start(mut annex_b: AnnexBFile, mp4_path: PathBuf, frame: &Frame) -> io::Result<Self> {
        annex_b.write(&frame.data)?;
        Ok(Self {
            publish: frame.publish,
            annex_b,
            mp4: Mp4File::create(&mp4_path, frame)?,
            mp4_path,
            mp4_parts: 1,
        })
    }

    fn write(&mut self, frame: &Frame) -> io::Result<()> {
        self.annex_b.write(&frame.data)?;
        if let Some(mp4) = &mut self.mp4
            && mp4.write(frame)? == Written::OtherParameterSets
        {
            self.mp4_parts += 1;
            let part = mp4::part_path(&self.mp4_path, self.mp4_parts);
            let next = Mp4File::create(&part, frame)?;
            if let Some(ended) = std::mem::replace(&mut self.mp4, next) {
                ended.finish()?;
            }
        }
        Ok(())
    }

    /// The Annex B file and the number of its frames.
    fn finish(self) -> io::Result<(PathBuf, u64)> {
        if let Some(mp4) = self.mp4 {
            mp4.finish()?;
        }
        self.annex_b.finish()
    }
}
