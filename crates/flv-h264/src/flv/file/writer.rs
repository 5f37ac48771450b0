use bytes::BufMut;

use super::header::FlvHeader;
use super::tag::{FlvTag, FlvTagHeader};
use crate::flv::EncodeError;

/// Writes an FLV file as bytes.
///
/// ```
/// use flv_h264::flv::{FlvHeader, FlvTagHeader, FlvTagType, FlvWriter};
///
/// let mut file = Vec::new();
/// let writer = FlvWriter::start(&FlvHeader::default(), &mut file);
/// writer.write_body(FlvTagHeader::new(FlvTagType::VIDEO, 40), &[0x17, 0x02], &mut file)?;
/// assert!(file.ends_with(&[0x17, 0x02, 0, 0, 0, 13]));
/// # Ok::<(), flv_h264::flv::EncodeError>(())
/// ```
#[derive(Debug)]
pub struct FlvWriter(());

impl FlvWriter {
    /// Writes the file header and PreviousTagSize0.
    pub fn start(header: &FlvHeader, out: &mut impl BufMut) -> Self {
        header.encode(out);
        out.put_u32(0);
        Self(())
    }

    /// Writes a tag and the PreviousTagSize behind it.
    ///
    /// # Errors
    /// A body over 16 MiB, or a tag type or stream id that has no room; nothing is complete then.
    pub fn write(&self, tag: &FlvTag, out: &mut impl BufMut) -> Result<(), EncodeError> {
        self.write_body(tag.header, &tag.body, out)
    }

    /// Writes a tag of that header and body.
    ///
    /// # Errors
    /// As [`FlvWriter::write`].
    pub fn write_body(
        &self,
        header: FlvTagHeader,
        body: &[u8],
        out: &mut impl BufMut,
    ) -> Result<(), EncodeError> {
        header.encode(body.len(), out)?;
        out.put_slice(body);
        let tag_size = body.len().saturating_add(FlvTagHeader::LENGTH);
        out.put_u32(u32::try_from(tag_size).map_err(|_| EncodeError::TooLong)?);
        Ok(())
    }
}
