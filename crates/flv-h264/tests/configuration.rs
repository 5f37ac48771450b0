//! AVCDecoderConfigurationRecord, to the letter and as it comes.

mod support;

use flv_h264::h264::NalUnitType;
use flv_h264::h264::{AvcDecoderConfigurationRecord, HighProfileFields};
use flv_h264::{
    ParseError, ParseErrorKind,
    flv::EncodeError,
    nal::{LengthSize, NalUnit},
};
use proptest::prelude::*;
use support::*;

fn parse(bytes: &[u8]) -> Result<AvcDecoderConfigurationRecord<'_>, ParseError> {
    AvcDecoderConfigurationRecord::parse(bytes)
}

fn tolerant(bytes: &[u8]) -> AvcDecoderConfigurationRecord<'_> {
    AvcDecoderConfigurationRecord::parse_tolerant(bytes).expect("six bytes at least")
}

fn error(bytes: &[u8]) -> (usize, ParseErrorKind) {
    let error = parse(bytes).expect_err("not to the letter");
    (error.offset, error.kind)
}

#[test]
fn a_high_profile_record_may_lack_its_tail() {
    let bytes = record(&[SPS], &[PPS]);
    let read = parse(&bytes).unwrap();
    assert_eq!(read.high, None);
    assert_eq!(
        (read.profile_idc, read.profile_compatibility, read.level_idc),
        (0x64, 0, 0x1E)
    );
    assert_eq!(
        read.parameter_sets().collect::<Vec<_>>(),
        [NalUnit(SPS), NalUnit(PPS)]
    );
}

#[test]
fn the_tail_of_a_high_profile_is_read() {
    let extension = [0x6D, 0x80];
    let mut bytes = record(&[SPS], &[PPS]);
    bytes.extend([0xFE, 0xFA, 0xFB, 1, 0, 2]);
    bytes.extend(extension);
    let high = HighProfileFields {
        chroma_format: 2,
        bit_depth_luma_minus8: 2,
        bit_depth_chroma_minus8: 3,
        sps_extensions: vec![NalUnit(&extension)],
    };
    let read = parse(&bytes).unwrap();
    assert_eq!(read.high, Some(high));
    let order: Vec<_> = read
        .parameter_sets()
        .map(|unit| NalUnitType::of(unit).0)
        .collect();
    assert_eq!(order, [7, 13, 8]);
    assert_eq!(tolerant(&bytes), read);
    let mut encoded = Vec::new();
    read.encode(&mut encoded).unwrap();
    assert_eq!(encoded, bytes);
}

#[test]
fn what_the_standard_forbids_is_an_error_with_its_place() {
    let good = record(&[SPS], &[PPS]);
    let with = |at: usize, byte| {
        let mut bytes = good.clone();
        bytes[at] = byte;
        error(&bytes)
    };
    assert_eq!(with(0, 0), (0, ParseErrorKind::UnsupportedVersion));
    assert_eq!(with(4, 0x03), (4, ParseErrorKind::ReservedBits));
    assert_eq!(with(4, 0xFE), (5, ParseErrorKind::ForbiddenLengthSize));
    assert_eq!(with(5, 0x01), (5, ParseErrorKind::ReservedBits));
    assert_eq!(with(8, 0x68), (8, ParseErrorKind::WrongNalUnitType));
    assert_eq!(with(5, 0xE2), (35, ParseErrorKind::Truncated));
    assert_eq!(error(&good[..4]), (4, ParseErrorKind::Truncated));
    let mut baseline = good.clone();
    baseline[1] = 66;
    baseline.push(0xFD);
    assert_eq!(
        error(&baseline),
        (good.len(), ParseErrorKind::TrailingBytes)
    );
    let broken_tail = [&good[..], &[0xFD, 0xF8]].concat();
    assert_eq!(
        error(&broken_tail),
        (broken_tail.len(), ParseErrorKind::Truncated)
    );
    let long_tail = [&good[..], &[0xFD, 0xF8, 0xF8, 0, 9]].concat();
    assert_eq!(
        error(&long_tail),
        (long_tail.len() - 1, ParseErrorKind::TrailingBytes)
    );
}

#[test]
fn length_size_three_is_taken_when_tolerant() {
    let bytes = record_of(3, &[SPS], &[PPS]);
    assert_eq!(error(&bytes).1, ParseErrorKind::ForbiddenLengthSize);
    assert_eq!(tolerant(&bytes).length_size.get(), 3);
}

#[test]
fn lists_that_end_early_keep_what_is_whole() {
    let bytes = record(&[SPS, OTHER_SPS], &[PPS, OTHER_PPS]);
    let cut = |end: usize| {
        let read = tolerant(&bytes[..end]);
        (read.sps.len(), read.pps.len())
    };
    let first = 6 + 2 + SPS.len();
    let second = first + 2 + OTHER_SPS.len();
    let third = second + 1 + 2 + PPS.len();
    assert_eq!(cut(6), (0, 0));
    assert_eq!(cut(first - 1), (0, 0));
    assert_eq!(cut(first), (1, 0));
    assert_eq!(cut(second), (2, 0));
    assert_eq!(cut(third - 1), (2, 0));
    assert_eq!(cut(third), (2, 1));
    assert_eq!(cut(bytes.len()), (2, 2));
    assert!(AvcDecoderConfigurationRecord::parse_tolerant(&bytes[..5]).is_err());
}

#[test]
fn more_sets_than_can_be_counted_are_not_encoded() {
    let encode = |sps: &[NalUnit<'_>], pps: &[NalUnit<'_>]| {
        let record = AvcDecoderConfigurationRecord {
            sps: sps.to_vec(),
            pps: pps.to_vec(),
            ..AvcDecoderConfigurationRecord::default()
        };
        record.encode(&mut Vec::new())
    };
    let (sps, pps) = (NalUnit(SPS), NalUnit(PPS));
    assert_eq!(encode(&[sps; 31], &[pps; 255]), Ok(()));
    assert_eq!(encode(&[sps; 32], &[]), Err(EncodeError::TooLong));
    assert_eq!(encode(&[], &[pps; 256]), Err(EncodeError::TooLong));
    let long = [0x68; 65536];
    assert_eq!(encode(&[], &[NalUnit(&long)]), Err(EncodeError::TooLong));
}

#[test]
fn a_record_can_be_made_from_parameter_sets() {
    let made = AvcDecoderConfigurationRecord::from_parameter_sets(
        vec![NalUnit(SPS)],
        vec![NalUnit(PPS), NalUnit(PPS_1)],
    )
    .unwrap();
    let mut bytes = Vec::new();
    made.encode(&mut bytes).unwrap();
    let mut expected = record(&[SPS], &[PPS, PPS_1]);
    expected.extend([0xFD, 0xF8, 0xF8, 0]);
    assert_eq!(bytes, expected);
    let main = AvcDecoderConfigurationRecord::from_parameter_sets(vec![NalUnit(OTHER_SPS)], vec![]);
    assert_eq!(main.unwrap().high, None);
    assert!(AvcDecoderConfigurationRecord::from_parameter_sets(vec![], vec![]).is_err());
    let wrong = AvcDecoderConfigurationRecord::from_parameter_sets(vec![NalUnit(PPS)], vec![]);
    assert!(wrong.is_err());
}

fn borrowed(units: &[Vec<u8>]) -> Vec<NalUnit<'_>> {
    units.iter().map(|unit| NalUnit(unit)).collect()
}

fn units(header: u8, count: usize) -> impl Strategy<Value = Vec<Vec<u8>>> {
    let unit = prop::collection::vec(any::<u8>(), 0..30)
        .prop_map(move |payload| [&[header], &payload[..]].concat())
        // No unit has a start code in it.
        .prop_filter("a start code", |unit| {
            !unit.windows(3).any(|three| three == [0, 0, 1])
        });
    prop::collection::vec(unit, 0..count)
}

proptest! {
    #[test]
    fn records_come_back(
        profile_idc: u8,
        (profile_compatibility, level_idc) in any::<(u8, u8)>(),
        length_size in prop::sample::select(vec![1_u8, 2, 4]),
        sps in units(0x67, 32),
        pps in units(0x68, 256),
        tail in prop::option::of((0_u8..4, 0_u8..8, 0_u8..8, units(0x6D, 8))),
    ) {
        let extensions = tail.as_ref().map_or(&[][..], |tail| &tail.3);
        let high = tail.as_ref().map(|(chroma_format, luma, chroma, _)| HighProfileFields {
            chroma_format: *chroma_format,
            bit_depth_luma_minus8: *luma,
            bit_depth_chroma_minus8: *chroma,
            sps_extensions: borrowed(extensions),
        });
        let written = AvcDecoderConfigurationRecord {
            profile_idc,
            profile_compatibility,
            level_idc,
            length_size: LengthSize::new(length_size).unwrap(),
            sps: borrowed(&sps),
            pps: borrowed(&pps),
            high: high.filter(|_| ![66, 77, 88].contains(&profile_idc)),
        };
        let mut bytes = Vec::new();
        written.encode(&mut bytes).unwrap();
        prop_assert_eq!(parse(&bytes), Ok(written.clone()));
        prop_assert_eq!(tolerant(&bytes), written);
    }

    #[test]
    fn what_is_to_the_letter_is_the_same_when_tolerant(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let lax = AvcDecoderConfigurationRecord::parse_tolerant(&bytes);
        prop_assert_eq!(lax.is_ok(), bytes.len() >= 6);
        match parse(&bytes) {
            Ok(read) => {
                let mut again = Vec::new();
                read.encode(&mut again).unwrap();
                prop_assert_eq!(&again, &bytes);
                prop_assert_eq!(lax, Ok(read));
            }
            Err(error) => prop_assert!(error.offset <= bytes.len()),
        }
    }
}
