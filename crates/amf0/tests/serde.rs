//! Rust types to AMF0 and back.

use std::collections::BTreeMap;

use amf0::serde::{EcmaArray, Error};
use amf0::{DecodeErrorKind, Decoder, EncodeError, Encoder, Object, TypedObject, Value};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

fn to_bytes<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    Encoder::new(&mut bytes).serialize(value)?;
    Ok(bytes)
}

fn to_value<T: Serialize + ?Sized>(value: &T) -> Value {
    let bytes = to_bytes(value).expect("it serializes");
    let mut decoder = Decoder::new(&bytes);
    let value = decoder.decode().expect("it is AMF0");
    assert!(decoder.remaining().is_empty());
    value.expect("there is a value")
}

fn from_value<T: DeserializeOwned>(value: &Value) -> Result<T, Error> {
    let mut bytes = Vec::new();
    value.encode(&mut bytes)?;
    Ok(Decoder::new(&bytes)
        .deserialize()?
        .expect("there is a value"))
}

fn there_and_back<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: T) {
    assert_eq!(from_value::<T>(&to_value(&value)).as_ref(), Ok(&value));
}

/// One of each kind.
fn every_kind() -> Vec<Value> {
    let inner = Object::from_iter([("a", Value::Undefined), ("", Value::LongString("b".into()))]);
    vec![
        Value::Number(-0.0),
        Value::Number(1.5),
        Value::Boolean(true),
        Value::String("text".into()),
        Value::Object(inner.clone()),
        Value::MovieClip,
        Value::Null,
        Value::Undefined,
        Value::Reference(513),
        Value::EcmaArray(inner.clone()),
        Value::StrictArray(vec![Value::Null, Value::Undefined, Value::Reference(0)]),
        Value::Date {
            milliseconds: 1e12,
            time_zone: -60,
        },
        Value::LongString("short".into()),
        Value::Unsupported,
        Value::RecordSet,
        Value::XmlDocument("<a/>".into()),
        Value::TypedObject(Box::new(TypedObject {
            class_name: "C".into(),
            object: inner,
        })),
    ]
}

#[derive(Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct CommandObject {
    app: String,
    tc_url: Option<String>,
    audio_codecs: u16,
    fpad: bool,
    four_cc_list: Vec<String>,
    #[serde(default)]
    video_four_cc_info_map: BTreeMap<String, f64>,
}

#[derive(Debug, PartialEq, Deserialize, Serialize)]
struct Connect {
    name: String,
    transaction: u32,
    command: CommandObject,
    #[serde(default)]
    arguments: Option<Value>,
}

fn connect() -> Connect {
    Connect {
        name: "connect".into(),
        transaction: 1,
        command: CommandObject {
            app: "live".into(),
            tc_url: None,
            audio_codecs: 0x0fff,
            fpad: false,
            four_cc_list: vec!["avc1".into(), "hvc1".into()],
            video_four_cc_info_map: [("avc1".into(), 1.0)].into(),
        },
        arguments: None,
    }
}

#[test]
fn a_command_is_a_struct() {
    let mut bytes = Vec::new();
    Encoder::new(&mut bytes)
        .serialize_message(&connect())
        .unwrap();

    let mut decoder = Decoder::new(&bytes);
    assert_eq!(decoder.decode(), Ok(Some(Value::from("connect"))));
    assert_eq!(decoder.decode(), Ok(Some(Value::from(1.0))));
    let command = decoder.decode().unwrap().unwrap();
    assert_eq!(command.get("app"), Some(&Value::from("live")));
    assert_eq!(command.get("tcUrl"), Some(&Value::Null));
    assert_eq!(
        command.get("fourCcList").and_then(Value::as_array),
        Some(&[Value::from("avc1"), Value::from("hvc1")][..])
    );
    assert_eq!(decoder.decode(), Ok(Some(Value::Null)));

    assert_eq!(
        Decoder::new(&bytes).deserialize_message::<Connect>(),
        Ok(connect())
    );
}

#[test]
fn a_command_is_a_tuple_and_may_go_on() {
    let mut bytes = Vec::new();
    Encoder::new(&mut bytes)
        .serialize_message(&("publish", 5, (), "stream1", "live"))
        .unwrap();
    let mut decoder = Decoder::new(&bytes);
    let (name, transaction, (), stream): (&str, u8, (), &str) =
        decoder.deserialize_message().unwrap();
    assert_eq!((name, transaction, stream), ("publish", 5, "stream1"));
    assert_eq!(decoder.deserialize::<&str>(), Ok(Some("live")));
    assert_eq!(decoder.deserialize::<&str>(), Ok(None));

    let too_long =
        Decoder::new(&bytes).deserialize_message::<(String, u8, (), String, String, u8)>();
    assert!(matches!(too_long, Err(Error::Custom(_))), "{too_long:?}");
}

#[test]
fn messages_mix_with_values() {
    let mut bytes = Vec::new();
    Encoder::new(&mut bytes)
        .strict_array(|array| {
            array.serialize_message(&(1, 2)).unwrap();
            array.serialize("three").unwrap();
            array.number(4.0);
        })
        .finish()
        .unwrap();
    assert_eq!(
        Decoder::new(&bytes).deserialize::<(u8, u8, String, u8)>(),
        Ok(Some((1, 2, "three".into(), 4)))
    );
}

#[test]
fn metadata_is_an_ecma_array() {
    let metadata = EcmaArray(BTreeMap::from([("height", 1080), ("width", 1920)]));
    let expected = Object::from_iter([("height", 1080.0), ("width", 1920.0)]);
    assert_eq!(to_value(&metadata), Value::EcmaArray(expected));
    assert_eq!(to_bytes(&metadata).unwrap()[..5], [8, 0, 0, 0, 2]);
    there_and_back(EcmaArray(BTreeMap::from([("a".to_owned(), 1)])));
}

#[test]
fn every_kind_of_value_survives_within_other_types() {
    there_and_back(every_kind());
    there_and_back(("a".to_owned(), every_kind(), Some(Value::MovieClip)));
    there_and_back(Object::from_iter(
        every_kind().into_iter().map(|value| ("same name", value)),
    ));
}

#[test]
fn every_kind_of_value_serializes_as_it_encodes() {
    for value in every_kind() {
        let mut encoded = Vec::new();
        value.encode(&mut encoded).unwrap();
        assert_eq!(to_bytes(&value), Ok(encoded));
    }
}

#[test]
fn amf3_is_kept_at_the_end_and_refused_inside() {
    let amf3 = Value::AvmPlus(vec![0x0A, 0x0B, 0x01, 0x01]);
    there_and_back(amf3.clone());
    assert_eq!(
        to_bytes(&[amf3]),
        Err(Error::Encode(EncodeError::NestedAvmPlus))
    );
}

#[test]
fn values_are_natural_in_other_formats() {
    let value = Value::StrictArray(every_kind());
    let json = serde_json::to_value(&value).unwrap();
    assert_eq!(json[4], serde_json::json!({"a": null, "": "b"}));
    assert_eq!(json[8], serde_json::json!(513));
    assert_eq!(json[11], serde_json::json!([1e12, -60]));

    let natural: Value = serde_json::from_str(r#"{"a":[1,-2,2.5,true,null,"x"]}"#).unwrap();
    let array = vec![
        Value::from(1.0),
        Value::from(-2.0),
        Value::from(2.5),
        Value::from(true),
        Value::Null,
        Value::from("x"),
    ];
    assert_eq!(natural.get("a"), Some(&Value::from(array)));
    serde_json::from_str::<Value>("9007199254740993").unwrap_err();
}

#[derive(Debug, PartialEq, Deserialize, Serialize)]
enum Level {
    Status,
    Error { code: String },
    Pair(u8, i16),
    Wrapped(Vec<i8>),
}

#[test]
fn variants() {
    there_and_back(vec![
        Level::Status,
        Level::Error { code: "x".into() },
        Level::Pair(1, -2),
        Level::Wrapped(vec![-1]),
    ]);
    assert_eq!(to_value(&Level::Status), Value::from("Status"));
    let pair = Value::from(vec![Value::from(1.0), Value::from(-2.0)]);
    assert_eq!(
        to_value(&Level::Pair(1, -2)),
        Value::from(Object::from_iter([("Pair", pair)]))
    );
    let two = Object::from_iter([("Status", 1.0), ("Pair", 2.0)]);
    from_value::<Level>(&Value::from(two)).unwrap_err();
    from_value::<Level>(&Value::Null).unwrap_err();
}

#[test]
fn scalars() {
    #[derive(Debug, PartialEq, Deserialize, Serialize)]
    struct Unit;
    #[derive(Debug, PartialEq, Deserialize, Serialize)]
    struct Wrapper(u8);

    there_and_back((i8::MIN, i16::MIN, i32::MIN, u8::MAX, u16::MAX, u32::MAX));
    there_and_back((-(1_i64 << 53), 1_u64 << 53, -(1_i128 << 53), 1_u128 << 53));
    there_and_back((1.5_f32, f64::MIN_POSITIVE, f64::INFINITY, -0.0_f64));
    there_and_back(('ß', String::from("x"), true, (), Unit, Wrapper(3)));
    there_and_back((Some(1), None::<u8>));
    assert_eq!(from_value::<Option<u8>>(&Value::Undefined), Ok(None));
    assert!(from_value::<f64>(&to_value(&f64::NAN)).unwrap().is_nan());
    let long = "x".repeat(65_536);
    assert_eq!(to_value(&long), Value::LongString(long.clone()));
    there_and_back(long);
}

#[test]
fn integers_are_exact_or_refused() {
    assert_eq!(to_bytes(&((1_u64 << 53) + 1)), Err(Error::Inexact));
    assert_eq!(to_bytes(&u64::MAX), Err(Error::Inexact));
    assert_eq!(to_bytes(&i64::MIN), Err(Error::Inexact));
    assert_eq!(to_bytes(&u128::MAX), Err(Error::Inexact));
    from_value::<u8>(&Value::from(256.0)).unwrap_err();
    from_value::<u8>(&Value::from(1.5)).unwrap_err();
    from_value::<u64>(&Value::from(-1.0)).unwrap_err();
    from_value::<u64>(&Value::from(1e300)).unwrap_err();
}

#[test]
fn sequences_of_unknown_length() {
    struct Odd;
    impl Serialize for Odd {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_seq((0..10).filter(|number| number % 2 == 1))
        }
    }
    assert_eq!(from_value(&to_value(&Odd)), Ok(vec![1, 3, 5, 7, 9]));
}

#[test]
fn what_amf0_cannot_hold_is_an_error() {
    assert_eq!(
        to_bytes(&BTreeMap::from([(1, 2)])),
        Err(Error::KeyNotString)
    );
    let name = "x".repeat(65_536);
    assert_eq!(
        to_bytes(&BTreeMap::from([(name, 2)])),
        Err(Error::Encode(EncodeError::NameTooLong))
    );
    let mut bytes = Vec::new();
    for result in [
        Encoder::new(&mut bytes).serialize_message(&1).err(),
        Encoder::new(&mut bytes).serialize_message("text").err(),
        Encoder::new(&mut bytes)
            .serialize_message(&BTreeMap::from([("a", 1)]))
            .err(),
    ] {
        assert_eq!(result, Some(Error::NoMessage));
    }
    assert!(bytes.is_empty());
}

#[test]
fn defects_of_the_bytes_come_through() {
    let error = Decoder::new(b"\x02\x00\x09abc").deserialize::<String>();
    let Err(Error::Decode(error)) = error else {
        panic!("{error:?}");
    };
    assert_eq!(error.kind, DecodeErrorKind::UnexpectedEnd);
}

#[test]
fn depth_is_bounded() {
    #[derive(Serialize)]
    struct Nest(Option<Box<[Nest; 1]>>);
    let nest = |depth| (0..depth).fold(Nest(None), |inner, _| Nest(Some(Box::new([inner]))));
    to_bytes(&nest(256)).unwrap();
    assert_eq!(
        to_bytes(&nest(257)),
        Err(Error::Encode(EncodeError::TooDeep))
    );
}
