//! H.264 byte stream files (ITU-T H.264 Annex B).

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

/// A byte stream file being written. The driver's access units already are Annex B: they are
/// put one after the other.
#[derive(Debug)]
pub(super) struct AnnexBFile {
    path: PathBuf,
    writer: BufWriter<File>,
    frames: u64,
}

impl AnnexBFile {
    /// Creates the file; one that exists is left alone ([`io::ErrorKind::AlreadyExists`]).
    pub(super) fn create(path: PathBuf) -> io::Result<Self> {
        let writer = BufWriter::new(File::create_new(&path)?);
        Ok(Self {
            path,
            writer,
            frames: 0,
        })
    }

    pub(super) fn write(&mut self, access_unit: &[u8]) -> io::Result<()> {
        self.writer.write_all(access_unit)?;
        self.frames += 1;
        Ok(())
    }

    /// The file and the number of its frames.
    pub(super) fn finish(mut self) -> io::Result<(PathBuf, u64)> {
        self.writer.flush()?;
        Ok((self.path, self.frames))
    }
}
