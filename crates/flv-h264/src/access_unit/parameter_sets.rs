use alloc::vec::Vec;

use bytes::{BufMut, Bytes, BytesMut};

use crate::h264::annex_b::START_CODE;
use crate::h264::nal_unit::{NalUnit, NalUnitType};
use crate::h264::parameter_set_id::parameter_set_id;
use crate::h264::sps::{Level, Profile, Sps};
use crate::h264::vui::FrameRate;

/// All parameter sets of a stream, as NAL units without length or start code.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ParameterSets {
    /// Sequence parameter sets, one for each id.
    pub sps: Vec<Bytes>,
    /// Sequence parameter set extensions, one for each id.
    pub sps_extensions: Vec<Bytes>,
    /// Picture parameter sets, one for each id.
    pub pps: Vec<Bytes>,
    /// What the first sequence parameter set says, if it can be read.
    pub info: Option<SpsSummary>,
    annex_b: Bytes,
}

/// What a sequence parameter set tells about the pictures.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpsSummary {
    /// Profile; `Display` gives its name.
    pub profile: Profile,
    /// Level; `Display` gives its number.
    pub level: Level,
    /// Width in luma samples, cropped.
    pub width: u32,
    /// Height in luma samples, cropped.
    pub height: u32,
    /// Frames per second, if told.
    pub frame_rate: Option<FrameRate>,
}

/// The most bytes of parameter sets that are kept, start codes included. Real ones have 20 to 100
/// bytes, some hundred with scaling lists.
const MAX_BYTES: usize = 8 * 1024;

/// What came of learning parameter sets.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Learned {
    /// Sequence parameter sets (or extensions) that are new or other than before.
    pub(super) sequence: bool,
    /// Picture parameter sets that are new or other than before.
    pub(super) picture: bool,
    /// Parameter sets without a readable id, or over the limit.
    pub(super) refused: u32,
}

impl Learned {
    pub(super) const fn changed(self) -> bool {
        self.sequence || self.picture
    }
}

impl ParameterSets {
    /// The parameter sets in the order of decoding, each behind a 4-byte start code.
    pub const fn annex_b(&self) -> &Bytes {
        &self.annex_b
    }

    /// Whether pictures can be decoded with them.
    pub(super) fn is_complete(&self) -> bool {
        !self.sps.is_empty() && !self.pps.is_empty()
    }

    /// Whether every parameter set among `units` is here.
    pub(super) fn knows<'a>(&self, mut units: impl Iterator<Item = NalUnit<'a>>) -> bool {
        units.all(|unit| match unit.unit_type() {
            NalUnitType::SPS => self.sps.iter().any(|sps| sps == unit.bytes()),
            NalUnitType::SPS_EXTENSION => self.sps_extensions.iter().any(|sps| sps == unit.bytes()),
            NalUnitType::PPS => self.pps.iter().any(|pps| pps == unit.bytes()),
            _ => true,
        })
    }

    /// Takes what is new among `units`; those of other types are passed over.
    pub(super) fn learn<'a>(&mut self, units: impl Iterator<Item = NalUnit<'a>>) -> Learned {
        let mut learned = Learned::default();
        for unit in units {
            let unit_type = unit.unit_type();
            let (sets, changed) = match unit_type {
                NalUnitType::SPS => (&mut self.sps, &mut learned.sequence),
                NalUnitType::SPS_EXTENSION => (&mut self.sps_extensions, &mut learned.sequence),
                NalUnitType::PPS => (&mut self.pps, &mut learned.picture),
                _ => continue,
            };
            if sets.iter().any(|known| known == unit.bytes()) {
                continue;
            }
            let Some(id) = parameter_set_id(unit) else {
                learned.refused = learned.refused.saturating_add(1);
                continue;
            };
            let same_id = sets
                .iter()
                .position(|known| parameter_set_id(NalUnit(known)) == Some(id));
            let replaced = same_id.and_then(|at| sets.get(at)).map_or(0, Bytes::len);
            let length = self
                .annex_b
                .len()
                .saturating_sub(replaced)
                .saturating_add(START_CODE.len())
                .saturating_add(unit.bytes().len());
            if length > MAX_BYTES {
                learned.refused = learned.refused.saturating_add(1);
                continue;
            }
            let bytes = Bytes::copy_from_slice(unit.bytes());
            match same_id.and_then(|at| sets.get_mut(at)) {
                Some(known) => *known = bytes,
                None => sets.push(bytes),
            }
            *changed = true;
            self.annex_b = self.to_annex_b();
        }
        if learned.sequence {
            self.info = self.sps.first().and_then(|sps| summary(NalUnit(sps)));
        }
        learned
    }

    fn to_annex_b(&self) -> Bytes {
        let mut out = BytesMut::new();
        for set in self.sps.iter().chain(&self.sps_extensions).chain(&self.pps) {
            out.put_slice(&START_CODE);
            out.put_slice(set);
        }
        out.freeze()
    }
}

fn summary(sps: NalUnit<'_>) -> Option<SpsSummary> {
    let sps = Sps::parse(sps).ok()?;
    Some(SpsSummary {
        profile: sps.profile,
        level: sps.level,
        width: sps.width(),
        height: sps.height(),
        frame_rate: sps.frame_rate(),
    })
}
