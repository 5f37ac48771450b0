//! The FLV layer: tags as RTMP messages and FLV files carry them.
//!
//! Legacy headers are those of the Video File Format Specification version 10.1, annex E;
//! enhanced ones those of Enhanced RTMP version 2.

pub mod audio;
pub(crate) mod file;
pub(crate) mod four_cc;
pub(crate) mod mod_ex;
pub(crate) mod multitrack;
pub(crate) mod script;
pub mod video;

use core::fmt;

pub use file::header::FlvHeader;
#[cfg(feature = "std")]
pub use file::io::{FlvFileReader, FlvFileWriter};
pub use file::reader::{FlvItem, FlvReader};
pub use file::tag::{FlvTag, FlvTagHeader, FlvTagType};
pub use file::writer::FlvWriter;
pub use four_cc::FourCc;
pub use mod_ex::{ModEx, ModExPackets, ModExType};
pub use multitrack::{MultitrackType, Track, Tracks};
pub use script::on_meta_data::OnMetaData;
pub use script::tag::ScriptTag;

/// A value that has no place in the wire format.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EncodeError {
    /// A number needs more bits than its field has.
    OutOfRange,
    /// A body is longer than its length field can say.
    TooLong,
    /// A list must not be empty here.
    Empty,
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OutOfRange => "a number needs more bits than its field has",
            Self::TooLong => "a body is longer than its length field can say",
            Self::Empty => "a list that must not be empty is empty",
        })
    }
}

impl core::error::Error for EncodeError {}

/// UI24.
pub(crate) fn put_u24(value: usize, out: &mut impl bytes::BufMut) -> Result<(), EncodeError> {
    match u32::try_from(value).map(u32::to_be_bytes) {
        Ok([0, rest @ ..]) => out.put_slice(&rest),
        _ => return Err(EncodeError::TooLong),
    }
    Ok(())
}

/// SI24.
pub(crate) fn put_i24(value: i32, out: &mut impl bytes::BufMut) -> Result<(), EncodeError> {
    if !(-0x80_0000..=0x7F_FFFF).contains(&value) {
        return Err(EncodeError::OutOfRange);
    }
    let [_, rest @ ..] = value.to_be_bytes();
    out.put_slice(&rest);
    Ok(())
}
