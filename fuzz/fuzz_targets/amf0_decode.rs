//! Arbitrary bytes never make the decoders panic, and both agree on what they are.
#![no_main]

use amf0::{Decoder, ValueRef};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut borrowed = Decoder::new(bytes);
    let mut owned = Decoder::new(bytes);
    loop {
        let value_ref = borrowed.decode_ref();
        let value = owned.decode();
        assert_eq!(borrowed.offset(), owned.offset());
        match (value_ref, value) {
            (Ok(Some(value_ref)), Ok(Some(value))) => {
                let copy = format!("{:?}", value_ref.to_value());
                assert_eq!(copy, format!("{value:?}"));
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
    }
    let mut any_text = Decoder::new(bytes).with_any_text();
    while let Ok(Some(value_ref)) = any_text.decode_ref() {
        walk(value_ref);
    }
    assert!(any_text.offset() >= borrowed.offset());
});

/// Every property is found by its name.
fn walk(value: ValueRef<'_>) {
    if let Some(object) = value.as_object() {
        for (name, inner) in object.iter() {
            assert!(object.get(name).is_some());
            walk(inner);
        }
    }
    if let Some(array) = value.as_array() {
        assert_eq!(array.iter().count(), array.len());
        array.iter().for_each(walk);
    }
}
