use bytes::BufMut;

use crate::error::{ParseError, ParseErrorKind};

/// The header of an FLV file (annex E.2).
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct FlvHeader {
    /// File version; 1 is the only one there is.
    pub version: u8,
    /// TypeFlagsAudio.
    pub has_audio: bool,
    /// TypeFlagsVideo.
    pub has_video: bool,
}

/// TypeFlagsAudio and TypeFlagsVideo.
const AUDIO: u8 = 0x04;
const VIDEO: u8 = 0x01;

impl FlvHeader {
    /// DataOffset of version 1: the length of the header.
    pub(super) const LENGTH: usize = 9;

    /// The header, and how many more bytes lie between it and the body: DataOffset is there "to
    /// accommodate larger headers in future versions".
    pub(super) fn parse(bytes: [u8; Self::LENGTH]) -> Result<(Self, usize), ParseError> {
        let [b'F', b'L', b'V', version, flags, data_offset @ ..] = bytes else {
            return Err(ParseError::new(0, ParseErrorKind::WrongSignature));
        };
        let larger = usize::try_from(u32::from_be_bytes(data_offset))
            .ok()
            .and_then(|data_offset| data_offset.checked_sub(Self::LENGTH))
            .ok_or(ParseError::new(5, ParseErrorKind::OutOfRange))?;
        let header = Self {
            version,
            has_audio: flags & AUDIO != 0,
            has_video: flags & VIDEO != 0,
        };
        Ok((header, larger))
    }

    pub(super) fn encode(&self, out: &mut impl BufMut) {
        let audio = if self.has_audio { AUDIO } else { 0 };
        let video = if self.has_video { VIDEO } else { 0 };
        out.put_slice(b"FLV");
        out.put_u8(self.version);
        out.put_u8(audio | video);
        out.put_u32(Self::LENGTH as u32);
    }
}

/// Version 1, with audio and video.
impl Default for FlvHeader {
    fn default() -> Self {
        Self {
            version: 1,
            has_audio: true,
            has_video: true,
        }
    }
}
