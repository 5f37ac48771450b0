//! A clip with B frames at once, from publishers that know nothing of composition times.

use flv_h264::flv::{FlvItem, FlvReader, FlvTagType};

use super::*;
use crate::time::Ticks;

/// x264 at 10 frames a second, for 2 s.
const CLIP: &[u8] = include_bytes!("../../../../flv-h264/tests/fixtures/clips/ipb.flv");

/// The video messages of the clip: time of decoding, composition time, and the message without that.
fn messages() -> Vec<(u32, u32, Vec<u8>)> {
    let mut reader = FlvReader::new();
    let mut input = CLIP;
    let mut messages = Vec::new();
    while let Some(item) = reader.read(&mut input).expect("FLV") {
        let FlvItem::Tag(tag) = item else { continue };
        if tag.header.tag_type != FlvTagType::VIDEO {
            continue;
        }
        let decoded = tag.header.timestamp_ms;
        let mut body = tag.body.to_vec();
        let composition = u32::from_be_bytes([0, body[2], body[3], body[4]]);
        body[2..5].fill(0);
        messages.push((decoded, composition, body));
    }
    messages
}

/// How far the frames of the first second are apart in a session, in milliseconds.
fn steps(timestamp: impl Fn(u32, u32) -> u32) -> Vec<i64> {
    let stage = Stage::new();
    let mut session = stage.session().expect("a session");
    let mut peer = stage.publish(HOME, 0.0).expect("it is free");
    for (decoded, composition, body) in messages() {
        let bytes = peer.bytes.video(timestamp(decoded, composition), &body);
        stage.send(&mut peer, 1.0, &bytes).expect("H.264");
    }
    let frames = std::iter::from_fn(|| session.read(|_| {}));
    let times: Vec<Ticks> = frames.take(10).map(|read| read.time).collect();
    let pairs = times.windows(2);
    pairs
        .map(|pair| pair[1].since(pair[0]) / Ticks::PER_MILLISECOND)
        .collect()
}

#[test]
fn times_of_showing_are_evenly_spaced_from_the_first_frame_on() {
    let steps = steps(|decoded, composition| decoded + composition);
    assert_eq!(steps, [100; 9]);
}

#[test]
fn times_of_decoding_are_spaced_as_sent_without_composition_times() {
    let steps = steps(|decoded, _| decoded);
    assert_eq!(steps, [100; 9]);
}
