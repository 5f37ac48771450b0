//! Arbitrary bytes as HEVCDecoderConfigurationRecord: a record to the letter comes back byte by byte,
//! and the tolerant reader finds its parameter sets, unless start codes tell it that entries are glued.
#![no_main]

use flv_h264::h265::{HevcDecoderConfigurationRecord, NalUnitType};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let tolerant = HevcDecoderConfigurationRecord::parse_tolerant(bytes);
    match HevcDecoderConfigurationRecord::parse(bytes) {
        Ok(record) => {
            let mut encoded = Vec::new();
            record.encode(&mut encoded).expect("it was on the wire");
            assert_eq!(encoded, bytes);
            let tolerant = tolerant.as_ref().expect("more is read");
            assert_eq!(tolerant.length_size, record.length_size);
            if !bytes.windows(3).any(|window| window == [0, 0, 1]) {
                let of_base_layer = record
                    .parameter_sets()
                    .filter(|unit| NalUnitType::layer_id(*unit) == 0);
                assert!(tolerant.parameter_sets().eq(of_base_layer));
            }
        }
        Err(error) => assert!(error.offset <= bytes.len()),
    }
    let Ok(record) = tolerant else { return };
    for array in &record.arrays {
        let of_type = |unit| NalUnitType::of(unit) == array.unit_type;
        assert!(array.units.iter().all(|unit| of_type(*unit)));
    }
    let [vps, sps, pps] = [NalUnitType::VPS, NalUnitType::SPS, NalUnitType::PPS]
        .map(|unit_type| record.of_type(unit_type).collect());
    if let Ok(made) = HevcDecoderConfigurationRecord::from_parameter_sets(vps, sps, pps) {
        let mut encoded = Vec::new();
        if made.encode(&mut encoded).is_ok() {
            assert_eq!(HevcDecoderConfigurationRecord::parse(&encoded), Ok(made));
        }
    }
});
