//! Arbitrary video messages through the access unit builder: whatever comes, access units are
//! byte streams with 4-byte start codes, sync points begin with their parameter sets, the room in
//! front of the messages makes no difference, and nothing is left behind at the end.
//!
//! The input is a sequence of messages, each with its length in two bytes in front.
#![no_main]

use flv_h264::{
    AccessUnit, AccessUnitBuilder, Payload, VideoCodec, VideoEvent, h264, h265, nal::NalUnit,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut roomy = AccessUnitBuilder::new();
    let mut cramped = AccessUnitBuilder::new();
    let mut rest = bytes;
    let (mut time, mut taken) = (0_u32, 0_usize);
    while let Some(([high, low], behind)) = rest.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let (message, behind) = behind.split_at_checked(length).unwrap_or((behind, &[]));
        rest = behind;
        taken += message.len();
        // Now and then two messages of one picture.
        time = time.wrapping_add(u32::from(length % 4 != 0));
        let one = roomy.push(time, Payload::new([&[0xEE; 9000], message].concat(), 9000));
        let other = cramped.push(time, message.to_vec().into());
        assert_eq!(one, other);
        compare(&mut roomy, &mut cramped, taken);
        if one.is_err() {
            break;
        }
    }
    roomy.finish();
    cramped.finish();
    compare(&mut roomy, &mut cramped, taken);
    assert!(!roomy.holds_picture());
    assert_eq!(roomy.counters(), cramped.counters());
});

fn compare(roomy: &mut AccessUnitBuilder, cramped: &mut AccessUnitBuilder, taken: usize) {
    loop {
        match (roomy.poll_event(), cramped.poll_event()) {
            (Some(VideoEvent::AccessUnit(one)), Some(VideoEvent::AccessUnit(other))) => {
                assert_eq!(one.data, other.data);
                assert_eq!(one.sync, other.sync);
                assert_eq!((one.codec, one.rasl), (other.codec, other.rasl));
                assert_eq!(one.timestamp_ms, other.timestamp_ms);
                check(&one, taken);
            }
            (Some(VideoEvent::ParameterSets(one)), Some(VideoEvent::ParameterSets(other))) => {
                assert_eq!(one, other);
                assert!(!one.sps.is_empty() && !one.pps.is_empty());
                assert!(one.annex_b().len() <= 8 * 1024);
            }
            (Some(VideoEvent::Habit(one)), Some(VideoEvent::Habit(other))) => {
                assert_eq!(one, other);
            }
            (Some(VideoEvent::EndOfSequence), Some(VideoEvent::EndOfSequence)) => {}
            (None, None) => return,
            (one, other) => panic!("{one:?} is not {other:?}"),
        }
    }
}

fn check(unit: &AccessUnit, taken: usize) {
    let of = unit.codec;
    assert!(unit.data.starts_with(&[0, 0, 0, 1]));
    // Parameter sets, held SEI, and start codes for lengths of one byte.
    assert!(unit.data.len() <= 8 * 1024 + 80 * 1024 + 6 + 4 * taken);
    let mut rest = &unit.data[..];
    for length in unit.unit_lengths.iter() {
        let behind = rest.strip_prefix(&[0, 0, 0, 1]).expect("a start code");
        rest = &behind[length..];
    }
    assert!(rest.is_empty());
    let is_delimiter = |unit: &NalUnit<'_>| match VideoCodec::Hevc == of {
        true => h265::NalUnitType::of(*unit) == h265::NalUnitType::ACCESS_UNIT_DELIMITER,
        false => h264::NalUnitType::of(*unit) == h264::NalUnitType::ACCESS_UNIT_DELIMITER,
    };
    let first = unit.units().find(|unit| !is_delimiter(unit));
    if unit.sync.is_sync() {
        let is_set = first.is_some_and(|first| match of {
            VideoCodec::Hevc => matches!(h265::NalUnitType::of(first).0, 32 | 33),
            _ => h264::NalUnitType::of(first) == h264::NalUnitType::SPS,
        });
        assert!(is_set);
    }
}
