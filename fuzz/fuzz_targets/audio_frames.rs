//! Arbitrary audio messages through the frame builder: whatever comes, frames are what their format
//! says, the room in front of the messages makes no difference, and each message is counted.
//!
//! The input is a sequence of messages, each with its length in two bytes in front.
#![no_main]

use flv_h264::{
    AudioEncoding, AudioEvent, AudioFrame, AudioFrameBuilder,
    aac::{AdtsFrames, AudioSpecificConfig},
    flv::{OnMetaData, audio::MultichannelConfig},
};
use libfuzzer_sys::fuzz_target;
use rtmp_payload::Payload;

fuzz_target!(|bytes: &[u8]| {
    let mut roomy = AudioFrameBuilder::new();
    let mut cramped = AudioFrameBuilder::new();
    let mut declared = OnMetaData::default();
    declared.audio_sample_rate = bytes.first().map(|byte| f64::from(*byte) * 1000.0);
    roomy.declare(&declared);
    cramped.declare(&declared);
    let mut rest = bytes;
    let mut messages = 0;
    while let Some(([high, low], behind)) = rest.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let (message, behind) = behind.split_at_checked(length).unwrap_or((behind, &[]));
        rest = behind;
        messages += 1;
        roomy.push(messages, Payload::new([&[0xEE; 9], message].concat(), 9));
        cramped.push(messages, message.to_vec().into());
        compare(&mut roomy, &mut cramped);
        parse(message);
    }
    assert_eq!(roomy.counters(), cramped.counters());
    assert_eq!(roomy.counters().messages, u64::from(messages));
});

fn compare(roomy: &mut AudioFrameBuilder, cramped: &mut AudioFrameBuilder) {
    loop {
        match (roomy.poll_event(), cramped.poll_event()) {
            (Some(AudioEvent::Frame(one)), Some(AudioEvent::Frame(other))) => {
                assert_eq!(one.data, other.data);
                assert_eq!(one.format, other.format);
                assert_eq!(one.timestamp_ms, other.timestamp_ms);
                check(&one);
            }
            (Some(AudioEvent::Format(one)), Some(AudioEvent::Format(other))) => {
                assert_eq!(one, other);
            }
            (Some(AudioEvent::LeftOut(one)), Some(AudioEvent::LeftOut(other))) => {
                assert_eq!(one, other);
                assert!(!one.to_string().is_empty());
            }
            (Some(AudioEvent::Habit(one)), Some(AudioEvent::Habit(other))) => {
                assert_eq!(one, other);
            }
            (None, None) => return,
            (one, other) => panic!("{one:?} is not {other:?}"),
        }
    }
}

fn check(frame: &AudioFrame) {
    assert!(frame.samples > 0 && frame.format.sample_rate > 0 && frame.format.channels > 0);
    assert!(frame.timestamp_nanos < 1_000_000);
    let samples = frame.samples as usize * usize::from(frame.format.channels);
    match frame.format.encoding {
        AudioEncoding::Aac => {
            let mut frames = AdtsFrames::new(&frame.data);
            let adts = frames.next().expect("a header");
            assert!(frames.rest().is_empty());
            assert_eq!(adts.header.length(), 7);
            assert_eq!(adts.header.samples(), frame.samples);
        }
        AudioEncoding::Pcm => assert_eq!(frame.data.len(), 2 * samples),
        _ => assert_eq!(frame.data.len(), samples),
    }
}

/// The parsers by themselves.
fn parse(bytes: &[u8]) {
    if let Ok(config) = AudioSpecificConfig::parse(bytes) {
        if let Ok(header) = config.adts_header() {
            assert_eq!(header.channels(), config.channels());
            assert!(header.encode().is_ok());
        }
    }
    if let Ok(config) = MultichannelConfig::parse(bytes) {
        let mut again = vec![];
        config.encode(&mut again).expect("it was read");
        assert_eq!(MultichannelConfig::parse(&again), Ok(config));
    }
}
