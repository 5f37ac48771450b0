use core::fmt;

/// `profile_idc` and the byte of constraint flags (annex A.2); `Display` gives the usual name.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Profile {
    /// `profile_idc`.
    pub idc: u8,
    /// `constraint_set0_flag` in the top bit to `constraint_set5_flag` and two reserved bits.
    pub constraint_flags: u8,
}

/// `level_idc` (annex A.3); `Display` gives the usual number such as `4.1`.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Level {
    /// Ten times the level's number, but 9 or 11 for level 1b.
    pub idc: u8,
    /// Whether 11 means 1b.
    pub is_1b: bool,
}

impl Profile {
    /// `profile_idc` of the Baseline profile: without B slices.
    pub(crate) const BASELINE: u8 = 66;

    const fn constraint_set(self, index: u8) -> bool {
        self.constraint_flags << index & 0x80 != 0
    }

    /// Whether `chroma_format_idc` and what follows it are in the parameter set.
    pub(super) const fn has_chroma_format(self) -> bool {
        matches!(
            self.idc,
            100 | 110 | 122 | 244 | 44 | 83 | 86 | 118 | 128 | 138 | 139 | 134 | 135
        )
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let intra = self.constraint_set(3);
        f.write_str(match self.idc {
            66 if self.constraint_set(1) => "Constrained Baseline",
            66 => "Baseline",
            77 => "Main",
            88 => "Extended",
            100 => "High",
            110 if intra => "High 10 Intra",
            110 => "High 10",
            122 if intra => "High 4:2:2 Intra",
            122 => "High 4:2:2",
            244 if intra => "High 4:4:4 Intra",
            244 => "High 4:4:4 Predictive",
            44 => "CAVLC 4:4:4 Intra",
            83 => "Scalable Baseline",
            86 => "Scalable High",
            118 => "Multiview High",
            128 => "Stereo High",
            138 => "Multiview Depth High",
            139 => "Enhanced Multiview Depth High",
            idc => return write!(f, "profile {idc}"),
        })
    }
}

impl Level {
    /// Level 1b is 9 in the High profiles, and 11 with `constraint_set3_flag` in the others
    /// (annex A.3.1 and A.3.2).
    pub(super) const fn new(idc: u8, profile: Profile) -> Self {
        let is_1b = match profile.idc {
            66 | 77 | 88 => idc == 11 && profile.constraint_set(3),
            _ => idc == 9,
        };
        Self { idc, is_1b }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.is_1b, self.idc / 10, self.idc % 10) {
            (true, ..) => f.write_str("1b"),
            (_, whole, 0) => write!(f, "{whole}"),
            (_, whole, tenth) => write!(f, "{whole}.{tenth}"),
        }
    }
}
