use rtmp_payload::Payload;

use crate::nal::annex_b::START_CODE;
use crate::nal::codec::UnitKind;
use crate::nal::unit_lengths::UnitLengths;

use super::units::Span;

/// The units of a message that make a picture, or a part of one.
#[derive(Copy, Clone, Debug)]
pub(super) struct Assembly<'a> {
    pub(super) spans: &'a [Span],
    /// Whether parameter sets stay where they are.
    pub(super) keep_parameter_sets: bool,
}

impl<'a> Assembly<'a> {
    /// All units but parameter sets and what is never kept.
    pub(super) const fn of(spans: &'a [Span]) -> Self {
        Self {
            spans,
            keep_parameter_sets: false,
        }
    }

    /// The units as a byte stream, where they lie if that is possible, else behind `room` bytes.
    pub(super) fn of_body(&self, mut body: Payload, room: usize) -> Payload {
        let Some((start, end)) = self.in_place() else {
            return self.copied(&body, room);
        };
        for span in self.kept() {
            let start_code = span.start().saturating_sub(START_CODE.len())..span.start();
            if let Some(length) = body.get_mut(start_code) {
                length.copy_from_slice(&START_CODE);
            }
        }
        body.truncate(end);
        body.advance(start);
        body
    }

    /// The units as a byte stream, behind `room` free bytes.
    pub(super) fn copied(&self, body: &[u8], room: usize) -> Payload {
        let length = self.kept().map(|span| span.len().saturating_add(4)).sum();
        let mut copy = Payload::with_headroom(room, length);
        self.append_to(body, &mut copy);
        copy
    }

    /// Adds the units to those of messages before.
    pub(super) fn append_to(&self, body: &[u8], picture: &mut Payload) {
        let units = self.kept().map(|span| span.unit(body).bytes());
        picture.extend(units.flat_map(|unit| [&START_CODE[..], unit]));
    }

    /// From where to where the units lie, if 4 bytes in front of each and nothing else are
    /// between them: lengths or start codes.
    fn in_place(&self) -> Option<(usize, usize)> {
        let mut kept = self.kept();
        let first = kept.next()?;
        let start = first.start().checked_sub(START_CODE.len())?;
        let end = kept.try_fold(first.end(), |end, span| {
            (span.start() == end.saturating_add(START_CODE.len())).then_some(span.end())
        })?;
        Some((start, end))
    }

    /// Adds the lengths of the units.
    pub(super) fn add_lengths_to(&self, lengths: &mut UnitLengths) {
        self.kept().for_each(|span| lengths.push(span.len()));
    }

    /// The delimiter goes in front of the parameter sets, which go in front of a sync point.
    fn kept(&self) -> impl Iterator<Item = &Span> {
        self.spans.iter().filter(|span| match span.kind {
            UnitKind::Delimiter | UnitKind::Ignored => false,
            UnitKind::ParameterSet => self.keep_parameter_sets,
            _ => true,
        })
    }
}
