//! Messages of NAL units.

use alloc::boxed::Box;
use core::mem;

use rtmp_payload::Payload;

use crate::nal::codec::{Codec, SetKind, UnitKind};
use crate::nal::parameter_sets::Learned;
use crate::nal::record::Record;
use crate::nal::slice::{PictureKind, Relation};
use crate::nal::unit_lengths::UnitLengths;

use super::pictures::Taken;
use super::{OtherCodec, Stream};
use crate::access_unit::assembly::Assembly;
use crate::access_unit::body::Body;
use crate::access_unit::counters::add;
use crate::access_unit::early::Early;
use crate::access_unit::event::{AccessUnit, Habit};
use crate::access_unit::framing::Framing;
use crate::access_unit::ordinary;
use crate::access_unit::picture::{Header, Picture, sync_point};
use crate::access_unit::sighting::Sighting;
use crate::access_unit::units::{Span, Units};

/// The most times that parameter sets change in one message; what is over that is taken together.
const MAX_SEQUENCES: usize = 16;

impl<C: Codec> Stream<C> {
    /// Takes the units of a message.
    ///
    /// # Errors
    /// They are of another codec, as far as the first parameter sets tell. Nothing has been done.
    // On the way of every picture: its arguments are not copied once more.
    #[inline(always)]
    pub(in crate::access_unit) fn coded(
        &mut self,
        header: Header,
        body: Payload,
    ) -> Result<(), OtherCodec> {
        let Some(picture) = self.see_ordinary(&header, &body) else {
            return self.out_of_the_ordinary(header, body);
        };
        self.ordinary(&header, picture, body);
        Ok(())
    }

    /// What is seen of a message that is a picture like most.
    fn see_ordinary(&self, header: &Header, body: &[u8]) -> Option<Sighting<C>> {
        let is_expected = self.splits == Some(false)
            && self.open.is_none()
            && self.held.is_empty()
            && self.framer.is_plain()
            && self.sets.are_settled()
            && self.delivered.as_ref().is_some_and(Sighting::has_first);
        if !is_expected {
            return None;
        }
        let seen = ordinary::see(body, &self.sets, self.intra_start.counts())?;
        let starts = seen.picture.is_start();
        let is_plain_sync = starts && !ordinary::begins_with_delimiter::<C>(body);
        match is_plain_sync || !(starts || header.key) {
            true => Some(seen),
            false => None,
        }
    }

    /// The shortest way.
    fn ordinary(&mut self, header: &Header, picture: Sighting<C>, mut body: Payload) {
        let sync = sync_point(header.key, &picture, false, false);
        let unit_lengths = if sync.is_sync() {
            let mut lengths = self.sets.active().lengths().clone();
            ordinary::write_start_codes(&mut body, &mut lengths);
            body.prepend(&[self.sets.active().annex_b()]);
            lengths
        } else {
            let mut lengths = UnitLengths::NONE;
            ordinary::write_start_codes(&mut body, &mut lengths);
            lengths
        };
        self.intra_start.picture(header.timestamp_ms, sync, false);
        self.pace.message(header.timestamp_ms, 1);
        let composition_offset_ms = self.composition.of(header.composition_offset_ms, None);
        body.shrink();
        let unit = AccessUnit {
            codec: C::CODEC,
            timestamp_ms: header.timestamp_ms,
            timestamp_nanos: header.timestamp_nanos,
            composition_offset_ms,
            sync,
            rasl: picture.picture == PictureKind::Rasl,
            slice: picture.kind,
            pic_order_cnt_lsb: picture.pic_order_cnt_lsb(),
            buffer_bytes: body.capacity(),
            data: body.freeze(),
            unit_lengths,
            new_parameter_sets: None,
            held: false,
        };
        self.deliver(unit, picture);
    }

    fn out_of_the_ordinary(&mut self, header: Header, body: Payload) -> Result<(), OtherCodec> {
        let mut units = mem::take(&mut self.units);
        let taken = self.take_units(header, body, &mut units);
        units.give_back();
        self.units = units;
        taken
    }

    fn take_units(
        &mut self,
        header: Header,
        body: Payload,
        units: &mut Units<C>,
    ) -> Result<(), OtherCodec> {
        let glued_before = self.framer.glues();
        let Some(framing) = self.framer.read(&body, units) else {
            // A sequence header under the packet type of pictures.
            if is_sequence_header::<C>(&body) {
                self.sequence_header(&body);
                return Ok(());
            }
            add(&mut self.output.counters.malformed_messages, 1);
            return Ok(());
        };
        self.note_framing(framing, glued_before);
        add(&mut self.output.counters.empty_nal_units, units.empty);

        let spans = units.spans();
        let nal_units = || spans.iter().map(|span| span.unit(&body));
        if !self.sets.is_complete()
            && let Some(codec) = C::are_of_another_codec(nal_units())
        {
            return Err(OtherCodec {
                codec,
                header,
                body,
            });
        }
        let mut taken = Taken::of(header);
        let mut rest = spans;
        for _ in 1..MAX_SEQUENCES {
            let Some(at) = self.begins_other_sets(rest, &body) else {
                break;
            };
            let (before, behind) = rest.split_at_checked(at).unwrap_or_default();
            self.take_sequence(&mut taken, before, Body::Shared(&body));
            rest = behind;
        }
        self.take_sequence(&mut taken, rest, Body::Last(body));
        self.have_taken(&taken);
        Ok(())
    }

    /// Takes units among which parameter sets change, if at all, in front of the first picture.
    fn take_sequence(&mut self, taken: &mut Taken, spans: &[Span], body: Body<'_>) {
        let nal_units = || spans.iter().map(|span| span.unit(&body));
        let has = |kind| spans.iter().any(|span| span.kind == kind);
        let has_picture = has(UnitKind::Slice);
        let learned = match has(UnitKind::ParameterSet) {
            true if self.begin_within_a_picture(spans, &body) => self.learn(nal_units()),
            true => self.learn_between_pictures(
                nal_units(),
                has_picture.then_some(taken.header.composition_offset_ms),
            ),
            false => Learned::default(),
        };
        if !has_picture {
            self.without_picture(taken, learned, spans, &body);
        } else if !self.sets.is_complete() {
            self.without_parameter_sets(taken.header, spans, body);
        } else {
            self.pictures(taken, learned, spans, body);
        }
    }

    /// Keeps a picture at which decoding starts for the parameter sets that may come behind it.
    fn without_parameter_sets(&mut self, header: Header, spans: &[Span], body: Body<'_>) {
        self.leave_out_early();
        let first = spans.iter().find(|span| span.kind == UnitKind::Slice);
        let begins = first
            .map(|slice| slice.unit(&body))
            .is_some_and(|slice| C::is_first_slice(slice) && C::picture_kind(slice).is_start());
        let held = mem::take(&mut self.held);
        if let Body::Last(payload) = body
            && begins
        {
            self.early = Early::new(header, payload, held).map(Box::new);
        }
        let left_out = self.early.is_none();
        add(
            &mut self.output.counters.pictures_without_parameter_sets,
            left_out.into(),
        );
    }

    /// Where among the units of a message, behind a picture, those of the next one begin that may have other parameter
    /// sets, so that they are not taken for sets of the picture in front. If that has none at all, they are its own.
    fn begins_other_sets(&self, spans: &[Span], body: &[u8]) -> Option<usize> {
        let slice = spans.iter().position(|span| span.kind == UnitKind::Slice)?;
        let mut in_front = spans.iter().take(slice);
        if !self.sets.is_complete() && !in_front.any(|span| span.kind == UnitKind::ParameterSet) {
            return None;
        }
        let (mut begins, mut has_sets) = (None, false);
        for (index, span) in spans.iter().enumerate().skip(slice) {
            match span.kind {
                UnitKind::Slice if has_sets && C::is_first_slice(span.unit(body)) => break,
                UnitKind::Slice => (begins, has_sets) = (None, false),
                UnitKind::ParameterSet => {
                    begins = begins.or(Some(index));
                    has_sets = true;
                }
                UnitKind::Delimiter | UnitKind::Prefix => begins = begins.or(Some(index)),
                _ => {}
            }
        }
        let are_known = || self.sets.know(spans.iter().map(|span| span.unit(body)));
        begins.filter(|_| has_sets && !are_known())
    }

    /// Whether the first slice is not the first of a picture, as far as that can be told without new parameter sets, so
    /// that a picture may go on with it; or that of the other field of a frame.
    fn begin_within_a_picture(&self, spans: &[Span], body: &[u8]) -> bool {
        let first = spans.iter().find(|span| span.kind == UnitKind::Slice);
        let Some(slice) = first.filter(|slice| slice.len() > C::HEADER) else {
            return false;
        };
        let unit = slice.unit(body);
        let half = self.open.as_ref().filter(|open| open.sighting.is_half());
        let is_of_frame = |half: &Picture<C>| {
            let slice = self.sets.read_slice(unit, false);
            half.sighting.relation(slice.as_ref()) == Some(Relation::OtherField)
        };
        !C::is_first_slice(unit) || half.is_some_and(is_of_frame)
    }

    fn note_framing(&mut self, framing: Framing, glued_before: bool) {
        match framing {
            Framing::AnnexB => {
                add(&mut self.output.counters.annex_b_messages, 1);
                self.report(Habit::StartCodes);
            }
            Framing::LengthPrefixed(found) if found != self.framer.declared() => {
                let declared = self.framer.declared();
                self.report(Habit::OtherLengthSize { declared, found });
            }
            Framing::LengthPrefixed(_) => {}
        }
        if self.framer.glues() && !glued_before {
            self.report(Habit::StartCodesBehindLengths);
        }
    }

    /// SEI messages, delimiters and parameter sets alone wait for the next picture.
    fn without_picture(&mut self, taken: &Taken, learned: Learned, spans: &[Span], body: &[u8]) {
        let is_alone = taken.pictures == 0;
        add(
            &mut self.output.counters.non_picture_messages,
            is_alone.into(),
        );
        self.hold(taken.header.key && is_alone, learned, spans, body);
        self.report_changed_parameter_sets(learned);
    }

    /// Keeps what belongs to the next picture.
    pub(super) fn hold(&mut self, key: bool, learned: Learned, spans: &[Span], body: &[u8]) {
        let for_next_picture = self.sets.take_effect_at_once(learned);
        if for_next_picture {
            self.sets.activate();
        }
        for span in spans {
            let unit = span.unit(body);
            let kept = match span.kind {
                UnitKind::Delimiter => {
                    self.held.delimiter::<C>(unit);
                    true
                }
                UnitKind::ParameterSet => {
                    !for_next_picture
                        || C::set_kind(unit) != Some(SetKind::Pps)
                        || self.held.parameter_set(unit)
                }
                UnitKind::Filler | UnitKind::Ignored => true,
                UnitKind::End => {
                    self.complete(None);
                    self.continuity.end();
                    true
                }
                // Too late for a picture that was not known to go on.
                UnitKind::Suffix => {
                    let spans = &[*span];
                    self.go_on(&Assembly::of(spans), body);
                    self.pictures_are_split();
                    self.open.is_some()
                }
                _ => self.held.other::<C>(unit, key),
            };
            if !kept {
                let length = unit.bytes().len();
                add(&mut self.output.counters.discarded_held_bytes, length);
            }
        }
    }
}

/// Whether the bytes are a configuration record to the letter, with parameter sets.
fn is_sequence_header<C: Codec>(bytes: &[u8]) -> bool {
    let has = |record: &Record<'_>, kind| {
        let mut kinds = record.sets.iter().map(|set| C::set_kind(*set));
        kinds.any(|found| found == Some(kind))
    };
    C::read_strict_record(bytes)
        .is_some_and(|record| has(&record, SetKind::Sps) && has(&record, SetKind::Pps))
}
