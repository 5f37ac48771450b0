//! Arbitrary bytes as H.265's parameter sets, slices and SEI: no panic, no absurd picture.
#![no_main]

use flv_h264::h265::{NalUnitType, Pps, RecoveryPoint, SliceHeader, Sps, Vps};
use flv_h264::nal::NalUnit;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let unit = NalUnit(bytes);
    match Sps::parse(unit) {
        Ok(sps) => {
            assert!((1..=sps.coded_width).contains(&sps.width()));
            assert!((1..=sps.coded_height).contains(&sps.height()));
            assert!(sps.coded_width.max(sps.coded_height) <= 65536);
            if let Some(rate) = sps.frame_rate() {
                assert!(rate.as_f64() > 0.0 && rate.as_f64().is_finite());
                let _ = rate.to_string();
            }
            let _ = format!("{} {}", sps.profile, sps.level);
        }
        Err(error) => assert!(error.offset <= bytes.len()),
    }
    for error in [
        Vps::parse(unit).err(),
        Pps::parse(unit).err(),
        SliceHeader::parse(unit).err(),
    ] {
        assert!(error.is_none_or(|error| error.offset <= bytes.len()));
    }
    let _ = RecoveryPoint::find(unit);
    let _ = (NalUnitType::layer_id(unit), NalUnitType::temporal_id(unit));
});
