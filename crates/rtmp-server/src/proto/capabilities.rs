//! Enhanced RTMP v2, "Enhancing NetConnection connect Command".

/// The capability flags of one codec (`FourCcInfoMask`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct FourCcInfo(pub u32);

impl FourCcInfo {
    /// The codec can be decoded.
    pub const CAN_DECODE: Self = Self(0x01);
    /// The codec can be encoded.
    pub const CAN_ENCODE: Self = Self(0x02);
    /// The codec can be forwarded as it is.
    pub const CAN_FORWARD: Self = Self(0x04);
}

/// The extended capability flags of a peer (`CapsExMask`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct CapsEx(pub u32);

impl CapsEx {
    /// Understands a reconnect request.
    pub const RECONNECT: Self = Self(0x01);
    /// Understands several tracks.
    pub const MULTITRACK: Self = Self(0x02);
    /// Can parse modifier extensions.
    pub const MOD_EX: Self = Self(0x04);
    /// Understands offsets of a timestamp in nanoseconds.
    pub const TIMESTAMP_NANO_OFFSET: Self = Self(0x08);

    /// Both sets of flags.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all flags of `other` are set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// What one side of a connection declares about codecs and extensions.
///
/// The FourCC values stay strings: `"*"` stands for every codec, and a peer may send anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EnhancedCapabilities {
    /// `fourCcList`: the codecs, as the first version of Enhanced RTMP lists them.
    pub four_cc_list: Vec<String>,
    /// `videoFourCcInfoMap`: the video codecs and what can be done with them.
    pub video_four_cc: Vec<(String, FourCcInfo)>,
    /// `audioFourCcInfoMap`: the audio codecs and what can be done with them.
    pub audio_four_cc: Vec<(String, FourCcInfo)>,
    /// `capsEx`: extensions beyond codecs.
    pub caps_ex: CapsEx,
}

impl EnhancedCapabilities {
    /// Nothing declared.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            four_cc_list: Vec::new(),
            video_four_cc: Vec::new(),
            audio_four_cc: Vec::new(),
            caps_ex: CapsEx(0),
        }
    }
}
