//! What publishers do to the chunks of their messages.

use rtmp_chunk::{ChunkStreamId, Message};

use super::chunks::Headers;
use super::{Session, is_audio_or_video, is_media};

const SIZES: [u32; 8] = [1, 2, 60, 128, 4096, 65_536, 0xFF_FFFF, 0x7FFF_FFFF];

/// From 1 byte to more than a message can have.
pub(super) fn another_size(session: &mut Session, detail: u32) {
    session.chunking.sizes = vec![SIZES[detail as usize % SIZES.len()]];
    session.chunking.size_changes_every = usize::MAX;
}

/// Another size every few messages.
pub(super) fn sizes_that_change(session: &mut Session, detail: u32) {
    session.chunking.sizes = SIZES.to_vec();
    session.chunking.sizes.rotate_left(detail as usize % 8);
    session.chunking.size_changes_every = 1 + (detail >> 3) as usize % 40;
}

/// The same, and it is told between two chunks of a message.
pub(super) fn sizes_that_change_inside_messages(session: &mut Session, detail: u32) {
    sizes_that_change(session, detail);
    session.chunking.size_changes_inside = true;
}

/// Ids of two or three bytes instead of one, but for control messages.
pub(super) fn long_ids(session: &mut Session, detail: u32) {
    let by = [61, 250, 317, 65_400][detail as usize % 4];
    for message in &mut session.messages {
        let id = &mut message.header.chunk_stream_id;
        if *id != ChunkStreamId::CONTROL {
            *id = ChunkStreamId::new(id.get() % 190 + by).expect("a chunk stream id");
        }
    }
}

/// Audio, video and data on one chunk stream: any of its own, that of commands, or that of control
/// messages.
pub(super) fn one_chunk_stream(session: &mut Session, detail: u32) {
    let id = ChunkStreamId::new([7, 3, 2, 400][detail as usize % 4]);
    for message in session.messages.iter_mut().filter(|it| is_media(it)) {
        message.header.chunk_stream_id = id.expect("a chunk stream id");
    }
}

/// A chunk of audio, a chunk of video, and so on.
pub(super) fn interleaved(session: &mut Session, detail: u32) {
    another_size(session, detail % 4);
    session.chunking.interleaved = true;
}

/// Type 0 in front of every message.
pub(super) fn full_headers(session: &mut Session, _: u32) {
    session.chunking.headers = Headers::Full;
}

/// Any of the types that say what is new.
pub(super) fn headers_of_every_type(session: &mut Session, detail: u32) {
    session.chunking.headers = Headers::Mixed(detail);
}

/// Times around and beyond those of three bytes, and around the end of those of four; metadata have
/// them as well, or lie that far back.
pub(super) fn extended_timestamps(session: &mut Session, detail: u32) {
    let by = [0xFF_FE00, 0xFF_FFFF, 0x0100_0000, 0x7FFF_FF00, 0xFFFF_FF00][detail as usize % 5];
    let all = detail & 0x100 == 0;
    let later = |message: &&mut Message| match all {
        true => is_media(message),
        false => is_audio_or_video(message),
    };
    for message in session.messages.iter_mut().filter(later) {
        let timestamp = &mut message.header.timestamp;
        *timestamp = timestamp.wrapping_add(by);
    }
}

/// The same, and chunks of type 3 do not repeat them.
pub(super) fn extended_timestamps_once(session: &mut Session, detail: u32) {
    extended_timestamps(session, detail);
    session.chunking.repeats_extended = false;
}

/// A message is begun, aborted (RTMP 1.0 section 5.4.2), and sent from its beginning.
pub(super) fn aborted_messages(session: &mut Session, detail: u32) {
    session.chunking.aborted_every = 1 + detail as usize % 5;
}
