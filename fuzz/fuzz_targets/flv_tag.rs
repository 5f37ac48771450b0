//! Arbitrary bytes as tags of every kind, and as an FLV file in pieces: no panic, errors inside
//! the input, and what can be read means the same after writing.
#![no_main]

use flv_h264::flv::video::{EnhancedVideo, VideoTagBody};
use flv_h264::flv::{
    FlvItem, FlvReader, OnMetaData, ScriptTag,
    audio::AudioTag,
    video::{VideoPacket, VideoTag},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    video(bytes);
    audio(bytes);
    let _ = ScriptTag::parse(bytes);
    let _ = OnMetaData::parse(bytes);
    let whole = read(bytes, bytes.len());
    assert_eq!(whole, read(bytes, 1));
    assert_eq!(whole, read(bytes, 7));
});

fn video(bytes: &[u8]) {
    match VideoTag::parse(bytes) {
        Ok(tag) => {
            let _ = tag.codec();
            if let VideoTagBody::Enhanced {
                mod_ex,
                payload:
                    EnhancedVideo::Multitrack {
                        packet_type,
                        tracks,
                    },
            } = tag.body
            {
                assert!(mod_ex.timestamp_offset_nanos() < 1_000_000);
                for track in tracks.iter() {
                    let _ = VideoPacket::of_track(packet_type, track);
                }
            }
            let mut encoded = Vec::new();
            tag.encode(&mut encoded).expect("it was on the wire");
            assert_eq!(VideoTag::parse(&encoded), Ok(tag));
        }
        Err(error) => assert!(error.offset <= bytes.len()),
    }
}

fn audio(bytes: &[u8]) {
    match AudioTag::parse(bytes) {
        Ok(tag) => {
            let _ = tag.codec();
            let mut encoded = Vec::new();
            tag.encode(&mut encoded).expect("it was on the wire");
            assert_eq!(AudioTag::parse(&encoded), Ok(tag));
        }
        Err(error) => assert!(error.offset <= bytes.len()),
    }
}

fn read(bytes: &[u8], piece: usize) -> (Vec<FlvItem>, bool) {
    let mut reader = FlvReader::new();
    let mut items = Vec::new();
    for mut input in bytes.chunks(piece.max(1)) {
        loop {
            match reader.read(&mut input) {
                Ok(Some(item)) => items.push(item),
                Ok(None) => break,
                Err(_) => return (items, false),
            }
        }
        assert!(input.is_empty());
    }
    (items, true)
}
