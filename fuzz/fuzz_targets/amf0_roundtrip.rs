//! What was decoded encodes to bytes that decode to the same again.
#![no_main]

use amf0::Decoder;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some(once) = decode_and_encode(bytes) else {
        return;
    };
    // Compared as bytes: a number may be NaN.
    assert_eq!(decode_and_encode(&once).as_ref(), Some(&once));
});

fn decode_and_encode(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut decoder = Decoder::new(bytes);
    let mut encoded = Vec::new();
    while let Ok(Some(value)) = decoder.decode() {
        value.encode(&mut encoded).expect("a decoded value encodes");
    }
    decoder.remaining().is_empty().then_some(encoded)
}
