//! What holds for any value and for any bytes.

use amf0::{Decoder, Limits, Object, TypedObject, Value, ValueRef};
use proptest::collection::vec;
use proptest::prelude::*;

fn text() -> &'static str {
    "[a-cß語😀]{0,5}"
}

/// A value inside others. Numbers are no NaN, so that values can be compared.
fn inner_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        prop::num::f64::ANY
            .prop_filter("not NaN", |number| !number.is_nan())
            .prop_map(Value::Number),
        any::<bool>().prop_map(Value::Boolean),
        text().prop_map(Value::String),
        Just(Value::MovieClip),
        Just(Value::Null),
        Just(Value::Undefined),
        any::<u16>().prop_map(Value::Reference),
        (-1e15..1e15, any::<i16>()).prop_map(|(milliseconds, time_zone)| Value::Date {
            milliseconds,
            time_zone
        }),
        text().prop_map(Value::LongString),
        Just(Value::Unsupported),
        Just(Value::RecordSet),
        text().prop_map(Value::XmlDocument),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        let object = vec((text(), inner.clone()), 0..5).prop_map(Object::from_iter);
        prop_oneof![
            object.clone().prop_map(Value::Object),
            object.clone().prop_map(Value::EcmaArray),
            vec(inner, 0..5).prop_map(Value::StrictArray),
            (text(), object).prop_map(|(class_name, object)| {
                Value::TypedObject(Box::new(TypedObject { class_name, object }))
            }),
        ]
    })
}

/// The values of a message: AMF3 may come last.
fn message() -> impl Strategy<Value = Vec<Value>> {
    let amf3 = vec(any::<u8>(), 0..16).prop_map(Value::AvmPlus);
    (vec(inner_value(), 0..6), prop::option::of(amf3)).prop_map(|(mut values, amf3)| {
        values.extend(amf3);
        values
    })
}

fn encode(values: &[Value]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for value in values {
        value.encode(&mut bytes).expect("it fits");
    }
    bytes
}

/// Bytes that look like AMF0 for a while: an encoding with some of its bytes changed.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let changes = vec((any::<prop::sample::Index>(), any::<u8>()), 0..4);
    (message(), changes).prop_map(|(values, changes)| {
        let mut bytes = encode(&values);
        for (index, byte) in changes {
            if !bytes.is_empty() {
                let index = index.index(bytes.len());
                bytes[index] = byte;
            }
        }
        bytes
    })
}

/// Looks at everything, and finds every property by its name.
fn walk(value: ValueRef<'_>) {
    if let Some(object) = value.as_object() {
        for (name, inner) in object {
            assert!(object.get(name).is_some());
            walk(inner);
        }
    }
    if let Some(array) = value.as_array() {
        assert_eq!(array.iter().count(), array.len());
        array.iter().for_each(walk);
    }
}

fn agree(bytes: &[u8], limits: Limits) {
    let mut borrowed = Decoder::with_limits(bytes, limits);
    let mut owned = Decoder::with_limits(bytes, limits);
    loop {
        match (borrowed.decode_ref(), owned.decode()) {
            (Ok(Some(value_ref)), Ok(Some(value))) => {
                // As text: a number may be NaN.
                assert_eq!(format!("{:?}", value_ref.to_value()), format!("{value:?}"));
                walk(value_ref);
            }
            (Ok(None), Ok(None)) => break,
            (Err(of_borrowed), Err(of_owned)) => {
                assert_eq!(of_borrowed, of_owned);
                assert!(of_borrowed.offset <= bytes.len());
                break;
            }
            (value_ref, value) => panic!("{value_ref:?} is not {value:?}"),
        }
        assert_eq!(borrowed.offset(), owned.offset());
    }
}

proptest! {
    #[test]
    fn decoding_undoes_encoding(values in message()) {
        let bytes = encode(&values);
        let mut decoder = Decoder::new(&bytes);
        let mut decoded = Vec::new();
        while let Some(value) = decoder.decode().unwrap() {
            decoded.push(value);
        }
        prop_assert_eq!(decoded, values);
    }

    #[test]
    fn borrowed_values_are_the_owned_ones(values in message()) {
        let bytes = encode(&values);
        let mut decoder = Decoder::new(&bytes);
        for value in &values {
            let value_ref = decoder.decode_ref().unwrap().unwrap();
            prop_assert_eq!(&value_ref.to_value(), value);
            prop_assert_eq!(value_ref, value_ref);
            walk(value_ref);
        }
        prop_assert_eq!(decoder.remaining(), b"");
    }

    #[test]
    fn a_cut_is_noticed(values in message(), cut in any::<prop::sample::Index>()) {
        // AMF3 goes to the end wherever that is.
        prop_assume!(!matches!(values.last(), None | Some(Value::AvmPlus(_))));
        let bytes = encode(&values);
        let end = cut.index(bytes.len());
        let mut decoder = Decoder::new(&bytes[..end]);
        let mut decoded = 0;
        while let Ok(Some(value)) = decoder.decode() {
            prop_assert_eq!(&value, &values[decoded]);
            decoded += 1;
        }
        prop_assert!(decoded < values.len());
        prop_assert_eq!(encode(&values[..decoded]).len(), decoder.offset());
    }

    #[test]
    fn properties_are_given_up_to_a_cut(
        properties in vec((text(), inner_value()), 1..8),
        cut in any::<prop::sample::Index>(),
    ) {
        let object = Object::from_iter(properties.clone());
        let bytes = encode(&[Value::EcmaArray(object)]);
        let end = cut.index(bytes.len());
        let mut decoder = Decoder::new(&bytes[..end]);
        let read: Vec<_> = decoder
            .properties()
            .into_iter()
            .flatten()
            .map_while(Result::ok)
            .map(|(name, value)| (name.to_owned(), value.to_value()))
            .collect();
        prop_assert_eq!(&read[..], &properties[..read.len()]);
        let whole = encode(&[Value::EcmaArray(Object::from_iter(read))]).len() - 3;
        prop_assert_eq!(decoder.offset(), if end < 5 { 0 } else { whole });
    }

    #[test]
    fn any_bytes(bytes in vec(any::<u8>(), 0..512)) {
        agree(&bytes, Limits::default());
    }

    #[test]
    fn almost_amf0(bytes in mutated()) {
        agree(&bytes, Limits::default());
    }

    #[test]
    fn what_is_text_is_the_same_where_text_is_not_asked_for(bytes in mutated()) {
        let mut strict = Decoder::new(&bytes);
        let mut lenient = Decoder::new(&bytes).with_any_text();
        while let Ok(Some(value)) = strict.decode_ref() {
            let same = lenient.decode_ref().unwrap().unwrap();
            prop_assert_eq!(format!("{:?}", value), format!("{:?}", same));
        }
        // What only this one takes is walked like anything else.
        while let Ok(Some(value)) = lenient.decode_ref() {
            walk(value);
        }
    }

    #[test]
    fn any_limits(bytes in mutated(), depth in 0_usize..4, values in 0_usize..20, size in 0_usize..200) {
        let limits = Limits::default().with_depth(depth).with_values(values).with_bytes(size);
        agree(&bytes, limits);
    }
}
