use core::marker::PhantomData;
use core::ops::Range;

use alloc::vec::Vec;

use crate::nal::annex_b::{START_CODE, find_start_code, without_trailing_zeros};
use crate::nal::codec::{Codec, UnitKind};
use crate::nal::length_prefixed::LengthSize;
use crate::nal::unit::NalUnit;

/// The NAL units of a message: where they lie, and what they are.
#[derive(Debug)]
pub(super) struct Units<C> {
    spans: Vec<Span>,
    /// Units without a byte.
    pub(super) empty: usize,
    /// Start codes stood behind a length.
    pub(super) glued: bool,
    /// Something is no unit of the codec.
    strange: bool,
    codec: PhantomData<C>,
}

/// A NAL unit in its message, without length or start code.
#[derive(Copy, Clone, Debug)]
pub(super) struct Span {
    start: u32,
    end: u32,
    pub(super) kind: UnitKind,
}

/// Messages are shorter: their length has 24 bits.
pub(super) const MAX_BODY: usize = u32::MAX as usize;

/// How lengths lie on a message.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tiling {
    /// They do not.
    None,
    /// What is left over at the end is no unit.
    Partly,
    /// A few bytes are left over, or the last unit lacks a few.
    Nearly,
    /// To the byte.
    Exact,
}

/// The most units of one message. A picture of the highest level that has a slice for each row of
/// macroblocks has 272, one of 4 megabytes in slices as long as network packets 3000.
const MAX_UNITS: usize = 4096;

/// How many bytes may be left over at the end of a message, or be missing: the length of a length,
/// or a unit's start code.
const SLACK: usize = 4;

/// By how much the length of the last unit may be too long, if most of it is there and nothing fits
/// better: it counts itself, or the headers of its message.
const OVERSHOOT: usize = 64;

/// What was read before a place in a message.
#[derive(Copy, Clone, Debug)]
struct Mark {
    position: usize,
    units: usize,
    empty: usize,
    strange: bool,
}

impl<C> Default for Units<C> {
    fn default() -> Self {
        Self {
            spans: Vec::new(),
            empty: 0,
            glued: false,
            strange: false,
            codec: PhantomData,
        }
    }
}

impl<C: Codec> Units<C> {
    pub(super) fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// Whether there are units, and each of them is one that the codec knows.
    pub(super) const fn are_sensible(&self) -> bool {
        !self.strange && !self.spans.is_empty()
    }

    /// Whether the first slice says that a picture begins with it.
    pub(super) fn begin_picture(&self, body: &[u8]) -> bool {
        self.spans
            .iter()
            .find(|span| span.kind == UnitKind::Slice)
            .is_some_and(|span| C::is_first_slice(span.unit(body)))
    }

    /// Whether there are more than a message may have.
    pub(super) fn are_too_many(&self) -> bool {
        self.spans.len().saturating_add(self.empty) > MAX_UNITS
    }

    /// What a message has cost is not kept.
    pub(super) fn give_back(&mut self) {
        const KEPT: usize = 64;
        if self.spans.capacity() > KEPT {
            self.spans = Vec::new();
        }
    }

    fn clear(&mut self) {
        self.spans.clear();
        self.empty = 0;
        self.glued = false;
        self.strange = false;
    }

    /// Reads units behind lengths, or behind start codes from the second on. Start codes within a
    /// unit are looked for where that is cheap, and within SEI and slices if `look_into_all`.
    pub(super) fn read_lengths(
        &mut self,
        body: &[u8],
        size: LengthSize,
        look_into_all: bool,
    ) -> Tiling {
        self.clear();
        let mut start_code = None;
        let tiling = self.tile(body, size, look_into_all, &mut start_code);
        match start_code {
            Some(mark) if tiling < Tiling::Nearly && size == LengthSize::FOUR => {
                self.spans.truncate(mark.units);
                self.empty = mark.empty;
                self.strange = mark.strange;
                self.glued = true;
                let behind = mark.position.saturating_add(START_CODE.len());
                self.push_behind_start_codes(body, behind..body.len());
                match self.are_sensible() && !self.are_too_many() {
                    true => Tiling::Exact,
                    false => Tiling::None,
                }
            }
            _ => tiling,
        }
    }

    /// Reads units behind lengths. `start_code` is the first place where a length is 1, which could
    /// be a start code.
    fn tile(
        &mut self,
        body: &[u8],
        size: LengthSize,
        look_into_all: bool,
        start_code: &mut Option<Mark>,
    ) -> Tiling {
        let mut position = 0_usize;
        let mut padding = None;
        loop {
            let rest = body.get(position..).unwrap_or_default();
            if rest.is_empty() {
                return Tiling::Exact;
            }
            let Some((length, behind)) = split_length(rest, size) else {
                return self.nearly();
            };
            if length == 0 && position >= *padding.get_or_insert_with(|| padding_of(body)) {
                self.empty = self.empty.saturating_add(1);
                return Tiling::Exact;
            }
            if length == 1 && position > 0 && start_code.is_none() {
                *start_code = Some(Mark {
                    position,
                    units: self.spans.len(),
                    empty: self.empty,
                    strange: self.strange,
                });
            }
            let start = position.saturating_add(size.get());
            let end = start.saturating_add(length);
            if length > behind.len() {
                if rest.len() <= SLACK {
                    return self.nearly();
                }
                let overshoot = length.saturating_sub(behind.len());
                let is_slack = overshoot <= SLACK;
                if is_slack || overshoot <= OVERSHOOT.min(behind.len()) {
                    self.push(body, start..body.len(), look_into_all);
                }
                return self.nearly().min(match is_slack {
                    true => Tiling::Nearly,
                    false => Tiling::Partly,
                });
            }
            self.push(body, start..end, look_into_all);
            if self.are_too_many() {
                return Tiling::None;
            }
            position = end;
        }
    }

    const fn nearly(&self) -> Tiling {
        match self.spans.is_empty() {
            true => Tiling::None,
            false => Tiling::Nearly,
        }
    }

    /// Reads units behind start codes.
    pub(super) fn read_start_codes(&mut self, body: &[u8]) {
        self.clear();
        if let Some(at) = find_start_code(body) {
            self.push_behind_start_codes(body, at.saturating_add(3)..body.len());
        }
    }

    fn push(&mut self, body: &[u8], range: Range<usize>, look_into_all: bool) {
        let Some(bytes) = body.get(range.clone()).filter(|unit| !unit.is_empty()) else {
            self.empty = self.empty.saturating_add(1);
            return;
        };
        let kind = C::kind(NalUnit(bytes));
        let looked_into = look_into_all
            || match kind {
                UnitKind::Slice | UnitKind::Suffix | UnitKind::Prefix => false,
                UnitKind::ParameterSet | UnitKind::Unknown => true,
                // Of a byte or two behind the header.
                UnitKind::Delimiter | UnitKind::End => bytes.len() > 4,
                // All ones, and the stop bit.
                UnitKind::Filler | UnitKind::Ignored => bytes.last() != Some(&0x80),
            };
        if looked_into
            && let Some(at) = find_start_code(bytes)
            && self.push_glued(body, range.clone(), at)
        {
            return;
        }
        self.add(range, kind);
    }

    /// A unit with a start code in it, which no unit can have: it is several. False if what stands
    /// behind is none, or a slice from the midst of a picture behind SEI, so that the encoder has
    /// only forgotten to escape it.
    fn push_glued(&mut self, body: &[u8], range: Range<usize>, at: usize) -> bool {
        let (spans, empty, strange) = (self.spans.len(), self.empty, self.strange);
        self.strange = false;
        let start_code = range.start.saturating_add(at);
        if at > 0 {
            self.push_trimmed(body, range.start..start_code);
        }
        self.push_behind_start_codes(body, start_code.saturating_add(3)..range.end);
        let slice = self
            .spans
            .get(spans..)
            .and_then(|spans| spans.iter().find(|span| span.kind == UnitKind::Slice));
        let is_prefix = self
            .spans
            .get(spans)
            .is_some_and(|span| span.kind == UnitKind::Prefix);
        let is_likely = !is_prefix || slice.is_none_or(|slice| C::is_first_slice(slice.unit(body)));
        let units = !self.strange && is_likely;
        if units {
            self.glued = true;
        } else {
            self.spans.truncate(spans);
            self.empty = empty;
        }
        self.strange = strange;
        units
    }

    /// `range` begins behind a start code.
    fn push_behind_start_codes(&mut self, body: &[u8], mut range: Range<usize>) {
        while !self.are_too_many() {
            let rest = body.get(range.clone()).unwrap_or_default();
            let Some(at) = find_start_code(rest) else {
                self.push_trimmed(body, range);
                return;
            };
            let start_code = range.start.saturating_add(at);
            self.push_trimmed(body, range.start..start_code);
            range.start = start_code.saturating_add(3);
        }
    }

    /// A unit ends before the zeros in front of the next start code, or at the end.
    fn push_trimmed(&mut self, body: &[u8], range: Range<usize>) {
        let unit = without_trailing_zeros(body.get(range.clone()).unwrap_or_default());
        match unit.is_empty() {
            true => self.empty = self.empty.saturating_add(1),
            false => {
                let end = range.start.saturating_add(unit.len());
                self.add(range.start..end, C::kind(NalUnit(unit)));
            }
        }
    }

    fn add(&mut self, range: Range<usize>, kind: UnitKind) {
        let Range { start, end } = range;
        let is_header_alone = end.saturating_sub(start) <= C::HEADER;
        self.strange |= kind == UnitKind::Unknown || (is_header_alone && kind != UnitKind::End);
        self.spans.push(Span {
            start: start as u32,
            end: end as u32,
            kind,
        });
    }
}

impl Span {
    pub(super) fn unit<'a>(&self, body: &'a [u8]) -> NalUnit<'a> {
        NalUnit(body.get(self.start()..self.end()).unwrap_or_default())
    }

    pub(super) const fn start(&self) -> usize {
        self.start as usize
    }

    pub(super) const fn end(&self) -> usize {
        self.end as usize
    }

    pub(super) const fn len(&self) -> usize {
        self.end.saturating_sub(self.start) as usize
    }
}

/// Where the zeros at the end of a message begin, give or take some.
fn padding_of(body: &[u8]) -> usize {
    const ZEROS: [u8; 256] = [0; 256];
    let zeros = body
        .rchunks_exact(ZEROS.len())
        .take_while(|chunk| *chunk == ZEROS)
        .count();
    let padded = body.len().saturating_sub(zeros.saturating_mul(ZEROS.len()));
    without_trailing_zeros(body.get(..padded).unwrap_or_default()).len()
}

/// A length, and what stands behind it.
fn split_length(bytes: &[u8], size: LengthSize) -> Option<(usize, &[u8])> {
    if size == LengthSize::FOUR {
        let (length, behind) = bytes.split_first_chunk()?;
        return Some((u32::from_be_bytes(*length) as usize, behind));
    }
    let (length, behind) = bytes.split_at_checked(size.get())?;
    let length = length
        .iter()
        .fold(0, |length, byte| length << 8 | usize::from(*byte));
    Some((length, behind))
}
