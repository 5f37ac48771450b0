use core::fmt;

use crate::error::ParseError;
use crate::nal::rbsp::RbspReader;

/// The general part of `profile_tier_level( )` but for the level (H.265 section 7.3.3); `Display` gives
/// the usual name.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Profile {
    /// `general_profile_space`, 2 bits, 0.
    pub space: u8,
    /// `general_profile_idc`, 5 bits.
    pub idc: u8,
    /// `general_profile_compatibility_flag[ j ]`, 0 in the top bit.
    pub compatibility_flags: u32,
    /// The 48 bits behind these, from `general_progressive_source_flag` in the top bit of the first
    /// byte on.
    pub constraint_flags: [u8; 6],
}

/// `general_level_idc` and `general_tier_flag` (annex A.4); `Display` gives the usual number such as
/// `4.1`, and the tier if it is the high one.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Level {
    /// Thirty times the level's number.
    pub idc: u8,
    /// The high tier, for larger bit rates.
    pub high_tier: bool,
}

/// Sub-layers have as many bits for their profiles as the general part without its level.
const SUB_LAYER_PROFILE: usize = 11;

/// `profile_tier_level( 1, max_sub_layers_minus1 )`.
pub(super) fn profile_tier_level(
    r: &mut RbspReader<'_>,
    max_sub_layers_minus1: u8,
) -> Result<(Profile, Level), ParseError> {
    let space = r.bits(2)? as u8;
    let high_tier = r.flag()?;
    let idc = r.bits(5)? as u8;
    let compatibility_flags = r.bits(32)?;
    let mut constraint_flags = [0; 6];
    for byte in &mut constraint_flags {
        *byte = r.byte()?;
    }
    let profile = Profile {
        space,
        idc,
        compatibility_flags,
        constraint_flags,
    };
    let level = Level {
        idc: r.byte()?,
        high_tier,
    };
    let mut present = [(false, false); 8];
    let sub_layers = present
        .get_mut(..usize::from(max_sub_layers_minus1))
        .unwrap_or_default();
    for (has_profile, has_level) in &mut *sub_layers {
        *has_profile = r.flag()?;
        *has_level = r.flag()?;
    }
    if max_sub_layers_minus1 > 0 {
        let reserved = 8_u32.saturating_sub(max_sub_layers_minus1.into());
        let _reserved_zero_2bits = r.bits(reserved.saturating_mul(2))?;
    }
    for (has_profile, has_level) in sub_layers {
        let bytes = if *has_profile { SUB_LAYER_PROFILE } else { 0 };
        (0..bytes).try_for_each(|_| r.byte().map(drop))?;
        if *has_level {
            let _sub_layer_level_idc = r.byte()?;
        }
    }
    Ok((profile, level))
}

impl Profile {
    /// One of the flags behind the first four, counted from `general_max_12bit_constraint_flag`.
    const fn constraint(&self, index: u8) -> bool {
        let [first, second, ..] = self.constraint_flags;
        let flags = (first as u16) << 12 | (second as u16) << 4;
        flags << index & 0x8000 != 0
    }

    /// The name of a format range extensions profile (table A.2), which its constraints tell.
    fn range_extensions(&self) -> &'static str {
        let [
            max_12bit,
            max_10bit,
            max_8bit,
            max_422,
            max_420,
            monochrome,
            intra,
            one_picture,
        ] = [0, 1, 2, 3, 4, 5, 6, 7].map(|index| self.constraint(index));
        let depth = match (max_12bit, max_10bit, max_8bit) {
            (_, _, true) => 8,
            (_, true, _) => 10,
            (true, ..) => 12,
            _ => 16,
        };
        match (monochrome, max_420, max_422, depth, intra) {
            (true, _, _, 8, _) => "Monochrome",
            (true, _, _, 10, _) => "Monochrome 10",
            (true, _, _, 12, _) => "Monochrome 12",
            (true, _, _, _, _) => "Monochrome 16",
            (_, true, _, 8, true) => "Main Intra",
            (_, true, _, 10, true) => "Main 10 Intra",
            (_, true, _, 12, true) => "Main 12 Intra",
            (_, true, _, 12, false) => "Main 12",
            (_, _, true, 10, true) => "Main 4:2:2 10 Intra",
            (_, _, true, 10, false) => "Main 4:2:2 10",
            (_, _, true, 12, true) => "Main 4:2:2 12 Intra",
            (_, _, true, 12, false) => "Main 4:2:2 12",
            (_, _, false, 8, true) if one_picture => "Main 4:4:4 Still Picture",
            (_, _, false, 8, true) => "Main 4:4:4 Intra",
            (_, _, false, 8, false) => "Main 4:4:4",
            (_, _, false, 10, true) => "Main 4:4:4 10 Intra",
            (_, _, false, 10, false) => "Main 4:4:4 10",
            (_, _, false, 12, true) => "Main 4:4:4 12 Intra",
            (_, _, false, 12, false) => "Main 4:4:4 12",
            (_, _, false, _, true) => "Main 4:4:4 16 Intra",
            _ => "Format Range Extensions",
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.idc {
            1 => "Main",
            2 => "Main 10",
            3 => "Main Still Picture",
            4 => self.range_extensions(),
            5 => "High Throughput",
            6 => "Multiview Main",
            7 => "Scalable Main",
            8 => "3D Main",
            9 => "Screen-Extended",
            10 => "Scalable Format Range Extensions",
            11 => "High Throughput Screen-Extended",
            idc => return write!(f, "profile {idc}"),
        })
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.idc / 30, self.idc % 30 / 3) {
            (whole, 0) => write!(f, "{whole}")?,
            (whole, tenth) => write!(f, "{whole}.{tenth}")?,
        }
        match self.high_tier {
            true => f.write_str(" High tier"),
            false => Ok(()),
        }
    }
}

/// Profile and level as they stand in the name of the codec (ISO/IEC 14496-15 annex E.3).
pub(super) struct CodecString(pub(super) Profile, pub(super) Level);

impl fmt::Display for CodecString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(profile, level) = self;
        let space = ["", "A", "B", "C"]
            .get(usize::from(profile.space))
            .copied()
            .unwrap_or_default();
        let tier = if level.high_tier { 'H' } else { 'L' };
        let compatibility = profile.compatibility_flags.reverse_bits();
        write!(
            f,
            "hvc1.{space}{}.{compatibility:x}.{tier}{}",
            profile.idc, level.idc
        )?;
        let trailing = profile.constraint_flags.iter().rev();
        let zeros = trailing.take_while(|byte| **byte == 0).count();
        let told = profile.constraint_flags.len().saturating_sub(zeros);
        profile
            .constraint_flags
            .iter()
            .take(told)
            .try_for_each(|byte| write!(f, ".{byte:x}"))
    }
}
