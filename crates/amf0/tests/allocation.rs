//! Memory is taken by what arrived, not by what was announced.

use allocation_counter::measure;
use amf0::{Decoder, Limits, Object, Value};
use proptest::prelude::*;

/// The least property has three bytes (an empty name and a marker), and a vector that grows holds
/// its contents up to three times over: in the old memory, and in twice as much new memory.
const PER_BYTE: usize = size_of::<Value>() + size_of::<String>() + 64;
/// What the announced lengths of open arrays may reserve.
const FIXED: usize = Limits::MAX_DEPTH * 64 * size_of::<Value>();

fn decode_all(bytes: &[u8]) {
    let limits = Limits::default()
        .with_depth(usize::MAX)
        .with_values(usize::MAX);
    let mut decoder = Decoder::with_limits(bytes, limits);
    while let Ok(Some(value)) = decoder.decode() {
        drop(value);
    }
}

/// The most memory that was held at once during `work`, beyond what was held before.
fn peak(work: impl FnOnce()) -> usize {
    measure(work).bytes_max.try_into().expect("it fits")
}

#[track_caller]
fn is_bounded(bytes: &[u8]) {
    let peak = peak(|| decode_all(bytes));
    let bound = FIXED + PER_BYTE * bytes.len();
    assert!(peak <= bound, "{peak} for {} bytes", bytes.len());
}

#[test]
fn borrowed_values_allocate_nothing() {
    let mut bytes = Vec::new();
    let inner = Object::from_iter([("list", Value::from(vec![Value::from("avc1"); 100]))]);
    Value::from(Object::from_iter([("a", inner)]))
        .encode(&mut bytes)
        .unwrap();
    let allocations = measure(|| {
        let value = Decoder::new(&bytes).decode_ref().unwrap().unwrap();
        let list = value.get("a").unwrap().get("list").unwrap();
        assert_eq!(list.as_array().unwrap().iter().count(), 100);
    });
    assert_eq!(allocations.count_total, 0);
}

#[test]
fn the_count_of_an_array_reserves_little() {
    for marker in [8, 10] {
        let mut bytes = vec![marker, 0xFF, 0xFF, 0xFF, 0xFF];
        bytes.resize(1000, 0);
        assert!(peak(|| decode_all(&bytes)) < 64 * 1024);
        let mut bytes = vec![marker, 0, 0x0F, 0x42, 0x40];
        bytes.resize(1_000_005, 0xFF);
        assert!(peak(|| decode_all(&bytes)) < 64 * 1024);
    }
}

#[test]
fn arrays_in_arrays_that_all_claim_the_rest() {
    let mut bytes = Vec::new();
    for _ in 0..Limits::MAX_DEPTH {
        bytes.extend(b"\x0A\x00\x07\xFF\xFF");
    }
    bytes.resize(600_000, 0x05);
    is_bounded(&bytes);
}

#[test]
fn the_smallest_things_in_large_numbers() {
    let object = |properties: &[u8]| [b"\x03", properties, b"\0\0\x09"].concat();
    is_bounded(&object(&b"\0\0\x05".repeat(500_000)));
    is_bounded(&object(&b"\0\x01a\x05".repeat(500_000)));
    is_bounded(&object(&b"\0\x01a\x02\0\x01a".repeat(500_000)));
    is_bounded(&object(
        &b"\0\0"
            .iter()
            .chain(&object(b"\0\0\x05"))
            .copied()
            .collect::<Vec<u8>>()
            .repeat(100_000),
    ));
    let array =
        |elements: &[u8], count: u32| [b"\x0A", &count.to_be_bytes()[..], elements].concat();
    is_bounded(&array(&b"\x05".repeat(1_000_000), 1_000_000));
    is_bounded(&array(&object(b"\0\0\x05").repeat(100_000), 100_000));
    is_bounded(&array(&array(b"\x05", 1).repeat(100_000), 100_000));
    is_bounded(&array(&b"\x10\0\0\0\0\x09".repeat(100_000), 100_000));
}

proptest! {
    #[test]
    fn any_bytes(bytes in proptest::collection::vec(0_u8..0x12, 0..2000)) {
        is_bounded(&bytes);
    }
}
