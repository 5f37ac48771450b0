//! Which slices are a picture.

use crate::nal::codec::{Codec, UnitKind};
use crate::nal::parameter_sets::Learned;
use crate::nal::slice::{Relation, Slice};

use super::Stream;
use crate::access_unit::body::Body;
use crate::access_unit::counters::add;
use crate::access_unit::event::Habit;
use crate::access_unit::pace::Pace;
use crate::access_unit::picture::Header;
use crate::access_unit::sighting::Sighting;
use crate::access_unit::units::Span;

/// The most pictures of one message.
const MAX_PICTURES: u32 = 256;

/// A message, as far as its pictures have been dealt with.
#[derive(Copy, Clone, Debug)]
pub(super) struct Taken {
    /// Of the latest picture.
    pub(super) header: Header,
    /// The timestamp of the message.
    timestamp_ms: u32,
    pub(super) pictures: u32,
}

/// The units of a message that belong to one picture.
#[derive(Debug)]
pub(super) struct Part<'a, C: Codec> {
    pub(super) header: Header,
    /// What is known of the picture with them.
    pub(super) sighting: Sighting<C>,
    /// The picture has begun in a message before.
    pub(super) continues: bool,
    pub(super) spans: &'a [Span],
    pub(super) learned: Learned,
}

impl<C: Codec> Copy for Part<'_, C> {}

impl<C: Codec> Clone for Part<'_, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl Taken {
    pub(super) const fn of(header: Header) -> Self {
        Self {
            header,
            timestamp_ms: header.timestamp_ms,
            pictures: 0,
        }
    }

    /// What goes on in the message: its first picture, or the latest one, behind parameter sets between its fields.
    fn further(&mut self, pace: &Pace) -> Header {
        match self.pictures {
            0 => self.next(pace),
            _ => self.header,
        }
    }

    /// The next picture of the message, which may be behind another one.
    fn next(&mut self, pace: &Pace) -> Header {
        if self.pictures > 0 {
            let step_ms = pace.step_ms(self.timestamp_ms);
            self.header.timestamp_ms = self.header.timestamp_ms.wrapping_add(step_ms);
        }
        self.pictures = self.pictures.saturating_add(1);
        self.header
    }
}

impl<C: Codec> Stream<C> {
    /// Finds out which slices belong to which picture (H.264 section 7.4.1.2.4, H.265 section
    /// 7.4.2.4.5).
    pub(super) fn pictures(
        &mut self,
        taken: &mut Taken,
        learned: Learned,
        spans: &[Span],
        body: Body<'_>,
    ) {
        let mut current = match &self.open {
            Some(open) => Some(open.sighting),
            None => self.delivered,
        };
        let mut part: Option<Part<'_, C>> = None;
        let (mut rest, mut behind_picture) = (spans, 0_usize);
        let (mut delimited, mut ended, mut anew) = (false, false, false);
        for (index, span) in spans.iter().enumerate() {
            let behind = spans.len().saturating_sub(index).saturating_sub(1);
            match span.kind {
                UnitKind::Slice => {}
                UnitKind::Suffix
                | UnitKind::Filler
                | UnitKind::Ignored
                | UnitKind::End
                | UnitKind::Unknown => {
                    behind_picture = behind;
                    ended |= span.kind == UnitKind::End;
                    continue;
                }
                UnitKind::Delimiter => {
                    delimited = true;
                    continue;
                }
                _ => continue,
            }
            let unit = span.unit(&body);
            // Also the second field of an IDR picture, which is none.
            anew |= C::picture_kind(unit).is_start();
            let slice = self.sets.read_slice(unit, anew);
            let told = current.and_then(|current| current.relation(slice.as_ref()));
            let relation = told.unwrap_or(match part.is_some() && !delimited {
                true => Relation::Continues,
                false => Relation::Begins,
            });
            if part.is_none() && taken.pictures == 0 {
                let can_begin = slice.is_none_or(|slice| slice.can_begin());
                let is_behind_beginning = current.is_some_and(|before| before.begun);
                self.learn_from_first_slice(told, can_begin && is_behind_beginning);
            }
            delimited = false;
            match (&mut current, relation) {
                (Some(current), Relation::Continues | Relation::OtherField) => {
                    current.add(slice, relation);
                    part.get_or_insert_with(|| Part {
                        header: taken.further(&self.pace),
                        sighting: *current,
                        continues: true,
                        spans: &[],
                        learned: Learned::default(),
                    })
                    .sighting = *current;
                }
                _ => {
                    if let Some(before) = part {
                        let length = rest.len().saturating_sub(behind_picture);
                        let (picture, next) = rest.split_at_checked(length).unwrap_or_default();
                        rest = next;
                        if taken.pictures >= MAX_PICTURES {
                            add(&mut self.output.counters.surplus_pictures, 1);
                        } else {
                            let part = before.of(picture, learned);
                            self.part(&part, Body::Shared(&body));
                        }
                        if ended {
                            self.complete(None);
                            self.continuity.end();
                        }
                    }
                    let sighting = Sighting::new(slice, C::picture_kind(unit));
                    current = Some(sighting);
                    part = Some(Part {
                        header: taken.next(&self.pace),
                        sighting,
                        continues: false,
                        spans: &[],
                        learned: Learned::default(),
                    });
                }
            }
            behind_picture = behind;
            ended = false;
        }
        let Some(part) = part else { return };
        let ends = spans.last().is_some_and(|span| span.kind == UnitKind::End);
        match rest.split_at_checked(rest.len().saturating_sub(behind_picture)) {
            // What stands behind the slices belongs to the next picture (section 7.4.1.2.3).
            Some((picture, next @ [_, ..])) => {
                self.part(&part.of(picture, learned), Body::Shared(&body));
                let learned = part.of(next, learned).learned;
                if learned.changed() {
                    self.complete(None);
                }
                self.hold(false, learned, next, &body);
            }
            _ => self.part(&part.of(rest, learned), body),
        }
        if ends {
            self.complete(None);
            self.continuity.end();
        }
    }

    /// A message has been dealt with.
    pub(super) fn have_taken(&mut self, taken: &Taken) {
        if taken.pictures == 0 {
            return;
        }
        if !self.may_go_on() {
            self.complete(None);
        } else if let Some(open) = &mut self.open {
            open.is_held = true;
        }
        self.pace.message(taken.timestamp_ms, taken.pictures);
        if taken.pictures > 1 {
            add(
                &mut self.output.counters.further_pictures,
                taken.pictures.saturating_sub(1) as usize,
            );
            self.report(Habit::SeveralPictures);
        }
    }

    /// What the first slice of a message tells about how pictures are cut into messages.
    ///
    /// It shows that they are whole if it begins one behind another one, and `both_begin`: what is there of a picture whose
    /// beginning was lost may well be in one message.
    fn learn_from_first_slice(&mut self, told: Option<Relation>, both_begin: bool) {
        if told == Some(Relation::Continues) {
            self.pictures_are_split();
        } else if both_begin && self.splits.is_none() {
            self.splits = Some(false);
        }
    }

    pub(super) fn pictures_are_split(&mut self) {
        self.splits = Some(true);
        self.report(Habit::SplitPictures);
    }

    /// Whether the next message may go on with the picture that is open.
    fn may_go_on(&self) -> bool {
        self.open.as_ref().is_some_and(|open| {
            let sighting = &open.sighting;
            sighting.is_half() || (sighting.is_readable() && self.splits != Some(false))
        })
    }
}

impl<'a, C: Codec> Part<'a, C> {
    /// The part with its units, and what was learned from those.
    fn of(self, spans: &'a [Span], learned: Learned) -> Self {
        let has_sets = spans.iter().any(|span| span.kind == UnitKind::ParameterSet);
        Self {
            spans,
            learned: if has_sets {
                learned
            } else {
                Learned::default()
            },
            ..self
        }
    }
}
