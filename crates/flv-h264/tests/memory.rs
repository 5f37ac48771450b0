//! What the way of a picture costs in copies and allocations, and that no input makes it cost
//! more than in proportion.

mod support;

use allocation_counter::{AllocationInfo, measure};
use flv_h264::h264::AvcDecoderConfigurationRecord;
use flv_h264::{
    AccessUnit, AccessUnitBuilder, Payload, SyncPoint, VideoEvent,
    flv::{FlvReader, OnMetaData, video::VideoTag},
};
use proptest::prelude::*;
use support::*;

fn started() -> AccessUnitBuilder {
    let mut builder = AccessUnitBuilder::new();
    builder
        .push(0, sequence_header(&record(&[SPS], &[PPS])).into())
        .expect("H.264");
    // It takes a picture and the next one to know that messages are pictures.
    for _ in 0..2 {
        let message = avc_message(KEY, 0, &lengths(&[IDR]));
        builder.push(0, message.into()).expect("H.264");
    }
    while builder.poll_event().is_some() {}
    builder
}

/// A message behind room, and the address of its first slice.
fn placed(room: usize, message: &[u8], slice: &[u8]) -> (Vec<u8>, *const u8) {
    let buffer = [&vec![0xEE; room], message].concat();
    let at = buffer
        .windows(slice.len())
        .position(|window| window == slice)
        .expect("the slice");
    let address = &raw const buffer[at];
    (buffer, address)
}

/// Pushes a picture; yields it and what that allocated.
fn pushed(
    builder: &mut AccessUnitBuilder,
    buffer: Vec<u8>,
    body_start: usize,
) -> (AccessUnit, AllocationInfo) {
    let mut pushed = None;
    let info = measure(|| {
        builder
            .push(40, Payload::new(buffer, body_start))
            .expect("H.264");
        pushed = builder.poll_event();
    });
    match pushed {
        Some(VideoEvent::AccessUnit(unit)) => (unit, info),
        other => panic!("{other:?}"),
    }
}

/// `Bytes` takes a reference count of its own for a `Vec` with room to spare.
const REFERENCE_COUNT: u64 = 64;

#[test]
fn an_ordinary_picture_stays_where_it_is() {
    let mut builder = started();
    let slice = [P_SLICE, &[0x55; 100_000]].concat();
    for units in [&[&slice[..]][..], &[SEI, &slice], &[DELIMITER, SEI, &slice]] {
        let message = avc_message(INTER, 0, &lengths(units));
        let (buffer, address) = placed(0, &message, &slice);
        let (unit, info) = pushed(&mut builder, buffer, 0);
        let at = unit.data.len() - slice.len();
        assert_eq!(&raw const unit.data[at], address, "nothing moves");
        assert_eq!(unit.data, annex_b(units));
        assert!(info.bytes_total <= REFERENCE_COUNT, "{info:?}");
    }
}

#[test]
fn parameter_sets_go_into_the_room_in_front_of_an_idr_picture() {
    let mut builder = started();
    let slice = [IDR, &[0x55; 100_000]].concat();
    for units in [
        &[&slice[..]][..],
        &[DELIMITER, SPS, PPS, &slice],
        &[SEI, &slice],
    ] {
        let message = avc_message(KEY, 0, &lengths(units));
        let (buffer, address) = placed(64, &message, &slice);
        let (unit, info) = pushed(&mut builder, buffer, 64);
        assert_eq!(unit.sync, SyncPoint::Idr);
        let at = unit.data.len() - slice.len();
        assert_eq!(&raw const unit.data[at], address, "nothing moves");
        assert!(info.bytes_total <= REFERENCE_COUNT, "{info:?}");
    }
}

#[test]
fn without_room_an_idr_picture_is_copied_once() {
    let mut builder = started();
    let slice = [IDR, &[0x55; 100_000]].concat();
    let message = avc_message(KEY, 0, &lengths(&[&slice]));
    let (unit, info) = pushed(&mut builder, message, 0);
    assert_eq!(unit.data, annex_b(&[SPS, PPS, &slice]));
    let length = unit.data.len() as u64;
    assert!(info.bytes_total <= length + REFERENCE_COUNT, "{info:?}");
}

#[test]
fn a_repeated_sequence_header_costs_nothing() {
    let mut builder = started();
    let message = sequence_header(&record(&[SPS], &[PPS]));
    let info = measure(|| {
        builder.push(0, message.into()).expect("H.264");
    });
    assert_eq!(info.count_total, 0);
}

/// A record of H.265 may have 65 535 units in each of 255 arrays.
#[test]
fn a_sequence_header_full_of_tiny_units_takes_no_memory_for_each() {
    let record = hevc_records().next().expect("a record");
    let fixed_part = &record[..22];
    let array = |unit: &[u8], count: u16| {
        let length = unit.len() as u8;
        let entries = [&[0, length], unit].concat().repeat(count.into());
        [&[unit[0] >> 1][..], &count.to_be_bytes(), &entries].concat()
    };
    let sets = [HEVC_VPS, HEVC_SPS, HEVC_PPS].map(|set| array(set, 1));
    for unit in [&[0x44][..], &[0x44, 1], &[0x4E, 1, 0x80], &[0x44, 0, 0, 1]] {
        let tiny = array(unit, u16::MAX).repeat(4);
        let record = [fixed_part, &[7], &sets.concat(), &tiny].concat();
        let header = [b"\x90hvc1", &record[..]].concat();
        let mut builder = AccessUnitBuilder::new();
        let message = Payload::from(header);
        let info = measure(|| builder.push(0, message).expect("H.265"));
        assert!(info.bytes_max < 256 * 1024, "{info:?}");
        assert!(
            matches!(builder.poll_event(), Some(VideoEvent::ParameterSets(_))),
            "what stands in front is read"
        );
    }
}

/// A record of H.264 has 286 entries at most, but start codes make many units of one.
#[test]
fn a_sequence_header_full_of_start_codes_takes_no_memory_for_each_unit() {
    let many = [PPS, &[0, 0, 1, 0x68].repeat(16_000)].concat();
    let message = Payload::from(sequence_header(&record(&[SPS], &[&many[..]; 31])));
    let mut builder = AccessUnitBuilder::new();
    let info = measure(|| builder.push(0, message).expect("H.264"));
    assert!(info.bytes_max < 256 * 1024, "{info:?}");
    assert!(
        matches!(builder.poll_event(), Some(VideoEvent::ParameterSets(_))),
        "what stands in front is read"
    );
}

#[test]
fn an_absurdly_long_sequence_header_is_not_kept() {
    let mut builder = AccessUnitBuilder::new();
    let mut message = sequence_header(&record(&[SPS], &[PPS]));
    message.resize(1_000_000, 0);
    let info = measure(|| {
        builder.push(0, message.clone().into()).expect("H.264");
        let event = builder.poll_event();
        assert!(matches!(event, Some(VideoEvent::ParameterSets(_))));
        builder.push(0, message.clone().into()).expect("H.264");
        assert!(builder.poll_event().is_none());
    });
    assert!(info.bytes_current < 10_000, "{info:?}");
}

/// What a builder may hold at most: parameter sets, SEI, the last sequence header.
const HELD: i64 = 200 * 1024;

/// What one message may cost beside its own size: the parameter sets rebuilt, the places of its
/// units noted.
const PER_MESSAGE: u64 = 256 * 1024;

/// Units of all types, real and not.
fn unit() -> impl Strategy<Value = Vec<u8>> {
    let real = [
        SPS,
        PPS,
        OTHER_SPS,
        OTHER_PPS,
        PPS_1,
        IDR,
        P_SLICE,
        SEI,
        DELIMITER,
        RECOVERY_POINT,
    ];
    prop_oneof![
        prop::sample::select(real.to_vec()).prop_map(<[u8]>::to_vec),
        prop::collection::vec(any::<u8>(), 0..20),
        (0_u32..256, 0_usize..4000).prop_map(|(id, length)| {
            let mut bits = BitWriter::default();
            bits.ue(id).ue(0);
            [bits.into_nal_unit(0x68), vec![0x55; length]].concat()
        }),
        (1_usize..3000).prop_map(|length| [SEI, &vec![0x55; length]].concat()),
    ]
}

fn message() -> impl Strategy<Value = Vec<u8>> {
    let units = || prop::collection::vec(unit(), 0..12);
    prop_oneof![
        units().prop_map(|units| avc_message(KEY, 0, &lengths(&slices(&units)))),
        units().prop_map(|units| avc_message(INTER, 0, &annex_b(&slices(&units)))),
        units().prop_map(|units| avc_message(KEY, 0, &units.concat())),
        units().prop_map(|units| sequence_header(&record(&slices(&units), &[PPS]))),
        prop::collection::vec(any::<u8>(), 0..3000),
        (1_usize..5000).prop_map(|zeros| avc_message(KEY, 0, &vec![0; zeros])),
        (1_usize..5000).prop_map(|count| avc_message(INTER, 0, &[0, 0, 1].repeat(count))),
        (1_usize..5000).prop_map(|count| avc_message(INTER, 0, &[0, 0, 0, 1, 0x68].repeat(count))),
    ]
}

fn slices(units: &[Vec<u8>]) -> Vec<&[u8]> {
    units.iter().map(Vec::as_slice).collect()
}

proptest! {
    #[test]
    fn a_builder_costs_in_proportion_and_holds_little(
        messages in prop::collection::vec(message(), 1..40),
        room in 0_usize..300,
    ) {
        let mut builder = AccessUnitBuilder::new();
        let mut outcome = Ok(());
        let held = measure(|| {
            for message in &messages {
                let mut buffer = vec![0; room];
                buffer.extend_from_slice(message);
                let size = buffer.len() as u64;
                let info = measure(|| {
                    let _ = builder.push(0, Payload::new(buffer, room));
                    while builder.poll_event().is_some() {}
                });
                if info.bytes_total > 4 * size + PER_MESSAGE {
                    outcome = Err(format!("{info:?} for {size} bytes"));
                }
            }
        });
        prop_assert_eq!(outcome, Ok(()));
        prop_assert!(held.bytes_current < HELD, "{:?}", held);
    }

    #[test]
    fn parsers_cost_in_proportion(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let tag = measure(|| {
            let _ = VideoTag::parse(&bytes);
        });
        prop_assert_eq!(tag.count_total, 0);
        let record = measure(|| {
            drop(AvcDecoderConfigurationRecord::parse(&bytes));
            drop(AvcDecoderConfigurationRecord::parse_tolerant(&bytes));
        });
        prop_assert!(record.bytes_total < 32 * 1024 + 16 * bytes.len() as u64, "{:?}", record);
        let named = [&b"\x02\x00\x0AonMetaData\x08\xFF\xFF\xFF\xFF"[..], &bytes].concat();
        let declared = measure(|| drop(OnMetaData::parse(&named)));
        prop_assert!(declared.bytes_total <= 2 * named.len() as u64, "{:?}", declared);
    }

    #[test]
    fn a_declared_size_allocates_nothing(size in any::<[u8; 3]>(), given in 0_usize..100) {
        let mut file = b"FLV\x01\x05\0\0\0\x09\0\0\0\0\x09".to_vec();
        file.extend(size);
        file.extend([0; 7]);
        file.extend(vec![0x17; given]);
        let mut reader = FlvReader::new().with_headroom(100);
        let info = measure(|| {
            for piece in file.chunks(7) {
                let mut input = piece;
                while reader.read(&mut input).expect("FLV").is_some() {}
            }
        });
        prop_assert!(info.bytes_max < 1000, "{:?}", info);
    }
}
