//! What is of H.265 alone: parameter sets, configuration records, and what its NAL units say. What
//! both codecs have in common is tested with both, in tests/messages.rs and tests/habits.rs.

mod support;

use flv_h264::h265::{
    HevcDecoderConfigurationRecord, NalUnitArray, NalUnitType, Pps, RecoveryPoint, SliceHeader,
    Sps, Vps,
};
use flv_h264::{
    AccessUnit, AccessUnitBuilder, ParseErrorKind, SyncPoint, VideoCodec, VideoEvent,
    nal::{ChromaFormat, LengthSize, NalUnit},
};
use habits::BitWriter;
use habits::generated_h265::{HevcPicture, HevcStream};
use proptest::prelude::*;
use support::*;

/// x265's record, and what ffprobe finds in the same parameter sets.
struct Fixture {
    name: &'static str,
    record: Vec<u8>,
    profile: &'static str,
    level: u8,
    size: (u32, u32),
    pix_fmt: &'static str,
    rate: &'static str,
    sample_aspect_ratio: &'static str,
    full_range: bool,
}

fn fixtures() -> Vec<Fixture> {
    include_str!("fixtures/hevc_records.tsv")
        .lines()
        .map(|line| {
            let [
                name,
                record,
                profile,
                level,
                width,
                height,
                pix_fmt,
                rate,
                _,
                sar,
                range,
            ] = fields(line);
            Fixture {
                name,
                record: unhex(record),
                profile,
                level: level.parse().expect("a number"),
                size: (width.parse().expect("one"), height.parse().expect("one")),
                pix_fmt,
                rate,
                sample_aspect_ratio: sar,
                full_range: range == "pc",
            }
        })
        .collect()
}

#[test]
fn parameter_sets_of_x265_say_what_ffprobe_reads() {
    for fixture in fixtures() {
        let name = fixture.name;
        let record = HevcDecoderConfigurationRecord::parse(&fixture.record).expect(name);
        let of_type = |unit_type| record.of_type(unit_type).next().expect("one");
        let sps = Sps::parse(of_type(NalUnitType::SPS)).expect(name);
        let pps = Pps::parse(of_type(NalUnitType::PPS)).expect(name);
        let vps = Vps::parse(of_type(NalUnitType::VPS)).expect(name);
        assert_eq!((sps.width(), sps.height()), fixture.size, "{name}");
        assert_eq!(sps.level.idc, fixture.level, "{name}");
        let profile = sps.profile.to_string();
        match fixture.profile {
            "Rext" => assert_eq!(sps.profile.idc, 4, "{name}"),
            other => assert_eq!(profile, other, "{name}"),
        }
        let chroma = match fixture.pix_fmt {
            it if it.starts_with("gray") => ChromaFormat::Monochrome,
            it if it.contains("444") => ChromaFormat::Yuv444,
            it if it.contains("422") => ChromaFormat::Yuv422,
            _ => ChromaFormat::Yuv420,
        };
        assert_eq!(sps.chroma_format, chroma, "{name}");
        let depth = match fixture.pix_fmt {
            it if it.contains("10le") => 10,
            it if it.contains("12le") => 12,
            _ => 8,
        };
        assert_eq!(
            (sps.bit_depth_luma, sps.bit_depth_chroma),
            (depth, depth),
            "{name}"
        );
        if name != "no_vui_timing" {
            let rate = sps.frame_rate().expect(name);
            let rate = format!("{}/{}", rate.numerator, rate.denominator);
            assert_eq!(rate, fixture.rate, "{name}");
        }
        let vui = sps.vui.expect(name);
        let (width, height) = vui.sample_aspect_ratio.unwrap_or((1, 1));
        assert_eq!(
            format!("{width}:{height}"),
            fixture.sample_aspect_ratio,
            "{name}"
        );
        assert_eq!(vui.full_range, fixture.full_range, "{name}");
        assert_eq!(vui.fields, name == "fields");
        assert_eq!((pps.id, pps.sps_id, sps.id, vps.id), (0, 0, 0, 0));
        assert_eq!((vps.profile, vps.level), (sps.profile, sps.level), "{name}");
        assert_eq!(vps.max_sub_layers, sps.max_sub_layers);
        assert_eq!(sps.level.high_tier, name == "high_tier");
        assert_eq!(
            (record.profile, record.level),
            (sps.profile, sps.level),
            "{name}"
        );
    }
}

#[test]
fn profiles_and_levels_have_their_usual_names() {
    let expected = [
        ("main", "Main", "3", "hvc1.1.6.L90.90"),
        ("main_10", "Main 10", "3", "hvc1.2.4.L90.90"),
        ("main_12", "Main 12", "3", "hvc1.4.10.L90.99.88"),
        ("main_444", "Main 4:4:4", "3", "hvc1.4.10.L90.9e.8"),
        ("main_422_10", "Main 4:2:2 10", "3", "hvc1.4.10.L90.9d.8"),
        ("main_444_12", "Main 4:4:4 12", "3", "hvc1.4.10.L90.98.8"),
        ("1080p", "Main", "4.1", "hvc1.1.6.L123.90"),
        ("high_tier", "Main", "5.1 High tier", "hvc1.1.6.H153.90"),
        ("level_5_2", "Main", "5.2", "hvc1.1.6.L156.90"),
    ];
    for (name, profile, level, codec_string) in expected {
        let fixture = fixtures()
            .into_iter()
            .find(|it| it.name == name)
            .expect(name);
        let sets = sets_of(&fixture.record);
        let info = sets.info.as_ref().expect(name);
        assert_eq!(
            (&info.profile[..], &info.level[..]),
            (profile, level),
            "{name}"
        );
        assert_eq!(info.codec_string, codec_string, "{name}");
        assert_eq!((info.width, info.height), fixture.size);
    }
}

#[test]
fn without_timing_in_the_vui_the_video_parameter_set_tells_the_rate() {
    let fixtures = fixtures();
    let fixture = fixtures
        .iter()
        .find(|it| it.name == "no_vui_timing")
        .expect("it");
    assert_eq!(
        sets_of(&fixture.record)
            .info
            .as_ref()
            .expect("read")
            .frame_rate,
        None
    );
    let vps = {
        let mut bits = BitWriter::default();
        bits.u(4, 0)
            .u(2, 3)
            .u(6, 0)
            .u(3, 0)
            .flag(true)
            .u(16, 0xFFFF);
        bits.u(8, 1)
            .u(16, 0x6000)
            .u(16, 0)
            .u(8, 0x90)
            .u(8, 0)
            .u(16, 0)
            .u(16, 0)
            .u(8, 90);
        bits.flag(true).ue(4).ue(2).ue(0).u(6, 3).ue(1);
        // The ids of the layers in the second set.
        bits.u(4, 0b1010);
        bits.flag(true)
            .u(32, 1001)
            .u(32, 30_000)
            .flag(false)
            .ue(0)
            .flag(false);
        bits.into_nal_unit_of(&[0x40, 0x01])
    };
    let mut record = HevcDecoderConfigurationRecord::parse(&fixture.record).expect("x265's");
    record.arrays[0].units = vec![NalUnit(&vps)];
    let mut bytes = Vec::new();
    record.encode(&mut bytes).expect("it fits");
    let rate = sets_of(&bytes)
        .info
        .as_ref()
        .expect("read")
        .frame_rate
        .expect("told");
    assert_eq!((rate.numerator, rate.denominator), (30_000, 1001));
}

fn sets_of(record: &[u8]) -> std::sync::Arc<flv_h264::ParameterSets> {
    let mut builder = AccessUnitBuilder::new();
    builder
        .push(0, sequence_header(record).into())
        .expect("a codec that is taken");
    match builder.poll_event() {
        Some(VideoEvent::ParameterSets(sets)) => sets,
        other => panic!("{other:?}"),
    }
}

// Configuration records.

#[test]
fn records_of_x265_are_to_the_letter_and_come_back() {
    for fixture in fixtures() {
        let record = HevcDecoderConfigurationRecord::parse(&fixture.record).expect("strict");
        assert_eq!(record.length_size, LengthSize::FOUR);
        let mut encoded = Vec::new();
        record.encode(&mut encoded).expect("it fits");
        assert_eq!(encoded, fixture.record);
        let tolerant = HevcDecoderConfigurationRecord::parse_tolerant(&fixture.record);
        let sets = |record: &HevcDecoderConfigurationRecord<'_>| -> Vec<Vec<u8>> {
            record
                .parameter_sets()
                .map(|unit| unit.bytes().to_vec())
                .collect()
        };
        assert_eq!(tolerant.as_ref().map(sets), Ok(sets(&record)));
    }
}

#[test]
fn a_record_is_made_of_parameter_sets() {
    let units = |unit: &'static [u8]| vec![NalUnit(unit)];
    let (vps, sps, pps) = (units(HEVC_VPS), units(HEVC_SPS), units(HEVC_PPS));
    let record = HevcDecoderConfigurationRecord::from_parameter_sets(vps, sps, pps).expect("read");
    let mut bytes = Vec::new();
    record.encode(&mut bytes).expect("it fits");
    assert_eq!(HevcDecoderConfigurationRecord::parse(&bytes), Ok(record));
    assert_eq!(&bytes[..13], [1, 1, 0x60, 0, 0, 0, 0x90, 0, 0, 0, 0, 0, 90]);
    let none = HevcDecoderConfigurationRecord::from_parameter_sets(vec![], vec![], vec![]);
    assert!(none.is_err());
}

#[test]
fn what_the_standard_does_not_allow_is_told() {
    let good = fixtures().remove(0).record;
    let kind = |bytes: &[u8]| {
        HevcDecoderConfigurationRecord::parse(bytes)
            .map(drop)
            .map_err(|it| it.kind)
    };
    let with = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] = byte;
        kind(&bytes).expect_err("it is wrong")
    };
    assert_eq!(with(0, 2), ParseErrorKind::UnsupportedVersion);
    for at in [13, 15, 16, 17, 18] {
        assert_eq!(
            with(at, good[at] & 0x0F),
            ParseErrorKind::ReservedBits,
            "{at}"
        );
    }
    assert_eq!(
        with(21, good[21] & 0xFC | 2),
        ParseErrorKind::ForbiddenLengthSize
    );
    assert_eq!(with(23, good[23] | 0x40), ParseErrorKind::ReservedBits);
    assert_eq!(with(23, good[23] ^ 1), ParseErrorKind::WrongNalUnitType);
    let long = [&good[..], &[0]].concat();
    assert_eq!(kind(&long), Err(ParseErrorKind::TrailingBytes));
    for end in 0..good.len() {
        assert_eq!(kind(&good[..end]), Err(ParseErrorKind::Truncated), "{end}");
    }
}

#[test]
fn a_record_of_units_without_end_takes_neither_memory_nor_time() {
    let head = fixtures().remove(0).record[..22].to_vec();
    for unit in [&[][..], &[0x42, 0x01], &[0, 0, 1, 0x42, 0x01]] {
        let mut bytes = [&head[..], &[255]].concat();
        while bytes.len() < 4 << 20 {
            bytes.extend([0xA1, 0xFF, 0xFF]);
            for _ in 0..0xFFFF {
                bytes.extend((unit.len() as u16).to_be_bytes());
                bytes.extend(unit);
            }
        }
        let message = [&[0x90], &b"hvc1"[..], &bytes].concat();
        let info = allocation_counter::measure(|| {
            assert!(HevcDecoderConfigurationRecord::parse(&bytes).is_err());
            let mut builder = AccessUnitBuilder::new();
            builder.push(0, message.clone().into()).expect("H.265");
        });
        let beside_the_message = info.bytes_max - message.len() as u64;
        assert!(beside_the_message < 1 << 20, "{beside_the_message}");
    }
}

#[test]
fn every_length_size_of_a_record_is_read() {
    for size in 1..=4_u8 {
        let mut stream = Stream::default();
        let mut record = HevcStream::default().record();
        record.length_size = size;
        let message = habits::Message::new(0, habits::Content::Record(record));
        assert!(matches!(
            stream.event(&message.body()),
            Some(VideoEvent::ParameterSets(_))
        ));
        let units = [PREFIX_SEI, HEVC_IDR];
        let message = hevc(KEY, &lengths_of(size.into(), &units));
        let idr = stream.picture(&message);
        assert!(idr.data.ends_with(&annex_b(&units)));
    }
}

// NAL units.

/// A prefix SEI unit of 4 bytes of user data.
const PREFIX_SEI: &[u8] = &[0x4E, 0x01, 0x05, 0x04, 1, 2, 3, 4, 0x80];
/// A suffix SEI unit with a decoded picture hash.
const SUFFIX_SEI: &[u8] = &[0x50, 0x01, 0x84, 0x02, 1, 2, 0x80];
/// recovery_point with recovery_poc_cnt 0, exact.
const RECOVERY: &[u8] = &[0x4E, 0x01, 0x06, 0x01, 0xD0, 0x80];
const AUD: &[u8] = &[0x46, 0x01, 0x50];
const END_OF_SEQUENCE: &[u8] = &[0x48, 0x01];
const END_OF_BITSTREAM: &[u8] = &[0x4A, 0x01];
const FILLER: &[u8] = &[0x4C, 0x01, 0xFF, 0xFF, 0x80];

/// An Enhanced RTMP message of coded frames.
fn hevc(frame_type: u8, data: &[u8]) -> Vec<u8> {
    [&[0x80 | frame_type | 3][..], b"hvc1", data].concat()
}

/// A picture of [`HevcStream::default`].
fn picture(unit_type: u8, serial: u32) -> Vec<u8> {
    let picture = HevcPicture {
        unit_type,
        pic_order_cnt: serial,
        serial,
    };
    HevcStream::default().picture(&picture).remove(0)
}

/// A builder and what it delivers, where every message is a whole picture.
#[derive(Default)]
struct Stream {
    builder: AccessUnitBuilder,
    time: u32,
}

impl Stream {
    fn started() -> Self {
        let mut stream = Self::default();
        let message = HevcStream::default().publish(1).messages[0].body();
        assert!(matches!(
            stream.event(&message),
            Some(VideoEvent::ParameterSets(_))
        ));
        stream
    }

    #[track_caller]
    fn event(&mut self, message: &[u8]) -> Option<VideoEvent> {
        self.time += 40;
        self.builder
            .push(self.time, message.to_vec().into())
            .expect("H.265");
        self.builder.release();
        let mut events = events_of(&mut self.builder);
        assert!(events.len() <= 1, "{events:?}");
        events.pop()
    }

    #[track_caller]
    fn picture(&mut self, message: &[u8]) -> AccessUnit {
        match self.event(message) {
            Some(VideoEvent::AccessUnit(unit)) => unit,
            other => panic!("{other:?}"),
        }
    }

    /// A picture of these units, flagged as a key frame or not.
    #[track_caller]
    fn units(&mut self, frame_type: u8, units: &[&[u8]]) -> AccessUnit {
        self.picture(&hevc(frame_type, &lengths(units)))
    }

    #[track_caller]
    fn nothing(&mut self, units: &[&[u8]]) {
        let event = self.event(&hevc(INTER, &lengths(units)));
        assert!(event.is_none(), "{event:?}");
    }
}

fn sets() -> [Vec<u8>; 3] {
    let stream = HevcStream::default();
    [stream.vps(), stream.sps(), stream.pps()]
}

#[track_caller]
fn assert_units(unit: &AccessUnit, with_sets: bool, units: &[&[u8]]) {
    let sets = sets();
    let (first, rest) = match units {
        [first, rest @ ..] if *first == AUD => (Some(*first), rest),
        _ => (None, units),
    };
    let sets = sets.iter().filter(|_| with_sets).map(|set| &set[..]);
    let expected: Vec<&[u8]> = first
        .into_iter()
        .chain(sets)
        .chain(rest.iter().copied())
        .collect();
    assert_eq!(unit.data, annex_b(&expected));
    assert!(unit.units().map(NalUnit::bytes).eq(expected));
}

#[test]
fn pictures_at_which_decoding_starts_get_their_parameter_sets() {
    let expected = [
        (16, SyncPoint::Bla),
        (17, SyncPoint::Bla),
        (18, SyncPoint::Bla),
        (19, SyncPoint::Idr),
        (20, SyncPoint::Idr),
        (21, SyncPoint::Cra),
        (0, SyncPoint::None),
        (1, SyncPoint::None),
        (2, SyncPoint::None),
        (5, SyncPoint::None),
        (6, SyncPoint::None),
        (7, SyncPoint::None),
    ];
    for (unit_type, sync) in expected {
        for frame_type in [KEY, INTER] {
            let mut stream = Stream::started();
            stream.units(KEY, &[&picture(20, 0)]);
            let slice = picture(unit_type, 1);
            let unit = stream.units(frame_type, &[&slice]);
            assert_eq!(
                (unit.codec, unit.sync),
                (VideoCodec::Hevc, sync),
                "{unit_type}"
            );
            assert!(!unit.rasl);
            assert_units(&unit, sync.is_sync(), &[&slice]);
        }
    }
}

#[test]
fn delimiters_stay_first_and_suffixes_last() {
    let mut stream = Stream::started();
    let (idr, trail) = (picture(20, 0), picture(1, 1));
    let units: [&[u8]; 4] = [AUD, PREFIX_SEI, &idr, SUFFIX_SEI];
    assert_units(&stream.units(KEY, &units), true, &units);
    let units: [&[u8]; 4] = [AUD, PREFIX_SEI, &trail, SUFFIX_SEI];
    assert_units(&stream.units(INTER, &units), false, &units);
    let moved: [&[u8]; 3] = [PREFIX_SEI, AUD, &trail];
    let units: [&[u8]; 3] = [AUD, PREFIX_SEI, &trail];
    assert_units(&stream.units(INTER, &moved), false, &units);
    // In messages of their own.
    stream.nothing(&[AUD]);
    stream.nothing(&[PREFIX_SEI]);
    assert_units(
        &stream.units(INTER, &[&trail]),
        false,
        &[AUD, PREFIX_SEI, &trail],
    );
}

#[test]
fn filler_and_other_layers_are_left_out() {
    let mut stream = Stream::started();
    let idr = picture(20, 0);
    let mut of_layer_1 = picture(1, 1);
    of_layer_1[1] |= 0x08;
    let mut of_layer_32 = picture(20, 1);
    of_layer_32[0] |= 1;
    let mut sps_of_layer_1 = HEVC_SPS.to_vec();
    sps_of_layer_1[1] |= 0x08;
    let units: [&[u8]; 7] = [
        FILLER,
        &sps_of_layer_1,
        &idr,
        FILLER,
        &of_layer_1,
        SUFFIX_SEI,
        &of_layer_32,
    ];
    let unit = stream.units(KEY, &units);
    assert_units(&unit, true, &[&idr, SUFFIX_SEI]);
    stream.nothing(&[FILLER]);
    stream.nothing(&[&of_layer_1]);
    let trail = picture(1, 2);
    assert_units(&stream.units(INTER, &[&trail, FILLER]), false, &[&trail]);
    assert_eq!(stream.builder.counters().malformed_messages, 0);
}

#[test]
fn other_parameter_sets_in_band_are_used_from_the_next_start_on() {
    let mut stream = Stream::started();
    stream.units(KEY, &[&picture(20, 0)]);
    let wide = HevcStream {
        width: 640,
        ..HevcStream::default()
    };
    let trail = picture(1, 1);
    let message = hevc(INTER, &lengths(&[&wide.sps()]));
    assert!(matches!(
        stream.event(&message),
        Some(VideoEvent::ParameterSets(_))
    ));
    assert_units(&stream.units(INTER, &[&trail]), false, &[&trail]);
    let cra = picture(21, 2);
    let unit = stream.units(KEY, &[&cra]);
    let sets = [&wide.vps()[..], &wide.sps(), &wide.pps(), &cra];
    assert_eq!(unit.data, annex_b(&sets));
}

#[test]
fn a_recovery_point_is_a_sync_point_flagged_or_not() {
    for frame_type in [KEY, INTER] {
        let mut stream = Stream::started();
        stream.units(KEY, &[&picture(20, 0)]);
        let trail = picture(1, 1);
        let unit = stream.units(frame_type, &[RECOVERY, &trail]);
        assert_eq!(unit.sync, SyncPoint::RecoveryPoint);
        assert_units(&unit, true, &[RECOVERY, &trail]);
        stream.nothing(&[RECOVERY]);
        let unit = stream.units(frame_type, &[&picture(1, 2)]);
        assert_eq!(unit.sync, SyncPoint::RecoveryPoint);
        let unit = stream.units(frame_type, &[&picture(1, 3)]);
        assert_eq!(unit.sync, SyncPoint::None, "it counts once");
        assert_eq!(stream.builder.counters().recovery_points, 2);
    }
    // Also once the shortest way is taken.
    let mut stream = Stream::started();
    stream.units(KEY, &[&picture(20, 0)]);
    for serial in 1..40 {
        assert_eq!(
            stream.units(INTER, &[PREFIX_SEI, &picture(1, serial)]).sync,
            SyncPoint::None
        );
    }
    let unit = stream.units(INTER, &[RECOVERY, &picture(1, 40)]);
    assert_eq!(unit.sync, SyncPoint::RecoveryPoint);
    let found = RecoveryPoint::find(NalUnit(RECOVERY)).expect("there is one");
    assert_eq!((found.recovery_poc_cnt, found.exact_match), (0, true));
    assert_eq!(RecoveryPoint::find(NalUnit(SUFFIX_SEI)), None);
}

// Leading pictures.

#[test]
fn leading_pictures_are_told_and_left_out_where_nobody_can_decode_them() {
    // What comes in front of a CRA picture, and whether its RASL pictures can be decoded.
    let idr = picture(20, 0);
    let beginnings: [(&[&[u8]], bool); 5] = [
        (&[], false),
        (&[&idr], true),
        (&[&idr, END_OF_SEQUENCE], false),
        (&[&idr, END_OF_BITSTREAM], false),
        (&[&idr, PREFIX_SEI], true),
    ];
    for (beginning, decodable) in beginnings {
        for alone in [false, true] {
            let mut stream = Stream::started();
            let messages: Vec<Vec<&[u8]>> = match alone {
                true => beginning.iter().map(|unit| vec![*unit]).collect(),
                false => vec![beginning.to_vec()],
            };
            for units in messages.iter().filter(|units| !units.is_empty()) {
                stream.event(&hevc(INTER, &lengths(units)));
            }
            assert_eq!(stream.units(KEY, &[&picture(21, 1)]).sync, SyncPoint::Cra);
            for (unit_type, serial) in [(9, 2), (8, 3)] {
                let rasl = hevc(INTER, &lengths(&[&picture(unit_type, serial)]));
                match stream.event(&rasl) {
                    Some(VideoEvent::AccessUnit(unit)) => assert!(decodable && unit.rasl),
                    other => assert!(!decodable && other.is_none(), "{beginning:?} {other:?}"),
                }
            }
            assert!(!stream.units(INTER, &[&picture(7, 4)]).rasl);
            assert!(!stream.units(INTER, &[&picture(1, 5)]).rasl);
            let lost = if decodable { 0 } else { 2 };
            assert_eq!(stream.builder.counters().undecodable_leading_pictures, lost);
            // The next group follows one that was decoded.
            stream.units(KEY, &[&picture(21, 6)]);
            assert!(stream.units(INTER, &[&picture(9, 7)]).rasl);
        }
    }
}

#[test]
fn leading_pictures_of_a_splice_are_left_out() {
    let mut stream = Stream::started();
    stream.units(KEY, &[&picture(20, 0)]);
    assert_eq!(stream.units(KEY, &[&picture(16, 1)]).sync, SyncPoint::Bla);
    stream.nothing(&[&picture(8, 2)]);
    stream.units(INTER, &[&picture(6, 3)]);
    // Other parameter sets of a sequence begin another one, as an encoder that was restarted does.
    stream.units(KEY, &[&picture(20, 4)]);
    let wide = HevcStream {
        width: 640,
        ..HevcStream::default()
    };
    let message = hevc(
        KEY,
        &lengths(&[&wide.vps(), &wide.sps(), &wide.pps(), &picture(21, 5)]),
    );
    assert_eq!(stream.picture(&message).sync, SyncPoint::Cra);
    stream.nothing(&[&picture(8, 6)]);
}

// Labels, and other codecs in between.

#[test]
fn every_label_of_hevc_is_taken() {
    let publish = HevcStream::default().publish(3);
    type Label<'a> = &'a dyn Fn(u8, bool, &[u8]) -> Vec<u8>;
    let labels: [Label<'_>; 4] = [
        &|frame, coded, data| [&[frame | 12, u8::from(coded), 0, 0, 0][..], data].concat(),
        &|frame, coded, data| [&[frame | 7, u8::from(coded), 0, 0, 0][..], data].concat(),
        &|frame, coded, data| {
            let packet = if coded { 3 } else { 0 };
            [&[0x80 | frame | packet][..], b"hev1", data].concat()
        },
        &|frame, coded, data| {
            let composition: &[u8] = if coded { &[0, 0, 0] } else { &[] };
            [
                &[0x80 | frame | u8::from(coded)][..],
                b"hvc1",
                composition,
                data,
            ]
            .concat()
        },
    ];
    for label in labels {
        let mut stream = Stream::default();
        let bodies: Vec<Vec<u8>> = publish.bodies().map(|(_, body)| body).collect();
        assert!(stream.event(&label(KEY, false, &bodies[0][5..])).is_some());
        let idr = stream.picture(&label(KEY, true, &bodies[1][5..]));
        assert_eq!((idr.codec, idr.sync), (VideoCodec::Hevc, SyncPoint::Idr));
        let trail = stream.picture(&label(INTER, true, &bodies[2][5..]));
        assert_eq!(
            (trail.codec, trail.sync),
            (VideoCodec::Hevc, SyncPoint::None)
        );
    }
}

#[test]
fn a_publisher_may_change_its_codec_and_goes_on_at_the_next_sync_point() {
    let hevc_stream = HevcStream::default().publish(12);
    let h264_stream = habits::generated::Stream::default().publish(12);
    for (first, second) in [(&h264_stream, &hevc_stream), (&hevc_stream, &h264_stream)] {
        let mut builder = AccessUnitBuilder::new();
        let mut delivered = Vec::new();
        let bodies = |publish: &habits::Publish, skipped: usize| -> Vec<(u32, Vec<u8>)> {
            let record = publish.bodies().next();
            record
                .into_iter()
                .chain(publish.bodies().skip(1 + skipped))
                .collect()
        };
        // The second begins in the middle of a group.
        for (timestamp, body) in [bodies(first, 0), bodies(second, 5), bodies(first, 0)].concat() {
            builder
                .push(timestamp, body.into())
                .expect("both are taken");
            delivered.extend(pictures_of(&mut builder));
        }
        builder.finish();
        delivered.extend(pictures_of(&mut builder));
        let codecs: Vec<VideoCodec> = delivered.iter().map(|unit| unit.codec).collect();
        let [one, other] = [first, second].map(|publish| match publish.messages[0].body()[0] {
            0x17 => VideoCodec::Avc,
            _ => VideoCodec::Hevc,
        });
        // 12, then what comes from the second group on, then 12.
        assert_eq!(
            codecs,
            [vec![one; 12], vec![other; 2], vec![one; 12]].concat()
        );
        assert_eq!(builder.counters().pictures_of_another_start, 5);
        for (before, after) in delivered.iter().zip(&delivered[1..]) {
            assert!(before.codec == after.codec || after.sync.is_sync());
        }
    }
}

#[test]
fn a_publisher_may_change_its_codec_with_parameter_sets_in_band_alone() {
    let mut stream = Stream::started();
    stream.units(KEY, &[&picture(20, 0)]);
    for units in [&[SPS][..], &[PPS], &[P_SLICE]] {
        let event = stream.event(&avc_message(INTER, 0, &lengths(units)));
        assert!(
            !matches!(event, Some(VideoEvent::AccessUnit(_))),
            "{event:?}"
        );
    }
    let idr = stream.picture(&avc_message(KEY, 0, &lengths(&[IDR])));
    assert_eq!((idr.codec, idr.sync), (VideoCodec::Avc, SyncPoint::Idr));
    assert_eq!(idr.data, annex_b(&[SPS, PPS, IDR]));
}

#[test]
fn junk_that_claims_to_be_of_another_codec_costs_nothing() {
    let mut stream = Stream::started();
    stream.units(KEY, &[&picture(20, 0)]);
    let junk = [
        sequence_header(&[1, 2, 3]),
        sequence_header(&record(&[SPS], &[])),
        avc_message(KEY, 0, &lengths(&[IDR])),
        avc_message(KEY, 0, &[9; 40]),
        avc_message(KEY, 0, &[]),
    ];
    for (index, junk) in junk.iter().enumerate() {
        assert!(stream.event(junk).is_none(), "{index}");
        let trail = picture(1, 1 + index as u32);
        assert_units(&stream.units(INTER, &[&trail]), false, &[&trail]);
    }
    assert!(stream.builder.counters().broken_sequence_headers >= 1);
}

#[test]
fn a_successor_knows_the_codec_and_its_parameter_sets() {
    let mut stream = Stream::started();
    stream.units(KEY, &[&picture(20, 0)]);
    stream.builder = stream.builder.into_successor();
    let idr = picture(20, 1);
    assert_units(&stream.units(KEY, &[&idr]), true, &[&idr]);
}

#[test]
fn the_order_of_showing_is_told() {
    let mut stream = Stream::started();
    stream.units(KEY, &[&picture(20, 0)]);
    assert_eq!(
        stream.units(INTER, &[&picture(1, 77)]).pic_order_cnt_lsb,
        Some(77)
    );
    let open = HevcStream {
        open: true,
        ..HevcStream::default()
    };
    for (stream, reorders) in [(open, true), (HevcStream::default(), false)] {
        let sps = Sps::parse(NalUnit(&stream.sps()))
            .expect("generated")
            .max_num_reorder_pics;
        assert_eq!(sps > 0, reorders);
        let body = stream.publish(1).messages[0].body();
        assert_eq!(
            sets_of(&body[5..]).info.as_ref().map(|info| info.reorders),
            Some(reorders)
        );
    }
}

fn bytes_of_a_unit() -> impl Strategy<Value = Vec<u8>> {
    let header = prop::sample::select(vec![HEVC_VPS, HEVC_SPS, HEVC_PPS, HEVC_IDR, RECOVERY]);
    let noise = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6);
    (header, noise, 0..60_usize).prop_map(|(unit, noise, end)| {
        let mut unit = unit.to_vec();
        for (at, byte) in noise {
            let at = at.index(unit.len());
            unit[at] = byte;
        }
        unit.truncate(end.max(1));
        unit
    })
}

proptest! {
    #[test]
    fn no_bytes_panic_and_no_size_is_absurd(bytes in bytes_of_a_unit()) {
        let unit = NalUnit(&bytes);
        match Sps::parse(unit) {
            Ok(sps) => {
                prop_assert!((1..=sps.coded_width).contains(&sps.width()));
                prop_assert!((1..=sps.coded_height).contains(&sps.height()));
            }
            Err(error) => prop_assert!(error.offset <= bytes.len()),
        }
        for error in [
            Vps::parse(unit).err(),
            Pps::parse(unit).err(),
            SliceHeader::parse(unit).err(),
        ] {
            prop_assert!(error.is_none_or(|error| error.offset <= bytes.len()));
        }
        let _ = RecoveryPoint::find(unit);
        let _ = (NalUnitType::layer_id(unit), NalUnitType::temporal_id(unit));
    }

    #[test]
    fn any_record_comes_back(
        types in prop::collection::vec((any::<bool>(), 0..64_u8, 0..3_usize), 0..5),
        fields in any::<(u8, u16, u8, u8, u16)>(),
    ) {
        let units: Vec<Vec<Vec<u8>>> = types
            .iter()
            .map(|(_, unit_type, count)| vec![vec![unit_type << 1, 1, 7]; *count])
            .collect();
        let arrays = types.iter().zip(&units).map(|((complete, unit_type, _), units)| {
            NalUnitArray {
                complete: *complete,
                unit_type: NalUnitType(*unit_type),
                units: units.iter().map(|unit| NalUnit(unit)).collect(),
            }
        });
        let record = HevcDecoderConfigurationRecord {
            min_spatial_segmentation_idc: fields.1 & 0x0FFF,
            parallelism_type: fields.0 & 3,
            chroma_format: fields.2 & 3,
            bit_depth_luma_minus8: fields.3 & 7,
            avg_frame_rate: fields.4,
            num_temporal_layers: fields.2 >> 5,
            temporal_id_nested: fields.0 & 4 != 0,
            arrays: arrays.collect(),
            ..HevcDecoderConfigurationRecord::default()
        };
        let mut bytes = Vec::new();
        record.encode(&mut bytes).expect("it fits");
        prop_assert_eq!(HevcDecoderConfigurationRecord::parse(&bytes), Ok(record));
    }

    #[test]
    fn any_bytes_behind_the_fixed_part_are_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let good = HevcStream::default().publish(1).messages[0].body()[5..28].to_vec();
        let bytes = [good, bytes].concat();
        if let Ok(record) = HevcDecoderConfigurationRecord::parse(&bytes) {
            let mut encoded = Vec::new();
            record.encode(&mut encoded).expect("it was on the wire");
            prop_assert_eq!(encoded, bytes.clone());
        }
        let _ = HevcDecoderConfigurationRecord::parse_tolerant(&bytes);
    }
}
