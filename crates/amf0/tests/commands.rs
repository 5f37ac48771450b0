//! RTMP commands, encoded and decoded again.

use std::borrow::Cow;

use amf0::{DecodeError, DecodeErrorKind, Decoder, Encoder, Object, TypedObject, Value, ValueRef};

fn connect() -> Vec<u8> {
    let mut bytes = Vec::new();
    Encoder::new(&mut bytes)
        .string("connect")
        .number(1.0)
        .object(|command| {
            command
                .string("app", "live")
                .string("tcUrl", "rtmp://localhost/live")
                .boolean("fpad", false)
                .strict_array("fourCcList", |list| {
                    list.string("avc1").string("hvc1");
                })
                .ecma_array("videoFourCcInfoMap", |map| {
                    map.number("avc1", 1.0);
                });
        })
        .null()
        .finish()
        .expect("it fits");
    bytes
}

#[test]
fn borrowed() {
    let bytes = connect();
    let mut decoder = Decoder::new(&bytes);
    assert_eq!(decoder.decode_ref(), Ok(Some(ValueRef::String("connect"))));
    assert_eq!(decoder.decode_ref(), Ok(Some(ValueRef::Number(1.0))));
    let command = decoder.decode_ref().unwrap().unwrap();
    assert_eq!(command.get("app").unwrap().as_str(), Some("live"));
    assert_eq!(command.get("fpad").unwrap().as_bool(), Some(false));
    let list = command.get("fourCcList").unwrap().as_array().unwrap();
    let list: Vec<_> = list.iter().filter_map(|entry| entry.as_str()).collect();
    assert_eq!(list, ["avc1", "hvc1"]);
    let map = command.get("videoFourCcInfoMap").unwrap();
    assert_eq!(map.get("avc1"), Some(ValueRef::Number(1.0)));
    assert_eq!(decoder.decode_ref(), Ok(Some(ValueRef::Null)));
    assert_eq!(decoder.decode_ref(), Ok(None));
    assert_eq!(decoder.offset(), bytes.len());
}

#[test]
fn owned_and_back() {
    let bytes = connect();
    let mut decoder = Decoder::new(&bytes);
    let mut again = Vec::new();
    while let Some(value) = decoder.decode().unwrap() {
        value.encode(&mut again).unwrap();
    }
    assert_eq!(again, bytes);
}

#[test]
fn insert_replaces_and_get_takes_the_last() {
    let mut object = Object::new();
    object.push("a", 1.0);
    object.push("a", 2.0);
    assert_eq!(object.get("a"), Some(&Value::Number(2.0)));
    assert_eq!(object.insert("a", 3.0), Some(Value::Number(2.0)));
    assert_eq!(object.insert("b", true), None);
    assert_eq!(object.len(), 3);
}

#[test]
fn values_from_what_people_have() {
    let typed = TypedObject {
        class_name: "point".into(),
        object: Object::from([("x", 1), ("y", 2)]),
    };
    let values = [
        Value::from(1.5),
        Value::from(1.5_f32),
        u32::MAX.into(),
        i32::MIN.into(),
        7_u8.into(),
        true.into(),
        "text".into(),
        String::from("text").into(),
        Cow::Borrowed("text").into(),
        ().into(),
        None::<f64>.into(),
        Some("text").into(),
        vec![1, 2].into(),
        ["a", "b"].into(),
        typed.clone().into(),
    ];
    let text = || Value::String("text".into());
    let expected = [
        Value::Number(1.5),
        Value::Number(1.5),
        Value::Number(4_294_967_295.0),
        Value::Number(-2_147_483_648.0),
        Value::Number(7.0),
        Value::Boolean(true),
        text(),
        text(),
        text(),
        Value::Null,
        Value::Null,
        text(),
        Value::StrictArray(vec![Value::Number(1.0), Value::Number(2.0)]),
        Value::StrictArray(vec![Value::String("a".into()), Value::String("b".into())]),
        Value::TypedObject(Box::new(typed)),
    ];
    assert_eq!(values, expected);
    assert_eq!(Value::default(), Value::Null);
}

#[test]
fn properties_from_both_ends() {
    let object = Object::from([("a", 1), ("b", 2), ("c", 3)]);
    let backwards: Vec<_> = (&object).into_iter().rev().map(|(name, _)| name).collect();
    assert_eq!(backwards, ["c", "b", "a"]);
    assert_eq!(object.iter().len(), 3);
    let mut owned = object.into_iter();
    assert_eq!(owned.next_back(), Some(("c".into(), Value::Number(3.0))));
    assert_eq!(owned.next(), Some(("a".into(), Value::Number(1.0))));
    assert_eq!(owned.len(), 1);
}

#[test]
fn iterating_ends_with_the_first_error() {
    let bytes = b"\x05\x01\x01\xFF\x05";
    let values: Vec<_> = Decoder::new(bytes).into_iter().collect();
    let error = DecodeError::new(3, DecodeErrorKind::UnknownMarker(0xFF));
    assert_eq!(
        values,
        [Ok(ValueRef::Null), Ok(ValueRef::Boolean(true)), Err(error)]
    );
}
