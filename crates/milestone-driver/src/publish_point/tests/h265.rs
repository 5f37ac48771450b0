//! H.265 of x265 with open groups of pictures: each but the first begins with a CRA picture, and those behind that refer
//! to the group before.

use std::ops::Range;

use flv_h264::flv::{FlvItem, FlvReader, FlvTagType};
use rtmp_server::EndReason;

use super::*;
use crate::statistics::VideoCodec;

const CLIP: &[u8] = include_bytes!("../../../../flv-h264/tests/fixtures/clips/hevc_open_gop.flv");
/// The pictures of the clip, by their place in the order of decoding.
const PICTURES: usize = 30;
/// The first CRA picture, and the RASL pictures behind it.
const CRA: usize = 5;
const RASL: Range<usize> = 6..9;

/// The pictures of the clip, and the sequence header and metadata in front of some.
fn messages() -> Vec<(u32, Vec<u8>)> {
    let mut reader = FlvReader::new();
    let mut input = CLIP;
    let mut messages = Vec::new();
    while let Some(item) = reader.read(&mut input).expect("FLV") {
        if let FlvItem::Tag(tag) = item
            && tag.header.tag_type == FlvTagType::VIDEO
        {
            messages.push((tag.header.timestamp_ms, tag.body.to_vec()));
        }
    }
    messages
}

/// The times of the pictures.
fn times() -> Vec<u32> {
    // CodedFrames and CodedFramesX (Enhanced RTMP, ExVideoTagHeader).
    let is_picture = |body: &[u8]| matches!(body[0] & 0x0F, 1 | 3);
    let pictures = messages().into_iter().filter(|(_, body)| is_picture(body));
    let times: Vec<_> = pictures.map(|(time, _)| time).collect();
    assert_eq!(times.len(), PICTURES);
    times
}

/// A publisher of the clip.
struct Clip {
    stage: Stage,
    peer: Peer,
    messages: std::vec::IntoIter<(u32, Vec<u8>)>,
    times: Vec<u32>,
}

impl Clip {
    fn new() -> Self {
        let stage = Stage::new();
        let _opened = stage.session();
        let peer = stage.publish(HOME, 0.0).expect("it is free");
        let messages = messages().into_iter();
        Self {
            stage,
            peer,
            messages,
            times: times(),
        }
    }

    /// Sends what comes before the picture of that number.
    fn send_until(&mut self, picture: usize) {
        let until = self.times.get(picture).copied();
        let rest = self.messages.as_slice();
        let comes_before = |(time, _): &&(u32, _)| until.is_none_or(|until| *time < until);
        let count = rest.iter().take_while(comes_before).count();
        for (timestamp, body) in self.messages.by_ref().take(count) {
            let bytes = self.peer.bytes.video(timestamp, &body);
            self.stage
                .send(&mut self.peer, 1.0, &bytes)
                .expect("H.265 is taken");
        }
    }

    /// The publisher goes.
    fn end(mut self) {
        if let Some(mut sink) = self.peer.sink.take() {
            sink.end(self.stage.at(2.0), &EndReason::Unpublished);
        }
    }
}

/// The numbers of the pictures that a session has.
fn pictures(session: &mut Cursor<Video>) -> Vec<usize> {
    let times = times();
    let read = std::iter::from_fn(|| session.read(|_| {}));
    read.map(|sample| {
        assert_eq!(sample.medium.codec, VideoCodec::H265);
        let units = flv_h264::nal::UnitLengths::of(&sample.data);
        assert_eq!(sample.medium.unit_lengths, units);
        let mut times = times.iter();
        let number = times.position(|time| *time == sample.medium.timestamp_ms);
        number.expect("a picture of the clip")
    })
    .collect()
}

#[test]
fn a_session_that_was_there_has_every_picture() {
    let mut clip = Clip::new();
    let mut session = clip.stage.session().expect("a session");
    clip.send_until(PICTURES);
    let statistics = clip.stage.point.statistics(clip.stage.at(1.5));
    let publisher = statistics.publisher.expect("somebody publishes");
    let video = publisher.video.expect("its parameter sets have come");
    assert_eq!(
        (video.codec, video.profile.as_str()),
        (VideoCodec::H265, "Main")
    );
    assert!(
        clip.stage
            .log_lines()
            .iter()
            .any(|line| line.contains("found 1 VPS, 1 SPS and 1 PPS: H.265 Main, level "))
    );
    clip.end();
    assert_eq!(pictures(&mut session), (0..PICTURES).collect::<Vec<_>>());
}

#[test]
fn a_session_that_starts_at_a_cra_picture_has_none_that_cannot_be_decoded() {
    let mut clip = Clip::new();
    clip.send_until(RASL.end + 2);
    let mut session = clip.stage.session().expect("a session");
    clip.send_until(PICTURES);
    clip.end();
    let expected = (CRA..PICTURES).filter(|picture| !RASL.contains(picture));
    assert_eq!(pictures(&mut session), expected.collect::<Vec<_>>());
}

#[test]
fn another_codec_in_mid_publish_begins_with_a_sync_point() {
    let mut clip = Clip::new();
    let mut session = clip.stage.session().expect("a session");
    clip.send_until(CRA);
    clip.stage.send_a_second(&mut clip.peer, 1);
    clip.end();
    let read: Vec<_> = std::iter::from_fn(|| session.read(|_| {})).collect();
    let mut codecs: Vec<_> = read.iter().map(|sample| sample.medium.codec).collect();
    codecs.dedup();
    assert_eq!(codecs, [VideoCodec::H265, VideoCodec::H264]);
    let mut h264 = read
        .iter()
        .filter(|sample| sample.medium.codec == VideoCodec::H264);
    assert!(h264.next().is_some_and(|first| first.medium.sync));
    assert_eq!(read.len(), CRA + 25);
}
