//! Files of frames, one after the other: byte streams (Annex B of ITU-T H.264 and H.265), and sound.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A file being written. The driver's access units already are Annex B, its AAC has ADTS headers, and other sound needs
/// none: frames are put one after the other, each at once, so that the file is whole whenever the program is ended.
#[derive(Debug)]
pub(super) struct FrameFile {
    path: PathBuf,
    file: File,
    /// Of whole frames.
    length: u64,
    frames: u64,
}

impl FrameFile {
    /// Creates the file; one that exists is left alone ([`io::ErrorKind::AlreadyExists`]).
    pub(super) fn create(path: PathBuf) -> io::Result<Self> {
        let file = File::create_new(&path)?;
        Ok(Self {
            path,
            file,
            length: 0,
            frames: 0,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn frames(&self) -> u64 {
        self.frames
    }

    /// Writes all of it, or leaves the file as it was.
    pub(super) fn write(&mut self, frame: &[u8]) -> io::Result<()> {
        if let Err(error) = self.file.write_all(frame) {
            // If it cannot be cut off, all but its last frame is whole.
            let _ = self.file.set_len(self.length);
            return Err(error);
        }
        self.length += frame.len() as u64;
        self.frames += 1;
        Ok(())
    }

    /// Not even its first frame could be written: it goes, if it can.
    pub(super) fn remove(self) {
        drop(self.file);
        let _ = std::fs::remove_file(self.path);
    }
}
