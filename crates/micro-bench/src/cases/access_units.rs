//! FLV video messages into access units. A message is changed in place, so each comes as a copy.

use std::hint::black_box;

use codec_bench::recording::tags;
use flv_h264::{
    AccessUnitBuilder, Payload, VideoEvent,
    flv::{FlvItem, FlvReader, FlvTag, FlvTagType},
};

use crate::Case;

const MESSAGES: usize = 200;
/// As much room as the session leaves in front of video messages.
const HEADROOM: usize = 256;

/// x265's, whose messages are small; how large they are makes no difference.
const H265: &[u8] = include_bytes!("../../../flv-h264/tests/fixtures/clips/hevc_ipb.flv");

pub(super) fn cases() -> Vec<Case> {
    // The sequence header comes first, then an IDR picture, then pictures that refer to others.
    let [header, idr, p] = first_messages(tags());
    let [h265_header, h265_idr, h265_p] = first_messages(tags_of(H265));
    vec![
        case("access-units/idr", [&header, &idr], &idr),
        case("access-units/p", [&header, &idr], &p),
        case(
            "access-units/h265-idr",
            [&h265_header, &h265_idr],
            &h265_idr,
        ),
        case("access-units/h265-p", [&h265_header, &h265_idr], &h265_p),
    ]
}

fn tags_of(mut file: &[u8]) -> Vec<FlvTag> {
    let mut reader = FlvReader::new();
    let items = std::iter::from_fn(|| reader.read(&mut file).expect("FLV"));
    items
        .filter_map(|item| match item {
            FlvItem::Tag(tag) => Some(tag),
            _ => None,
        })
        .collect()
}

/// The sequence header and the first two pictures, without metadata.
fn first_messages(tags: Vec<FlvTag>) -> [Vec<u8>; 3] {
    let video = tags
        .iter()
        .filter(|tag| tag.header.tag_type == FlvTagType::VIDEO)
        .map(|tag| tag.body.to_vec())
        .filter(|body| body[0] & 0x8F != 0x84);
    let first: Vec<_> = video.take(3).collect();
    first.try_into().expect("three video messages")
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
