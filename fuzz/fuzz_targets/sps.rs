//! Arbitrary bytes as parameter sets, slices and SEI: no panic, no absurd picture.
#![no_main]

use flv_h264::h264::{Pps, RecoveryPoint, SliceHeader, Sps};
use flv_h264::nal::NalUnit;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let unit = NalUnit(bytes);
    match Sps::parse(unit) {
        Ok(sps) => {
            assert!((1..=sps.coded_width()).contains(&sps.width()));
            assert!((1..=sps.coded_height()).contains(&sps.height()));
            assert!(sps.coded_height() <= 2 * 65536);
            if let Some(rate) = sps.frame_rate() {
                assert!(rate.as_f64() > 0.0 && rate.as_f64().is_finite());
                let _ = rate.to_string();
            }
            let _ = format!("{} {}", sps.profile, sps.level);
        }
        Err(error) => assert!(error.offset <= bytes.len()),
    }
    if let Err(error) = Pps::parse(unit) {
        assert!(error.offset <= bytes.len());
    }
    if let Err(error) = SliceHeader::parse(unit) {
        assert!(error.offset <= bytes.len());
    }
    let _ = RecoveryPoint::find(unit);
});
