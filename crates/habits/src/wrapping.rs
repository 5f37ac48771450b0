//! What publishers put around units.

use crate::publish::{Content, Message, Publish};

/// Enhanced RTMP's FourCC.
pub(crate) fn four_cc(publish: &mut Publish, _: u32) {
    for message in &mut publish.messages {
        message.enhanced = true;
    }
}

/// ModEx packets of Enhanced RTMP v2.
pub(crate) fn mod_ex(publish: &mut Publish, detail: u32) {
    for message in &mut publish.messages {
        message.enhanced = true;
        message.mod_ex = 1 + detail % 0xFFFF;
    }
}

/// A second track in front of the one that counts.
pub(crate) fn one_of_two_tracks(publish: &mut Publish, detail: u32) {
    for message in &mut publish.messages {
        message.second_track = Some(detail as usize % 300);
    }
}

/// Messages in between that hold no picture, or nothing.
pub(crate) fn messages_without_a_picture(publish: &mut Publish, detail: u32) {
    let mut index = detail as usize;
    publish.replace_each(|message| {
        index += 1;
        let inter = 0x20 | message.codec().id();
        let key = 0x10 | message.codec().id();
        let bodies: [&[u8]; 8] = [
            &[key, 0, 0, 0, 0],
            &[key, 0, 0, 0, 0, 1],
            &[],
            &[inter],
            &[0x57, 0],
            &[inter, 1, 0, 0, 0],
            &[inter, 1, 0, 0, 0, 0, 0, 0, 0],
            &[0x94, b'a', b'v', b'c', b'1', 2, 0, 1, b'x', 5],
        ];
        let body = bodies[index % bodies.len()].to_vec();
        vec![
            Message::new(message.timestamp, Content::Other(body)),
            message,
        ]
    });
}
