//! Arbitrary bytes as AVCDecoderConfigurationRecord: a record to the letter comes back byte by
//! byte, and is the same to the tolerant reader, unless start codes tell it that entries are glued.
#![no_main]

use flv_h264::h264::{AvcDecoderConfigurationRecord, NalUnitType};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let tolerant = AvcDecoderConfigurationRecord::parse_tolerant(bytes);
    match AvcDecoderConfigurationRecord::parse(bytes) {
        Ok(record) => {
            let mut encoded = Vec::new();
            record.encode(&mut encoded).expect("it was on the wire");
            assert_eq!(encoded, bytes);
            if !holds_start_code(bytes) {
                assert_eq!(tolerant.as_ref(), Ok(&record));
            }
        }
        Err(error) => assert!(error.offset <= bytes.len()),
    }
    let Ok(record) = tolerant else { return };
    assert!(
        record
            .sps
            .iter()
            .all(|unit| NalUnitType::of(*unit) == NalUnitType::SPS)
    );
    assert!(
        record
            .pps
            .iter()
            .all(|unit| NalUnitType::of(*unit) == NalUnitType::PPS)
    );
    if let Ok(made) = AvcDecoderConfigurationRecord::from_parameter_sets(record.sps, record.pps) {
        let mut encoded = Vec::new();
        if made.encode(&mut encoded).is_ok() {
            assert_eq!(AvcDecoderConfigurationRecord::parse(&encoded), Ok(made));
        }
    }
});

fn holds_start_code(bytes: &[u8]) -> bool {
    bytes.windows(3).any(|window| window == [0, 0, 1])
}
