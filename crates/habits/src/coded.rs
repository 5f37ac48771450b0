//! What publishers do with the units of pictures.

use crate::codec::Codec;
use crate::publish::{Coded, Content, Framing, Message, Publish, Record};

/// One message for each slice, stamped when it is sent, up to some milliseconds apart. What stands
/// in front of a slice goes with it, and what belongs behind it.
pub(crate) fn a_message_for_each_slice(publish: &mut Publish, detail: u32) {
    split(publish, detail, |codec, unit, next| {
        let is_last = codec.is_slice(unit) || codec.is_suffix(unit);
        is_last && !next.is_some_and(|next| codec.is_suffix(next))
    });
}

/// One message for each unit, with lengths of 4 bytes: a few bytes of SEI behind another one can be read in several ways.
pub(crate) fn a_message_for_each_unit(publish: &mut Publish, detail: u32) {
    publish
        .coded_mut()
        .filter(|coded| matches!(coded.framing, Framing::Lengths(_)))
        .for_each(|coded| coded.framing = Framing::Lengths(4));
    split(publish, detail, |_, _, _| true);
}

/// A message ends behind each unit that ends one, before the next; what is left goes with the last. The record says how
/// long lengths are: a few bytes alone can be read in several ways. Start codes stand behind lengths from the beginning, or
/// not at all.
fn split(publish: &mut Publish, detail: u32, ends: impl Fn(Codec, &[u8], Option<&[u8]>) -> bool) {
    let size = publish.coded().find_map(|coded| match coded.framing {
        Framing::Lengths(size) => Some(size as u8),
        _ => None,
    });
    if let Some(size) = size {
        publish
            .records_mut()
            .for_each(|record| record.length_size = size);
    }
    publish.replace_each(|message| {
        let Content::Coded(coded) = &message.content else {
            return vec![message];
        };
        let mut groups: Vec<Vec<Vec<u8>>> = Vec::new();
        let mut group = Vec::new();
        for (index, unit) in coded.units.iter().enumerate() {
            group.push(unit.clone());
            let mut behind = coded.units.iter().skip(index + 1).map(Vec::as_slice);
            let next = behind.find(|unit| !unit.is_empty());
            if ends(coded.codec, unit, next) {
                groups.push(std::mem::take(&mut group));
            }
        }
        match groups.last_mut() {
            Some(last) => last.append(&mut group),
            None => groups.push(group),
        }
        groups
            .into_iter()
            .enumerate()
            .map(|(index, units)| Message {
                timestamp: message.timestamp.wrapping_add(index as u32 * (detail % 4)),
                content: Content::Coded(Coded {
                    units,
                    ..coded.clone()
                }),
                ..message.clone()
            })
            .collect()
    });
    if !publish.has_several_units_at_first() {
        let glued = publish.coded_mut().filter(|coded| coded.is_glued());
        glued.for_each(|coded| coded.framing = Framing::Lengths(4));
    }
}

/// Two, three or four pictures in each message; where messages are pictures, that is.
pub(crate) fn several_pictures_in_a_message(publish: &mut Publish, detail: u32) {
    if !publish.coded().all(begins_picture) {
        return;
    }
    let most = 2 + detail as usize % 3;
    let mut joined: Vec<Message> = Vec::new();
    let mut pictures = 0;
    for message in std::mem::take(&mut publish.messages) {
        let before = joined.last_mut().map(|message| &mut message.content);
        match (before, &message.content) {
            (Some(Content::Coded(before)), Content::Coded(next))
                if pictures < most && before.framing == next.framing =>
            {
                before.units.extend(next.units.iter().cloned());
                before.key |= next.key;
                pictures += 1;
            }
            _ => {
                pictures = 1;
                joined.push(message);
            }
        }
    }
    publish.messages = joined;
}

/// What stands in front of a picture comes at the end of the message before: the encoder's stream was cut behind slices.
pub(crate) fn what_is_in_front_comes_before(publish: &mut Publish, detail: u32) {
    let every = 1 + detail as usize % 3;
    for index in 1..publish.messages.len() {
        let Some((before, [message, ..])) = publish.messages.split_at_mut_checked(index) else {
            return;
        };
        if let Some(Content::Coded(before)) = before.last_mut().map(|it| &mut it.content)
            && let Content::Coded(coded) = &mut message.content
            && index % every == 0
            && before.has_slice()
            && before.framing == coded.framing
            && !before.is_glued()
            && before.surplus.is_empty()
        {
            let mut units = coded.units.iter();
            let first = units.position(|unit| !unit.is_empty() && coded.codec.is_slice(unit));
            before.units.extend(coded.units.drain(..first.unwrap_or(0)));
        }
    }
}

/// An access unit delimiter in front of each picture that has none.
pub(crate) fn delimiters(publish: &mut Publish, _: u32) {
    for coded in pictures(publish) {
        let delimiter = coded.codec.delimiter();
        let header = delimiter.len() - 1;
        let has_one = coded
            .units
            .first()
            .is_some_and(|unit| unit.starts_with(&delimiter[..header]));
        if !has_one {
            coded.units.insert(0, delimiter.to_vec());
        }
    }
}

/// The parameter sets in front of each picture, or of some.
pub(crate) fn parameter_sets_everywhere(publish: &mut Publish, detail: u32) {
    let every = 1 + detail as usize % 4;
    let mut sets = Vec::new();
    let mut index = 0;
    for message in &mut publish.messages {
        match &mut message.content {
            Content::Record(record) => sets = record.sets(),
            Content::Coded(coded) if begins_picture(coded) => {
                if index % every == 0 {
                    insert_sets(coded, &in_some_order(&sets, detail >> 2));
                }
                index += 1;
            }
            _ => {}
        }
    }
}

/// No sequence header; the parameter sets in front of each picture at which decoding starts.
pub(crate) fn parameter_sets_in_band_alone(publish: &mut Publish, detail: u32) {
    let mut sets = Vec::new();
    publish.replace_each(|mut message| {
        match &mut message.content {
            Content::Record(record) => {
                sets = record.sets();
                return Vec::new();
            }
            Content::Coded(coded) if begins_picture(coded) && starts(coded) => {
                insert_sets(coded, &in_some_order(&sets, detail));
            }
            _ => {}
        }
        vec![message]
    });
}

/// Behind each group but the last the end of the sequence: told by a message of its own, or a unit
/// behind the last picture, by itself, or in front of the next picture. Not where pictures refer to
/// those of the group before.
pub(crate) fn ends_of_sequences(publish: &mut Publish, detail: u32) {
    let refers_back = |coded: &Coded| coded.units.iter().any(|unit| coded.codec.is_rasl(unit));
    if publish.coded().any(refers_back) {
        return;
    }
    let mut sent: Vec<Message> = Vec::new();
    let mut begun = false;
    for mut message in std::mem::take(&mut publish.messages) {
        if let Content::Coded(coded) = &mut message.content
            && begins_picture(coded)
            && starts(coded)
            && std::mem::replace(&mut begun, true)
        {
            let (codec, timestamp) = (coded.codec, message.timestamp);
            let end = codec.end_of_sequence().to_vec();
            // What has been sent of this picture, SEI or parameter sets, is behind the end.
            let is_before = |message: &Message| match &message.content {
                Content::Coded(coded) => {
                    let mut units = coded.units.iter();
                    units.any(|unit| codec.is_slice(unit) || codec.is_suffix(unit))
                }
                _ => false,
            };
            let behind = sent.iter().rposition(is_before).map_or(0, |last| last + 1);
            let mut of_next = sent.split_off(behind);
            let last = sent.last_mut().and_then(Message::coded_mut);
            match (detail % 4, last) {
                // What is there of the next picture is behind it.
                (_, Some(last)) if end_of_picture(last) < last.units.len() => {
                    last.units.insert(end_of_picture(last), end);
                }
                (0, _) => {
                    let body = vec![0x10 | codec.id(), 2, 0, 0, 0];
                    sent.push(Message::new(timestamp, Content::Other(body)));
                }
                (1, Some(last)) if !last.is_glued() => last.units.push(end),
                (1 | 2, Some(last)) => {
                    let alone = Coded {
                        units: vec![end],
                        key: false,
                        ..last.clone()
                    };
                    sent.push(Message::new(timestamp, Content::Coded(alone)));
                }
                _ => {
                    let mut of_next = of_next.iter_mut().chain([&mut message]);
                    if let Some(first) = of_next.find_map(Message::coded_mut) {
                        first.units.insert(0, end);
                    }
                }
            }
            sent.append(&mut of_next);
        }
        sent.push(message);
    }
    publish.messages = sent;
}

/// Units without a byte.
pub(crate) fn empty_units(publish: &mut Publish, detail: u32) {
    for (index, coded) in publish.coded_mut().enumerate() {
        // Not where start codes would be told from them, or a length of 2 bytes behind them would look like one of 4.
        if coded.framing == Framing::Lengths(4) {
            let at = (detail as usize + index) % (coded.units.len() + 1);
            coded.units.insert(at, Vec::new());
        }
    }
}

/// Filler data behind each picture.
pub(crate) fn filler(publish: &mut Publish, detail: u32) {
    for coded in pictures(publish) {
        let mut filler = coded.codec.filler().to_vec();
        filler.extend(vec![0xFF; detail as usize % 40 + 1]);
        filler.push(0x80);
        coded.units.insert(end_of_picture(coded), filler);
    }
}

/// Where the units of the last picture of a message end, and what belongs to the next one begins.
fn end_of_picture(coded: &Coded) -> usize {
    let codec = coded.codec;
    let is_of_picture = |unit: &Vec<u8>| {
        !unit.is_empty()
            && (codec.is_slice(unit) || codec.is_suffix(unit) || unit.starts_with(codec.filler()))
    };
    let last = coded.units.iter().rposition(is_of_picture);
    last.map_or(coded.units.len(), |last| last + 1)
}

/// The messages in which pictures begin.
fn pictures(publish: &mut Publish) -> impl Iterator<Item = &mut Coded> {
    publish.coded_mut().filter(|coded| begins_picture(coded))
}

/// Whether a picture begins with the message.
fn begins_picture(coded: &Coded) -> bool {
    let mut slices = coded.units.iter().filter(|unit| coded.codec.is_slice(unit));
    slices
        .next()
        .is_some_and(|slice| coded.codec.begins_picture(slice))
}

/// Whether decoding starts at a picture of the message.
fn starts(coded: &Coded) -> bool {
    coded.units.iter().any(|unit| coded.codec.is_start(unit))
}

fn in_some_order(sets: &[Vec<u8>], detail: u32) -> Vec<Vec<u8>> {
    let mut sets = sets.to_vec();
    let by = detail as usize % sets.len().max(1);
    sets.rotate_left(by);
    sets
}

/// Behind a delimiter, in front of all else, where there are none.
fn insert_sets(coded: &mut Coded, sets: &[Vec<u8>]) {
    let codec = coded.codec;
    let mut in_front = coded.units.iter().take_while(|unit| !codec.is_slice(unit));
    let has_sets = in_front.any(|unit| codec.is_parameter_set(unit));
    if !has_sets {
        let at = coded
            .units
            .iter()
            .position(|unit| coded.codec.is_content(unit));
        let at = at.unwrap_or(0);
        coded.units.splice(at..at, sets.iter().cloned());
    }
}

impl Record {
    pub(crate) fn sets(&self) -> Vec<Vec<u8>> {
        self.vps
            .iter()
            .chain(&self.sps)
            .chain(&self.pps)
            .cloned()
            .collect()
    }
}
