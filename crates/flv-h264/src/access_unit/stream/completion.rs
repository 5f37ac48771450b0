//! From the units of a picture to the access unit.

use alloc::sync::Arc;
use core::mem;

use crate::nal::codec::{Codec, UnitKind};
use crate::nal::slice::{PictureKind, SliceKind};
use crate::nal::unit_lengths::UnitLengths;

use super::Stream;
use super::pictures::Part;
use crate::access_unit::assembly::Assembly;
use crate::access_unit::body::Body;
use crate::access_unit::counters::add;
use crate::access_unit::event::{AccessUnit, Habit, SyncPoint, VideoEvent};
use crate::access_unit::held::Delimiter;
use crate::access_unit::picture::{Header, Picture, sync_point};
use crate::access_unit::sighting::Sighting;

/// The largest picture that is put together from several messages.
const MAX_JOINED: usize = 16 * 1024 * 1024;

impl<C: Codec> Stream<C> {
    /// A picture, or a part of one, that ends where its units end, with its message or before that.
    pub(super) fn part(&mut self, part: &Part<'_, C>, body: Body<'_>) {
        let joined = self.open.as_ref().map(|open| open.body.len());
        let has_room = joined.is_some_and(|length| length < MAX_JOINED);
        if part.continues && has_room {
            self.go_on_with(part, &body);
        } else {
            self.complete(Some(part.header.composition_offset_ms));
            self.begin(part, body);
        }
    }

    fn go_on_with(&mut self, part: &Part<'_, C>, body: &[u8]) {
        let assembly = Assembly {
            spans: part.spans,
            // They are for these slices, and were not in front of the picture.
            keep_parameter_sets: part.learned.changed(),
        };
        self.go_on(&assembly, body);
        if self.sets.take_effect_at_once(part.learned) {
            self.sets.activate();
        }
        if let Some(open) = &mut self.open {
            if part.learned.changed() {
                open.new_parameter_sets = Some(Arc::clone(self.sets.latest()));
            }
            open.sighting = part.sighting;
            open.header.key |= part.header.key;
            open.joined = true;
            open.is_held = false;
        }
    }

    /// Adds units to the picture that is open.
    pub(super) fn go_on(&mut self, assembly: &Assembly<'_>, body: &[u8]) {
        if let Some(open) = &mut self.open {
            open.body.shrink();
            assembly.append_to(body, &mut open.body);
            assembly.add_lengths_to(&mut open.lengths);
        }
    }

    fn begin(&mut self, part: &Part<'_, C>, body: Body<'_>) {
        let Part {
            mut header,
            sighting,
            continues,
            spans,
            learned,
        } = *part;
        let units = || spans.iter().map(|span| span.unit(&body));
        header.key |= self.held.is_key();
        let is_looked_for = header.key || !C::FLAGS_RECOVERY_POINTS || self.intra_start.counts();
        let recovery_point = is_looked_for
            && !sighting.picture.is_start()
            && (self.held.has_recovery_point() || units().any(|unit| C::has_recovery_point(unit)));
        let sync = sync_point(header.key, &sighting, recovery_point, continues);
        if self.sets.picture(sync, learned) {
            self.continuity.end();
            self.begins_anew();
        }
        let mut held = mem::take(&mut self.held);
        let in_front = spans
            .iter()
            .take_while(|span| span.kind != UnitKind::Slice)
            .find(|span| span.kind == UnitKind::Delimiter);
        held.delimiter = in_front
            .and_then(|span| Delimiter::of::<C>(span.unit(&body)))
            .or(held.delimiter);
        if continues {
            held.delimiter = None;
            add(&mut self.output.counters.late_rests, 1);
        }
        let assembly = Assembly {
            spans,
            // What a decoder has or gets already goes; what it could lack stays where it is.
            keep_parameter_sets: learned.refused > 0 || (learned.changed() && !sync.is_sync()),
        };
        let room =
            held.len()
                .saturating_add(match header.key || recovery_point || sync.is_sync() {
                    true => self.sets.active().annex_b().len(),
                    false => 0,
                });
        let mut lengths = UnitLengths::NONE;
        assembly.add_lengths_to(&mut lengths);
        let body = match body {
            Body::Last(payload) => assembly.of_body(payload, room),
            Body::Shared(bytes) => assembly.copied(bytes, room),
        };
        self.open = Some(Picture {
            header,
            sighting,
            body,
            lengths,
            held,
            new_parameter_sets: learned.changed().then(|| Arc::clone(self.sets.latest())),
            recovery_point,
            joined: false,
            is_rest: continues,
            is_held: false,
        });
    }

    /// The picture that is open is complete. `next_offset` is the composition offset of the next
    /// one, if that is known.
    pub(super) fn complete(&mut self, next_offset: Option<i32>) {
        let Some(mut picture) = self.open.take() else {
            return;
        };
        let better = picture.sync_point();
        let timestamp_ms = picture.header.timestamp_ms;
        self.intra_start
            .picture(timestamp_ms, better, picture.recovery_point);
        let sync = match better {
            SyncPoint::None => self.second_best(&picture),
            better => better,
        };
        let mut unit_lengths = UnitLengths::NONE;
        let delimiter = picture.held.delimiter.as_ref();
        if let Some(delimiter) = delimiter {
            unit_lengths.push(delimiter.unit_length());
        }
        let held_sets = picture.held.parameter_sets();
        let (parameter_sets, lengths) = match sync.is_sync() {
            true => (
                &self.sets.active().annex_b()[..],
                self.sets.active().lengths(),
            ),
            false => (&held_sets.annex_b[..], &held_sets.lengths),
        };
        let others = picture.held.others();
        for lengths in [lengths, &others.lengths, &picture.lengths] {
            unit_lengths.append(lengths);
        }
        let delimiter = delimiter.map_or(&[][..], Delimiter::annex_b);
        picture
            .body
            .prepend(&[delimiter, parameter_sets, &others.annex_b]);
        picture.body.shrink();
        let Header {
            timestamp_ms,
            timestamp_nanos,
            composition_offset_ms,
            ..
        } = picture.header;
        let unit = AccessUnit {
            codec: C::CODEC,
            timestamp_ms,
            timestamp_nanos,
            composition_offset_ms: self.composition.of(composition_offset_ms, next_offset),
            sync,
            rasl: picture.sighting.picture == PictureKind::Rasl,
            slice: picture.sighting.kind,
            pic_order_cnt_lsb: picture.sighting.pic_order_cnt_lsb(),
            buffer_bytes: picture.body.capacity(),
            data: picture.body.freeze(),
            unit_lengths,
            new_parameter_sets: picture.new_parameter_sets,
            held: picture.is_held,
        };
        add(
            &mut self.output.counters.joined_pictures,
            picture.joined.into(),
        );
        self.deliver(unit, picture.sighting);
    }

    /// Whether a picture at which decoding does not start by the standard, or not by its flag, is a sync
    /// point where there is nothing better.
    fn second_best(&mut self, picture: &Picture<C>) -> SyncPoint {
        if !self.intra_start.counts() {
            return SyncPoint::None;
        }
        let (sync, habit) = if picture.is_flagged_intra() {
            (SyncPoint::IntraPicture, Habit::IntraPictures)
        } else if picture.is_recovery_point() && self.intra_start.recovery_point_counts() {
            (SyncPoint::RecoveryPoint, Habit::UnflaggedRecoveryPoints)
        } else {
            return SyncPoint::None;
        };
        // Where there is nothing better, nothing else says when new sets are used.
        self.sets.activate();
        self.report(habit);
        sync
    }

    // On the way of every picture: its arguments are not copied once more.
    #[inline(always)]
    pub(super) fn deliver(&mut self, unit: AccessUnit, seen: Sighting<C>) {
        self.delivered = Some(seen);
        let is_ordinary = seen.picture == PictureKind::Ordinary && !self.awaits_sync;
        if is_ordinary || self.can_be_decoded(&unit, seen.picture) {
            self.count(&unit);
            self.output.events.push_back(VideoEvent::AccessUnit(unit));
        }
    }

    /// Whether a picture can be decoded with what came before; counted if not.
    fn can_be_decoded(&mut self, unit: &AccessUnit, picture: PictureKind) -> bool {
        let counters = &mut self.output.counters;
        if self.awaits_sync && !unit.sync.is_sync() {
            add(&mut counters.pictures_of_another_start, 1);
            return false;
        }
        self.awaits_sync = false;
        let can = self.continuity.picture(picture);
        add(&mut counters.undecodable_leading_pictures, (!can).into());
        can
    }

    fn count(&mut self, access_unit: &AccessUnit) {
        let counters = &mut self.output.counters;
        add(&mut counters.access_units, 1);
        match access_unit.sync {
            SyncPoint::Idr => add(&mut counters.idr_pictures, 1),
            SyncPoint::Cra | SyncPoint::Bla => add(&mut counters.cra_pictures, 1),
            SyncPoint::RecoveryPoint => add(&mut counters.recovery_points, 1),
            SyncPoint::IntraPicture | SyncPoint::None => {}
        }
        self.bipredicts |= access_unit.slice == SliceKind::B;
        if self.bipredicts && access_unit.composition_offset_ms != 0 {
            add(&mut counters.reordered_pictures, 1);
        }
    }
}
