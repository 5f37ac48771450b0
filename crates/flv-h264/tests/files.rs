//! FLV files: written, read, in any pieces, and broken.

use flv_h264::{
    ParseErrorKind,
    flv::{
        EncodeError, FlvFileReader, FlvFileWriter, FlvHeader, FlvItem, FlvReader, FlvTag,
        FlvTagHeader, FlvTagType, FlvWriter,
    },
};
use proptest::prelude::*;
use std::io;

fn read_in_pieces(
    file: &[u8],
    pieces: impl IntoIterator<Item = usize>,
) -> (Vec<FlvItem>, FlvReader) {
    let mut reader = FlvReader::new();
    let mut items = Vec::new();
    let mut rest = file;
    for piece in pieces {
        let (mut input, behind) = rest.split_at(piece.min(rest.len()));
        rest = behind;
        while let Some(item) = reader.read(&mut input).expect("an FLV file") {
            items.push(item);
        }
        assert!(input.is_empty(), "None means that the input is used up");
    }
    assert!(rest.is_empty());
    (items, reader)
}

fn write(tags: &[FlvTag]) -> Vec<u8> {
    let mut file = Vec::new();
    let writer = FlvWriter::start(&FlvHeader::default(), &mut file);
    for tag in tags {
        writer.write(tag, &mut file).expect("in range");
    }
    file
}

fn video(timestamp_ms: u32, body: &[u8]) -> FlvTag {
    let header = FlvTagHeader::new(FlvTagType::VIDEO, timestamp_ms);
    FlvTag::new(header, body.to_vec())
}

/// Annex E.2 to E.4.1, field by field.
#[test]
fn a_file_has_the_fields_of_annex_e() {
    let file = write(&[video(0x0102_0304, &[0x17, 0x02])]);
    let expected = [
        &b"FLV\x01\x05\0\0\0\x09"[..],
        &[0, 0, 0, 0],
        &[9, 0, 0, 2, 2, 3, 4, 1, 0, 0, 0, 0x17, 0x02],
        &[0, 0, 0, 13],
    ]
    .concat();
    assert_eq!(file, expected);
}

#[test]
fn a_file_without_tags_is_a_file() {
    let (items, reader) = read_in_pieces(&write(&[]), [13]);
    assert_eq!(items, [FlvItem::Header(FlvHeader::default())]);
    assert!(reader.is_between_tags());
    assert_eq!(reader.position(), 13);
}

#[test]
fn a_larger_header_is_passed_over() {
    let tag = video(1, &[0x17]);
    let small = write(std::slice::from_ref(&tag));
    let large = [&b"FLV\x01\x05\0\0\0\x0CXYZ"[..], &small[9..]].concat();
    let (items, _) = read_in_pieces(&large, vec![1; large.len()]);
    assert_eq!(items[1], FlvItem::Tag(tag));
}

#[test]
fn what_is_not_flv_is_an_error_again_and_again() {
    for (bytes, offset, kind) in [
        (b"FLW\x01\x05\0\0\0\x09", 0, ParseErrorKind::WrongSignature),
        (b"FLV\x01\x05\0\0\0\x08", 5, ParseErrorKind::OutOfRange),
    ] {
        let mut reader = FlvReader::new();
        for _ in 0..2 {
            let error = reader.read(&mut &bytes[..]).unwrap_err();
            assert_eq!((error.offset, error.kind), (offset, kind));
        }
    }
}

#[test]
fn wrong_back_pointers_are_counted_and_passed_over() {
    let mut file = write(&[video(0, &[1, 2]), video(40, &[3])]);
    let second = 9 + 4 + 11 + 2;
    file[second + 3] = 99;
    let (items, reader) = read_in_pieces(&file, [file.len()]);
    assert_eq!(items.len(), 3);
    assert_eq!(reader.mismatched_back_pointers(), 1);
}

#[test]
fn a_file_may_end_before_its_last_back_pointer_and_nowhere_else() {
    let file = write(&[video(0, &[1, 2])]);
    for end in 9..=file.len() {
        let (_, reader) = read_in_pieces(&file[..end], [end]);
        let between = [9, 13, file.len() - 4, file.len()].contains(&end);
        assert_eq!(reader.is_between_tags(), between, "{end}");
    }
}

#[test]
fn filtered_tags_and_reserved_bits() {
    let mut file = write(&[video(0, &[1])]);
    file[13] |= 0xE0;
    let (items, _) = read_in_pieces(&file, [file.len()]);
    let FlvItem::Tag(tag) = &items[1] else {
        panic!("a tag");
    };
    assert!(tag.header.filtered);
    assert_eq!(tag.header.tag_type, FlvTagType::VIDEO);
}

#[test]
fn video_bodies_have_the_room_that_was_asked_for() {
    let audio = FlvTag::new(FlvTagHeader::new(FlvTagType::AUDIO, 0), vec![0xAF]);
    let file = write(&[audio, video(0, &[1, 2])]);
    let mut reader = FlvReader::new().with_headroom(100);
    let mut input = &file[..];
    let mut rooms = Vec::new();
    while let Some(item) = reader.read(&mut input).unwrap() {
        if let FlvItem::Tag(tag) = item {
            rooms.push(tag.body.headroom());
        }
    }
    assert_eq!(rooms, [0, 100]);
}

#[test]
fn what_has_no_place_in_a_file_is_not_written() {
    let write = |tag_type, stream_id, body: &[u8]| {
        let mut header = FlvTagHeader::new(FlvTagType(tag_type), 0);
        header.stream_id = stream_id;
        let mut out = Vec::new();
        FlvWriter::start(&FlvHeader::default(), &mut out).write_body(header, body, &mut out)
    };
    assert_eq!(write(32, 0, &[]), Err(EncodeError::OutOfRange));
    assert_eq!(write(9, 1 << 24, &[]), Err(EncodeError::OutOfRange));
    assert_eq!(write(9, 0, &vec![0; 1 << 24]), Err(EncodeError::TooLong));
    assert_eq!(write(31, 0xFF_FFFF, &vec![0; 0xFF_FFFF]), Ok(()));
}

#[test]
fn adapters_read_what_they_write() {
    let tags = [video(0, &[1, 2]), video(40, &vec![7; 200_000])];
    let mut writer = FlvFileWriter::new(Vec::new(), &FlvHeader::default()).unwrap();
    for tag in &tags {
        writer.write(tag).unwrap();
    }
    let file = writer.into_inner();
    assert_eq!(file, write(&tags));
    let items: Vec<FlvItem> = FlvFileReader::new(&file[..])
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(items[1..], tags.map(FlvItem::Tag));
}

#[test]
fn adapters_tell_a_cut_file_from_a_wrong_one() {
    let file = write(&[video(0, &[1, 2])]);
    let kind = |bytes: &[u8]| {
        let error = FlvFileReader::new(bytes).find_map(Result::err);
        error.map(|error| error.kind())
    };
    assert_eq!(kind(&file), None);
    assert_eq!(kind(&file[..20]), Some(io::ErrorKind::UnexpectedEof));
    assert_eq!(kind(b"RIFF     "), Some(io::ErrorKind::InvalidData));
}

fn tags() -> impl Strategy<Value = Vec<FlvTag>> {
    let header = (0_u8..32, any::<bool>(), any::<u32>(), 0_u32..1 << 24).prop_map(
        |(tag_type, filtered, timestamp_ms, stream_id)| FlvTagHeader {
            tag_type: FlvTagType(tag_type),
            filtered,
            timestamp_ms,
            stream_id,
        },
    );
    let body = prop::collection::vec(any::<u8>(), 0..100);
    prop::collection::vec((header, body).prop_map(|(h, b)| FlvTag::new(h, b)), 0..8)
}

proptest! {
    #[test]
    fn files_come_back_in_any_pieces(
        tags in tags(),
        pieces in prop::collection::vec(1_usize..40, 1..20),
    ) {
        let file = write(&tags);
        let (items, reader) = read_in_pieces(&file, pieces.into_iter().cycle().take(file.len()));
        let (header, read) = items.split_first().unwrap();
        prop_assert_eq!(header, &FlvItem::Header(FlvHeader::default()));
        let expected: Vec<FlvItem> = tags.into_iter().map(FlvItem::Tag).collect();
        prop_assert_eq!(read, expected);
        prop_assert!(reader.is_between_tags());
        prop_assert_eq!(reader.mismatched_back_pointers(), 0);
    }

    #[test]
    fn no_bytes_make_it_panic_or_stop_short(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let file = [&b"FLV\x01\x05\0\0\0\x09"[..], &bytes].concat();
        let (_, reader) = read_in_pieces(&file, [file.len()]);
        prop_assert_eq!(reader.position(), file.len());
    }
}
