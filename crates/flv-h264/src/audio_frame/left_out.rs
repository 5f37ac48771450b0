use core::fmt;

use crate::aac::adts::AdtsHeader;
use crate::aac::configuration::NotInAdts;
use crate::flv::audio::codec::AudioCodec;

/// Why sound is left out.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LeftOut {
    /// A codec other than AAC, G.711 and PCM.
    Codec(AudioCodec),
    /// AAC that cannot be said in ADTS.
    NotInAdts(NotInAdts),
    /// AAC before the sequence header that a decoder needs.
    NoSequenceHeader,
    /// AAC in a transport stream of another kind than ADTS: LOAS, which wraps LATM.
    Loas,
    /// ADTS frames of several raw data blocks with a checksum behind each.
    ChecksumsBetweenBlocks,
    /// PCM of 8 bits a sample.
    EightBitPcm,
    /// PCM whose tag leaves open which of the two bytes of a sample comes first.
    PcmOfUnknownByteOrder,
    /// A frame that is longer than ADTS can say.
    TooLong,
}

/// A reason to tell a person.
impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Codec(codec) => {
                write!(
                    f,
                    "{codec} is not supported, AAC, G.711 or 16-bit PCM is needed"
                )
            }
            Self::NotInAdts(reason) => write!(f, "{reason}, AAC LC is needed"),
            Self::NoSequenceHeader => f.write_str("AAC came before its sequence header"),
            Self::Loas => f.write_str("AAC comes as LOAS/LATM, raw AAC is needed"),
            Self::ChecksumsBetweenBlocks => {
                f.write_str("AAC comes as ADTS with checksums between blocks, raw AAC is needed")
            }
            Self::EightBitPcm => f.write_str("PCM of 8 bits is not supported, 16 bits are needed"),
            Self::PcmOfUnknownByteOrder => f.write_str(
                "PCM comes without a byte order (sound format 0), little endian is needed (3)",
            ),
            Self::TooLong => write!(
                f,
                "an AAC frame is longer than {} bytes",
                AdtsHeader::MAX_PAYLOAD
            ),
        }
    }
}
