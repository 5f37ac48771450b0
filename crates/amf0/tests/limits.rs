//! Limits, and input that is made to go beyond them.

use amf0::{DecodeErrorKind, Decoder, EncodeError, Encoder, Limits, Object, Value};

/// Both decoders' verdict on the first value.
#[track_caller]
fn verdict(bytes: &[u8], limits: Limits) -> Result<(), (DecodeErrorKind, usize)> {
    let owned = Decoder::with_limits(bytes, limits).decode().map(|_| ());
    let borrowed = Decoder::with_limits(bytes, limits).decode_ref().map(|_| ());
    assert_eq!(owned, borrowed);
    owned.map_err(|error| (error.kind, error.offset))
}

fn nested_objects(depth: usize) -> Vec<u8> {
    let mut bytes = b"\x03\0\x01a".repeat(depth);
    bytes.push(0x05);
    bytes.extend(b"\0\0\x09".repeat(depth));
    bytes
}

fn nested_arrays(depth: usize) -> Vec<u8> {
    let mut bytes = b"\x0A\0\0\0\x01".repeat(depth);
    bytes.push(0x05);
    bytes
}

#[test]
fn depth() {
    for nested in [nested_objects, nested_arrays] {
        for depth in [0, 1, 5, 32, 256] {
            let limits = Limits::default().with_depth(depth);
            assert_eq!(verdict(&nested(depth), limits), Ok(()));
            let (kind, _) = verdict(&nested(depth + 1), limits).unwrap_err();
            assert_eq!(kind, DecodeErrorKind::TooDeep);
        }
    }
}

#[test]
fn depth_is_bounded_whatever_the_limits_say() {
    let boundless = Limits::default()
        .with_depth(usize::MAX)
        .with_values(usize::MAX)
        .with_bytes(usize::MAX);
    for bytes in [
        nested_objects(10_000),
        nested_arrays(10_000),
        b"\x10\0\x01C\0\x01a".repeat(10_000),
        b"\x08\xFF\xFF\xFF\xFF\0\x01a".repeat(10_000),
    ] {
        let (kind, _) = verdict(&bytes, boundless).unwrap_err();
        assert_eq!(kind, DecodeErrorKind::TooDeep);
    }
}

#[test]
fn the_deepest_values_can_be_walked_compared_shown_and_encoded() {
    let bytes = nested_objects(Limits::MAX_DEPTH);
    let limits = Limits::default().with_depth(Limits::MAX_DEPTH);
    let value_ref = Decoder::with_limits(&bytes, limits)
        .decode_ref()
        .unwrap()
        .unwrap();
    let value = value_ref.to_value();
    assert_eq!(format!("{value_ref:?}"), format!("{value:?}"));
    assert_eq!(value_ref, value_ref.clone());
    let mut encoded = Vec::new();
    value.encode(&mut encoded).unwrap();
    assert_eq!(encoded, bytes);
}

#[test]
fn values() {
    // An array of 4 values: 5 in all.
    let bytes = b"\x0A\0\0\0\x04\x05\x05\x05\x05";
    assert_eq!(verdict(bytes, Limits::default().with_values(5)), Ok(()));
    assert_eq!(
        verdict(bytes, Limits::default().with_values(4)),
        Err((DecodeErrorKind::TooManyValues, 8))
    );
}

#[test]
fn values_are_counted_over_the_whole_message() {
    let mut decoder = Decoder::with_limits(b"\x05\x05\x05", Limits::default().with_values(2));
    assert_eq!(decoder.decode(), Ok(Some(Value::Null)));
    assert_eq!(decoder.decode(), Ok(Some(Value::Null)));
    let error = decoder.decode().unwrap_err();
    assert_eq!(
        (error.kind, error.offset),
        (DecodeErrorKind::TooManyValues, 2)
    );
}

#[test]
fn bytes() {
    let mut decoder = Decoder::with_limits(b"\x05\x02\0\x02ab", Limits::default().with_bytes(5));
    assert_eq!(decoder.decode(), Ok(Some(Value::Null)));
    let error = decoder.decode().unwrap_err();
    assert_eq!(
        (error.kind, error.offset),
        (DecodeErrorKind::TooManyBytes, 4)
    );
    assert_eq!(decoder.remaining(), b"\x02\0\x02ab");

    let mut decoder = Decoder::with_limits(b"\x05\x05", Limits::default().with_bytes(1));
    assert_eq!(decoder.decode(), Ok(Some(Value::Null)));
    let error = decoder.decode().unwrap_err();
    assert_eq!(
        (error.kind, error.offset),
        (DecodeErrorKind::TooManyBytes, 1)
    );

    let mut decoder = Decoder::with_limits(b"\x05", Limits::default().with_bytes(1));
    assert_eq!(decoder.decode(), Ok(Some(Value::Null)));
    assert_eq!(decoder.decode(), Ok(None));
}

#[test]
fn five_megabytes_of_tiny_properties() {
    let mut bytes = b"\x03".to_vec();
    while bytes.len() < 5_000_000 {
        bytes.extend(b"\0\x01a\x05");
    }
    bytes.extend(b"\0\0\x09");
    let (kind, _) = verdict(&bytes, Limits::default()).unwrap_err();
    assert_eq!(kind, DecodeErrorKind::TooManyValues);

    let all = Limits::default().with_values(usize::MAX);
    let value = Decoder::with_limits(&bytes, all).decode().unwrap().unwrap();
    assert_eq!(value.as_object().map(Object::len), Some(1_250_000));
    let value = Decoder::with_limits(&bytes, all).decode_ref().unwrap();
    assert_eq!(value.unwrap().get("b"), None);
}

#[test]
fn lengths_past_the_end() {
    let claims: [(&[u8], usize); 6] = [
        (b"\x02\xFF\xFFabc", 3),
        (b"\x0C\xFF\xFF\xFF\xFFabc", 5),
        (b"\x0F\x7F\xFF\xFF\xFFabc", 5),
        (b"\x03\xFF\xFFabc", 3),
        (b"\x10\xFF\xFFabc", 3),
        (b"\x0A\xFF\xFF\xFF\xFFabc", 1),
    ];
    for (bytes, offset) in claims {
        assert_eq!(
            verdict(bytes, Limits::default()),
            Err((DecodeErrorKind::UnexpectedEnd, offset))
        );
    }
}

#[test]
fn encoding_is_bounded_as_well() {
    let nest = |depth| {
        (0..depth).fold(Value::Null, |inner, _| {
            Value::Object(Object::from_iter([("a", inner)]))
        })
    };
    let mut bytes = Vec::new();
    nest(Limits::MAX_DEPTH).encode(&mut bytes).unwrap();
    assert_eq!(
        nest(Limits::MAX_DEPTH + 1).encode(&mut Vec::new()),
        Err(EncodeError::TooDeep)
    );
}

#[test]
fn names_have_a_longest() {
    let longest = "x".repeat(65_535);
    let too_long = "x".repeat(65_536);
    let with_name = |name: &str| Value::Object(Object::from_iter([(name, Value::Null)]));
    with_name(&longest).encode(&mut Vec::new()).unwrap();
    assert_eq!(
        with_name(&too_long).encode(&mut Vec::new()),
        Err(EncodeError::NameTooLong)
    );
}

#[test]
fn a_full_buffer_is_an_error_at_every_size() {
    let value = Value::Object(Object::from_iter([
        ("a", Value::from("text")),
        ("b", Value::from(vec![Value::Null, Value::from(1.0)])),
    ]));
    let mut whole = Vec::new();
    value.encode(&mut whole).unwrap();
    for size in 0..whole.len() {
        let mut room = &mut vec![0; size][..];
        assert_eq!(value.encode(&mut room), Err(EncodeError::BufferFull));
    }
    let mut exact = vec![0; whole.len()];
    value.encode(&mut &mut exact[..]).unwrap();
    assert_eq!(exact, whole);
}

#[test]
fn nothing_is_written_after_an_error() {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes);
    encoder
        .null()
        .object(|object| {
            object.number(&"x".repeat(65_536), 1.0);
        })
        .number(1.0)
        .strict_array(|array| {
            array.null();
        });
    assert_eq!(encoder.finish(), Err(EncodeError::NameTooLong));
    assert_eq!(bytes, b"\x05\x03");
}
