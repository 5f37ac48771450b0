//! The messages of a stream of one codec, made into pictures.

mod coded;
mod completion;
mod pictures;
mod sequence_header;

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem;

use rtmp_payload::Payload;

use crate::nal::codec::{Codec, NalCodec};
use crate::nal::parameter_sets::{Learned, ParameterSets};
use crate::nal::unit::NalUnit;

use super::composition::Composition;
use super::continuity::Continuity;
use super::counters::add;
use super::early::Early;
use super::event::{Habit, VideoEvent};
use super::framing::Framer;
use super::held::Held;
use super::intra_start::IntraStart;
use super::known_sets::KnownSets;
use super::output::Output;
use super::pace::Pace;
use super::picture::{Header, Picture};
use super::sighting::Sighting;
use super::units::Units;

/// What is known of a stream.
#[derive(Debug)]
pub(super) struct Stream<C: Codec> {
    pub(super) output: Output,
    framer: Framer,
    /// The units of the current message.
    units: Units<C>,
    /// The last good sequence header, as it came, unless it was absurdly long.
    sequence_header: Vec<u8>,
    sets: KnownSets<C>,
    /// What came before the next picture.
    held: Held,
    /// The latest message with a picture, if its parameter sets have not come.
    early: Option<Box<Early>>,
    /// The picture that may go on in the next message.
    open: Option<Picture<C>>,
    /// What was seen of the picture that was delivered last.
    delivered: Option<Sighting<C>>,
    /// Whether pictures are cut into several messages, once that is known.
    splits: Option<bool>,
    pace: Pace,
    intra_start: IntraStart,
    composition: Composition,
    continuity: Continuity,
    /// Another codec came before: nothing comes out before decoding can start.
    awaits_sync: bool,
    /// There was a B slice.
    bipredicts: bool,
}

/// The units of a message are those of another codec than its label says.
#[derive(Debug)]
pub(super) struct OtherCodec {
    pub(super) codec: NalCodec,
    pub(super) header: Header,
    pub(super) body: Payload,
}

impl<C: Codec> Stream<C> {
    /// Nothing is known of it. It takes over from one of another codec, or is the first.
    pub(super) fn new(output: Output, takes_over: bool) -> Self {
        Self {
            output,
            framer: Framer::default(),
            units: Units::default(),
            sequence_header: Vec::new(),
            sets: KnownSets::default(),
            held: Held::default(),
            early: None,
            open: None,
            delivered: None,
            splits: None,
            pace: Pace::default(),
            intra_start: IntraStart::default(),
            composition: Composition::default(),
            continuity: Continuity::default(),
            awaits_sync: takes_over,
            bipredicts: false,
        }
    }

    /// Whether nothing has come of it that a picture could be decoded with.
    pub(super) fn is_blank(&self) -> bool {
        !self.sets.is_complete()
    }

    /// Whether a picture has come and is held back.
    pub(super) const fn holds_picture(&self) -> bool {
        self.open.is_some() || self.early.is_some()
    }

    /// Whether that is so only because too little has come.
    pub(super) const fn holds_first_picture(&self) -> bool {
        self.open.is_some() && self.splits.is_none()
    }

    /// The picture that is held back has been waited for long enough.
    pub(super) fn release(&mut self) {
        self.complete(None);
    }

    /// The encoder says that the sequence ends.
    pub(super) fn end_of_sequence(&mut self) {
        self.end_picture();
        self.continuity.end();
        self.output.events.push_back(VideoEvent::EndOfSequence);
    }

    /// The stream ends: what is held back comes out.
    pub(super) fn finish(&mut self) {
        self.end_picture();
        self.intra_start.end();
        self.continuity.end();
    }

    /// Intra pictures that are flagged as key frames are sync points from now on.
    pub(super) const fn start_at_intra_pictures(&mut self) {
        self.intra_start.allow();
    }

    /// The newest parameter sets; `None` before there are any.
    pub(super) fn parameter_sets(&self) -> Option<&Arc<ParameterSets>> {
        self.sets.is_complete().then(|| self.sets.latest())
    }

    fn report(&mut self, habit: Habit) {
        self.output.report(habit);
    }

    fn end_picture(&mut self) {
        self.complete(None);
        self.delivered = None;
        self.held = Held::default();
        self.leave_out_early();
        self.begins_anew();
    }

    /// An encoder begins anew, and may cut pictures from now on: its first picture shows that, as the very first one does.
    /// One that cut them may go on with a picture that is short enough, and goes on being waited for: a message of delay is
    /// less than a picture in two.
    /// Its first messages show whether start codes stand behind lengths. Its composition times have a beginning of their
    /// own.
    fn begins_anew(&mut self) {
        self.framer.look_again();
        self.composition = Composition::default();
        self.splits = self.splits.filter(|splits| *splits);
    }

    fn report_changed_parameter_sets(&mut self, learned: Learned) {
        if learned.changed() && self.sets.is_complete() {
            let sets = Arc::clone(self.sets.latest());
            self.output
                .events
                .push_back(VideoEvent::ParameterSets(sets));
        }
    }

    /// Parameter sets in band. They stand between pictures: if they say something new, the one
    /// that is held back is complete.
    fn learn_between_pictures<'a>(
        &mut self,
        units: impl Iterator<Item = NalUnit<'a>> + Clone,
        next_offset: Option<i32>,
    ) -> Learned {
        if self.sets.know(units.clone()) {
            return Learned::default();
        }
        self.complete(next_offset);
        self.learn(units)
    }

    fn learn<'a>(&mut self, units: impl Iterator<Item = NalUnit<'a>>) -> Learned {
        let learned = self.sets.learn(units);
        let counters = &mut self.output.counters;
        add(&mut counters.refused_parameter_sets, learned.refused);
        add(
            &mut counters.parameter_set_changes,
            learned.changed().into(),
        );
        if learned.sequence {
            self.intra_start.another_sequence();
        }
        self.take_early();
        learned
    }

    /// Takes the picture that came before its parameter sets, if these are here now.
    fn take_early(&mut self) {
        if !self.sets.is_complete() {
            return;
        }
        if let Some(early) = self.early.take() {
            let early = *early;
            let behind = mem::replace(&mut self.held, early.held);
            // That it is of another codec would have been told before.
            drop(self.coded(early.header, early.body));
            if !behind.is_empty() {
                self.held = behind;
            }
        }
    }

    /// No parameter sets come for the picture that came before them.
    fn leave_out_early(&mut self) {
        let left_out = self.early.take().is_some();
        add(
            &mut self.output.counters.pictures_without_parameter_sets,
            left_out.into(),
        );
    }
}
