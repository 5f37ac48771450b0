//! Every type of the AMF0 specification, as bytes and as a value, both ways.

use amf0::{DecodeError, DecodeErrorKind, Decoder, Marker, Object, TypedObject, Value, ValueRef};

/// Decodes both ways, compares with `value`, and encodes to the same bytes again.
#[track_caller]
fn is(bytes: &[u8], value: &Value) {
    decodes_to(bytes, value);
    let mut encoded = Vec::new();
    value.encode(&mut encoded).expect("it fits");
    assert_eq!(encoded, bytes);
}

#[track_caller]
fn decodes_to(bytes: &[u8], value: &Value) {
    let mut owned = Decoder::new(bytes);
    assert_eq!(owned.decode().as_ref(), Ok(&Some(value.clone())));
    assert_eq!(owned.remaining(), b"");

    let mut borrowed = Decoder::new(bytes);
    let value_ref = borrowed.decode_ref().expect("it is AMF0");
    let value_ref = value_ref.expect("there is a value");
    assert_eq!(&value_ref.to_value(), value);
    assert_eq!(value_ref.marker(), Marker(bytes[0]));
    assert_eq!(borrowed.offset(), bytes.len());
}

#[track_caller]
fn fails(bytes: &[u8], offset: usize, kind: DecodeErrorKind) {
    let error = Err(DecodeError::new(offset, kind));
    assert_eq!(Decoder::new(bytes).decode(), error);
    assert_eq!(Decoder::new(bytes).decode_ref().map(|_| None), error);
}

fn object<const N: usize>(properties: [(&str, Value); N]) -> Object {
    Object::from_iter(properties)
}

#[test]
fn section_2_2_number() {
    is(b"\x00\x3F\xF0\0\0\0\0\0\0", &Value::Number(1.0));
    is(
        b"\x00\xC0\x5E\xDD\x2F\x1A\x9F\xBE\x77",
        &Value::Number(-123.456),
    );
    is(b"\x00\x80\0\0\0\0\0\0\0", &Value::Number(-0.0));
    is(b"\x00\x7F\xF0\0\0\0\0\0\0", &Value::Number(f64::INFINITY));
}

#[test]
fn section_2_2_number_keeps_the_bits_of_a_nan() {
    let bytes = b"\x00\x7F\xF8\0\0\0\0\x12\x34";
    let value = Decoder::new(bytes).decode().unwrap().unwrap();
    let mut encoded = Vec::new();
    value.encode(&mut encoded).unwrap();
    assert_eq!(encoded, bytes);
}

#[test]
fn section_2_3_boolean() {
    is(b"\x01\x00", &Value::Boolean(false));
    is(b"\x01\x01", &Value::Boolean(true));
    decodes_to(b"\x01\xFF", &Value::Boolean(true));
}

#[test]
fn section_2_4_string() {
    is(b"\x02\x00\x00", &Value::String(String::new()));
    is(b"\x02\x00\x06na\xC3\xAFve", &Value::String("naïve".into()));
    let mut longest = b"\x02\xFF\xFF".to_vec();
    longest.resize(3 + 65_535, b'x');
    is(&longest, &Value::String("x".repeat(65_535)));
}

#[test]
fn section_2_4_a_string_that_is_too_long_becomes_a_long_string() {
    let text = "x".repeat(65_536);
    let mut encoded = Vec::new();
    Value::String(text.clone()).encode(&mut encoded).unwrap();
    decodes_to(&encoded, &Value::LongString(text));
}

#[test]
fn section_2_5_object() {
    is(b"\x03\0\0\x09", &Value::Object(Object::new()));
    is(
        b"\x03\0\x03app\x02\0\x04live\0\x01n\x05\0\0\x09",
        &Value::Object(object([("app", "live".into()), ("n", Value::Null)])),
    );
}

#[test]
fn section_2_5_order_and_repeated_names_are_kept() {
    is(
        b"\x03\0\x01b\x05\0\x01a\x06\0\x01b\x01\x01\0\0\x09",
        &Value::Object(object([
            ("b", Value::Null),
            ("a", Value::Undefined),
            ("b", true.into()),
        ])),
    );
}

#[test]
fn section_2_5_a_name_may_be_empty() {
    is(
        b"\x03\0\0\x01\x01\0\0\x09",
        &Value::Object(object([("", true.into())])),
    );
}

/// Lengths and markers around the strings of an object are text as well, or not.
#[test]
fn section_2_5_strings_whatever_stands_around_them() {
    let is_an_object = |properties: &[(&str, Value)]| {
        let value = Value::Object(Object::from_iter(properties.iter().cloned()));
        let mut bytes = Vec::new();
        value.encode(&mut bytes).unwrap();
        decodes_to(&bytes, &value);
    };
    let text = ("größe", Value::from("語😀"));
    let nothing = ("", Value::from(""));
    let number = ("width", Value::from(1920.0));
    is_an_object(&[text.clone(), nothing.clone(), text.clone()]);
    is_an_object(&[text.clone(), number, nothing.clone(), text.clone()]);
    // Lengths of C2 80 and 00 C3: one is a character of its own, one the first half of none.
    for length in [0xC280, 0x00C3] {
        let long = ("long", Value::from("x".repeat(length)));
        is_an_object(&[nothing.clone(), long.clone(), text.clone()]);
    }
}

#[test]
fn section_2_6_movie_clip() {
    is(b"\x04", &Value::MovieClip);
}

#[test]
fn section_2_7_null() {
    is(b"\x05", &Value::Null);
}

#[test]
fn section_2_8_undefined() {
    is(b"\x06", &Value::Undefined);
}

#[test]
fn section_2_9_reference() {
    is(b"\x07\x01\x02", &Value::Reference(0x0102));
}

#[test]
fn section_2_10_ecma_array() {
    is(
        b"\x08\0\0\0\x01\0\x010\x06\0\0\x09",
        &Value::EcmaArray(object([("0", Value::Undefined)])),
    );
}

#[test]
fn section_2_10_the_count_is_a_hint() {
    for count in [[0; 4], [0, 0, 0, 9], [0xFF; 4]] {
        let bytes = [b"\x08", &count[..], b"\0\x010\x06\0\0\x09"].concat();
        decodes_to(&bytes, &Value::EcmaArray(object([("0", Value::Undefined)])));
    }
}

#[test]
fn section_2_11_object_end() {
    fails(b"\x09", 0, DecodeErrorKind::UnexpectedObjectEnd);
    fails(b"\0\0\x09", 1, DecodeErrorKind::UnexpectedEnd);
    fails(
        b"\x0A\0\0\0\x01\x09",
        5,
        DecodeErrorKind::UnexpectedObjectEnd,
    );
    fails(b"\x03\0\x01a\x09", 4, DecodeErrorKind::UnexpectedObjectEnd);
}

#[test]
fn section_2_12_strict_array() {
    is(b"\x0A\0\0\0\0", &Value::StrictArray(vec![]));
    is(
        b"\x0A\0\0\0\x02\x06\x02\0\x04avc1",
        &Value::StrictArray(vec![Value::Undefined, "avc1".into()]),
    );
}

#[test]
fn section_2_12_the_count_is_not_trusted() {
    fails(
        b"\x0A\xFF\xFF\xFF\xFF\x05",
        1,
        DecodeErrorKind::UnexpectedEnd,
    );
    fails(b"\x0A\0\0\0\x02\x05", 1, DecodeErrorKind::UnexpectedEnd);
    fails(b"\x0A\0\0\0\x02\x01\x01", 7, DecodeErrorKind::UnexpectedEnd);
}

#[test]
fn section_2_13_date() {
    is(
        b"\x0B\x42\x73\xCE\xA9\x99\x80\0\0\xFF\xC4",
        &Value::Date {
            milliseconds: 1_361_145_600_000.0,
            time_zone: -60,
        },
    );
}

#[test]
fn section_2_14_long_string() {
    is(b"\x0C\0\0\0\x02ab", &Value::LongString("ab".into()));
    let mut long = b"\x0C\0\x01\x00\x00".to_vec();
    long.resize(5 + 65_536, b'x');
    is(&long, &Value::LongString("x".repeat(65_536)));
}

#[test]
fn section_2_15_unsupported() {
    is(b"\x0D", &Value::Unsupported);
}

#[test]
fn section_2_16_record_set() {
    is(b"\x0E", &Value::RecordSet);
}

#[test]
fn section_2_17_xml_document() {
    is(b"\x0F\0\0\0\x04<a/>", &Value::XmlDocument("<a/>".into()));
}

#[test]
fn section_2_18_typed_object() {
    is(
        b"\x10\0\x01C\0\x01p\x01\x00\0\0\x09",
        &Value::TypedObject(Box::new(TypedObject {
            class_name: "C".into(),
            object: object([("p", false.into())]),
        })),
    );
}

#[test]
fn section_3_1_avm_plus() {
    is(
        b"\x11\x0A\x0B\x01\x01",
        &Value::AvmPlus(b"\x0A\x0B\x01\x01".to_vec()),
    );
    is(b"\x11", &Value::AvmPlus(vec![]));
    let mut decoder = Decoder::new(b"\x05\x11\x04\x01");
    assert_eq!(decoder.decode(), Ok(Some(Value::Null)));
    assert_eq!(decoder.decode(), Ok(Some(Value::AvmPlus(vec![4, 1]))));
    assert_eq!(decoder.decode(), Ok(None));
}

#[test]
fn section_3_1_avm_plus_inside_has_no_end_that_could_be_found() {
    fails(
        b"\x03\0\x01a\x11\x01\0\0\x09",
        4,
        DecodeErrorKind::NestedAvmPlus,
    );
    fails(b"\x0A\0\0\0\x01\x11\x01", 5, DecodeErrorKind::NestedAvmPlus);
}

#[test]
fn section_2_1_unknown_markers() {
    for marker in 0x12..=0xFF {
        fails(&[marker, 0, 0], 0, DecodeErrorKind::UnknownMarker(marker));
        let inside = [b"\x03\0\x01a", &[marker][..]].concat();
        fails(&inside, 4, DecodeErrorKind::UnknownMarker(marker));
    }
}

#[test]
fn section_1_3_1_strings_are_utf8() {
    fails(b"\x02\0\x03ab\xFF", 5, DecodeErrorKind::InvalidUtf8);
    fails(b"\x0C\0\0\0\x02\xC3(", 5, DecodeErrorKind::InvalidUtf8);
    fails(
        b"\x03\0\x01\xFF\x05\0\0\x09",
        3,
        DecodeErrorKind::InvalidUtf8,
    );
    fails(
        b"\x03\0\x01a\x02\0\x01\x80\0\0\x09",
        7,
        DecodeErrorKind::InvalidUtf8,
    );
    fails(b"\x10\0\x01\xFF\0\0\x09", 3, DecodeErrorKind::InvalidUtf8);
    // Modified UTF-8 and surrogates are none.
    fails(b"\x02\0\x02\xC0\x80", 3, DecodeErrorKind::InvalidUtf8);
    fails(b"\x02\0\x03\xED\xA0\x80", 3, DecodeErrorKind::InvalidUtf8);
}

#[test]
fn strings_that_are_no_text_are_bytes_for_whoever_allows_them() {
    // "ab", then a byte that is no UTF-8; short, long, XML.
    for (bytes, is_string) in [
        (&b"\x02\0\x03ab\xFF"[..], true),
        (b"\x0C\0\0\0\x03ab\xFF", true),
        (b"\x0F\0\0\0\x03ab\xFF", true),
    ] {
        let mut decoder = Decoder::new(bytes).with_any_text();
        let value = decoder.decode_ref().unwrap().unwrap();
        assert_eq!(value, ValueRef::NotText(b"ab\xFF"));
        assert_eq!(value.as_str(), None);
        assert_eq!(value.as_string_bytes().is_some(), is_string);
        assert_eq!(value.to_value(), Value::String("ab\u{FFFD}".to_owned()));
        assert_eq!(decoder.decode_ref(), Ok(None));
        // Owned values are text.
        let owned = Decoder::new(bytes).with_any_text().decode();
        assert_eq!(owned.unwrap_err().kind, DecodeErrorKind::InvalidUtf8);
    }

    // A name that is none, a value that is none, inside others; what is text stays text.
    let bytes =
        b"\x0A\0\0\0\x01\x03\0\x01\xFF\x05\0\x01a\x02\0\x01\x80\0\x01b\x02\0\x02\xC3\x9F\0\0\x09";
    let value = Decoder::new(bytes).with_any_text().decode_ref();
    let array = value.unwrap().unwrap().as_array().unwrap();
    let object = array.iter().next().unwrap().as_object().unwrap();
    let properties: Vec<_> = object.iter().collect();
    let expected = [
        ("a", ValueRef::NotText(b"\x80")),
        ("b", ValueRef::String("ß")),
    ];
    assert_eq!(properties, expected);
    assert_eq!(object.get("b"), Some(ValueRef::String("ß")));

    let mut decoder = Decoder::new(&bytes[5..]).with_any_text();
    let read: Result<Vec<_>, _> = decoder.properties().unwrap().collect();
    assert_eq!(read.unwrap(), expected);
}

#[test]
fn every_type_cut_off_at_every_byte_is_an_unexpected_end() {
    let all: [&[u8]; 13] = [
        b"\x00\x3F\xF0\0\0\0\0\0\0",
        b"\x01\x00",
        b"\x02\x00\x06na\xC3\xAFve",
        b"\x03\0\x03app\x02\0\x04live\0\x01n\x05\0\0\x09",
        b"\x07\x01\x02",
        b"\x08\0\0\0\x01\0\x010\x06\0\0\x09",
        b"\x0A\0\0\0\x02\x06\x02\0\x04avc1",
        b"\x0B\x42\x73\xCE\xA9\x99\x80\0\0\xFF\xC4",
        b"\x0C\0\0\0\x02ab",
        b"\x0F\0\0\0\x04<a/>",
        b"\x10\0\x01C\0\x01p\x01\x00\0\0\x09",
        b"\x03\0\x01a\x03\0\x01b\x0A\0\0\0\x01\x01\x01\0\0\x09\0\0\x09",
        b"\x0A\0\0\0\x01\x10\0\x01C\0\0\x09",
    ];
    for bytes in all {
        for end in 1..bytes.len() {
            let cut = &bytes[..end];
            for result in [
                Decoder::new(cut).decode().map(|_| ()),
                Decoder::new(cut).decode_ref().map(|_| ()),
            ] {
                let error = result.expect_err("it is cut off");
                assert_eq!(error.kind, DecodeErrorKind::UnexpectedEnd, "{cut:?}");
                assert!(error.offset <= end);
            }
        }
    }
}

#[test]
fn an_error_leaves_the_decoder_in_front_of_the_value() {
    let mut decoder = Decoder::new(b"\x05\x03\0\x01a\xEE");
    assert_eq!(decoder.decode(), Ok(Some(Value::Null)));
    for _ in 0..2 {
        decoder.decode_ref().unwrap_err();
        assert_eq!(decoder.offset(), 1);
        assert_eq!(decoder.remaining(), b"\x03\0\x01a\xEE");
    }
}

#[test]
fn markers_have_the_numbers_of_the_standard() {
    let all = [
        Marker::NUMBER,
        Marker::BOOLEAN,
        Marker::STRING,
        Marker::OBJECT,
        Marker::MOVIE_CLIP,
        Marker::NULL,
        Marker::UNDEFINED,
        Marker::REFERENCE,
        Marker::ECMA_ARRAY,
        Marker::OBJECT_END,
        Marker::STRICT_ARRAY,
        Marker::DATE,
        Marker::LONG_STRING,
        Marker::UNSUPPORTED,
        Marker::RECORD_SET,
        Marker::XML_DOCUMENT,
        Marker::TYPED_OBJECT,
        Marker::AVM_PLUS,
    ];
    assert_eq!(
        all.map(|marker| marker.0).to_vec(),
        (0..=0x11).collect::<Vec<u8>>()
    );
}
