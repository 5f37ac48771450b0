//! When each picture is shown: composition offsets that every player can follow.

use std::collections::VecDeque;

use super::fragment::Sample;
use super::{TICKS_PER_MILLISECOND, TIMESCALE};

/// A picture is shown at most this many pictures after it is decoded (`max_num_reorder_frames`, H.264 annex E.2.1),
const LARGEST_REORDERING: i64 = 16;
/// or this much later, where pictures come fast.
const LARGEST_OFFSET: i64 = TIMESCALE;
/// So many pictures back a presentation time may be met again.
const NEIGHBOURS: usize = 2 * LARGEST_REORDERING as usize;

/// Turns what publishers say about the order of showing into offsets with which the first picture is shown at time 0,
/// no two at once, and none long after its neighbours. What makes no sense is left out: such a picture is shown when
/// it is decoded.
///
/// So with B pictures offsets are negative: pictures are decoded later than they are shown, as if decoding took no
/// time. The other way, positive offsets and an edit list that cuts off the beginning, VLC does not follow in fragments:
/// it waits at the beginning, and loses the last picture.
#[derive(Debug, Default)]
pub(super) struct Presentation {
    of_file: Option<OfFile>,
    /// Presentation times of the latest pictures.
    taken: VecDeque<i64>,
    /// When everything has been shown.
    end: i64,
}

#[derive(Clone, Copy, Debug)]
struct OfFile {
    /// What the publisher's offsets have too much: constant ones mean nothing.
    surplus: i64,
    /// The offset of key pictures without it.
    key_offset: i64,
}

impl Presentation {
    /// How long the pictures so far are shown altogether.
    pub(super) fn duration(&self) -> i64 {
        self.end
    }

    /// Mends the composition offsets of the next samples, which begin with a key picture if they are the first.
    pub(super) fn place(&mut self, samples: &mut [Sample]) {
        let longest = samples.iter().map(|sample| sample.duration).max();
        let bound = (LARGEST_REORDERING * longest.unwrap_or_default()).max(LARGEST_OFFSET);
        let mut of_file = match self.of_file {
            Some(of_file) => of_file,
            None => OfFile::beginning_with(samples, bound),
        };
        for sample in &mut *samples {
            sample.composition_offset = of_file.offset(sample, bound);
        }
        if self.of_file.is_none() {
            let times = samples.iter().map(Sample::presentation_time);
            let start = times.min().unwrap_or_default();
            of_file.begin_showing_at(start);
            for sample in &mut *samples {
                sample.composition_offset -= start;
            }
        }
        for sample in samples {
            let time = self.free_time(sample.presentation_time().max(0));
            sample.composition_offset = time - sample.decode_time;
            self.end = self.end.max(time + sample.duration);
        }
        self.of_file = Some(of_file);
    }

    /// `time`, or the next one at which no other picture is shown.
    fn free_time(&mut self, mut time: i64) -> i64 {
        while self.taken.contains(&time) {
            time += 1;
        }
        if self.taken.len() == NEIGHBOURS {
            self.taken.pop_front();
        }
        self.taken.push_back(time);
        time
    }
}

impl OfFile {
    fn beginning_with(samples: &[Sample], bound: i64) -> Self {
        let of_first = samples
            .first()
            .map_or(0, |sample| sample.composition_offset);
        let offsets = samples.iter().map(|sample| sample.composition_offset);
        let sensible = offsets.filter(|offset| (offset - of_first).abs() <= bound);
        let surplus = sensible.min().unwrap_or(of_first);
        Self {
            surplus,
            key_offset: of_first - surplus,
        }
    }

    fn begin_showing_at(&mut self, start: i64) {
        self.surplus += start;
        self.key_offset -= start;
    }

    fn offset(&mut self, sample: &Sample, bound: i64) -> i64 {
        let is_sensible = |offset: i64| (offset - self.key_offset).abs() <= bound;
        let offset = sample.composition_offset - self.surplus;
        if is_sensible(offset) {
            return offset;
        }
        if sample.key {
            // From here on it may be another constant.
            self.surplus = sample.composition_offset - self.key_offset;
        }
        self.key_offset
    }
}

impl Sample {
    fn presentation_time(&self) -> i64 {
        self.decode_time + self.composition_offset
    }

    /// What a publisher says, in the track's unit.
    pub(super) fn offset_of_milliseconds(milliseconds: i32) -> i64 {
        i64::from(milliseconds) * TICKS_PER_MILLISECOND
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: i64 = TIMESCALE / 25;

    /// Samples 40 ms apart from number `first` on, with these offsets in pictures; key every `group`.
    fn samples(first: i64, group: i64, offsets: &[i64]) -> Vec<Sample> {
        let numbered = (first..).zip(offsets);
        let samples = numbered.map(|(number, offset)| Sample {
            key: number % group == 0,
            decode_time: number * FRAME,
            duration: FRAME,
            composition_offset: offset * FRAME,
            ..Sample::default()
        });
        samples.collect()
    }

    fn placed(presentation: &mut Presentation, mut samples: Vec<Sample>) -> Vec<i64> {
        presentation.place(&mut samples);
        let times = samples.iter().map(|sample| sample.presentation_time());
        times.map(|time| time / FRAME).collect()
    }

    #[test]
    fn b_pictures_keep_their_places() {
        let mut presentation = Presentation::default();
        // I P B B P B B
        let times = placed(&mut presentation, samples(0, 100, &[1, 3, 0, 0, 3, 0, 0]));
        assert_eq!(times, [0, 3, 1, 2, 6, 4, 5]);
        assert_eq!(presentation.duration(), 7 * FRAME);
        // The next group of pictures.
        let times = placed(&mut presentation, samples(7, 7, &[1, 3, 0, 0]));
        assert_eq!(times, [7, 10, 8, 9]);
        assert_eq!(presentation.duration(), 11 * FRAME);
    }

    #[test]
    fn a_constant_offset_is_taken_out() {
        for offset in [1, 2, 825, -3] {
            let mut presentation = Presentation::default();
            let times = placed(&mut presentation, samples(0, 4, &[offset; 6]));
            assert_eq!(times, [0, 1, 2, 3, 4, 5], "{offset}");
            assert_eq!(presentation.duration(), 6 * FRAME);
        }
    }

    #[test]
    fn another_constant_counts_from_a_key_picture_on() {
        let mut presentation = Presentation::default();
        let offsets = [1, 3, 0, 0, 826, 828, 825, 825, -99, -97, -100, -100];
        let times = placed(&mut presentation, samples(0, 4, &offsets));
        assert_eq!(times, [0, 3, 1, 2, 4, 7, 5, 6, 8, 11, 9, 10]);
    }

    #[test]
    fn a_picture_whose_offset_makes_no_sense_is_shown_when_it_is_decoded() {
        let mut presentation = Presentation::default();
        let offsets = [0, 0, 200_000, 0, -200_000, 0];
        let times = placed(&mut presentation, samples(0, 100, &offsets));
        assert_eq!(times, [0, 1, 2, 3, 4, 5]);
        assert_eq!(presentation.duration(), 6 * FRAME);
    }

    #[test]
    fn pictures_after_a_long_gap_may_be_shown_as_much_later() {
        // The encoder waited 10 s for a picture; it says when the next ones are decoded by when it got others.
        let mut samples = samples(0, 100, &[1, 1, 1]);
        samples[1].composition_offset = 10 * TIMESCALE;
        samples[1].duration = 10 * TIMESCALE;
        samples[2].decode_time += 10 * TIMESCALE;
        let offset = samples[1].composition_offset;
        Presentation::default().place(&mut samples);
        assert_eq!(samples[1].composition_offset, offset - FRAME);
    }

    #[test]
    fn no_two_pictures_are_shown_at_once_whatever_the_offsets_are() {
        let mut presentation = Presentation::default();
        let mut shown = Vec::new();
        let mut seed = 1_u32;
        for fragment in 0..50 {
            let mut samples = samples(fragment * 10, 25, &[0; 10]);
            for sample in &mut samples {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let milliseconds = (seed >> 16).cast_signed() % 3000 - 1500;
                sample.composition_offset = Sample::offset_of_milliseconds(milliseconds);
            }
            presentation.place(&mut samples);
            let times: Vec<_> = samples.iter().map(Sample::presentation_time).collect();
            assert!(times.iter().all(|time| *time >= 0));
            shown.extend(times);
        }
        let pictures = shown.len();
        for near in shown.windows(NEIGHBOURS) {
            assert!(!near[1..].contains(&near[0]));
        }
        assert_eq!(pictures, 500);
        let end = shown.iter().max().expect("pictures") + FRAME;
        assert_eq!(presentation.duration(), end);
    }
}
