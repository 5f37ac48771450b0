use std::io::{self, Read, Write};
use std::vec;
use std::vec::Vec;

use super::header::FlvHeader;
use super::reader::{FlvItem, FlvReader};
use super::tag::{FlvTag, FlvTagHeader};
use super::writer::FlvWriter;

/// The items of an FLV file behind a [`Read`]; buffers itself.
///
/// ```
/// use flv_h264::flv::{FlvFileReader, FlvItem};
///
/// let file = b"FLV\x01\x01\0\0\0\x09\0\0\0\0\x09\0\0\x01\0\0\0\0\0\0\0\x17\0\0\0\x0C";
/// let items: Vec<FlvItem> = FlvFileReader::new(&file[..]).collect::<Result<_, _>>()?;
/// assert_eq!(items.len(), 2);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct FlvFileReader<R> {
    source: R,
    reader: FlvReader,
    buffer: Vec<u8>,
    /// The part of the buffer that is not read yet.
    unread: core::ops::Range<usize>,
}

const BUFFER: usize = 64 * 1024;

impl<R: Read> FlvFileReader<R> {
    /// Reads from `source`.
    pub fn new(source: R) -> Self {
        Self::with_reader(source, FlvReader::new())
    }

    /// Reads from `source` with a reader set up otherwise.
    pub fn with_reader(source: R, reader: FlvReader) -> Self {
        Self {
            source,
            reader,
            buffer: vec![0; BUFFER],
            unread: 0..0,
        }
    }

    /// The next item; `None` at the end of the file.
    ///
    /// # Errors
    /// Reading fails, the file is not FLV ([`io::ErrorKind::InvalidData`]), or it ends inside a
    /// tag ([`io::ErrorKind::UnexpectedEof`]).
    pub fn read(&mut self) -> io::Result<Option<FlvItem>> {
        loop {
            let mut input = self.buffer.get(self.unread.clone()).unwrap_or_default();
            let item = self.reader.read(&mut input);
            self.unread.start = self.unread.end.saturating_sub(input.len());
            if let Some(item) = item.map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))? {
                return Ok(Some(item));
            }
            self.unread = match self.source.read(&mut self.buffer) {
                Ok(count) => 0..count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if self.unread.is_empty() {
                return match self.reader.is_between_tags() {
                    true => Ok(None),
                    false => Err(io::ErrorKind::UnexpectedEof.into()),
                };
            }
        }
    }
}

impl<R: Read> Iterator for FlvFileReader<R> {
    type Item = io::Result<FlvItem>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

/// Writes an FLV file into a [`Write`], which had better be buffered.
///
/// ```
/// use flv_h264::flv::{FlvFileWriter, FlvHeader, FlvTagHeader, FlvTagType};
///
/// let mut writer = FlvFileWriter::new(Vec::new(), &FlvHeader::default())?;
/// writer.write_body(FlvTagHeader::new(FlvTagType::VIDEO, 0), &[0x17, 0x02])?;
/// let file = writer.into_inner();
/// assert!(file.starts_with(b"FLV\x01"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct FlvFileWriter<W> {
    sink: W,
    writer: FlvWriter,
    scratch: Vec<u8>,
}

impl<W: Write> FlvFileWriter<W> {
    /// Writes the file header.
    ///
    /// # Errors
    /// Writing fails.
    pub fn new(mut sink: W, header: &FlvHeader) -> io::Result<Self> {
        let mut scratch = Vec::new();
        let writer = FlvWriter::start(header, &mut scratch);
        sink.write_all(&scratch)?;
        Ok(Self {
            sink,
            writer,
            scratch,
        })
    }

    /// Writes a tag.
    ///
    /// # Errors
    /// Writing fails, or the tag has no place in a file ([`io::ErrorKind::InvalidInput`]); then
    /// nothing of it is written.
    pub fn write(&mut self, tag: &FlvTag) -> io::Result<()> {
        self.write_body(tag.header, &tag.body)
    }

    /// Writes a tag of that header and body.
    ///
    /// # Errors
    /// As [`FlvFileWriter::write`].
    pub fn write_body(&mut self, header: FlvTagHeader, body: &[u8]) -> io::Result<()> {
        self.scratch.clear();
        self.writer
            .write_body(header, body, &mut self.scratch)
            .map_err(|e| io::Error::new(io::ErrorKind::InvalidInput, e))?;
        self.sink.write_all(&self.scratch)
    }

    /// What is written to.
    pub fn into_inner(self) -> W {
        self.sink
    }
}
