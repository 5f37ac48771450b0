//! Message bodies that are much work.

use bytes::BufMut;
use rtmp_chunk::MessageType;

use crate::session::AVC_CONFIGURATION;

/// FLV E.4.3.1: a key frame of AVC, NAL units, no composition time.
const NAL_UNITS: [u8; 5] = [0x17, 1, 0, 0, 0];
const START_CODE: [u8; 4] = [0, 0, 0, 1];

/// What a sequence header looks like (FLV E.4.3.1, ISO/IEC 14496-15 section 5.3.3.1).
pub(super) fn sequence_header() -> Vec<u8> {
    [&[0x17, 0, 0, 0, 0][..], &AVC_CONFIGURATION].concat()
}

/// A sequence header as long as can be: 31 sequence parameter sets and 224 picture parameter sets.
pub(super) fn long_sequence_header(mark: u8) -> Vec<u8> {
    const LONGEST_SET: u16 = u16::MAX;
    let mut body = vec![0x17, 0, 0, 0, 0, 1, 0x64, 0, 0x28, 0xFF, 0xE0 | 31];
    let set = |body: &mut Vec<u8>, number: u8, start: &[u8]| {
        body.put_u16(LONGEST_SET);
        let end = body.len() + usize::from(LONGEST_SET);
        body.extend(start);
        body.extend([number | 1, mark | 1]);
        body.resize(end, 0xAA);
    };
    (0..31).for_each(|number| set(&mut body, number, &[0x67, 0x64, 0, 0x28]));
    body.push(224);
    (0..224).for_each(|number| set(&mut body, number, &[0x68]));
    body
}

/// NAL units with lengths of four bytes, as many as fit into a message of `length` bytes.
pub(super) fn units(length: usize, unit: impl Fn(usize) -> Vec<u8>) -> Vec<u8> {
    filled(NAL_UNITS.to_vec(), length, |number, body| {
        let unit = unit(number);
        body.put_u32(unit.len() as u32);
        body.extend(unit);
    })
}

/// NAL units with start codes.
pub(super) fn byte_stream(length: usize, unit: impl Fn(usize) -> Vec<u8>) -> Vec<u8> {
    filled(NAL_UNITS.to_vec(), length, |number, body| {
        body.extend(START_CODE);
        body.extend(unit(number));
    })
}

/// One length in front of NAL units with start codes.
pub(super) fn byte_stream_behind_length(length: usize, unit: impl Fn(usize) -> Vec<u8>) -> Vec<u8> {
    let stream = byte_stream(length - 4, unit);
    let units = stream.get(NAL_UNITS.len()..).unwrap_or_default();
    let mut body = NAL_UNITS.to_vec();
    body.put_u32(units.len() as u32);
    body.extend(units);
    body
}

/// One NAL unit whose bytes after the first are `pattern` over and over.
pub(super) fn one_unit(length: usize, header: u8, pattern: &[u8]) -> Vec<u8> {
    let mut body = NAL_UNITS.to_vec();
    body.put_u32((length - NAL_UNITS.len() - 4) as u32);
    body.push(header);
    body.extend(pattern.iter().cycle().take(length - body.len()));
    body
}

/// Parameter sets of which each is another one.
pub(super) fn parameter_set(number: usize) -> Vec<u8> {
    let [.., high, middle, low] = number.to_be_bytes();
    let vary = [high | 0x80, middle | 0x80, low | 0x80];
    match number % 3 {
        0 => [&[0x67, 0x42, 0xC0, 0x1E, 0xDA][..], &vary].concat(),
        // Picture parameter sets with an id of 0 and of 1.
        1 => [&[0x68, 0xCE][..], &vary].concat(),
        _ => [&[0x68, 0x5E][..], &vary].concat(),
    }
}

/// Supplemental enhancement information: user data of a byte.
pub(super) fn sei(_: usize) -> Vec<u8> {
    vec![6, 5, 1, 0xAA, 0x80]
}

/// A slice of the middle of a picture.
pub(super) fn slice(_: usize) -> Vec<u8> {
    vec![0x41, 0x46, 0x80]
}

/// The first slice of a picture.
pub(super) fn picture(number: usize) -> Vec<u8> {
    vec![
        if number == 0 { 0x65 } else { 0x41 },
        if number == 0 { 0x88 } else { 0x9A },
        0x80,
    ]
}

/// The same with some bytes of data.
pub(super) fn small_picture(number: usize) -> Vec<u8> {
    let mut picture = picture(number);
    picture.resize(10, 0x55);
    picture
}

pub(super) fn delimiter(_: usize) -> Vec<u8> {
    vec![9, 0xF0]
}

pub(super) fn nothing(_: usize) -> Vec<u8> {
    Vec::new()
}

/// `onMetaData` up to its properties.
fn metadata() -> Vec<u8> {
    const NAMES: &[u8] = b"\x02\x00\x0D@setDataFrame\x02\x00\x0AonMetaData\x08\0\0\0\x01";
    NAMES.to_vec()
}

/// `onMetaData` whose `encoder` is `text` over and over.
pub(super) fn metadata_of_text(length: usize, text: &str) -> Vec<u8> {
    let mut body = metadata();
    body.extend(b"\x00\x07encoder\x0C");
    let bytes = (length - body.len() - 4) / text.len() * text.len();
    body.put_u32(bytes as u32);
    body.extend(text.bytes().cycle().take(bytes));
    body
}

/// `onMetaData` with the smallest properties that there are.
pub(super) fn metadata_of_properties(length: usize) -> Vec<u8> {
    filled(metadata(), length, |_, body| body.extend(b"\x00\x01a\x05"))
}

/// `onMetaData` with an array of nothing.
pub(super) fn metadata_of_an_array(length: usize) -> Vec<u8> {
    let mut body = metadata();
    body.extend(b"\x00\x01a\x0A");
    let nulls = length - body.len() - 4;
    body.put_u32(nulls as u32);
    body.resize(length, 5);
    body
}

/// Values of a byte each in front of a name that never comes.
pub(super) fn nulls(length: usize) -> Vec<u8> {
    vec![5; length]
}

/// A small `onMetaData`, each another one.
pub(super) fn small_metadata(number: usize) -> Vec<u8> {
    let mut body = metadata();
    body.extend(b"\x00\x07encoder\x02\x00\x08");
    body.extend(format!("{number:08x}").as_bytes().iter().take(8));
    body.extend([0, 0, 9]);
    body
}

/// An aggregate (RTMP 1.0 section 7.1.6), as many messages as fit into `length` bytes.
pub(super) fn aggregate(
    length: usize,
    message_type: MessageType,
    message: impl Fn(usize) -> Vec<u8>,
) -> Vec<u8> {
    filled(Vec::new(), length, |number, body| {
        let message = message(number);
        body.put_u8(message_type.0);
        body.put_uint(message.len() as u64, 3);
        body.extend([0; 7]);
        body.extend(&message);
        body.put_u32(11 + message.len() as u32);
    })
}

/// `body` with more at its end as long as it stays within `length` bytes.
fn filled(mut body: Vec<u8>, length: usize, add: impl Fn(usize, &mut Vec<u8>)) -> Vec<u8> {
    body.reserve(length);
    for number in 0.. {
        let before = body.len();
        add(number, &mut body);
        if body.len() > length {
            body.truncate(before);
            break;
        }
    }
    body
}
