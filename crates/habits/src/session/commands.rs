//! What publishers do until they publish.

use amf0::Value;
use rtmp_chunk::Message;

use super::{Session, command, name_of};

const ORNAMENT: [&str; 3] = ["releaseStream", "FCPublish", "_checkbw"];

/// Flash Media Live Encoder releases and announces the stream before it creates one; others do so
/// between, or behind.
pub(super) fn of_fmle(session: &mut Session, detail: u32) {
    no_more_than_needed(session, 0);
    let name = name_of_publish(session);
    let calls: Vec<Message> = ORNAMENT
        .iter()
        .zip(2_u8..)
        .map(|(call, id)| {
            let id = Value::Number(id.into());
            command(0, &[(*call).into(), id, Value::Null, name.clone()])
        })
        .collect();
    let after = ["connect", "createStream"][detail as usize % 2];
    let place = session.place_of(after).map_or(1, |place| place + 1);
    session.messages.splice(place..place, calls);
}

/// connect, createStream and publish alone.
pub(super) fn no_more_than_needed(session: &mut Session, _: u32) {
    session
        .messages
        .retain(|message| !ORNAMENT.contains(&name_of(message).as_str()));
}

/// On the message stream of the connection, or on the one that it would have got.
pub(super) fn no_create_stream(session: &mut Session, detail: u32) {
    session
        .messages
        .retain(|message| name_of(message) != "createStream");
    if let Some(place) = session.place_of("publish") {
        session.messages[place].header.message_stream_id = detail % 2;
    }
}

/// Application and name, cut at any slash, or not at all.
pub(super) fn cut_elsewhere(session: &mut Session, detail: u32) {
    session.address.cut_at = Some(detail as usize % 8);
}

/// Behind the name, or in the middle of the path.
pub(super) fn odd_query(session: &mut Session, detail: u32) {
    session.address.query_at = Some(detail as usize % 4);
}

/// A slash, a blank, or a NUL and what was in the buffer before.
pub(super) fn behind_the_name(session: &mut Session, detail: u32) {
    session.address.ending = ["/", " ", "\0", "\0x", "// "][detail as usize % 5];
}

fn name_of_publish(session: &mut Session) -> Value {
    let mut name = Value::Null;
    session.edit_commands(|_, values| {
        if values.first().and_then(Value::as_str) == Some("publish") {
            name = values.get(3).cloned().unwrap_or(Value::Null);
        }
    });
    name
}
