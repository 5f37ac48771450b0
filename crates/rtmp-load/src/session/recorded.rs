//! A session from the recorded bytes of a publisher's connection.

use rtmp_chunk::{ChunkDecoder, HANDSHAKE_LENGTH, Message, MessageType};

use super::{MediaMessage, Session, is_key_frame, is_sequence_header};

/// Reads what was recorded: C0, C1, C2, then chunks.
pub(super) fn session(bytes: &[u8]) -> Result<Session, String> {
    let mut input = bytes
        .get(HANDSHAKE_LENGTH..)
        .ok_or("shorter than a handshake")?;
    let mut decoder = ChunkDecoder::default();
    let mut media = Vec::new();
    while let Some(message) = decoder
        .decode(&mut input)
        .map_err(|error| error.to_string())?
    {
        media.extend(media_message(message));
    }
    let first_key_frame = media
        .iter()
        .position(is_key_frame)
        .ok_or("no H.264 key frame in it")?;
    let before = media.drain(..first_key_frame);
    let headers: Vec<_> = before
        .filter(|message| {
            message.message_type == MessageType::DATA_AMF0 || is_sequence_header(message)
        })
        .map(|message| MediaMessage {
            milliseconds: 0,
            ..message
        })
        .collect();

    let start = media.first().map_or(0, |message| message.milliseconds);
    for message in &mut media {
        message.milliseconds = message.milliseconds.saturating_sub(start);
    }
    media.sort_by_key(|message| message.milliseconds);
    let end = media.last().map_or(0, |message| message.milliseconds);
    // The last message lasts as long as the others do on average.
    let duration = end + end / u32::try_from(media.len().max(2) - 1).unwrap_or(u32::MAX);
    Ok(Session {
        headers,
        body: media,
        duration: duration.max(1),
    })
}

fn media_message(message: Message) -> Option<MediaMessage> {
    let message_type = message.header.message_type;
    let is_media = matches!(
        message_type,
        MessageType::VIDEO | MessageType::AUDIO | MessageType::DATA_AMF0
    );
    is_media.then(|| MediaMessage {
        milliseconds: message.header.timestamp.0,
        message_type,
        payload: message.payload.to_vec(),
    })
}
