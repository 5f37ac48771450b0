use core::fmt;

/// A four-character code, as Enhanced RTMP names codecs (Enhanced RTMP v2, "Simple Data Types").
///
/// The type is open: codes that this crate has no name for survive.
///
/// ```
/// use flv_h264::flv::FourCc;
///
/// assert_eq!(FourCc(*b"avc1"), FourCc::AVC1);
/// // onMetaData carries the code as a big-endian number.
/// assert_eq!(FourCc::AV01.to_u32(), 1_635_135_537);
/// assert_eq!(FourCc(*b"\x01abc").to_string(), "\\x01abc");
/// ```
#[derive(Copy, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FourCc(pub [u8; 4]);

impl FourCc {
    /// H.264, parameter sets in the configuration record.
    pub const AVC1: Self = Self(*b"avc1");
    /// H.264, parameter sets in band too; not in Enhanced RTMP, but sent.
    pub const AVC3: Self = Self(*b"avc3");
    /// H.265.
    pub const HVC1: Self = Self(*b"hvc1");
    /// H.265, parameter sets in band too; not in Enhanced RTMP, but sent.
    pub const HEV1: Self = Self(*b"hev1");
    /// H.266.
    pub const VVC1: Self = Self(*b"vvc1");
    /// AV1.
    pub const AV01: Self = Self(*b"av01");
    /// VP8.
    pub const VP08: Self = Self(*b"vp08");
    /// VP9.
    pub const VP09: Self = Self(*b"vp09");

    /// AAC.
    pub const MP4A: Self = Self(*b"mp4a");
    /// AC-3.
    pub const AC_3: Self = Self(*b"ac-3");
    /// Enhanced AC-3.
    pub const EC_3: Self = Self(*b"ec-3");
    /// Opus.
    pub const OPUS: Self = Self(*b"Opus");
    /// MP3.
    pub const MP3: Self = Self(*b".mp3");
    /// FLAC.
    pub const FLAC: Self = Self(*b"fLaC");

    /// The code as the big-endian number that `onMetaData` carries.
    pub const fn to_u32(self) -> u32 {
        u32::from_be_bytes(self.0)
    }

    /// Whether it may be the code of a codec that is not known here, and no junk.
    pub(crate) fn is_printable(self) -> bool {
        self.0.iter().all(u8::is_ascii_graphic)
    }

    /// The inverse of [`FourCc::to_u32`].
    pub const fn from_u32(number: u32) -> Self {
        Self(number.to_be_bytes())
    }
}

/// The four characters; what is not printable ASCII is escaped.
impl fmt::Display for FourCc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

impl fmt::Debug for FourCc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FourCc({self})")
    }
}
