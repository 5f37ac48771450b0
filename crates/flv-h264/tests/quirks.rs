//! What encoders really send: one test for each thing to put up with.

mod support;

use flv_h264::{
    AccessUnit, AccessUnitBuilder, Counters, ParameterSets, Payload, SyncPoint, UnsupportedCodec,
    VideoCodec, VideoEvent, nal::SliceKind,
};
use support::*;

/// A builder and what it delivered.
#[derive(Default)]
struct Stream {
    builder: AccessUnitBuilder,
    time: u32,
}

impl Stream {
    /// One that has had its sequence header.
    fn started() -> Self {
        let mut stream = Self::default();
        stream.parameter_sets(&sequence_header(&record(&[SPS], &[PPS])));
        stream
    }

    fn push(&mut self, message: &[u8]) -> Result<Option<VideoEvent>, UnsupportedCodec> {
        self.time += 40;
        self.push_at(self.time, message)
    }

    fn push_at(
        &mut self,
        time: u32,
        message: &[u8],
    ) -> Result<Option<VideoEvent>, UnsupportedCodec> {
        // Room in front as the chunk decoder leaves it.
        let buffer = [&[0xEE; 64], message].concat();
        self.builder.push(time, Payload::new(buffer, 64))?;
        // Here every message is a whole picture; tests/messages.rs has those that are not.
        self.builder.release();
        let mut events = events_of(&mut self.builder);
        events.retain(|event| !matches!(event, VideoEvent::Habit(_)));
        assert!(events.len() <= 1, "{events:?}");
        Ok(events.pop())
    }

    /// Pushes a message that yields nothing.
    #[track_caller]
    fn nothing(&mut self, message: &[u8]) {
        let event = self.push(message).expect("H.264 or junk");
        assert!(event.is_none(), "{event:?}");
    }

    /// Pushes a message that is refused.
    #[track_caller]
    fn refused(&mut self, message: &[u8]) -> VideoCodec {
        self.push(message).expect_err("another codec").codec
    }

    /// Pushes a message that yields new parameter sets.
    #[track_caller]
    fn parameter_sets(&mut self, message: &[u8]) -> ParameterSets {
        match self.push(message).expect("H.264") {
            Some(VideoEvent::ParameterSets(sets)) => (*sets).clone(),
            other => panic!("{other:?}"),
        }
    }

    /// Pushes a message that yields a picture.
    #[track_caller]
    fn picture(&mut self, message: &[u8]) -> AccessUnit {
        match self.push(message).expect("H.264") {
            Some(VideoEvent::AccessUnit(unit)) => unit,
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn idr(&mut self) -> AccessUnit {
        self.picture(&avc_message(KEY, 0, &lengths(&[IDR])))
    }

    #[track_caller]
    fn p(&mut self) -> AccessUnit {
        self.picture(&avc_message(INTER, 0, &lengths(&[P_SLICE])))
    }

    fn counters(&self) -> Counters {
        self.builder.counters()
    }
}

#[track_caller]
fn assert_units(unit: &AccessUnit, units: &[&[u8]]) {
    assert_eq!(unit.data, annex_b(units));
}

// An ordinary stream.

#[test]
fn an_idr_picture_gets_its_parameter_sets_and_others_do_not() {
    let mut stream = Stream::started();
    let idr = stream.idr();
    assert_eq!(idr.sync, SyncPoint::Idr);
    assert_eq!(idr.slice, SliceKind::I);
    assert_units(&idr, &[SPS, PPS, IDR]);
    let p = stream.p();
    assert_eq!(p.sync, SyncPoint::None);
    assert_eq!(p.slice, SliceKind::P);
    assert_units(&p, &[P_SLICE]);
}

#[test]
fn the_sequence_header_tells_profile_level_size_and_rate() {
    let sets = Stream::default().parameter_sets(&sequence_header(&record(&[SPS], &[PPS])));
    let info = sets.info.expect("x264's can be read");
    assert_eq!(info.profile.to_string(), "High");
    assert_eq!(info.level.to_string(), "3");
    assert_eq!((info.width, info.height), (640, 480));
    assert_eq!(info.frame_rate.expect("told").as_f64(), 25.0);
    assert_eq!(sets.sps, [SPS]);
    assert_eq!(sets.pps, [PPS]);
}

#[test]
fn the_key_flag_does_not_make_an_idr_picture_nor_does_its_absence_unmake_one() {
    let mut stream = Stream::started();
    let flagged = stream.picture(&avc_message(KEY, 0, &lengths(&[P_SLICE])));
    assert_eq!(flagged.sync, SyncPoint::None);
    let unflagged = stream.picture(&avc_message(INTER, 0, &lengths(&[IDR])));
    assert_eq!(unflagged.sync, SyncPoint::Idr);
    assert_units(&unflagged, &[SPS, PPS, IDR]);
}

#[test]
fn a_delimiter_stays_first() {
    let mut stream = Stream::started();
    let idr = stream.picture(&avc_message(KEY, 0, &lengths(&[DELIMITER, SEI, IDR])));
    assert_units(&idr, &[DELIMITER, SPS, PPS, SEI, IDR]);
    let p = stream.picture(&avc_message(INTER, 0, &lengths(&[DELIMITER, P_SLICE])));
    assert_units(&p, &[DELIMITER, P_SLICE]);
}

#[test]
fn a_delimiter_behind_sei_becomes_first() {
    // As FFmpeg muxes what x264 makes with repeated headers.
    let mut stream = Stream::started();
    let units = [SEI, DELIMITER, SPS, PPS, SEI, IDR];
    let idr = stream.picture(&avc_message(KEY, 0, &lengths(&units)));
    assert_units(&idr, &[DELIMITER, SPS, PPS, SEI, SEI, IDR]);
}

#[test]
fn every_length_size_is_read() {
    for size in 1..=4 {
        let mut stream = Stream::default();
        stream.parameter_sets(&sequence_header(&record_of(size, &[SPS], &[PPS])));
        let units = [SEI, IDR, IDR_1];
        let idr = stream.picture(&avc_message(KEY, 0, &lengths_of(size.into(), &units)));
        assert_units(&idr, &[SPS, PPS, SEI, IDR, IDR_1]);
    }
}

#[test]
fn end_of_sequence_is_told() {
    let mut stream = Stream::started();
    let event = stream.push(&[0x17, 2, 0, 0, 0]).unwrap();
    assert!(matches!(event, Some(VideoEvent::EndOfSequence)));
    let event = stream.push(&[0x17, 2]).unwrap();
    assert!(matches!(event, Some(VideoEvent::EndOfSequence)));
}

// Zero-length NALs, packets without NALs.

#[test]
fn zero_length_nal_units_are_skipped() {
    let mut stream = Stream::started();
    let idr = stream.picture(&avc_message(KEY, 0, &lengths(&[&[], IDR])));
    assert_units(&idr, &[SPS, PPS, IDR]);
    let idr = stream.picture(&avc_message(
        KEY,
        0,
        &lengths(&[DELIMITER, &[], &[], SEI, &[], IDR, &[]]),
    ));
    assert_units(&idr, &[DELIMITER, SPS, PPS, SEI, IDR]);
    let p = stream.picture(&avc_message(INTER, 0, &lengths(&[&[], P_SLICE, &[]])));
    assert_units(&p, &[P_SLICE]);
    assert_eq!(stream.counters().empty_nal_units, 7);
}

#[test]
fn packets_without_nal_units_are_skipped() {
    let mut stream = Stream::started();
    stream.nothing(&avc_message(INTER, 0, &[]));
    stream.nothing(&avc_message(INTER, 0, &lengths(&[&[], &[]])));
    assert_units(&stream.p(), &[P_SLICE]);
}

// The sequence header every second, unchanged.

#[test]
fn an_unchanged_sequence_header_is_no_reset() {
    let mut stream = Stream::started();
    stream.idr();
    for _ in 0..3 {
        stream.nothing(&sequence_header(&record(&[SPS], &[PPS])));
        assert_units(&stream.p(), &[P_SLICE]);
    }
    assert_eq!(stream.counters().repeated_sequence_headers, 3);
    assert_eq!(stream.counters().parameter_set_changes, 1);
}

#[test]
fn a_sequence_header_of_other_bytes_but_the_same_sets_is_no_reset_either() {
    let mut stream = Stream::started();
    let mut other_level = record(&[SPS], &[PPS]);
    other_level[3] = 0x28;
    stream.nothing(&sequence_header(&other_level));
    assert_eq!(stream.counters().parameter_set_changes, 1);
}

#[test]
fn a_repeated_sequence_header_does_not_undo_what_came_in_band() {
    let mut stream = Stream::started();
    stream.idr();
    stream.picture(&avc_message(KEY, 0, &lengths(&[OTHER_SPS, OTHER_PPS, IDR])));
    stream.nothing(&sequence_header(&record(&[SPS], &[PPS])));
    assert_units(&stream.idr(), &[OTHER_SPS, OTHER_PPS, IDR]);
}

// SPS/PPS change in mid-stream; several SPS or PPS.

#[test]
fn changed_parameter_sets_are_used_from_the_next_idr_picture() {
    let mut stream = Stream::started();
    stream.idr();
    let sets = stream.parameter_sets(&sequence_header(&record(&[OTHER_SPS], &[OTHER_PPS])));
    assert_eq!(sets.info.map(|info| info.height), Some(1080));
    assert_units(&stream.p(), &[P_SLICE]);
    let refresh = stream.picture(&avc_message(KEY, 0, &lengths(&[RECOVERY_POINT, P_SLICE])));
    assert_units(&refresh, &[SPS, PPS, RECOVERY_POINT, P_SLICE]);
    assert_units(&stream.idr(), &[OTHER_SPS, OTHER_PPS, IDR]);
    let refresh = stream.picture(&avc_message(KEY, 0, &lengths(&[RECOVERY_POINT, P_SLICE])));
    assert_units(&refresh, &[OTHER_SPS, OTHER_PPS, RECOVERY_POINT, P_SLICE]);
}

#[test]
fn several_parameter_sets_are_all_kept() {
    let mut stream = Stream::default();
    let sets = stream.parameter_sets(&sequence_header(&record(&[SPS], &[PPS, PPS_1])));
    assert_eq!(sets.pps, [PPS, PPS_1]);
    assert_units(&stream.idr(), &[SPS, PPS, PPS_1, IDR]);
}

#[test]
fn parameter_sets_of_other_ids_in_band_are_added() {
    let mut stream = Stream::started();
    let idr = stream.picture(&avc_message(KEY, 0, &lengths(&[PPS_1, IDR])));
    assert_units(&idr, &[SPS, PPS, PPS_1, IDR]);
    assert!(idr.new_parameter_sets.is_some());
    let idr = stream.idr();
    assert_units(&idr, &[SPS, PPS, PPS_1, IDR]);
    assert!(idr.new_parameter_sets.is_none());
}

#[test]
fn a_picture_parameter_set_that_changes_between_pictures_stays_where_it_is() {
    let mut stream = Stream::started();
    stream.idr();
    let p = stream.picture(&avc_message(INTER, 0, &lengths(&[OTHER_PPS, P_SLICE])));
    assert_units(&p, &[OTHER_PPS, P_SLICE]);
    assert!(p.new_parameter_sets.is_some());
    let refresh = stream.picture(&avc_message(KEY, 0, &lengths(&[RECOVERY_POINT, P_SLICE])));
    assert_units(&refresh, &[SPS, OTHER_PPS, RECOVERY_POINT, P_SLICE]);
}

#[test]
fn a_picture_parameter_set_alone_goes_with_the_next_picture() {
    let mut stream = Stream::started();
    stream.idr();
    stream.parameter_sets(&avc_message(INTER, 0, &lengths(&[OTHER_PPS])));
    assert_units(&stream.p(), &[OTHER_PPS, P_SLICE]);
    stream.parameter_sets(&avc_message(INTER, 0, &lengths(&[PPS])));
    assert_units(&stream.idr(), &[SPS, PPS, IDR]);
}

#[test]
fn a_picture_parameter_set_beside_a_waiting_sequence_parameter_set_waits_too() {
    let mut stream = Stream::started();
    stream.idr();
    stream.parameter_sets(&sequence_header(&record(&[OTHER_SPS], &[OTHER_PPS])));
    let p = stream.picture(&avc_message(INTER, 0, &lengths(&[PPS_1, P_SLICE])));
    assert_units(&p, &[PPS_1, P_SLICE]);
    let refresh = stream.picture(&avc_message(KEY, 0, &lengths(&[RECOVERY_POINT, P_SLICE])));
    assert_units(&refresh, &[SPS, PPS, RECOVERY_POINT, P_SLICE]);
    assert_units(&stream.idr(), &[OTHER_SPS, OTHER_PPS, PPS_1, IDR]);
}

#[test]
fn a_recovery_point_with_parameter_sets_of_its_own_uses_them() {
    let mut stream = Stream::started();
    stream.idr();
    let units = [OTHER_SPS, OTHER_PPS, RECOVERY_POINT, P_SLICE];
    let refresh = stream.picture(&avc_message(KEY, 0, &lengths(&units)));
    assert_units(&refresh, &units);
}

#[test]
fn a_parameter_set_over_the_limit_stays_where_it_is() {
    let mut large = PPS_1.to_vec();
    large.resize(9000, 0x55);
    let mut stream = Stream::started();
    let idr = stream.picture(&avc_message(KEY, 0, &lengths(&[&large, IDR])));
    assert_units(&idr, &[SPS, PPS, &large, IDR]);
    assert_eq!(stream.counters().refused_parameter_sets, 1);
}

// No sequence header, parameter sets in band.

#[test]
fn parameter_sets_are_learned_from_the_stream() {
    let mut stream = Stream::default();
    let idr = stream.picture(&avc_message(KEY, 0, &lengths(&[SPS, PPS, IDR])));
    assert_units(&idr, &[SPS, PPS, IDR]);
    let sets = idr.new_parameter_sets.expect("they are new");
    assert_eq!(sets.info.as_ref().map(|info| info.width), Some(640));
    assert_units(&stream.idr(), &[SPS, PPS, IDR]);
}

#[test]
fn parameter_sets_are_learned_from_messages_of_their_own() {
    let mut stream = Stream::default();
    stream.nothing(&avc_message(KEY, 0, &lengths(&[SPS])));
    let sets = stream.parameter_sets(&avc_message(KEY, 0, &lengths(&[PPS])));
    assert_eq!((sets.sps, sets.pps), (vec![SPS.into()], vec![PPS.into()]));
    assert_units(&stream.idr(), &[SPS, PPS, IDR]);
}

#[test]
fn a_record_without_parameter_sets_leaves_them_to_the_stream() {
    let mut stream = Stream::default();
    stream.nothing(&sequence_header(&record_of(2, &[], &[])));
    let idr = stream.picture(&avc_message(KEY, 0, &lengths_of(2, &[SPS, PPS, IDR])));
    assert_units(&idr, &[SPS, PPS, IDR]);
    assert_eq!(stream.counters().broken_sequence_headers, 0);
}

#[test]
fn pictures_before_any_parameter_sets_are_counted_and_left_out() {
    let mut stream = Stream::default();
    stream.nothing(&avc_message(KEY, 0, &lengths(&[IDR])));
    stream.nothing(&avc_message(INTER, 0, &lengths(&[SEI, P_SLICE])));
    stream.nothing(&avc_message(INTER, 0, &lengths(&[SPS, P_SLICE])));
    assert_eq!(stream.counters().pictures_without_parameter_sets, 3);
    stream.parameter_sets(&sequence_header(&record(&[SPS], &[PPS])));
    assert_units(&stream.idr(), &[SPS, PPS, IDR]);
}

#[test]
fn a_picture_right_in_front_of_its_parameter_sets_is_a_start() {
    let header = sequence_header(&record(&[SPS], &[PPS]));
    let in_band = avc_message(KEY, 0, &lengths(&[SPS, PPS]));
    for sets in [header, in_band] {
        let mut builder = AccessUnitBuilder::new();
        let mut push = |time, message: &[u8]| {
            builder.push(time, message.to_vec().into()).expect("H.264");
            builder.release();
            let mut units = pictures_of(&mut builder);
            assert!(units.len() <= 1);
            units.pop()
        };
        // An earlier one would be of no use.
        assert!(push(0, &avc_message(KEY, 0, &lengths(&[SEI, IDR]))).is_none());
        assert!(push(39, &avc_message(KEY, 0, &lengths(&[SEI]))).is_none());
        assert!(push(40, &avc_message(KEY, 0, &lengths(&[IDR]))).is_none());
        assert!(push(41, &avc_message(INTER, 0, &lengths(&[RECOVERY_POINT]))).is_none());
        let idr = push(42, &sets).expect("the picture");
        assert_eq!((idr.timestamp_ms, idr.sync), (40, SyncPoint::Idr));
        assert_units(&idr, &[SPS, PPS, SEI, IDR]);
        let next = push(80, &avc_message(INTER, 0, &lengths(&[P_SLICE])));
        assert_units(&next.expect("a picture"), &[RECOVERY_POINT, P_SLICE]);
        assert_eq!(builder.counters().pictures_without_parameter_sets, 1);
    }
    // Or in one message.
    let mut stream = Stream::default();
    let idr = stream.picture(&avc_message(KEY, 0, &lengths(&[IDR, SPS, PPS])));
    assert_units(&idr, &[SPS, PPS, IDR]);
}

// Parameter sets in band as well as in the header.

#[test]
fn parameter_sets_in_band_are_not_sent_twice() {
    let arrangements: [&[&[u8]]; 6] = [
        &[SPS, PPS, IDR],
        &[PPS, SPS, IDR],
        &[SPS, PPS, SPS, PPS, IDR],
        &[SPS, IDR],
        &[SPS, PPS, IDR, PPS, IDR_1],
        &[&[], SPS, &[], PPS, IDR],
    ];
    for units in arrangements {
        let mut stream = Stream::started();
        let idr = stream.picture(&avc_message(KEY, 0, &lengths(units)));
        let slices: Vec<&[u8]> = units
            .iter()
            .copied()
            .filter(|unit| [IDR, IDR_1].contains(unit))
            .collect();
        assert_units(&idr, &[&[SPS, PPS][..], &slices].concat());
        assert!(idr.new_parameter_sets.is_none());
    }
}

#[test]
fn parameter_sets_behind_sei_are_not_sent_twice() {
    let mut stream = Stream::started();
    let units = [DELIMITER, SEI, SPS, PPS, IDR];
    let idr = stream.picture(&avc_message(KEY, 0, &lengths(&units)));
    assert_units(&idr, &[DELIMITER, SPS, PPS, SEI, IDR]);
}

#[test]
fn known_parameter_sets_in_front_of_other_pictures_are_left_out() {
    let mut stream = Stream::started();
    stream.idr();
    let p = stream.picture(&avc_message(INTER, 0, &lengths(&[SPS, PPS, P_SLICE])));
    assert_units(&p, &[P_SLICE]);
}

#[test]
fn parameter_sets_alone_that_are_known_are_nothing() {
    let mut stream = Stream::started();
    stream.nothing(&avc_message(KEY, 0, &lengths(&[SPS, PPS])));
    assert_units(&stream.idr(), &[SPS, PPS, IDR]);
}

// Annex B inside FLV.

#[test]
fn start_codes_instead_of_lengths_are_recognised() {
    let mut stream = Stream::started();
    let idr = stream.picture(&avc_message(KEY, 0, &annex_b(&[IDR])));
    assert_units(&idr, &[SPS, PPS, IDR]);
    let p = stream.picture(&avc_message(INTER, 0, &annex_b(&[P_SLICE])));
    assert_units(&p, &[P_SLICE]);
    assert_eq!(stream.counters().annex_b_messages, 2);
}

#[test]
fn start_codes_of_three_bytes_and_padding_become_four_bytes() {
    let mut stream = Stream::started();
    let body = [
        &[0, 0, 1],
        SEI,
        &[0, 0, 0, 0, 1],
        IDR,
        &[0, 0, 1],
        IDR_1,
        &[0, 0, 0],
    ]
    .concat();
    let idr = stream.picture(&avc_message(KEY, 0, &body));
    assert_units(&idr, &[SPS, PPS, SEI, IDR, IDR_1]);
}

#[test]
fn start_codes_whose_lengths_even_out_are_told_apart() {
    // 3 and 5 bytes are as many as 4 and 4.
    let body = [&[0, 0, 1], SEI, &[0, 0, 0, 0, 1], P_SLICE].concat();
    let p = Stream::started().picture(&avc_message(INTER, 0, &body));
    assert_units(&p, &[SEI, P_SLICE]);
}

#[test]
fn zeros_behind_the_last_unit_are_cut_off() {
    let body = [annex_b(&[SEI, P_SLICE]), vec![0; 5]].concat();
    let p = Stream::started().picture(&avc_message(INTER, 0, &body));
    assert_units(&p, &[SEI, P_SLICE]);
}

#[test]
fn start_codes_with_parameter_sets_and_no_sequence_header_are_learned() {
    let mut stream = Stream::default();
    let idr = stream.picture(&avc_message(KEY, 0, &annex_b(&[DELIMITER, SPS, PPS, IDR])));
    assert_units(&idr, &[DELIMITER, SPS, PPS, IDR]);
}

#[test]
fn a_sequence_header_of_start_codes_is_learned() {
    let mut stream = Stream::default();
    stream.parameter_sets(&sequence_header(&annex_b(&[SPS, PPS])));
    let idr = stream.picture(&avc_message(KEY, 0, &annex_b(&[IDR])));
    assert_units(&idr, &[SPS, PPS, IDR]);
}

#[test]
fn start_codes_are_remembered_where_lengths_would_do_as_well() {
    // 00 00 00 01 06 could be a unit of one byte.
    let ambiguous = [0, 0, 0, 1, 0x41];
    let mut stream = Stream::started();
    stream.picture(&avc_message(KEY, 0, &annex_b(&[IDR])));
    stream.picture(&avc_message(INTER, 0, &ambiguous));
    assert_eq!(stream.counters().annex_b_messages, 2);
    stream.idr();
    stream.picture(&avc_message(INTER, 0, &ambiguous));
    assert_eq!(
        stream.counters().annex_b_messages,
        2,
        "lengths came in between"
    );
}

#[test]
fn a_length_that_looks_like_a_start_code_is_a_length() {
    // 00 00 01 xx: units of 256 to 511 bytes.
    let mut stream = Stream::started();
    for length in [256, 300, 511] {
        let mut slice = P_SLICE.to_vec();
        slice.resize(length, 0x55);
        let p = stream.picture(&avc_message(INTER, 0, &lengths(&[&slice])));
        assert_units(&p, &[&slice]);
    }
    assert_eq!(stream.counters().annex_b_messages, 0);
}

#[test]
fn start_codes_behind_lengths_are_unwrapped() {
    let mut stream = Stream::started();
    let wrapped = annex_b(&[SPS, PPS, IDR]);
    let idr = stream.picture(&avc_message(KEY, 0, &lengths(&[&wrapped])));
    assert_units(&idr, &[SPS, PPS, IDR]);
    let p = stream.picture(&avc_message(
        INTER,
        0,
        &lengths(&[SEI, &annex_b(&[P_SLICE])]),
    ));
    assert_units(&p, &[SEI, P_SLICE]);
}

#[test]
fn start_codes_in_the_lists_of_a_record_are_unwrapped() {
    let mut stream = Stream::default();
    let (sps, pps) = (annex_b(&[SPS]), annex_b(&[PPS]));
    let sets = stream.parameter_sets(&sequence_header(&record(&[&sps], &[&pps])));
    assert_eq!((sets.sps, sets.pps), (vec![SPS.into()], vec![PPS.into()]));
}

#[test]
fn lengths_that_do_not_tile_are_junk() {
    let mut stream = Stream::started();
    stream.nothing(&avc_message(INTER, 0, &[0, 0, 0, 9, 0x41, 0x9A]));
    assert_eq!(stream.counters().malformed_messages, 1);
    assert_units(&stream.p(), &[P_SLICE]);
}

#[test]
fn a_tail_too_short_for_a_length_is_left_out() {
    let mut stream = Stream::started();
    for tail in 1..4 {
        let body = [lengths(&[P_SLICE]), vec![0; tail]].concat();
        let p = stream.picture(&avc_message(INTER, 0, &body));
        assert_units(&p, &[P_SLICE]);
    }
}

// H.265 in every disguise, and the other codecs.

#[test]
fn hevc_labelled_as_avc_is_taken_for_what_it_is() {
    for hvcc in hevc_records() {
        let enhanced = [&[0x90], &b"avc1"[..], &hvcc].concat();
        for header in [sequence_header(&hvcc), enhanced] {
            for mut stream in [Stream::default(), Stream::started()] {
                let sets = stream.parameter_sets(&header);
                assert_eq!(sets.codec, VideoCodec::Hevc);
                assert_eq!((sets.vps.len(), sets.sps.len(), sets.pps.len()), (1, 1, 1));
                let message = avc_message(KEY, 0, &lengths(&[HEVC_IDR]));
                let idr = stream.picture(&message);
                assert_eq!((idr.codec, idr.sync), (VideoCodec::Hevc, SyncPoint::Idr));
                let units: Vec<&[u8]> =
                    [&sets.vps[0][..], &sets.sps[0], &sets.pps[0], HEVC_IDR].into();
                assert_units(&idr, &units);
            }
        }
    }
}

#[test]
fn hevc_in_band_labelled_as_avc_is_taken_for_what_it_is() {
    for units in [
        &[HEVC_VPS, HEVC_SPS, HEVC_PPS, HEVC_IDR][..],
        &[HEVC_VPS, HEVC_SPS, HEVC_PPS],
    ] {
        for body in [lengths(units), annex_b(units)] {
            let mut stream = Stream::default();
            stream
                .push(&avc_message(KEY, 0, &body))
                .unwrap()
                .expect("sets or a picture");
            let idr = stream.picture(&avc_message(KEY, 0, &lengths(&[HEVC_IDR])));
            assert_units(&idr, &[HEVC_VPS, HEVC_SPS, HEVC_PPS, HEVC_IDR]);
        }
        let mut stream = Stream::default();
        stream.parameter_sets(&sequence_header(&annex_b(units)));
        let idr = stream.picture(&avc_message(KEY, 0, &annex_b(&[HEVC_IDR])));
        assert_units(&idr, &[HEVC_VPS, HEVC_SPS, HEVC_PPS, HEVC_IDR]);
    }
}

#[test]
fn one_unit_that_could_be_hevc_is_not_enough() {
    for unit in [&[0x40, 1, 0x0C][..], &[0x42, 1, 1]] {
        let message = avc_message(KEY, 0, &lengths(&[unit, SPS, PPS]));
        assert!(Stream::default().push(&message).is_ok());
    }
}

#[test]
fn legacy_codec_id_12_is_hevc() {
    let mut stream = Stream::default();
    let hvcc = hevc_records().next().expect("one");
    let sets = stream.parameter_sets(&[&[0x1C, 0, 0, 0, 0], &hvcc[..]].concat());
    assert_eq!(sets.codec, VideoCodec::Hevc);
    let message = [&[0x1C, 1, 0, 0, 40], &lengths(&[HEVC_IDR])[..]].concat();
    let idr = stream.picture(&message);
    assert_eq!((idr.codec, idr.sync), (VideoCodec::Hevc, SyncPoint::Idr));
    let end = stream.push(&[0x1C, 2]).unwrap();
    assert!(matches!(end, Some(VideoEvent::EndOfSequence)));
}

#[test]
fn every_other_codec_is_refused_by_name() {
    let legacy = [
        (2, "Sorenson H.263"),
        (3, "Screen Video"),
        (4, "On2 VP6"),
        (5, "On2 VP6 with alpha channel"),
        (6, "Screen Video 2"),
        (13, "AV1"),
    ];
    for (id, name) in legacy {
        assert_eq!(
            Stream::default().refused(&[KEY | id, 0, 0]).to_string(),
            name
        );
    }
    let enhanced = [
        (b"av01", "AV1"),
        (b"vp09", "VP9"),
        (b"vp08", "VP8"),
        (b"vvc1", "VVC (H.266)"),
        (b"xyz1", "unknown codec \"xyz1\""),
    ];
    for (code, name) in enhanced {
        for packet_type in 0..=3 {
            let message = [&[0x90 | packet_type], &code[..], &[0, 0, 0, 0]].concat();
            assert_eq!(Stream::default().refused(&message).to_string(), name);
        }
    }
    let codec = VideoCodec::Av1;
    let refusal = UnsupportedCodec { codec }.to_string();
    assert_eq!(refusal, "AV1 is not supported, H.264 or H.265 is needed");
}

#[test]
fn a_few_messages_of_another_codec_end_no_stream() {
    let vp6 = [KEY | 4, 0, 0, 1, 2];
    let av1 = [&[0x91], &b"av01"[..], &[0, 0, 0, 0]].concat();
    let mut stream = Stream::started();
    for _ in 0..20 {
        stream.idr();
        for _ in 0..7 {
            stream.nothing(&vp6);
        }
    }
    assert_eq!(stream.counters().messages_of_other_codecs, 140);
    stream.idr();
    // Several in a row are what the encoder sends from now on.
    for _ in 0..7 {
        stream.nothing(&av1);
    }
    assert_eq!(stream.refused(&av1), VideoCodec::Av1);
    // Of the next publish nothing is known, but that there were pictures.
    stream.builder = stream.builder.into_successor();
    stream.nothing(&av1);
    assert_units(&stream.idr(), &[SPS, PPS, IDR]);
}

#[test]
fn codec_ids_without_a_meaning_are_junk() {
    let mut stream = Stream::started();
    for id in [0, 1, 8, 9, 10, 11, 14, 15] {
        stream.nothing(&[KEY | id, 1, 0, 0, 0]);
    }
    stream.nothing(&[0x90, 0, 1, 2, 3, 4]);
    assert_eq!(stream.counters().undefined_codec_ids, 9);
}

// Empty or one-byte messages, frame type 5, broken records.

#[test]
fn empty_and_one_byte_messages_are_ignored() {
    let mut stream = Stream::started();
    stream.nothing(&[]);
    for byte in 0..=u8::MAX {
        stream.nothing(&[byte]);
    }
    assert_eq!(stream.counters().empty_messages, 257);
    assert_units(&stream.p(), &[P_SLICE]);
}

#[test]
fn a_buffer_that_ends_before_its_body_is_an_empty_message() {
    let mut builder = AccessUnitBuilder::new();
    builder.push(0, Payload::new(vec![1, 2, 3], 9)).unwrap();
    assert!(builder.poll_event().is_none());
}

#[test]
fn a_command_is_not_a_picture() {
    let mut stream = Stream::started();
    stream.nothing(&[0x57, 0]);
    stream.nothing(&[0x52, 1]);
    stream.nothing(&[0xD1, 1]);
    stream.nothing(&[&[0xD1], &b"hvc1"[..], &[0; 9]].concat());
    assert_eq!(stream.counters().non_picture_messages, 4);
}

#[test]
fn broken_configuration_records_leave_the_last_good_one() {
    let mut stream = Stream::started();
    let good = record(&[OTHER_SPS], &[OTHER_PPS]);
    stream.nothing(&sequence_header(&[]));
    for end in 1..good.len() {
        stream.nothing(&sequence_header(&good[..end]));
        assert_units(&stream.idr(), &[SPS, PPS, IDR]);
    }
    assert_eq!(stream.counters().broken_sequence_headers, good.len() as u64);
    stream.nothing(&sequence_header(&record(&[SEI], &[PPS])));
    assert_units(&stream.idr(), &[SPS, PPS, IDR]);
}

#[test]
fn sloppy_configuration_records_are_taken() {
    let mut wrong_version = record(&[SPS], &[PPS]);
    wrong_version[0] = 0;
    let mut no_reserved_bits = record(&[SPS], &[PPS]);
    no_reserved_bits[4] &= 0x03;
    no_reserved_bits[5] &= 0x1F;
    let mut trailing_bytes = record(&[SPS], &[PPS]);
    trailing_bytes.extend([0xFD, 0xF8, 0xF8, 7, 1, 2, 3]);
    let wrong_lists = record(&[PPS], &[SPS]);
    let empty_sets = record(&[SPS, &[]], &[&[], PPS]);
    for sloppy in [
        wrong_version,
        no_reserved_bits,
        trailing_bytes,
        wrong_lists,
        empty_sets,
    ] {
        let mut stream = Stream::default();
        stream.parameter_sets(&sequence_header(&sloppy));
        assert_units(&stream.idr(), &[SPS, PPS, IDR]);
    }
}

// SEI and delimiters alone.

#[test]
fn sei_and_delimiters_alone_are_joined_to_the_next_picture() {
    let mut stream = Stream::started();
    stream.nothing(&avc_message(INTER, 0, &lengths(&[DELIMITER])));
    stream.nothing(&avc_message(INTER, 0, &lengths(&[SEI])));
    assert_units(&stream.p(), &[DELIMITER, SEI, P_SLICE]);
    assert_units(&stream.p(), &[P_SLICE]);
    stream.nothing(&avc_message(KEY, 0, &lengths(&[DELIMITER, SEI])));
    assert_units(&stream.idr(), &[DELIMITER, SPS, PPS, SEI, IDR]);
}

#[test]
fn the_pictures_own_delimiter_replaces_one_that_came_alone() {
    let mut stream = Stream::started();
    stream.nothing(&avc_message(INTER, 0, &lengths(&[&[0x09, 0x10]])));
    let p = stream.picture(&avc_message(INTER, 0, &lengths(&[DELIMITER, P_SLICE])));
    assert_units(&p, &[DELIMITER, P_SLICE]);
}

#[test]
fn filler_and_end_of_sequence_alone_are_dropped() {
    let mut stream = Stream::started();
    stream.nothing(&avc_message(INTER, 0, &lengths(&[&[0x0C, 0xFF, 0x80]])));
    stream.nothing(&avc_message(INTER, 0, &lengths(&[&[0x0A], &[0x0B]])));
    assert_units(&stream.p(), &[P_SLICE]);
}

#[test]
fn held_sei_is_bounded() {
    let mut stream = Stream::started();
    let mut large = SEI.to_vec();
    large.resize(10_000, 0x55);
    for _ in 0..20 {
        stream.nothing(&avc_message(INTER, 0, &lengths(&[&large])));
    }
    assert!(stream.counters().discarded_held_bytes > 100_000);
    assert!(stream.p().data.len() < 80_000);
    assert_units(&stream.p(), &[P_SLICE]);
}

#[test]
fn parameter_sets_are_bounded() {
    let mut stream = Stream::started();
    for id in 0..=255 {
        let mut bits = BitWriter::default();
        bits.ue(id).ue(0);
        for byte in 1..=100 {
            bits.u(8, byte);
        }
        let pps = bits.into_nal_unit(0x68);
        stream
            .push(&avc_message(KEY, 0, &lengths(&[&pps])))
            .unwrap();
    }
    assert!(stream.counters().refused_parameter_sets > 100);
    assert!(stream.idr().data.len() < 10_000);
}

#[test]
fn what_is_held_is_forgotten_with_its_picture_and_at_the_end() {
    let mut stream = Stream::default();
    stream.nothing(&avc_message(KEY, 0, &lengths(&[SEI])));
    stream.nothing(&avc_message(KEY, 0, &lengths(&[I_SLICE])));
    stream.parameter_sets(&sequence_header(&record(&[SPS], &[PPS])));
    assert_units(&stream.idr(), &[SPS, PPS, IDR]);
    stream.nothing(&avc_message(KEY, 0, &lengths(&[SEI])));
    assert!(stream.push(&[0x17, 2, 0, 0, 0]).unwrap().is_some());
    assert_units(&stream.idr(), &[SPS, PPS, IDR]);
}

// Periodic intra refresh.

#[test]
fn a_flagged_recovery_point_is_a_sync_point() {
    let mut stream = Stream::started();
    let first = stream.picture(&avc_message(KEY, 0, &lengths(&[RECOVERY_POINT, I_SLICE])));
    assert_eq!(first.sync, SyncPoint::RecoveryPoint);
    assert_units(&first, &[SPS, PPS, RECOVERY_POINT, I_SLICE]);
    let refresh = stream.picture(&avc_message(
        KEY,
        0,
        &lengths(&[SEI, RECOVERY_POINT, P_SLICE]),
    ));
    assert_eq!(refresh.sync, SyncPoint::RecoveryPoint);
    assert_units(&refresh, &[SPS, PPS, SEI, RECOVERY_POINT, P_SLICE]);
    assert_eq!(stream.counters().recovery_points, 2);
}

#[test]
fn a_recovery_point_that_is_not_flagged_is_none() {
    let mut stream = Stream::started();
    let p = stream.picture(&avc_message(INTER, 0, &lengths(&[RECOVERY_POINT, P_SLICE])));
    assert_eq!(p.sync, SyncPoint::None);
    assert_units(&p, &[RECOVERY_POINT, P_SLICE]);
}

#[test]
fn a_recovery_point_that_came_alone_counts() {
    let mut stream = Stream::started();
    stream.nothing(&avc_message(KEY, 0, &lengths(&[RECOVERY_POINT])));
    let p = stream.picture(&avc_message(KEY, 0, &lengths(&[P_SLICE])));
    assert_eq!(p.sync, SyncPoint::RecoveryPoint);
    assert_units(&p, &[SPS, PPS, RECOVERY_POINT, P_SLICE]);
}

#[test]
fn a_recovery_point_that_came_alone_counts_once() {
    let mut stream = Stream::started();
    stream.nothing(&avc_message(KEY, 0, &lengths(&[RECOVERY_POINT])));
    let flagged = avc_message(KEY, 0, &lengths(&[P_SLICE]));
    assert_eq!(stream.picture(&flagged).sync, SyncPoint::RecoveryPoint);
    assert_eq!(stream.picture(&flagged).sync, SyncPoint::None);
}

// B frames.

#[test]
fn the_composition_offset_of_b_frames_is_told() {
    let mut stream = Stream::started();
    stream.idr();
    let p = stream.picture(&avc_message(INTER, 80, &lengths(&[P_SLICE])));
    assert_eq!((p.composition_offset_ms, p.slice), (80, SliceKind::P));
    let b = stream.picture(&avc_message(INTER, -40, &lengths(&[B_SLICE])));
    assert_eq!((b.composition_offset_ms, b.slice), (-40, SliceKind::B));
    assert_eq!(stream.counters().reordered_pictures, 1);
}

// Enhanced RTMP.

fn enhanced(first: u8, rest: &[&[u8]]) -> Vec<u8> {
    [&[0x80 | first][..], &rest.concat()].concat()
}

#[test]
fn enhanced_messages_of_avc1_are_the_same_pictures() {
    let mut stream = Stream::default();
    stream.parameter_sets(&enhanced(KEY, &[b"avc1", &record(&[SPS], &[PPS])]));
    let idr = stream.picture(&enhanced(KEY | 3, &[b"avc1", &lengths(&[IDR])]));
    assert_units(&idr, &[SPS, PPS, IDR]);
    let p = stream.picture(&enhanced(
        INTER | 1,
        &[b"avc1", &[0, 0, 40], &lengths(&[P_SLICE])],
    ));
    assert_eq!(p.composition_offset_ms, 40);
    assert_units(&p, &[P_SLICE]);
    let end = stream.push(&enhanced(KEY | 2, &[b"avc1"])).unwrap();
    assert!(matches!(end, Some(VideoEvent::EndOfSequence)));
}

#[test]
fn a_nanosecond_offset_is_told() {
    let mut stream = Stream::started();
    // 3 bytes of data, type TimestampOffsetNano, leading to CodedFramesX.
    let mod_ex = [2, 0x01, 0xE2, 0x40, 0x03];
    let p = stream.picture(&enhanced(
        INTER | 7,
        &[&mod_ex, b"avc1", &lengths(&[P_SLICE])],
    ));
    assert_eq!(p.timestamp_nanos, 123_456);
}

#[test]
fn metadata_is_not_a_picture() {
    let mut stream = Stream::started();
    stream.nothing(&enhanced(KEY | 4, &[b"avc1", b"\x02\x00\x09colorInfo\x06"]));
    assert_eq!(stream.counters().non_picture_messages, 1);
}

#[test]
fn of_several_tracks_the_default_one_is_followed() {
    let mut stream = Stream::default();
    let (first, second) = (lengths(&[IDR]), lengths(&[P_SLICE]));
    let header = record(&[SPS], &[PPS]);
    stream.parameter_sets(&enhanced(KEY | 6, &[&[0x00], b"avc1", &[0], &header]));
    // CodedFramesX of two tracks: id, size, data.
    let tracks = [
        &[0x13][..],
        b"avc1",
        &[1, 0, 0, second.len() as u8],
        &second,
        &[0, 0, 0, first.len() as u8],
        &first,
    ];
    let idr = stream.picture(&enhanced(KEY | 6, &tracks));
    assert_units(&idr, &[SPS, PPS, IDR]);
    assert_eq!(stream.counters().other_track_messages, 1);
}

#[test]
fn messages_without_a_track_are_the_default_track_and_others_are_left_out() {
    let mut stream = Stream::started();
    stream.idr();
    let other = record(&[OTHER_SPS], &[OTHER_PPS]);
    stream.nothing(&enhanced(KEY | 6, &[&[0x00], b"avc1", &[1], &other]));
    stream.nothing(&enhanced(KEY | 6, &[&[0x00], b"hvc1", &[2], &[0; 9]]));
    assert_eq!(stream.counters().other_track_messages, 2);
    assert_units(&stream.idr(), &[SPS, PPS, IDR]);
}

#[test]
fn of_tracks_that_are_all_of_other_codecs_the_default_one_is_refused() {
    let tracks = [
        &[0x20][..],
        b"av01",
        &[1, 0, 0, 2, 9, 9],
        b"vp09",
        &[0, 0, 0, 2, 9, 9],
    ];
    let mut stream = Stream::default();
    assert_eq!(stream.refused(&enhanced(KEY | 6, &tracks)), VideoCodec::Vp9);
}

#[test]
fn a_track_of_a_codec_that_is_not_taken_is_not_refused_beside_one_that_is() {
    let mut stream = Stream::default();
    let header = record(&[SPS], &[PPS]);
    let tracks = [
        &[0x20][..],
        b"av01",
        &[0, 0, 0, 2, 9, 9],
        b"avc1",
        &[1, 0, 0, header.len() as u8],
        &header,
    ];
    stream.parameter_sets(&enhanced(KEY | 6, &tracks));
}

#[test]
fn the_lowest_track_is_followed_wherever_it_stands() {
    let headers = [record(&[SPS], &[PPS]), record(&[OTHER_SPS], &[OTHER_PPS])];
    let [first, second] = [1, 3].map(|id| {
        let header = &headers[usize::from(id == 3)];
        [&[id, 0, 0, header.len() as u8][..], header].concat()
    });
    for tracks in [[&first, &second], [&second, &first]] {
        let message = enhanced(KEY | 6, &[&[0x10], b"avc1", tracks[0], tracks[1]]);
        let sets = Stream::default().parameter_sets(&message);
        assert_eq!(sets.sps, [SPS]);
    }
}

#[test]
fn tracks_that_are_all_of_another_codec_are_refused() {
    let tracks = [&[0x20][..], b"av01", &[0, 0, 0, 0], b"vp09", &[1, 0, 0, 0]];
    assert_eq!(
        Stream::default().refused(&enhanced(KEY | 6, &tracks)),
        VideoCodec::Av1
    );
}

#[test]
fn the_next_publish_of_a_source_may_be_of_another_track() {
    let one_track = |packet_type: u8, id: u8, data: &[u8]| {
        enhanced(KEY | 6, &[&[packet_type], b"avc1", &[id], data])
    };
    let mut stream = Stream::started();
    stream.idr();
    let mut next = Stream {
        builder: stream.builder.into_successor(),
        ..Stream::default()
    };
    // What is known is of another track.
    next.nothing(&one_track(3, 1, &lengths(&[P_SLICE])));
    let other = record(&[OTHER_SPS], &[OTHER_PPS]);
    next.parameter_sets(&one_track(0, 1, &other));
    let idr = next.picture(&one_track(3, 1, &lengths(&[IDR])));
    assert_units(&idr, &[OTHER_SPS, OTHER_PPS, IDR]);
    // Of the same track it counts.
    let mut again = Stream {
        builder: next.builder.into_successor().into_successor(),
        ..Stream::default()
    };
    let idr = again.picture(&one_track(3, 1, &lengths(&[IDR])));
    assert_units(&idr, &[OTHER_SPS, OTHER_PPS, IDR]);
}

#[test]
fn a_lower_track_takes_over_with_nothing_known_about_it() {
    let mut stream = Stream::default();
    let other = record(&[OTHER_SPS], &[OTHER_PPS]);
    stream.parameter_sets(&enhanced(KEY | 6, &[&[0x00], b"avc1", &[1], &other]));
    stream.parameter_sets(&sequence_header(&record(&[SPS], &[PPS])));
    assert_units(&stream.idr(), &[SPS, PPS, IDR]);
}
