//! NAL units with lengths and with start codes, and from one to the other.

mod support;

use flv_h264::h264::{NalUnitType, Pps, RecoveryPoint, SliceHeader};
use flv_h264::nal::{
    AnnexBUnits, LengthSize, NalError, NalUnit, NalUnits, SliceKind, lengths_to_start_codes,
    write_annex_b, write_length_prefixed,
};
use proptest::prelude::*;
use support::*;

fn size(bytes: u8) -> LengthSize {
    LengthSize::new(bytes).expect("1 to 4")
}

#[test]
fn length_sizes_are_one_to_four() {
    assert_eq!(LengthSize::new(0), None);
    assert_eq!(LengthSize::new(5), None);
    assert_eq!([1, 2, 3, 4].map(|bytes| size(bytes).get()), [1, 2, 3, 4]);
    assert_eq!(LengthSize::default(), LengthSize::FOUR);
}

#[test]
fn a_length_past_the_end_is_the_last_item() {
    let bytes = [0, 1, 0x65, 0, 9, 0x41];
    let mut units = NalUnits::new(&bytes, size(2));
    assert_eq!(units.next(), Some(Ok(NalUnit(&[0x65]))));
    assert_eq!(units.offset(), 3);
    assert_eq!(
        units.next(),
        Some(Err(NalError::LengthPastEnd { offset: 3 }))
    );
    assert_eq!(units.next(), None);
}

#[test]
fn a_truncated_length_is_the_last_item() {
    let mut units = NalUnits::new(&[0, 0, 0, 1, 0x65, 0, 0], LengthSize::FOUR);
    assert!(units.next().is_some_and(|unit| unit.is_ok()));
    assert_eq!(
        units.next(),
        Some(Err(NalError::TruncatedLength { offset: 5 }))
    );
    assert_eq!(units.next(), None);
}

#[test]
fn a_unit_too_long_for_its_length_is_not_written() {
    let unit = [0x65; 256];
    let error = write_length_prefixed([NalUnit(&[1]), NalUnit(&unit)], size(1), &mut Vec::new());
    assert_eq!(error, Err(NalError::UnitTooLong { offset: 1 }));
}

#[test]
fn lengths_that_do_not_tile_are_not_overwritten() {
    let mut body = [0, 0, 0, 1, 0x65, 0, 0, 0, 2, 0x41];
    let before = body;
    assert_eq!(
        lengths_to_start_codes(&mut body),
        Err(NalError::LengthPastEnd { offset: 5 })
    );
    assert_eq!(body, before);
}

#[test]
fn annex_b_takes_every_kind_of_padding() {
    let stream = [
        0xAA, 0xBB, 0, 0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0x65, 0, 0,
        3, 0, 0,
    ];
    let units: Vec<&[u8]> = AnnexBUnits::new(&stream).map(NalUnit::bytes).collect();
    assert_eq!(units, [&[0x67, 1][..], &[0x68], &[], &[0x65, 0, 0, 3]]);
}

#[test]
fn annex_b_without_a_start_code_has_no_units() {
    for bytes in [&[][..], &[0], &[0, 0], &[0, 0, 2, 1], &[1, 2, 3, 0, 0]] {
        assert_eq!(AnnexBUnits::new(bytes).count(), 0);
    }
    assert_eq!(
        AnnexBUnits::new(&[0, 0, 1]).collect::<Vec<_>>(),
        [NalUnit(&[])]
    );
}

#[test]
fn the_header_byte_tells_type_and_importance() {
    let unit = NalUnit(&[0x67, 1]);
    assert_eq!(NalUnitType::of(unit), NalUnitType::SPS);
    assert!(!NalUnitType::of(unit).is_vcl());
    assert!(NalUnitType::of(NalUnit(IDR)).is_vcl());
    assert_eq!(NalUnitType::of(NalUnit(&[])), NalUnitType::UNSPECIFIED);
}

#[test]
fn slice_headers_tell_idr_i_p_and_b() {
    let kind = |unit| {
        let header = SliceHeader::parse(NalUnit(unit)).expect("a slice");
        assert!(header.is_first_of_picture());
        (header.idr, header.slice_type.kind())
    };
    assert_eq!(kind(IDR), (true, SliceKind::I));
    assert_eq!(kind(I_SLICE), (false, SliceKind::I));
    assert_eq!(kind(P_SLICE), (false, SliceKind::P));
    assert_eq!(kind(B_SLICE), (false, SliceKind::B));
    assert!(SliceHeader::parse(NalUnit(SPS)).is_err());
    assert!(SliceHeader::parse(NalUnit(&[0x65])).is_err());
}

/// Table 7-6.
#[test]
fn slice_types_of_table_7_6() {
    use SliceKind::{B, I, P};
    let kinds = [P, B, I, P, I, P, B, I, P, I];
    for (slice_type, kind) in kinds.into_iter().enumerate() {
        let mut bits = BitWriter::default();
        bits.ue(8159).ue(slice_type as u32).ue(255);
        let unit = bits.into_nal_unit(0x41);
        let header = SliceHeader::parse(NalUnit(&unit)).unwrap();
        assert_eq!(header.slice_type.kind(), kind);
        assert_eq!(header.first_mb_in_slice, 8159);
        assert_eq!(header.pic_parameter_set_id, 255);
        assert!(!header.is_first_of_picture());
    }
    let mut bits = BitWriter::default();
    bits.ue(0).ue(10).ue(0);
    assert!(SliceHeader::parse(NalUnit(&bits.into_nal_unit(0x41))).is_err());
}

#[test]
fn a_recovery_point_is_found_behind_other_messages() {
    // user_data_unregistered of 300 bytes, then recovery_point.
    let mut unit = vec![0x06, 0x05, 0xFF, 45];
    unit.extend([0x77; 300]);
    unit.extend([0x06, 0x01, 0x52, 0x80]);
    let point = RecoveryPoint::find(NalUnit(&unit)).expect("is there");
    assert_eq!(point.recovery_frame_cnt, 1);
    // 0x52: ue(v) 010, then exact_match_flag 1 and broken_link_flag 0.
    assert!(point.exact_match && !point.broken_link);
    assert_eq!(RecoveryPoint::find(NalUnit(&unit[..200])), None);
    assert_eq!(RecoveryPoint::find(NalUnit(SEI)), None);
    assert_eq!(RecoveryPoint::find(NalUnit(P_SLICE)), None);
}

#[test]
fn emulation_prevention_bytes_are_not_payload() {
    // The 3 of 00 00 03 is not a byte of the 16 of user data.
    let mut unit = vec![0x06, 0x05, 16, 0, 0, 3, 0, 0, 3, 1];
    unit.extend([0x77; 11]);
    unit.extend([0x06, 0x01, 0xC4, 0x80]);
    assert!(RecoveryPoint::find(NalUnit(&unit)).is_some());
}

#[test]
fn slice_groups_of_every_type_are_read() {
    for map_type in 0..=6 {
        let mut bits = BitWriter::default();
        bits.ue(7).ue(3).flag(false).flag(true).ue(2).ue(map_type);
        match map_type {
            0 => {
                bits.ue(1).ue(2).ue(3);
            }
            2 => {
                bits.ue(1).ue(2).ue(3).ue(4);
            }
            3..=5 => {
                bits.flag(true).ue(5);
            }
            6 => {
                bits.ue(3).u(2, 0).u(2, 1).u(2, 2).u(2, 0);
            }
            _ => {}
        }
        bits.ue(1).ue(2).flag(true).u(2, 1).se(-3).se(4).se(0);
        bits.flag(true).flag(false).flag(false);
        let unit = bits.into_nal_unit(0x68);
        let pps = Pps::parse(NalUnit(&unit)).unwrap();
        assert_eq!((pps.id, pps.sps_id, pps.slice_groups), (7, 3, 3));
        assert_eq!(pps.num_ref_idx_l0_default_active, 2);
        assert_eq!(pps.num_ref_idx_l1_default_active, 3);
        assert_eq!((pps.weighted_pred, pps.weighted_bipred_idc), (true, 1));
        assert!(!pps.transform_8x8_mode);
    }
}

/// Units as they may stand in a byte stream: not empty, no start code inside, no zero at the end.
fn unit() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![2 => Just(0), 1 => Just(1), 1 => Just(3), 3 => any::<u8>()];
    prop::collection::vec(byte, 0..50).prop_map(|payload| {
        let mut unit = vec![0x41];
        let mut zeros = 0;
        for byte in payload {
            if zeros >= 2 && byte <= 3 {
                unit.push(3);
                zeros = 0;
            }
            zeros = if byte == 0 { zeros + 1 } else { 0 };
            unit.push(byte);
        }
        unit.push(0x80);
        unit
    })
}

fn units() -> impl Strategy<Value = Vec<Vec<u8>>> {
    prop::collection::vec(unit(), 0..8)
}

fn borrowed(units: &[Vec<u8>]) -> impl Iterator<Item = NalUnit<'_>> {
    units.iter().map(|unit| NalUnit(unit))
}

proptest! {
    #[test]
    fn lengths_of_every_size_come_back(units in units(), bytes in 1_u8..=4) {
        let mut out = Vec::new();
        write_length_prefixed(borrowed(&units), size(bytes), &mut out).unwrap();
        let read: Result<Vec<_>, _> = NalUnits::new(&out, size(bytes)).collect();
        prop_assert_eq!(read.unwrap(), borrowed(&units).collect::<Vec<_>>());
    }

    #[test]
    fn annex_b_from_lengths_of_every_size_comes_back(units in units(), bytes in 1_u8..=4) {
        let mut with_lengths = Vec::new();
        write_length_prefixed(borrowed(&units), size(bytes), &mut with_lengths).unwrap();
        let mut stream = Vec::new();
        write_annex_b(NalUnits::new(&with_lengths, size(bytes)).map(Result::unwrap), &mut stream);
        let mut back = Vec::new();
        write_length_prefixed(AnnexBUnits::new(&stream), size(bytes), &mut back).unwrap();
        prop_assert_eq!(back, with_lengths);
    }

    #[test]
    fn in_place_and_by_copy_agree(units in units()) {
        let mut body = Vec::new();
        write_length_prefixed(borrowed(&units), LengthSize::FOUR, &mut body).unwrap();
        let mut copy = Vec::new();
        write_annex_b(borrowed(&units), &mut copy);
        lengths_to_start_codes(&mut body).unwrap();
        prop_assert_eq!(body, copy);
    }

    #[test]
    fn start_codes_are_where_a_plain_search_finds_them(
        pieces in prop::collection::vec(
            (
                // Most are near, some are far.
                prop_oneof![3 => Just(0_usize), 1 => 0..100_usize],
                prop::collection::vec(prop_oneof![3 => Just(0_u8), 2 => Just(1), 1 => Just(2)], 0..20),
            ),
            0..6,
        ),
    ) {
        let stream: Vec<u8> = pieces
            .into_iter()
            .flat_map(|(gap, dense)| [vec![2; gap], dense].concat())
            .collect();
        let mut starts = Vec::new();
        let mut at = 0;
        while at + 3 <= stream.len() {
            if stream[at..at + 3] == [0, 0, 1] {
                starts.push(at);
                at += 3;
            } else {
                at += 1;
            }
        }
        let found: Vec<&[u8]> = AnnexBUnits::new(&stream).map(NalUnit::bytes).collect();
        prop_assert_eq!(found.len(), starts.len());
        for (index, unit) in found.iter().enumerate() {
            let start = starts[index] + 3;
            let end = starts.get(index + 1).copied().unwrap_or(stream.len());
            let mut expected = &stream[start..end];
            while let [rest @ .., 0] = expected {
                expected = rest;
            }
            prop_assert_eq!(*unit, expected);
        }
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..80), size_of in 1_u8..=4) {
        let tiled: Result<usize, NalError> = NalUnits::new(&bytes, size(size_of))
            .map(|unit| unit.map(|unit| unit.bytes().len() + usize::from(size_of)))
            .sum();
        if let Ok(total) = tiled {
            prop_assert_eq!(total, bytes.len());
        }
        for unit in AnnexBUnits::new(&bytes).chain([NalUnit(&bytes)]) {
            let _ = Pps::parse(unit);
            let _ = SliceHeader::parse(unit);
            let _ = RecoveryPoint::find(unit);
        }
    }
}
