//! FLV video messages into access units. A message is changed in place, so each comes as a copy.

use std::hint::black_box;

use codec_bench::recording::tags;
use flv_h264::{AccessUnitBuilder, FlvTagType, Payload, VideoEvent};

use crate::Case;

const MESSAGES: usize = 200;
/// As much room as the session leaves in front of video messages.
const HEADROOM: usize = 256;

pub(super) fn cases() -> Vec<Case> {
    // The sequence header comes first, then an IDR picture, then pictures with one reference each.
    let video: Vec<Vec<u8>> = tags()
        .iter()
        .filter(|tag| tag.header.tag_type == FlvTagType::VIDEO)
        .map(|tag| tag.body.to_vec())
        .collect();
    let [sequence_header, idr, p, ..] = &video[..] else {
        panic!("the recording has no three video messages");
    };
    vec![
        case("access-units/idr", [sequence_header, idr], idr),
        case("access-units/p", [sequence_header, idr], p),
    ]
}

fn case(name: &'static str, beginning: [&Vec<u8>; 2], picture: &[u8]) -> Case {
    let mut builder = AccessUnitBuilder::new();
    for message in beginning {
        let _h264 = builder.push(0, message.clone().into());
    }
    builder.release();
    while builder.poll_event().is_some() {}
    let message = [&[0; HEADROOM], picture].concat();
    let mut timestamp = 0_u32;
    Case::new(name, "access unit", MESSAGES, move || {
        let mut pictures = 0;
        for _ in 0..MESSAGES {
            timestamp = timestamp.wrapping_add(33);
            let _h264 = builder.push(
                timestamp,
                Payload::new(black_box(&message).clone(), HEADROOM),
            );
            while let Some(event) = black_box(builder.poll_event()) {
                pictures += usize::from(matches!(event, VideoEvent::AccessUnit(_)));
            }
        }
        pictures
    })
}
