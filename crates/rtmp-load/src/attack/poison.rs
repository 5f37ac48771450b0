//! What a hostile peer says after its handshake.

use std::io;

use amf0::Encoder;
use bytes::{BufMut, BytesMut};
use rtmp_chunk::{
    ChunkEncoder, ChunkStreamId, MessageHeader, MessageType, ProtocolControl, Timestamp,
    UserControl,
};

use crate::flood::{LONGEST_MESSAGE, chunk_size, continued, message_header};

/// Chunk streams that a peer can name in three bytes, and in two (RTMP 1.0 section 5.3.1.1).
const LONG_CHUNK_STREAMS: u32 = 65_536;
const FIRST_LONG_CHUNK_STREAM: u32 = 64;
/// The depth of the objects in [`nested_connect`].
const NESTING: usize = 10_000;
/// How often [`pings`] asks for a reply.
const PINGS: usize = 10_000;

/// A connect command as it should be.
pub(super) fn connect() -> io::Result<Vec<u8>> {
    let mut command = Vec::new();
    Encoder::new(&mut command)
        .string("connect")
        .number(1.0)
        .object(|object| {
            object
                .string("app", "stream1")
                .string("tcUrl", "rtmp://localhost/stream1");
        });
    chunks(MessageType::COMMAND_AMF0, &command)
}

/// A connect command whose object holds an object that holds an object …
pub(super) fn nested_connect() -> io::Result<Vec<u8>> {
    let mut command = connect_name();
    for _ in 0..NESTING {
        // An object marker, then the name of its first property.
        command.extend([3, 0, 1, b'a']);
    }
    chunks(MessageType::COMMAND_AMF0, &command)
}

/// A connect command with an ECMA array that claims more properties than there can be.
pub(super) fn counted_connect() -> io::Result<Vec<u8>> {
    let mut command = connect_name();
    command.put_u8(8);
    command.put_u32(u32::MAX);
    command.extend([0, 1, b'a', 5]);
    chunks(MessageType::COMMAND_AMF0, &command)
}

/// Window acknowledgement sizes that no publisher sends, each with something to acknowledge.
pub(super) fn windows() -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    for window in [0, 1, u32::MAX] {
        let control = ProtocolControl::WindowAcknowledgementSize(window);
        let mut body = BytesMut::new();
        control.encode(&mut body);
        bytes.extend(chunks(control.message_type(), &body)?);
        bytes.extend(chunks(MessageType::AUDIO, &[0; 1000])?);
    }
    Ok(bytes)
}

/// Many Ping Requests; each is to be answered.
pub(super) fn pings() -> io::Result<Vec<u8>> {
    let mut body = BytesMut::new();
    UserControl::PingRequest(Timestamp(0)).encode(&mut body);
    Ok(chunks(MessageType::USER_CONTROL, &body)?.repeat(PINGS))
}

/// Messages on all chunk streams that there are, each as long as can be, and a byte of each.
pub(super) fn many_chunk_streams() -> Vec<u8> {
    let mut bytes = chunk_size(1);
    for id in 0..LONG_CHUNK_STREAMS {
        // Format 0 with an id of three bytes, which comes least significant byte first.
        bytes.put_u8(1);
        bytes.put_u16_le(id as u16);
        bytes.extend(message_header(
            LONGEST_MESSAGE as u32,
            MessageType::VIDEO,
            0,
        ));
        bytes.put_u8((id + FIRST_LONG_CHUNK_STREAM) as u8);
    }
    bytes
}

/// A video message of this length in chunks of one byte. It is never a picture.
pub(super) fn tiny_chunks(length: u32, message_stream_id: u32) -> Vec<u8> {
    const VIDEO: u8 = 6;
    let mut bytes = chunk_size(1);
    bytes.put_u8(VIDEO);
    bytes.extend(message_header(
        length,
        MessageType::VIDEO,
        message_stream_id,
    ));
    // FLV E.4.3.1: frame type 5, which is no picture, of AVC.
    bytes.put_u8(0x57);
    bytes.extend([continued(VIDEO), 0].repeat(length as usize - 1));
    bytes
}

/// The beginning of a key frame that claims to be longer.
pub(super) fn half_a_frame(message_stream_id: u32) -> Vec<u8> {
    let mut bytes = chunk_size(65_536);
    bytes.put_u8(6);
    bytes.extend(message_header(
        60_000,
        MessageType::VIDEO,
        message_stream_id,
    ));
    bytes.extend([0x17, 1, 0, 0, 0]);
    bytes.extend([1; 30_000]);
    bytes
}

/// The beginning of a ClientHello (RFC 8446 section 4.1.2), as long as it claims to be.
pub(super) fn tls_hello(random: &[u8]) -> Vec<u8> {
    let length = random.len() as u16;
    let mut bytes = vec![22, 3, 1];
    bytes.put_u16(length + 6);
    bytes.extend([1, 0]);
    bytes.put_u16(length + 2);
    bytes.extend([3, 3]);
    bytes.extend(random);
    bytes
}

fn connect_name() -> Vec<u8> {
    let mut command = Vec::new();
    Encoder::new(&mut command).string("connect").number(1.0);
    command
}

fn chunks(message_type: MessageType, body: &[u8]) -> io::Result<Vec<u8>> {
    let mut header = MessageHeader::control(message_type);
    if message_type == MessageType::COMMAND_AMF0 {
        header.chunk_stream_id = ChunkStreamId::COMMAND;
    }
    let mut bytes = Vec::new();
    ChunkEncoder::new()
        .with_full_headers()
        .encode(&header, body, &mut bytes)
        .map_err(io::Error::other)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rtmp_chunk::{ChunkDecoder, DecoderLimits};

    #[test]
    fn tiny_chunks_make_one_message() {
        let bytes = tiny_chunks(1000, 7);
        let mut input = &bytes[..];
        let mut decoder = ChunkDecoder::default();
        // Set Chunk Size is the decoder's own business.
        let message = std::iter::from_fn(|| decoder.decode(&mut input).unwrap())
            .find(|message| message.header.message_type == MessageType::VIDEO)
            .unwrap();
        assert_eq!(message.payload.len(), 1000);
        assert_eq!(message.header.message_stream_id, 7);
        assert!(input.is_empty());
    }

    #[test]
    fn the_many_chunk_streams_are_valid_but_for_the_limits() {
        let bytes = many_chunk_streams();
        let limits = DecoderLimits::default().with_chunk_streams(LONG_CHUNK_STREAMS as usize + 1);
        let mut decoder = ChunkDecoder::new(limits);
        let mut input = &bytes[..];
        while decoder.decode(&mut input).unwrap().is_some() {}
        assert!(input.is_empty());
    }
}
