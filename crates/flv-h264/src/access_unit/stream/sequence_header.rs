//! Sequence headers.

use alloc::sync::Arc;

use crate::nal::annex_b::{AnnexBUnits, starts_with_start_code};
use crate::nal::codec::Codec;
use crate::nal::parameter_sets::{Learned, ReadSets};

use super::Stream;
use crate::access_unit::counters::add;
use crate::access_unit::event::VideoEvent;

/// The longest sequence header that is remembered to recognise its repetition.
const MAX_SEQUENCE_HEADER: usize = 16 * 1024;

/// The most units of a sequence header that is a byte stream.
const MAX_SEQUENCE_HEADER_UNITS: usize = 1024;

impl<C: Codec> Stream<C> {
    /// Whether a sequence header is the last good one again.
    pub(in crate::access_unit) fn repeats_sequence_header(&self, bytes: &[u8]) -> bool {
        !bytes.is_empty() && bytes == self.sequence_header
    }

    /// A sequence header: its parameter sets replace all before, from the next picture on at which
    /// decoding starts.
    pub(in crate::access_unit) fn sequence_header(&mut self, bytes: &[u8]) {
        if self.repeats_sequence_header(bytes) {
            add(&mut self.output.counters.repeated_sequence_headers, 1);
            return;
        }
        if starts_with_start_code(bytes) {
            return self.annex_b_sequence_header(bytes);
        }
        let Some(record) = C::read_record(bytes) else {
            return self.broken_sequence_header();
        };
        let mut sets = ReadSets::default();
        let learned = sets.learn(record.sets.iter().copied());
        if !sets.sets.is_complete() {
            return self.incomplete_sequence_header(bytes);
        }
        self.framer.declare(record.length_size);
        self.sequence_header.clear();
        if bytes.len() <= MAX_SEQUENCE_HEADER {
            self.sequence_header.extend_from_slice(bytes);
        }
        self.replace_parameter_sets(sets, learned);
    }

    /// A sequence header that leaves parameter sets to the stream, or that is broken.
    fn incomplete_sequence_header(&mut self, bytes: &[u8]) {
        let Some(record) = C::read_strict_record(bytes) else {
            return self.broken_sequence_header();
        };
        self.framer.declare(record.length_size);
        let learned = self.learn_between_pictures(record.sets.iter().copied(), None);
        self.report_changed_parameter_sets(learned);
    }

    /// A sequence header that is not a record but a byte stream of parameter sets.
    fn annex_b_sequence_header(&mut self, bytes: &[u8]) {
        let mut sets = ReadSets::default();
        let learned = sets.learn(AnnexBUnits::new(bytes).take(MAX_SEQUENCE_HEADER_UNITS));
        if !sets.sets.is_complete() {
            return self.broken_sequence_header();
        }
        self.framer.expect_annex_b();
        self.replace_parameter_sets(sets, learned);
    }

    fn broken_sequence_header(&mut self) {
        add(&mut self.output.counters.broken_sequence_headers, 1);
    }

    fn replace_parameter_sets(&mut self, sets: ReadSets<C>, learned: Learned) {
        add(
            &mut self.output.counters.refused_parameter_sets,
            learned.refused,
        );
        if sets.sets == *self.sets.latest() {
            return;
        }
        self.complete(None);
        if !sets.sets.have_sequences_of(self.sets.latest()) {
            self.intra_start.another_sequence();
        }
        self.sets.replace(sets);
        add(&mut self.output.counters.parameter_set_changes, 1);
        let sets = Arc::clone(self.sets.latest());
        self.output
            .events
            .push_back(VideoEvent::ParameterSets(sets));
        self.take_early();
    }
}
