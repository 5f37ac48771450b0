use alloc::vec::Vec;

use bytes::{BufMut, Bytes, BytesMut};

use crate::h264::nal_unit_type::NalUnitType;
use crate::h264::parameter_set_id::parameter_set_id;
use crate::h264::pps::Pps;
use crate::h264::profile::{Level, Profile};
use crate::h264::slice::SliceSyntax;
use crate::h264::sps::Sps;
use crate::h264::vui::FrameRate;
use crate::nal::annex_b::START_CODE;
use crate::nal::unit::NalUnit;

/// All parameter sets of a stream, as NAL units without length or start code.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ParameterSets {
    /// Sequence parameter sets, one for each id, in the order of ids.
    pub sps: Vec<Bytes>,
    /// Sequence parameter set extensions, likewise.
    pub sps_extensions: Vec<Bytes>,
    /// Picture parameter sets, likewise.
    pub pps: Vec<Bytes>,
    /// What the first sequence parameter set says, if it can be read.
    pub info: Option<SpsSummary>,
    annex_b: Bytes,
    /// What could be read of `sps` and `pps`, in the same order.
    read_sps: Vec<Option<Sps>>,
    read_pps: Vec<Option<Pps>>,
    /// By the id of the picture parameter set, in the order of ids.
    slice_syntax: Vec<(u8, SliceSyntax)>,
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
    /// Pictures may be shown in another order than that in which they are decoded, and
    /// `pic_order_cnt_lsb` tells which.
    pub reorders: bool,
}

/// The most bytes of parameter sets that are kept, start codes included. Real ones have 20 to 100
/// bytes, some hundred with scaling lists.
const MAX_BYTES: usize = 8 * 1024;

/// The most parameter sets of one message that are looked at. The standard allows for more, but
/// nobody has more than a dozen.
const MAX_PER_MESSAGE: usize = 64;

/// What came of learning parameter sets.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Learned {
    /// Sequence parameter sets (or extensions) that are new or other than before.
    pub(super) sequence: bool,
    /// Picture parameter sets that are new or other than before.
    pub(super) picture: bool,
    /// Parameter sets without a readable id, or over the limit.
    pub(super) refused: usize,
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

    /// How the headers of slices are read that use the picture parameter set of that id.
    pub(super) fn slice_syntax(&self, pps_id: u8) -> Option<&SliceSyntax> {
        let (first_id, first) = self.slice_syntax.first()?;
        if *first_id == pps_id {
            return Some(first);
        }
        let at = self
            .slice_syntax
            .binary_search_by_key(&pps_id, |(id, _)| *id)
            .ok()?;
        self.slice_syntax.get(at).map(|(_, syntax)| syntax)
    }

    /// Whether every parameter set among `units` is here.
    pub(super) fn knows<'a>(&self, units: impl Iterator<Item = NalUnit<'a>>) -> bool {
        let mut sets = units.filter(|unit| is_parameter_set(unit.unit_type()));
        let all_known = sets.by_ref().take(MAX_PER_MESSAGE).all(|unit| {
            self.list(unit.unit_type()).is_none_or(|sets| {
                parameter_set_id(unit)
                    .and_then(|id| find(sets, id).ok())
                    .and_then(|at| sets.get(at))
                    .is_some_and(|known| known == unit.bytes())
            })
        });
        all_known && sets.next().is_none()
    }

    /// Takes what is new among `units`; those of other types are passed over.
    pub(super) fn learn<'a>(&mut self, units: impl Iterator<Item = NalUnit<'a>>) -> Learned {
        let mut learned = Learned::default();
        let mut length = self.annex_b.len();
        let sets = units.filter(|unit| is_parameter_set(unit.unit_type()));
        for (index, unit) in sets.enumerate() {
            if index >= MAX_PER_MESSAGE {
                learned.refused = learned.refused.saturating_add(1);
                continue;
            }
            let Some(sets) = self.list_mut(unit.unit_type()) else {
                continue;
            };
            let Some(id) = parameter_set_id(unit) else {
                learned.refused = learned.refused.saturating_add(1);
                continue;
            };
            let place = find(sets, id);
            let known = place.ok().and_then(|at| sets.get(at));
            if known.is_some_and(|known| known == unit.bytes()) {
                continue;
            }
            let with_it = length
                .saturating_sub(known.map_or(0, |known| framed(known)))
                .saturating_add(framed(unit.bytes()));
            if with_it > MAX_BYTES {
                learned.refused = learned.refused.saturating_add(1);
                continue;
            }
            length = with_it;
            let set = Bytes::copy_from_slice(unit.bytes());
            put(sets, place, set);
            match unit.unit_type() {
                NalUnitType::PPS => {
                    learned.picture = true;
                    put(&mut self.read_pps, place, Pps::parse(unit).ok());
                }
                NalUnitType::SPS => {
                    learned.sequence = true;
                    put(&mut self.read_sps, place, Sps::parse(unit).ok());
                }
                _ => learned.sequence = true,
            }
        }
        if learned.changed() {
            self.annex_b = self.to_annex_b(length);
            self.derive();
        }
        learned
    }

    /// What follows from the parameter sets.
    fn derive(&mut self) {
        self.info = self.read_sps.first().copied().flatten().map(summary);
        let sps_of = |id| self.read_sps.iter().flatten().find(|sps| sps.id == id);
        let syntax_of = |pps: &Pps| Some((pps.id, SliceSyntax::new(sps_of(pps.sps_id)?, pps)));
        self.slice_syntax.clear();
        self.slice_syntax
            .extend(self.read_pps.iter().flatten().filter_map(syntax_of));
    }

    fn list(&self, unit_type: NalUnitType) -> Option<&Vec<Bytes>> {
        match unit_type {
            NalUnitType::SPS => Some(&self.sps),
            NalUnitType::SPS_EXTENSION => Some(&self.sps_extensions),
            NalUnitType::PPS => Some(&self.pps),
            _ => None,
        }
    }

    fn list_mut(&mut self, unit_type: NalUnitType) -> Option<&mut Vec<Bytes>> {
        match unit_type {
            NalUnitType::SPS => Some(&mut self.sps),
            NalUnitType::SPS_EXTENSION => Some(&mut self.sps_extensions),
            NalUnitType::PPS => Some(&mut self.pps),
            _ => None,
        }
    }

    fn to_annex_b(&self, length: usize) -> Bytes {
        let mut out = BytesMut::with_capacity(length);
        for set in self.sps.iter().chain(&self.sps_extensions).chain(&self.pps) {
            out.put_slice(&START_CODE);
            out.put_slice(set);
        }
        out.freeze()
    }
}

/// Where the set of that id is, or would be.
fn find(sets: &[Bytes], id: u8) -> Result<usize, usize> {
    sets.binary_search_by_key(&Some(id), |set| parameter_set_id(NalUnit(set)))
}

/// Bytes of a set with its start code.
fn framed(set: &[u8]) -> usize {
    set.len().saturating_add(START_CODE.len())
}

/// Puts a set in the place that [`find`] has found.
fn put<T>(sets: &mut Vec<T>, place: Result<usize, usize>, set: T) {
    match place {
        Ok(at) => {
            if let Some(old) = sets.get_mut(at) {
                *old = set;
            }
        }
        Err(at) => sets.insert(at, set),
    }
}

const fn is_parameter_set(unit_type: NalUnitType) -> bool {
    matches!(
        unit_type,
        NalUnitType::SPS | NalUnitType::SPS_EXTENSION | NalUnitType::PPS
    )
}

fn summary(sps: Sps) -> SpsSummary {
    SpsSummary {
        profile: sps.profile,
        level: sps.level,
        width: sps.width(),
        height: sps.height(),
        frame_rate: sps.frame_rate(),
        reorders: sps.reorders_by_lsb(),
    }
}
