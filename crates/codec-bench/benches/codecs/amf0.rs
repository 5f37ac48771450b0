//! A connect command and the metadata of a stream, decoded and encoded.

use std::hint::black_box;

use amf0::{Decoder, Value, ValueRef};
use broadcast_common::{Parse, Serialize};
use bytes::{Bytes, BytesMut};
use bytesio::bytes_reader::BytesReader;
use codec_bench::race::{Contender, race};
use codec_bench::recording;
use codec_bench::report::{Bar, Column, Unit, bars, table};
use rtmp_runtime::amf0::Amf0Value as RuntimeValue;
use scuffle_amf0::decoder::Amf0Decoder;
use scuffle_amf0::encoder::Amf0Encoder;
use shiguredo_rtmp::tests::Amf0Value as ShiguredoValue;
use xflv::amf0::amf0_reader::Amf0Reader;

const BORROWED: &str = "amf0, borrowed";
const BORROWED_READ: &str = "amf0, borrowed, every property read";
const OWNED: &str = "amf0, owned";
const OURS: &str = "amf0";

pub fn run() {
    let messages = [
        ("connect", recording::connect_command()),
        ("onMetaData", recording::metadata()),
    ];
    let column =
        |(title, bytes): &(&str, Vec<u8>), contenders: fn(&[u8]) -> Vec<Contender<'_>>| Column {
            title: format!("{title}, {} bytes", bytes.len()),
            bytes: bytes.len(),
            outcomes: race(contenders(bytes)),
        };

    let decode: Vec<_> = messages
        .iter()
        .map(|message| column(message, decoders))
        .collect();
    table("AMF0, decoding, ns", Unit::Nanoseconds, &decode);
    let promise = |ours, times| Bar {
        column: &decode[0],
        ours,
        times,
        than: None,
    };
    bars(
        "AMF0, decoding",
        &[promise(BORROWED, 3.0), promise(OWNED, 1.5)],
    );

    let encode: Vec<_> = messages
        .iter()
        .map(|message| column(message, encoders))
        .collect();
    table("AMF0, encoding, ns", Unit::Nanoseconds, &encode);
}

fn decoders(bytes: &[u8]) -> Vec<Contender<'_>> {
    let shared = Bytes::copy_from_slice(bytes);
    let for_rtmp_rs = shared.clone();
    vec![
        Contender::ours(BORROWED, move || {
            let mut decoder = Decoder::new(black_box(bytes));
            while let Ok(Some(value)) = decoder.decode_ref() {
                black_box(value);
            }
            decoder.remaining().is_empty()
        }),
        Contender::ours(BORROWED_READ, move || {
            let mut decoder = Decoder::new(black_box(bytes));
            while let Ok(Some(value)) = decoder.decode_ref() {
                read(value);
            }
            decoder.remaining().is_empty()
        }),
        Contender::ours(OWNED, move || {
            let mut decoder = Decoder::new(black_box(bytes));
            while let Ok(Some(value)) = decoder.decode() {
                black_box(value);
            }
            decoder.remaining().is_empty()
        }),
        Contender::peer("scuffle-amf0, borrowed", move || {
            black_box(Amf0Decoder::from_slice(black_box(bytes)).decode_all()).is_ok()
        }),
        Contender::peer("scuffle-amf0, shared", move || {
            let shared = black_box(&shared).clone();
            black_box(Amf0Decoder::from_buf(shared).decode_all()).is_ok()
        }),
        Contender::peer("scuffle-amf0, owned", move || {
            let values = Amf0Decoder::from_slice(black_box(bytes)).decode_all();
            values.is_ok_and(|values| {
                for value in values {
                    black_box(value.into_owned());
                }
                true
            })
        }),
        Contender::peer("rml_amf0", move || {
            black_box(rml_amf0::deserialize(&mut black_box(bytes))).is_ok()
        }),
        Contender::peer("rtmp-rs", move || {
            let mut shared = black_box(&for_rtmp_rs).clone();
            black_box(rtmp_rs::amf::Amf0Decoder::new().decode_all(&mut shared)).is_ok()
        }),
        Contender::peer("rtmp-runtime", move || {
            black_box(runtime_values(black_box(bytes))).is_some()
        }),
        Contender::peer("shiguredo_rtmp", move || {
            black_box(shiguredo_values(black_box(bytes))).is_some()
        }),
        Contender::peer("xflv (xiu)", move || {
            let reader = BytesReader::new(BytesMut::from(black_box(bytes)));
            black_box(Amf0Reader::new(reader).read_all()).is_ok()
        }),
    ]
}

/// All values; none if they cannot be read.
pub fn runtime_values(mut bytes: &[u8]) -> Option<Vec<RuntimeValue>> {
    let mut values = Vec::new();
    while !bytes.is_empty() {
        let value = RuntimeValue::parse(bytes).ok()?;
        bytes = bytes.get(value.serialized_len()..)?;
        values.push(value);
    }
    Some(values)
}

/// All values; none if they cannot be read.
pub fn shiguredo_values(mut bytes: &[u8]) -> Option<Vec<ShiguredoValue>> {
    let mut values = Vec::new();
    while !bytes.is_empty() {
        let (length, value) = ShiguredoValue::decode(bytes).ok()?;
        bytes = bytes.get(length..)?;
        values.push(value);
    }
    Some(values)
}

/// Looks at a value and at all that is inside it.
fn read(value: ValueRef<'_>) {
    black_box(&value);
    if let Some(object) = value.as_object() {
        for (name, property) in object {
            black_box(&name);
            read(property);
        }
    }
    if let Some(array) = value.as_array() {
        array.iter().for_each(read);
    }
}

fn encoders(bytes: &[u8]) -> Vec<Contender<'_>> {
    let mut decoder = Decoder::new(bytes);
    let mut ours: Vec<Value> = Vec::new();
    while let Ok(Some(value)) = decoder.decode() {
        ours.push(value);
    }
    let mut buffer = Vec::with_capacity(bytes.len());
    let scuffles = Amf0Decoder::from_slice(bytes).decode_all();
    let mut scuffle_buffer = Vec::with_capacity(bytes.len());
    let rmls = rml_amf0::deserialize(&mut &*bytes);
    let rtmp_rs = rtmp_rs::amf::amf0::decode_all(bytes);
    let runtimes = runtime_values(bytes);
    let shiguredos = shiguredo_values(bytes);
    let mut shiguredo_buffer = Vec::with_capacity(bytes.len());
    vec![
        Contender::ours(OURS, move || {
            buffer.clear();
            for value in black_box(&ours) {
                if value.encode(&mut buffer).is_err() {
                    return false;
                }
            }
            black_box(&buffer).len() == bytes.len()
        }),
        Contender::peer("scuffle-amf0", move || {
            scuffle_buffer.clear();
            let mut encoder = Amf0Encoder::new(&mut scuffle_buffer);
            let encoded = black_box(&scuffles).as_ref().is_ok_and(|values| {
                let mut values = values.iter();
                values.all(|value| value.encode(&mut encoder).is_ok())
            });
            black_box(&scuffle_buffer);
            encoded
        }),
        Contender::peer("rml_amf0", move || {
            let values = black_box(&rmls).as_ref();
            values.is_ok_and(|values| black_box(rml_amf0::serialize(values)).is_ok())
        }),
        Contender::peer("rtmp-rs", move || {
            let values = black_box(&rtmp_rs).as_ref();
            values.is_ok_and(|values| !black_box(rtmp_rs::amf::amf0::encode_all(values)).is_empty())
        }),
        Contender::peer("rtmp-runtime", move || {
            let values = black_box(&runtimes).as_ref();
            values.is_some_and(|values| {
                let mut values = values.iter();
                values.all(|value| black_box(value.try_to_bytes()).is_ok())
            })
        }),
        Contender::peer("shiguredo_rtmp", move || {
            shiguredo_buffer.clear();
            for value in black_box(&shiguredos).iter().flatten() {
                value.encode(&mut shiguredo_buffer);
            }
            !black_box(&shiguredo_buffer).is_empty()
        }),
    ]
}
