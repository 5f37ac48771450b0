//! Streams of every codec, and which one a message belongs to.

use alloc::sync::Arc;

use rtmp_payload::Payload;

use crate::h264::codec::H264;
use crate::h265::codec::H265;
use crate::nal::annex_b::{AnnexBUnits, starts_with_start_code};
use crate::nal::codec::{Codec, NalCodec, ParameterSet, SetKind};
use crate::nal::parameter_sets::ParameterSets;
use crate::nal::unit::NalUnit;

use super::output::Output;
use super::picture::Header;
use super::stream::{OtherCodec, Stream};

/// A stream of some codec.
#[derive(Debug)]
pub(super) enum AnyStream {
    H264(Stream<H264>),
    H265(Stream<H265>),
}

/// What is done with a stream whatever its codec.
macro_rules! any {
    ($any:expr, $stream:ident => $result:expr) => {
        match $any {
            AnyStream::H264($stream) => $result,
            AnyStream::H265($stream) => $result,
        }
    };
}

impl Default for AnyStream {
    fn default() -> Self {
        Self::new(NalCodec::H264, Output::default(), false)
    }
}

impl AnyStream {
    /// Nothing is known of it. It takes over from another one, or is the first.
    pub(super) fn new(codec: NalCodec, output: Output, takes_over: bool) -> Self {
        match codec {
            NalCodec::H264 => Self::H264(Stream::new(output, takes_over)),
            NalCodec::H265 => Self::H265(Stream::new(output, takes_over)),
        }
    }

    pub(super) const fn codec(&self) -> NalCodec {
        match self {
            Self::H264(_) => NalCodec::H264,
            Self::H265(_) => NalCodec::H265,
        }
    }

    pub(super) const fn output(&self) -> &Output {
        any!(self, stream => &stream.output)
    }

    pub(super) const fn output_mut(&mut self) -> &mut Output {
        any!(self, stream => &mut stream.output)
    }

    /// See [`Stream::is_blank`].
    pub(super) fn is_blank(&self) -> bool {
        any!(self, stream => stream.is_blank())
    }

    pub(super) const fn holds_picture(&self) -> bool {
        any!(self, stream => stream.holds_picture())
    }

    pub(super) const fn holds_first_picture(&self) -> bool {
        any!(self, stream => stream.holds_first_picture())
    }

    pub(super) fn release(&mut self) {
        any!(self, stream => stream.release());
    }

    pub(super) fn end_of_sequence(&mut self) {
        any!(self, stream => stream.end_of_sequence());
    }

    pub(super) fn finish(&mut self) {
        any!(self, stream => stream.finish());
    }

    pub(super) const fn start_at_intra_pictures(&mut self) {
        any!(self, stream => stream.start_at_intra_pictures());
    }

    pub(super) fn parameter_sets(&self) -> Option<&Arc<ParameterSets>> {
        any!(self, stream => stream.parameter_sets())
    }

    /// See [`Stream::repeats_sequence_header`].
    pub(super) fn repeats_sequence_header(&self, bytes: &[u8]) -> bool {
        any!(self, stream => stream.repeats_sequence_header(bytes))
    }

    pub(super) fn sequence_header(&mut self, bytes: &[u8]) {
        any!(self, stream => stream.sequence_header(bytes));
    }

    /// See [`Stream::coded`].
    // On the way of every picture: its arguments are not copied once more.
    #[inline(always)]
    pub(super) fn coded(&mut self, header: Header, body: Payload) -> Result<(), OtherCodec> {
        any!(self, stream => stream.coded(header, body))
    }
}

/// What publishers mean by a label.
#[derive(Copy, Clone, Debug)]
pub(super) struct Labels {
    h264: NalCodec,
    h265: NalCodec,
}

impl Default for Labels {
    fn default() -> Self {
        Self {
            h264: NalCodec::H264,
            h265: NalCodec::H265,
        }
    }
}

impl Labels {
    pub(super) const fn codec(self, label: NalCodec) -> NalCodec {
        match label {
            NalCodec::H264 => self.h264,
            NalCodec::H265 => self.h265,
        }
    }

    pub(super) const fn mean(&mut self, label: NalCodec, codec: NalCodec) {
        match label {
            NalCodec::H264 => self.h264 = codec,
            NalCodec::H265 => self.h265 = codec,
        }
    }
}

/// Which codec a sequence header is of, whatever its label says: the label is believed if the header
/// has parameter sets by it. `None` if it has none at all.
pub(super) fn of_sequence_header(label: NalCodec, bytes: &[u8]) -> Option<NalCodec> {
    let found = match label {
        NalCodec::H264 => has_sets::<H264>(bytes, false),
        NalCodec::H265 => has_sets::<H265>(bytes, false),
    };
    if found {
        return Some(label);
    }
    match label {
        NalCodec::H264 => has_sets::<H265>(bytes, true).then_some(NalCodec::H265),
        NalCodec::H265 => has_sets::<H264>(bytes, true).then_some(NalCodec::H264),
    }
}

/// Whether there are a sequence and a picture parameter set, by their types, or also by what is in
/// them.
fn has_sets<C: Codec>(bytes: &[u8], readable: bool) -> bool {
    let (mut sps, mut pps) = (false, false);
    let mut see = |unit: NalUnit<'_>| {
        let is_readable = readable && unit.bytes().len() <= LONGEST;
        match C::set_kind(unit) {
            Some(SetKind::Sps) => sps |= !readable || is_readable && C::Sps::read(unit).is_some(),
            Some(SetKind::Pps) => pps |= !readable || is_readable && C::Pps::read(unit).is_some(),
            _ => {}
        }
    };
    if starts_with_start_code(bytes) {
        AnnexBUnits::new(bytes).take(MAX_UNITS).for_each(&mut see);
    } else if let Some(record) = C::read_record(bytes) {
        record.sets.into_iter().take(MAX_UNITS).for_each(&mut see);
    }
    sps && pps
}

/// The most units of a sequence header that are looked at, and how long parameter sets are at most.
const MAX_UNITS: usize = 64;
const LONGEST: usize = 8 * 1024;
