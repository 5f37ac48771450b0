//! Chunks written by hand (RTMP 1.0 section 5.3.1), for what no encoder would write.

use bytes::BufMut;
use rtmp_chunk::MessageType;

/// The longest message that a chunk header can declare (RTMP 1.0 section 5.3.1.2).
pub(crate) const LONGEST_MESSAGE: usize = 0x00FF_FFFF;

/// A Set Chunk Size message (RTMP 1.0 section 5.4.1).
pub(crate) fn chunk_size(bytes: u32) -> Vec<u8> {
    let body = bytes.to_be_bytes();
    message(2, MessageType::SET_CHUNK_SIZE, 0, &body, body.len())
}

/// A message at time 0 in chunks of `chunk_size`, with a full header.
pub(crate) fn message(
    chunk_stream: u8,
    message_type: MessageType,
    message_stream_id: u32,
    body: &[u8],
    chunk_size: usize,
) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(12 + body.len() + body.len() / chunk_size);
    bytes.put_u8(chunk_stream);
    bytes.extend(message_header(
        body.len() as u32,
        message_type,
        message_stream_id,
    ));
    for (number, chunk) in body.chunks(chunk_size).enumerate() {
        if number > 0 {
            bytes.put_u8(continued(chunk_stream));
        }
        bytes.extend(chunk);
    }
    bytes
}

/// A chunk of type 3: one that goes on with a message, or begins another one like the last.
pub(crate) fn continued(chunk_stream: u8) -> u8 {
    0xC0 | chunk_stream
}

/// The message header of a chunk of type 0 at time 0 (RTMP 1.0 section 5.3.1.2.1).
pub(crate) fn message_header(
    length: u32,
    message_type: MessageType,
    message_stream_id: u32,
) -> [u8; 11] {
    let [_, l0, l1, l2] = length.to_be_bytes();
    let [s0, s1, s2, s3] = message_stream_id.to_le_bytes();
    [0, 0, 0, l0, l1, l2, message_type.0, s0, s1, s2, s3]
}
