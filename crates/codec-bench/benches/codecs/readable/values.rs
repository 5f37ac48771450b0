//! Every kind of value that AMF0 has (sections 2.2 to 2.18, and 3.1).

use bytes::{Bytes, BytesMut};
use bytesio::bytes_reader::BytesReader;
use scuffle_amf0::decoder::Amf0Decoder;
use xflv::amf0::amf0_reader::Amf0Reader;

use super::{Row, outcome};
use crate::amf0::{runtime_values, shiguredo_values};

pub fn rows() -> Vec<Row> {
    VALUES.iter().map(row).collect()
}

const VALUES: [(&str, &[u8]); 16] = [
    ("number", &[0, 0x40, 0, 0, 0, 0, 0, 0, 0]),
    ("boolean", &[1, 1]),
    ("string", b"\x02\0\x02hi"),
    ("object", b"\x03\0\x01a\x05\0\0\x09"),
    ("null", &[5]),
    ("undefined", &[6]),
    (
        "reference, to an object beside it",
        b"\x0A\0\0\0\x02\x03\0\x01a\x05\0\0\x09\x07\0\x01",
    ),
    ("ECMA array", b"\x08\0\0\0\x01\0\x01a\x05\0\0\x09"),
    (
        "… that counts 0 and has more, as by some encoders",
        b"\x08\0\0\0\0\0\x01a\x05\0\0\x09",
    ),
    ("strict array", b"\x0A\0\0\0\x02\x05\x05"),
    ("date", &[11, 0x42, 0x76, 0, 0, 0, 0, 0, 0, 0, 0]),
    ("long string", b"\x0C\0\0\0\x02hi"),
    ("unsupported", &[13]),
    ("XML document", b"\x0F\0\0\0\x04<a/>"),
    ("typed object", b"\x10\0\x01T\0\x01a\x05\0\0\x09"),
    ("AMF3: a string", b"\x11\x06\x05hi"),
];

fn row((title, bytes): &(&'static str, &'static [u8])) -> Row {
    let readers: [(_, fn(&[u8]) -> bool); 7] = [
        ("amf0", |bytes| {
            let mut decoder = amf0::Decoder::new(bytes);
            matches!(decoder.decode(), Ok(Some(_))) && decoder.remaining().is_empty()
        }),
        ("scuffle-amf0", |bytes| {
            Amf0Decoder::from_slice(bytes).decode_all().is_ok()
        }),
        ("rml_amf0", |mut bytes| {
            rml_amf0::deserialize(&mut bytes).is_ok()
        }),
        ("xflv (xiu)", |bytes| {
            let reader = BytesReader::new(BytesMut::from(bytes));
            Amf0Reader::new(reader).read_all().is_ok()
        }),
        ("rtmp-rs", |bytes| {
            let mut bytes = Bytes::copy_from_slice(bytes);
            rtmp_rs::amf::Amf0Decoder::new()
                .decode_all(&mut bytes)
                .is_ok()
        }),
        ("rtmp-runtime", |bytes| runtime_values(bytes).is_some()),
        ("shiguredo_rtmp", |bytes| shiguredo_values(bytes).is_some()),
    ];
    let outcomes = readers.map(|(name, read)| (name, outcome(|| read(bytes))));
    Row {
        title,
        outcomes: outcomes.to_vec(),
    }
}
