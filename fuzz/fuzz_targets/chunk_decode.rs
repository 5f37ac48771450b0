//! Arbitrary bytes never make the chunk decoder panic or hold more than it may, and what it makes of them survives
//! encoding. The first byte chooses how the decoder is set up.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtmp_chunk::{
    AggregateMessages, ChunkDecoder, ChunkEncoder, DecoderLimits, ExtendedTimestamps, Message,
    MessageType, ProtocolControl, UserControl,
};

fuzz_target!(|bytes: &[u8]| {
    let Some((setup, mut input)) = bytes.split_first() else {
        return;
    };
    let limits = if setup & 1 == 0 {
        DecoderLimits::default()
    } else {
        DecoderLimits::default()
            .with_message_bytes(1000)
            .with_buffered_bytes(2000)
            .with_chunk_streams(3)
    };
    let decoder = ChunkDecoder::new(limits).with_headroom(MessageType::VIDEO, 16);
    let mut decoder = match setup >> 1 & 3 {
        0 => decoder,
        1 => decoder.with_extended_timestamps(ExtendedTimestamps::Always),
        _ => decoder.with_extended_timestamps(ExtendedTimestamps::Never),
    };

    let mut messages = Vec::new();
    while let Ok(Some(message)) = decoder.decode(&mut input) {
        read(&message);
        assert!(message.payload.len() <= limits.message_bytes);
        messages.push(message);
    }
    assert!(decoder.buffered_bytes() <= limits.buffered_bytes);
    match decoder.decode(&mut input) {
        Ok(next) => assert!(next.is_none() && input.is_empty()),
        Err(error) => assert!(error.offset <= bytes.len() as u64),
    }
    assert_eq!(encode_and_decode(&messages), messages);
});

/// Everything that can be in a message is read.
fn read(message: &Message) {
    let _ = ProtocolControl::parse(message.header.message_type, &message.payload);
    let _ = UserControl::parse(&message.payload);
    let contained: usize = AggregateMessages::new(message)
        .flatten()
        .map(|message| message.payload.len())
        .sum();
    assert!(contained <= message.payload.len());
}

fn encode_and_decode(messages: &[Message]) -> Vec<Message> {
    let mut encoder = ChunkEncoder::new();
    let mut bytes = Vec::new();
    for message in messages {
        encoder
            .encode(&message.header, &message.payload, &mut bytes)
            .expect("what was decoded can be encoded");
    }
    let limits = DecoderLimits::default().with_chunk_streams(usize::MAX);
    let mut decoder = ChunkDecoder::new(limits);
    let mut input = &bytes[..];
    std::iter::from_fn(|| decoder.decode(&mut input).expect("it was encoded by us")).collect()
}
