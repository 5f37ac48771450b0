use core::fmt;

/// Audio object type (ISO/IEC 14496-3 table 1.17): which tools a decoder needs.
///
/// The type is open: values without a name here survive.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct AudioObjectType(pub u8);

impl AudioObjectType {
    /// AAC Main.
    pub const AAC_MAIN: Self = Self(1);
    /// AAC LC, low complexity: what nearly everybody sends.
    pub const AAC_LC: Self = Self(2);
    /// AAC SSR, scalable sample rate.
    pub const AAC_SSR: Self = Self(3);
    /// AAC LTP, long term prediction.
    pub const AAC_LTP: Self = Self(4);
    /// Spectral band replication: with AAC LC, this is HE-AAC.
    pub const SBR: Self = Self(5);
    /// AAC Scalable.
    pub const AAC_SCALABLE: Self = Self(6);
    /// ER AAC LC, error resilient.
    pub const ER_AAC_LC: Self = Self(17);
    /// ER AAC Scalable.
    pub const ER_AAC_SCALABLE: Self = Self(20);
    /// ER BSAC.
    pub const ER_BSAC: Self = Self(22);
    /// ER AAC LD, low delay.
    pub const ER_AAC_LD: Self = Self(23);
    /// Parametric stereo: with SBR and AAC LC, this is HE-AAC v2.
    pub const PS: Self = Self(29);
    /// MPEG-1 or MPEG-2 Layer 3.
    pub const LAYER_3: Self = Self(34);
    /// ER AAC ELD, enhanced low delay.
    pub const ER_AAC_ELD: Self = Self(39);
    /// USAC, of which xHE-AAC is made.
    pub const USAC: Self = Self(42);

    /// Whether `GASpecificConfig` follows (table 1.15).
    pub(super) const fn is_general_audio(self) -> bool {
        matches!(self.0, 1..=4 | 6 | 7 | 17 | 19..=23)
    }

    /// Whether `epConfig` follows (table 1.15).
    pub(super) const fn is_error_resilient(self) -> bool {
        matches!(self.0, 17 | 19..=27 | 39)
    }
}

/// The name a person knows it by.
impl fmt::Display for AudioObjectType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match *self {
            Self::AAC_MAIN => "AAC Main",
            Self::AAC_LC => "AAC LC",
            Self::AAC_SSR => "AAC SSR",
            Self::AAC_LTP => "AAC LTP",
            Self::SBR => "SBR",
            Self::AAC_SCALABLE => "AAC Scalable",
            Self::ER_AAC_LC => "ER AAC LC",
            Self::ER_AAC_SCALABLE => "ER AAC Scalable",
            Self::ER_BSAC => "ER BSAC",
            Self::ER_AAC_LD => "AAC LD",
            Self::PS => "PS",
            Self::LAYER_3 => "MP3",
            Self::ER_AAC_ELD => "AAC ELD",
            Self::USAC => "xHE-AAC (USAC)",
            Self(other) => return write!(f, "audio object type {other}"),
        })
    }
}
