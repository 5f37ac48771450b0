//! Sessions of real publishers: see `data/README.md`.

mod common;

use common::{decode_any_way, feed};
use rtmp_chunk::{ChunkDecoder, ChunkEncoder, Message, MessageType, ServerHandshake};

const FFMPEG: &[u8] = include_bytes!("data/ffmpeg.rtmp");
const FFMPEG_EXTENDED_TIMESTAMPS: &[u8] = include_bytes!("data/ffmpeg-extended-timestamps.rtmp");
const RTMP2SINK: &[u8] = include_bytes!("data/gstreamer-rtmp2sink.rtmp");
const LIBRTMP: &[u8] = include_bytes!("data/librtmp.rtmp");

/// The chunk stream of a session, behind the handshake.
fn chunk_stream(session: &[u8]) -> &[u8] {
    let mut input = session;
    let done = ServerHandshake::new(0, &[0; 1528]).handle_input(&mut input, &mut Vec::new());
    assert_eq!(done, Ok(true));
    input
}

/// Decodes a session in every way, and encodes it again.
fn replay(session: &[u8]) -> Vec<Message> {
    let bytes = chunk_stream(session);
    let messages = decode_any_way(ChunkDecoder::default, bytes).expect("it is a chunk stream");

    let mut encoder = ChunkEncoder::new();
    let mut encoded = Vec::new();
    for message in &messages {
        encoder
            .encode(&message.header, &message.payload, &mut encoded)
            .expect("it is within the limits");
    }
    assert!(
        encoded.len() <= bytes.len(),
        "{} bytes became {}",
        bytes.len(),
        encoded.len()
    );
    assert_eq!(
        feed(&mut ChunkDecoder::default(), encoded.chunks(1000)),
        Ok(messages.clone())
    );
    messages
}

fn of_type(messages: &[Message], message_type: MessageType) -> Vec<&Message> {
    messages
        .iter()
        .filter(|message| message.header.message_type == message_type)
        .collect()
}

/// Two seconds of 25 pictures, with the sequence header and the end of sequence that enclose them.
#[track_caller]
fn assert_video(messages: &[Message], first: u32, last: u32) {
    let video = of_type(messages, MessageType::VIDEO);
    let pictures: Vec<&&Message> = video
        .iter()
        .filter(|message| message.payload.get(1) == Some(&1))
        .collect();
    assert_eq!(pictures.len(), 50);
    let times: Vec<u32> = pictures
        .iter()
        .map(|message| message.header.timestamp.0)
        .collect();
    assert_eq!((times[0], times[49]), (first, last));
    assert!(
        times.windows(2).all(|pair| pair[1] == pair[0] + 40),
        "{times:?}"
    );
    for picture in pictures {
        // An AVC picture: four-byte NAL unit lengths fill the payload.
        let mut rest = &picture.payload[5..];
        while let Some((length, behind)) = rest.split_first_chunk() {
            rest = &behind[u32::from_be_bytes(*length) as usize..];
        }
        assert!(rest.is_empty());
    }
}

#[test]
fn ffmpeg() {
    let messages = replay(FFMPEG);
    assert_video(&messages, 0, 1960);
    assert_eq!(of_type(&messages, MessageType::AUDIO).len(), 89);
    assert_eq!(
        messages[1].payload[..],
        65536_u32.to_be_bytes(),
        "the chunk size that it was told"
    );
}

#[test]
fn ffmpeg_with_extended_timestamps_in_chunks_of_128_bytes() {
    let messages = replay(FFMPEG_EXTENDED_TIMESTAMPS);
    assert_video(&messages, 17_999_920, 18_001_880);
}

#[test]
fn gstreamer_rtmp2sink() {
    assert_video(&replay(RTMP2SINK), 0, 1960);
}

#[test]
fn librtmp() {
    assert_video(&replay(LIBRTMP), 0, 1960);
}
