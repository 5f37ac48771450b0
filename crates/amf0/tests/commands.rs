//! RTMP commands, encoded and decoded again.

use amf0::{Decoder, Encoder, Object, Value, ValueRef};

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
                .strict_array("fourCcList", |list| list.string("avc1").string("hvc1"))
                .ecma_array("videoFourCcInfoMap", |map| map.number("avc1", 1.0))
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
