//! Whole streams of arbitrary messages: nothing is lost, doubled or out of place.

mod support;

use flv_h264::h264::NalUnitType;
use flv_h264::{
    AccessUnit, AccessUnitBuilder, Payload,
    nal::{AnnexBUnits, NalUnit},
};
use proptest::prelude::*;
use support::*;

/// A unit that is unlike all others, of a type that has to come out again.
fn content(kind: u8, serial: usize) -> Vec<u8> {
    let [a, b] = (serial as u16 | 0x8080).to_be_bytes();
    match kind {
        0 => [IDR, &[a, b]].concat(),
        1 => [P_SLICE, &[a, b]].concat(),
        2 => [B_SLICE, &[a, b]].concat(),
        _ => [&[0x06, 0x05, 0x04, 0x77, 0x77][..], &[a, b, 0x80]].concat(),
    }
}

/// One message: its content, what stands in between, and how it is framed.
#[derive(Clone, Debug)]
struct Written {
    content: Vec<u8>,
    extras: Vec<u8>,
    framing: u8,
    key: bool,
}

fn written() -> impl Strategy<Value = Written> {
    let content = prop_oneof![
        3 => prop::collection::vec(Just(0), 1..4),
        3 => prop::collection::vec(1_u8..3, 1..4),
        1 => Just(vec![3]),
        1 => Just(vec![3, 3, 0]),
        1 => Just(vec![3, 1, 3]),
    ];
    (
        content,
        prop::collection::vec(0_u8..8, 0..5),
        0_u8..4,
        any::<bool>(),
    )
        .prop_map(|(content, extras, framing, key)| Written {
            content,
            extras,
            framing,
            key,
        })
}

impl Written {
    /// The message, and the units that have to come out.
    fn message(&self, serial: &mut usize) -> (Vec<u8>, Vec<Vec<u8>>) {
        let mut units = Vec::new();
        let mut expected = Vec::new();
        for (at, kind) in self.content.iter().enumerate() {
            match self.extras.get(at) {
                Some(0) => units.push(vec![]),
                Some(1) => units.push(SPS.to_vec()),
                Some(2) => units.push(PPS.to_vec()),
                Some(3) => units.extend([SPS.to_vec(), PPS.to_vec()]),
                Some(4) if at == 0 => units.push(DELIMITER.to_vec()),
                _ => {}
            }
            *serial += 1;
            let unit = content(*kind, *serial);
            expected.push(unit.clone());
            units.push(unit);
        }
        let units: Vec<&[u8]> = units.iter().map(Vec::as_slice).collect();
        let body = match self.framing {
            0 => annex_b(&units),
            1 => units
                .iter()
                .flat_map(|unit| [&[0, 0, 1], *unit].concat())
                .collect(),
            2 => lengths(&[&annex_b(&units)]),
            _ => lengths(&units),
        };
        let frame_type = if self.key { KEY } else { INTER };
        (avc_message(frame_type, 0, &body), expected)
    }
}

fn is_content(unit: &NalUnit<'_>) -> bool {
    !matches!(
        NalUnitType::of(*unit),
        NalUnitType::SPS | NalUnitType::PPS | NalUnitType::ACCESS_UNIT_DELIMITER
    )
}

fn check_order(unit: &AccessUnit) -> Result<(), TestCaseError> {
    let types: Vec<NalUnitType> = AnnexBUnits::new(&unit.data).map(NalUnitType::of).collect();
    let delimiters = types
        .iter()
        .filter(|t| **t == NalUnitType::ACCESS_UNIT_DELIMITER)
        .count();
    prop_assert!(delimiters <= 1);
    prop_assert!(delimiters == 0 || types[0] == NalUnitType::ACCESS_UNIT_DELIMITER);
    let sets: Vec<NalUnitType> = types
        .iter()
        .skip(delimiters)
        .filter(|t| matches!(**t, NalUnitType::SPS | NalUnitType::PPS))
        .copied()
        .collect();
    if unit.sync.is_sync() {
        prop_assert_eq!(&sets, &[NalUnitType::SPS, NalUnitType::PPS]);
        prop_assert_eq!(&types[delimiters..delimiters + 2], &sets[..]);
    } else {
        prop_assert_eq!(&sets, &[]);
    }
    let framed: Vec<u8> = AnnexBUnits::new(&unit.data)
        .flat_map(|unit| [&[0, 0, 0, 1], unit.bytes()].concat())
        .collect();
    prop_assert_eq!(&unit.data, &framed, "start codes of 4 bytes, no padding");
    Ok(())
}

fn run(messages: &[Vec<u8>], room: usize) -> Vec<AccessUnit> {
    let mut builder = AccessUnitBuilder::new();
    let header = sequence_header(&record(&[SPS], &[PPS]));
    let mut units = Vec::new();
    for (time, message) in [header].iter().chain(messages).enumerate() {
        let buffer = [&vec![0xEE; room], &message[..]].concat();
        builder
            .push(time as u32, Payload::new(buffer, room))
            .expect("H.264");
        units.extend(pictures_of(&mut builder));
    }
    builder.finish();
    units.extend(pictures_of(&mut builder));
    units
}

proptest! {
    #[test]
    fn nothing_is_lost_doubled_or_out_of_place(
        written in prop::collection::vec(written(), 1..20),
        room in prop::sample::select(vec![0_usize, 1, 5, 30, 256]),
    ) {
        let mut serial = 0;
        let (messages, expected): (Vec<_>, Vec<_>) =
            written.iter().map(|written| written.message(&mut serial)).unzip();
        let units = run(&messages, room);
        for unit in &units {
            check_order(unit)?;
        }
        let stream: Vec<u8> = units.iter().flat_map(|unit| unit.data.clone()).collect();
        let out: Vec<&[u8]> = AnnexBUnits::new(&stream)
            .filter(is_content)
            .map(NalUnit::bytes)
            .collect();
        let mut expected = expected.concat();
        // SEI behind the last picture still waits.
        while expected.last().is_some_and(|unit| unit[0] == 0x06) && out.len() < expected.len() {
            expected.pop();
        }
        prop_assert_eq!(out, expected);
    }

    #[test]
    fn room_does_not_change_what_comes_out(
        written in prop::collection::vec(written(), 1..10),
        rooms in [0_usize..40, 0_usize..300],
    ) {
        let mut serial = 0;
        let messages: Vec<Vec<u8>> =
            written.iter().map(|written| written.message(&mut serial).0).collect();
        let [one, other] = rooms.map(|room| run(&messages, room));
        prop_assert_eq!(one.len(), other.len());
        for (one, other) in one.iter().zip(&other) {
            prop_assert_eq!(&one.data, &other.data);
            prop_assert_eq!(one.sync, other.sync);
        }
    }

    #[test]
    fn no_messages_make_it_panic(
        messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..100), 0..20),
        body_start in 0_usize..20,
    ) {
        let mut builder = AccessUnitBuilder::new();
        for message in messages {
            let _ = builder.push(0, Payload::new(message, body_start));
            while builder.poll_event().is_some() {}
        }
    }

    #[test]
    fn no_nal_units_make_it_panic(
        units in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..30), 0..20),
        framing in 0_u8..3,
    ) {
        let mut builder = AccessUnitBuilder::new();
        let sets = avc_message(KEY, 0, &lengths(&[SPS, PPS]));
        let _ = builder.push(0, sets.into());
        let units: Vec<&[u8]> = units.iter().map(Vec::as_slice).collect();
        let body = match framing {
            0 => annex_b(&units),
            1 => lengths(&units),
            _ => units.concat(),
        };
        for frame_type in [KEY, INTER] {
            let _ = builder.push(40, avc_message(frame_type, 0, &body).into());
            builder.release();
            for unit in pictures_of(&mut builder) {
                prop_assert!(unit.data.starts_with(&[0, 0, 0, 1]));
            }
        }
    }
}
