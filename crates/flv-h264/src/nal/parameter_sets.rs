use alloc::sync::Arc;
use alloc::vec::Vec;

use bytes::{BufMut, Bytes, BytesMut};

use super::annex_b::START_CODE;
use super::codec::{Codec, ParameterSet, SetKind, SyntaxOf};
use super::format::SpsSummary;
use super::unit::NalUnit;
use super::unit_lengths::UnitLengths;
use crate::flv::video::codec::VideoCodec;

/// All parameter sets of a stream, as NAL units without length or start code.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ParameterSets {
    /// [`VideoCodec::Avc`] or [`VideoCodec::Hevc`].
    pub codec: VideoCodec,
    /// Video parameter sets of H.265, one for each id, in the order of ids.
    pub vps: Vec<Bytes>,
    /// Sequence parameter sets, likewise.
    pub sps: Vec<Bytes>,
    /// Sequence parameter set extensions of H.264, likewise.
    pub sps_extensions: Vec<Bytes>,
    /// Picture parameter sets, likewise.
    pub pps: Vec<Bytes>,
    /// What the newest sequence parameter set says, or the first one of those that came together, if it can
    /// be read.
    pub info: Option<SpsSummary>,
    annex_b: Bytes,
    lengths: UnitLengths,
}

/// Parameter sets, and what could be read of them.
#[derive(Debug)]
pub(crate) struct ReadSets<C: Codec> {
    /// Shared with whoever was told of them.
    pub(crate) sets: Arc<ParameterSets>,
    /// In the same order as `sets` has them.
    vps: Vec<Option<C::Vps>>,
    sps: Vec<Option<C::Sps>>,
    pps: Vec<Option<C::Pps>>,
    /// By the id of the picture parameter set, in the order of ids.
    slice_syntax: Vec<(u8, SyntaxOf<C>)>,
    /// The id of the newest sequence parameter set.
    newest: Option<u8>,
}

/// The most bytes of parameter sets that are kept, start codes included. Real ones have 20 to 100
/// bytes, some hundred with scaling lists.
const MAX_BYTES: usize = 8 * 1024;

/// The most parameter sets of one message that are looked at. The standard allows for more, but
/// nobody has more than a dozen.
const MAX_PER_MESSAGE: usize = 64;

/// What came of learning parameter sets.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Learned {
    /// Parameter sets of a sequence that are new or other than before.
    pub(crate) sequence: bool,
    /// Picture parameter sets that are new or other than before.
    pub(crate) picture: bool,
    /// Parameter sets without a readable id, or over the limit.
    pub(crate) refused: usize,
}

impl Learned {
    pub(crate) const fn changed(self) -> bool {
        self.sequence || self.picture
    }
}

impl ParameterSets {
    const fn none_of(codec: VideoCodec) -> Self {
        Self {
            codec,
            vps: Vec::new(),
            sps: Vec::new(),
            sps_extensions: Vec::new(),
            pps: Vec::new(),
            info: None,
            annex_b: Bytes::new(),
            lengths: UnitLengths::NONE,
        }
    }

    /// The parameter sets in the order of decoding, each behind a 4-byte start code.
    pub const fn annex_b(&self) -> &Bytes {
        &self.annex_b
    }

    /// How long each of them is in [`annex_b`](Self::annex_b).
    pub(crate) const fn lengths(&self) -> &UnitLengths {
        &self.lengths
    }

    /// Whether pictures can be decoded with them.
    pub(crate) fn is_complete(&self) -> bool {
        !self.sps.is_empty() && !self.pps.is_empty()
    }

    /// Whether those of sequences are the same.
    pub(crate) fn have_sequences_of(&self, other: &Self) -> bool {
        self.vps == other.vps && self.sps == other.sps
    }

    const fn list(&self, kind: SetKind) -> &Vec<Bytes> {
        match kind {
            SetKind::Vps => &self.vps,
            SetKind::Sps => &self.sps,
            SetKind::SpsExtension => &self.sps_extensions,
            SetKind::Pps => &self.pps,
        }
    }

    const fn list_mut(&mut self, kind: SetKind) -> &mut Vec<Bytes> {
        match kind {
            SetKind::Vps => &mut self.vps,
            SetKind::Sps => &mut self.sps,
            SetKind::SpsExtension => &mut self.sps_extensions,
            SetKind::Pps => &mut self.pps,
        }
    }

    fn write_annex_b(&mut self, length: usize) {
        let mut out = BytesMut::with_capacity(length);
        let mut lengths = UnitLengths::NONE;
        let sequences = self.vps.iter().chain(&self.sps);
        for set in sequences.chain(&self.sps_extensions).chain(&self.pps) {
            out.put_slice(&START_CODE);
            out.put_slice(set);
            lengths.push(set.len());
        }
        self.annex_b = out.freeze();
        self.lengths = lengths;
    }
}

impl<C: Codec> ReadSets<C> {
    /// How the headers of slices are read that use the picture parameter set of that id.
    pub(crate) fn slice_syntax(&self, pps_id: u8) -> Option<&SyntaxOf<C>> {
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
    pub(crate) fn knows<'a>(&self, units: impl Iterator<Item = NalUnit<'a>>) -> bool {
        let mut sets = units.filter_map(|unit| Some((C::set_kind(unit)?, unit)));
        let all_known = sets.by_ref().take(MAX_PER_MESSAGE).all(|(kind, unit)| {
            let list = self.sets.list(kind);
            C::set_id(unit)
                .and_then(|id| find::<C>(list, id).ok())
                .and_then(|at| list.get(at))
                .is_some_and(|known| known == unit.bytes())
        });
        all_known && sets.next().is_none()
    }

    /// Takes what is new among `units`; those of other types are passed over.
    pub(crate) fn learn<'a>(&mut self, units: impl Iterator<Item = NalUnit<'a>>) -> Learned {
        let mut learned = Learned::default();
        let kept = Arc::make_mut(&mut self.sets);
        let mut length = kept.annex_b.len();
        let mut newest = None;
        let sets = units.filter_map(|unit| Some((C::set_kind(unit)?, unit)));
        for (index, (kind, unit)) in sets.enumerate() {
            if index >= MAX_PER_MESSAGE {
                learned.refused = learned.refused.saturating_add(1);
                continue;
            }
            let list = kept.list_mut(kind);
            let Some(id) = C::set_id(unit) else {
                learned.refused = learned.refused.saturating_add(1);
                continue;
            };
            let place = find::<C>(list, id);
            let known = place.ok().and_then(|at| list.get(at));
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
            put(list, place, Bytes::copy_from_slice(unit.bytes()));
            match kind {
                SetKind::Vps => put(&mut self.vps, place, C::Vps::read(unit)),
                SetKind::Sps => {
                    put(&mut self.sps, place, C::Sps::read(unit));
                    newest = newest.or(Some(id));
                }
                SetKind::SpsExtension => {}
                SetKind::Pps => put(&mut self.pps, place, C::Pps::read(unit)),
            }
            learned.picture |= kind == SetKind::Pps;
            learned.sequence |= kind != SetKind::Pps;
        }
        if learned.changed() {
            kept.write_annex_b(length);
            self.newest = newest.or(self.newest);
            let place = self.newest.and_then(|id| find::<C>(&kept.sps, id).ok());
            let newest = place.and_then(|at| self.sps.get(at)?.as_ref());
            kept.info = newest.map(|sps| C::summary(sps, &self.vps));
            let readable = self.pps.iter().flatten();
            self.slice_syntax.clear();
            self.slice_syntax
                .extend(readable.filter_map(|pps| C::slice_syntax(pps, &self.sps)));
        }
        learned
    }
}

impl<C: Codec> Default for ReadSets<C> {
    fn default() -> Self {
        Self {
            sets: Arc::new(ParameterSets::none_of(C::CODEC)),
            vps: Vec::new(),
            sps: Vec::new(),
            pps: Vec::new(),
            slice_syntax: Vec::new(),
            newest: None,
        }
    }
}

impl<C: Codec> Clone for ReadSets<C> {
    fn clone(&self) -> Self {
        Self {
            sets: Arc::clone(&self.sets),
            vps: self.vps.clone(),
            sps: self.sps.clone(),
            pps: self.pps.clone(),
            slice_syntax: self.slice_syntax.clone(),
            newest: self.newest,
        }
    }
}

/// Where the set of that id is, or would be.
fn find<C: Codec>(sets: &[Bytes], id: u8) -> Result<usize, usize> {
    sets.binary_search_by_key(&Some(id), |set| C::set_id(NalUnit(set)))
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
