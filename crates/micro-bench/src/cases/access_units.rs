//! FLV video messages into access units. A message is changed in place, so each comes as a copy.

use std::hint::black_box;

use codec_bench::recording::tags;
use flv_h264::{AccessUnitBuilder, FlvTagType, VideoEvent};

use crate::Case;

const MESSAGES: usize = 200;
/// As much room as the session leaves in front of video messages.
const HEADROOM: usize = 256;

pub(super) fn cases() -> Vec<Case> {
    // The sequence header comes first, then an IDR picture, then pictures with one reference each.
    let video: Vec<Vec<u8>> = tags()
        .iter()
        .filter(|tag| tag.header.tag_type == FlvTagType::VIDEO)
        .map(|tag| tag.body().to_vec())
        .collect();
    let [sequence_header, idr, p, ..] = &video[..] else {
        panic!("the recording has no three video messages");
    };
    vec![
        case("access-units/idr", sequence_header, idr),
        case("access-units/p", sequence_header, p),
    ]
}

fn case(name: &'static str, sequence_header: &[u8], picture: &[u8]) -> Case {
    let mut builder = AccessUnitBuilder::new();
    let _parameter_sets = builder.push(0, sequence_header.to_vec(), 0);
    let message = [&[0; HEADROOM], picture].concat();
    let mut timestamp = 0_u32;
    Case::new(name, "access unit", MESSAGES, move || {
        (0..MESSAGES)
            .filter(|_| {
                timestamp = timestamp.wrapping_add(33);
                let event = builder.push(timestamp, black_box(&message).clone(), HEADROOM);
                matches!(black_box(event), Ok(Some(VideoEvent::AccessUnit(_))))
            })
            .count()
    })
}
