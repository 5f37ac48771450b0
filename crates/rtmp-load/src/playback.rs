//! A session as chunks, ready to be written: playing it costs no encoding.

use std::ops::Range;
use std::time::Duration;

use rtmp_chunk::{ChunkEncoder, ChunkStreamId, EncodeError, MessageHeader, MessageType, Timestamp};

use crate::session::{Frame, MediaMessage, Session};

/// The encoded session. The body can be sent any number of times after the
/// headers: all its timestamps are deltas, and the first follows on the last.
#[derive(Debug)]
pub(crate) struct Playback {
    /// Metadata and sequence headers, with the body's first pass.
    pub(crate) first_pass: Pass,
    /// The body's every later pass.
    pub(crate) later_pass: Pass,
    /// How long a pass lasts.
    pub(crate) duration: Duration,
}

/// Bytes, and when which of them are due.
#[derive(Debug, Default)]
pub(crate) struct Pass {
    pub(crate) bytes: Vec<u8>,
    pub(crate) messages: Vec<Due>,
}

/// A message's bytes, and when they are due.
#[derive(Debug)]
pub(crate) struct Due {
    pub(crate) at: Duration,
    pub(crate) bytes: Range<usize>,
    frame: Option<Frame>,
}

/// How many frames there are of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Frames {
    pub(crate) pictures: u64,
    pub(crate) sound: u64,
}

impl Frames {
    pub(crate) fn of(messages: &[Due]) -> Frames {
        let count = |kind| {
            let frames = messages
                .iter()
                .filter(|message| message.frame == Some(kind));
            frames.count() as u64
        };
        Frames {
            pictures: count(Frame::Picture),
            sound: count(Frame::Sound),
        }
    }
}

impl Playback {
    /// Encodes `session` in chunks of `chunk_size` for a message stream.
    pub(crate) fn encode(
        session: &Session,
        chunk_size: u32,
        message_stream_id: u32,
    ) -> Result<Playback, EncodeError> {
        let mut encoder = ChunkEncoder::new();
        encoder.set_chunk_size(chunk_size);
        let mut first_pass = Pass::default();
        for message in &session.headers {
            first_pass.append(&mut encoder, message, message_stream_id, 0)?;
        }
        for message in &session.body {
            first_pass.append(&mut encoder, message, message_stream_id, 0)?;
        }
        // The second pass is encoded after the first, so it goes on from there; so does every later one.
        let mut later_pass = Pass::default();
        for message in &session.body {
            later_pass.append(&mut encoder, message, message_stream_id, session.duration)?;
        }
        Ok(Playback {
            first_pass,
            later_pass,
            duration: Duration::from_millis(session.duration.into()),
        })
    }
}

impl Pass {
    /// The frames that lie whole in its first `length` bytes.
    pub(crate) fn frames_within(&self, length: usize) -> Frames {
        let whole = self
            .messages
            .partition_point(|message| message.bytes.end <= length);
        Frames::of(&self.messages[..whole])
    }

    fn append(
        &mut self,
        encoder: &mut ChunkEncoder,
        message: &MediaMessage,
        message_stream_id: u32,
        offset: u32,
    ) -> Result<(), EncodeError> {
        let header = MessageHeader {
            chunk_stream_id: chunk_stream(message.message_type),
            timestamp: Timestamp(message.milliseconds.wrapping_add(offset)),
            message_type: message.message_type,
            message_stream_id,
        };
        let start = self.bytes.len();
        encoder.encode(&header, &message.payload, &mut self.bytes)?;
        self.messages.push(Due {
            at: Duration::from_millis(message.milliseconds.into()),
            bytes: start..self.bytes.len(),
            frame: message.frame(),
        });
        Ok(())
    }
}

/// A chunk stream for each kind of media, as publishers do.
fn chunk_stream(message_type: MessageType) -> ChunkStreamId {
    let id = match message_type {
        MessageType::AUDIO => 4,
        MessageType::VIDEO => 6,
        _ => 5,
    };
    ChunkStreamId::new(id).unwrap_or(ChunkStreamId::COMMAND)
}

#[cfg(test)]
mod tests {
    use std::ops::RangeInclusive;

    use super::*;
    use crate::args;
    use rtmp_chunk::ChunkDecoder;

    #[test]
    fn passes_follow_on_each_other_in_time() {
        let options = args::Session {
            session: None,
            megabits: 1.0,
            chunk_size: None,
        };
        let session = Session::load(&options).unwrap();
        let playback = Playback::encode(&session, 4096, 1).unwrap();
        let mut decoder = ChunkDecoder::default();
        let set_chunk_size = [2, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0, 0, 0, 16, 0];
        decoder.decode(&mut &set_chunk_size[..]).unwrap();
        let (mut video_times, mut sound_times) = (Vec::new(), Vec::new());
        for bytes in [
            &playback.first_pass.bytes,
            &playback.later_pass.bytes,
            &playback.later_pass.bytes,
        ] {
            let mut input = bytes.as_slice();
            while let Some(message) = decoder.decode(&mut input).unwrap() {
                let times = match message.header.message_type {
                    MessageType::VIDEO => &mut video_times,
                    MessageType::AUDIO => &mut sound_times,
                    _ => continue,
                };
                if message.payload[1] == 1 {
                    times.push(message.header.timestamp.0);
                }
            }
        }
        let later = &playback.later_pass;
        let frames = later.frames_within(later.bytes.len());
        let but_one = later.frames_within(later.bytes.len() - 1);
        assert_eq!(
            but_one.pictures + but_one.sound + 1,
            frames.pictures + frames.sound
        );
        assert_eq!(video_times.len() as u64, 3 * frames.pictures);
        assert_eq!(sound_times.len() as u64, 3 * frames.sound);
        let apart = |times: &[u32], milliseconds: RangeInclusive<u32>| {
            let mut pairs = times.windows(2);
            pairs.all(|pair| milliseconds.contains(&(pair[1] - pair[0])))
        };
        assert!(apart(&video_times, 33..=34));
        assert!(apart(&sound_times, 21..=22));
    }
}
