//! What publishers send beside audio and video, and around them.

use rtmp_chunk::{
    LimitType, Message, MessageHeader, MessageType, ProtocolControl, Timestamp, UserControl,
};

use super::{Session, is_media, message};

/// Messages of no length, of no known type, and audio and video without a body.
pub(super) fn empty_and_unknown(session: &mut Session, detail: u32) {
    let mut index = detail as usize;
    in_front_of_media(session, |media| {
        index += 1;
        let (message_type, length) = match index % 10 {
            0 => (MessageType::AUDIO, 0),
            1 => (MessageType::VIDEO, 0),
            2 => (MessageType::DATA_AMF0, 0),
            3 => (MessageType::AGGREGATE, 0),
            4 => (MessageType::SHARED_OBJECT_AMF0, 0),
            5 => (MessageType::SHARED_OBJECT_AMF3, index % 40),
            unknown => (MessageType([7, 10, 99, 255][unknown - 6]), index % 40),
        };
        // Between two messages of the same chunk stream, or on one of its own.
        let chunk_stream = match detail % 2 {
            0 => media.header.chunk_stream_id.get(),
            _ => 9,
        };
        let stream = media.header.message_stream_id;
        let timestamp = media.header.timestamp;
        message(
            chunk_stream,
            message_type,
            stream,
            timestamp,
            vec![0xAB; length],
        )
    });
}

/// Acknowledgements, windows, pings and events that no document knows.
pub(super) fn control_messages(session: &mut Session, detail: u32) {
    let mut index = detail;
    in_front_of_media(session, |_| {
        index = index.wrapping_add(1);
        match index % 6 {
            0 => control(ProtocolControl::Acknowledgement(index)),
            1 => control(ProtocolControl::WindowAcknowledgementSize(index | 1)),
            2 => control(ProtocolControl::SetPeerBandwidth {
                window: index,
                limit_type: LimitType((index >> 8) as u8),
            }),
            3 => user_control(&UserControl::PingRequest(Timestamp(index))),
            4 => user_control(&UserControl::PingResponse(Timestamp(index))),
            _ => Message {
                header: MessageHeader::control(MessageType::USER_CONTROL),
                payload: vec![0, 99, 1, 2, 3, 4].into(),
            },
        }
    });
}

/// Media on the message stream of the connection, of an earlier publish, or of none.
pub(super) fn another_stream(session: &mut Session, detail: u32) {
    let stream = [0, 1, 2, detail][detail as usize % 4];
    for message in session.messages.iter_mut().filter(|it| is_media(it)) {
        message.header.message_stream_id = stream;
    }
}

/// No metadata at all.
pub(super) fn no_metadata(session: &mut Session, _: u32) {
    session.messages.retain(|message| !is_data(message));
}

/// Metadata after some of the media.
pub(super) fn late_metadata(session: &mut Session, detail: u32) {
    let begin = session.published();
    if let Some(place) = session.messages.iter().position(is_data) {
        let metadata = session.messages.remove(place);
        let media = begin + 1 + detail as usize % 20;
        let place = media.min(session.messages.len());
        session.messages.insert(place, metadata);
    }
}

/// Metadata once more right after it.
pub(super) fn metadata_twice(session: &mut Session, _: u32) {
    let messages = std::mem::take(&mut session.messages);
    let twice = |message: Message| match is_data(&message) {
        true => vec![message.clone(), message],
        false => vec![message],
    };
    session.messages = messages.into_iter().flat_map(twice).collect();
}

/// Several messages of audio and video in one (RTMP 1.0 section 7.1.6).
pub(super) fn aggregates(session: &mut Session, detail: u32) {
    let most = 1 + detail as usize % 7;
    let relative = detail & 0x100 != 0;
    let messages = std::mem::take(&mut session.messages);
    let together = |first: &Message, second: &Message| {
        let stream = |message: &Message| message.header.message_stream_id;
        is_media(first) && is_media(second) && stream(first) == stream(second)
    };
    for run in messages.chunk_by(together) {
        match run {
            [first, ..] if is_media(first) => {
                session
                    .messages
                    .extend(run.chunks(most).map(|some| aggregate(some, relative)));
            }
            others => session.messages.extend(others.iter().cloned()),
        }
    }
}

/// As FLV tags, with their own times or with those since the first one.
fn aggregate(messages: &[Message], relative: bool) -> Message {
    let header = MessageHeader {
        message_type: MessageType::AGGREGATE,
        ..messages[0].header
    };
    let mut body = Vec::new();
    for message in messages {
        let mut timestamp = message.header.timestamp.0;
        if relative {
            timestamp = timestamp.wrapping_sub(header.timestamp.0);
        }
        let [high, time @ ..] = timestamp.to_be_bytes();
        let [_, length @ ..] = (message.payload.len() as u32).to_be_bytes();
        body.push(message.header.message_type.0);
        body.extend(length);
        body.extend(time);
        body.extend([high, 0, 0, 0]);
        body.extend(&message.payload[..]);
        body.extend((message.payload.len() as u32 + 11).to_be_bytes());
    }
    Message {
        header,
        payload: body.into(),
    }
}

fn is_data(message: &Message) -> bool {
    message.header.message_type == MessageType::DATA_AMF0
}

/// Puts a message in front of each of the media.
fn in_front_of_media(session: &mut Session, mut other: impl FnMut(&Message) -> Message) {
    let messages = std::mem::take(&mut session.messages);
    for message in messages {
        if is_media(&message) {
            session.messages.push(other(&message));
        }
        session.messages.push(message);
    }
}

pub(super) fn control(control: ProtocolControl) -> Message {
    let mut body = Vec::new();
    control.encode(&mut body);
    Message {
        header: MessageHeader::control(control.message_type()),
        payload: body.into(),
    }
}

fn user_control(control: &UserControl) -> Message {
    let mut body = Vec::new();
    control.encode(&mut body);
    Message {
        header: MessageHeader::control(MessageType::USER_CONTROL),
        payload: body.into(),
    }
}
