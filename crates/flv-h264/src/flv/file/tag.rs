use bytes::BufMut;
use rtmp_payload::Payload;

use crate::flv::{EncodeError, put_u24};

/// One tag of an FLV file (annex E.4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlvTag {
    /// What the body is, when, and for whom.
    pub header: FlvTagHeader,
    /// The body. [`FlvReader`](crate::flv::FlvReader) leaves room in front of it if it is told to.
    pub body: Payload,
}

/// What stands in front of a tag's body, but for its size.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct FlvTagHeader {
    /// What the body is.
    pub tag_type: FlvTagType,
    /// The body is encrypted.
    pub filtered: bool,
    /// Milliseconds; the standard has it signed, RTMP lets it wrap.
    pub timestamp_ms: u32,
    /// 24 bits, always 0 by the standard.
    pub stream_id: u32,
}

/// TagType, 5 bits.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct FlvTagType(pub u8);

impl FlvTagType {
    /// An [`AudioTag`](crate::flv::audio::AudioTag).
    pub const AUDIO: Self = Self(8);
    /// A [`VideoTag`](crate::flv::video::VideoTag).
    pub const VIDEO: Self = Self(9);
    /// A [`ScriptTag`](crate::flv::ScriptTag).
    pub const SCRIPT_DATA: Self = Self(18);
}

/// The Filter bit.
const FILTER: u8 = 0x20;

/// TagType.
const TAG_TYPE: u8 = 0x1F;

impl FlvTag {
    /// A tag with a body.
    pub fn new(header: FlvTagHeader, body: impl Into<Payload>) -> Self {
        Self {
            header,
            body: body.into(),
        }
    }
}

impl FlvTagHeader {
    /// What FLV version 1 adds to DataSize to get PreviousTagSize.
    pub(super) const LENGTH: usize = 11;

    /// A tag of that type and time on stream 0.
    pub const fn new(tag_type: FlvTagType, timestamp_ms: u32) -> Self {
        Self {
            tag_type,
            filtered: false,
            timestamp_ms,
            stream_id: 0,
        }
    }

    /// The header and DataSize.
    pub(super) const fn parse(bytes: [u8; Self::LENGTH]) -> (Self, usize) {
        let [first, s2, s1, s0, t2, t1, t0, t3, i2, i1, i0] = bytes;
        let header = Self {
            tag_type: FlvTagType(first & TAG_TYPE),
            filtered: first & FILTER != 0,
            timestamp_ms: u32::from_be_bytes([t3, t2, t1, t0]),
            stream_id: u32::from_be_bytes([0, i2, i1, i0]),
        };
        (header, u32::from_be_bytes([0, s2, s1, s0]) as usize)
    }

    pub(super) fn encode(
        &self,
        data_size: usize,
        out: &mut impl BufMut,
    ) -> Result<(), EncodeError> {
        if self.tag_type.0 > TAG_TYPE {
            return Err(EncodeError::OutOfRange);
        }
        let [extended, timestamp @ ..] = self.timestamp_ms.to_be_bytes();
        let filter = if self.filtered { FILTER } else { 0 };
        out.put_u8(filter | self.tag_type.0);
        put_u24(data_size, out)?;
        out.put_slice(&timestamp);
        out.put_u8(extended);
        put_u24(self.stream_id as usize, out).map_err(|_| EncodeError::OutOfRange)
    }
}
