//! Messages cut into chunks (RTMP 1.0 section 5.3) in every way that receivers have to put up with.

use std::collections::BTreeMap;

use rtmp_chunk::{ChunkSize, ChunkStreamId, Message, MessageHeader, MessageType, ProtocolControl};

use super::messages::control;

/// How messages are cut.
#[derive(Clone, Debug)]
pub(super) struct Chunking {
    /// Chunk sizes, one after the other, from the beginning again.
    pub(super) sizes: Vec<u32>,
    /// How many messages come from one change to the next.
    pub(super) size_changes_every: usize,
    /// Changes are told between two chunks of a message.
    pub(super) size_changes_inside: bool,
    pub(super) headers: Headers,
    /// Chunks of type 3 repeat the extended timestamp.
    pub(super) repeats_extended: bool,
    /// Chunks of audio and video take turns.
    pub(super) interleaved: bool,
    /// Every so many messages one is begun and aborted before it is sent; 0: none.
    pub(super) aborted_every: usize,
}

/// The types of message headers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Headers {
    /// As short as possible.
    Smallest,
    /// Type 0 always.
    Full,
    /// Any that is allowed, chosen by a number.
    Mixed(u32),
}

impl Default for Chunking {
    fn default() -> Self {
        Self {
            sizes: vec![128],
            size_changes_every: usize::MAX,
            size_changes_inside: false,
            headers: Headers::Smallest,
            repeats_extended: true,
            interleaved: false,
            aborted_every: 0,
        }
    }
}

impl Chunking {
    pub(super) fn bytes(&self, messages: &[Message]) -> Vec<u8> {
        let mut writer = Writer {
            chunking: self,
            size: ChunkSize::DEFAULT,
            size_changes: 0,
            change_due: false,
            streams: BTreeMap::new(),
            headers: 0,
            out: Vec::new(),
        };
        let mut index = 0;
        while let Some(message) = messages.get(index) {
            let beside = messages.get(index + 1);
            let beside = beside.filter(|beside| self.interleaved && take_turns(message, beside));
            writer.between(index, message);
            writer.write([Some(message), beside].into_iter().flatten());
            index += 1 + usize::from(beside.is_some());
        }
        writer.out
    }
}

/// Audio beside video, on chunk streams of their own. Others would come in another order.
fn take_turns(first: &Message, second: &Message) -> bool {
    let types = [first, second].map(|message| message.header.message_type);
    matches!(
        types,
        [MessageType::AUDIO, MessageType::VIDEO] | [MessageType::VIDEO, MessageType::AUDIO]
    ) && first.header.chunk_stream_id != second.header.chunk_stream_id
}

struct Writer<'a> {
    chunking: &'a Chunking,
    size: ChunkSize,
    size_changes: usize,
    change_due: bool,
    streams: BTreeMap<ChunkStreamId, Previous>,
    headers: u32,
    out: Vec<u8>,
}

/// What later headers on a chunk stream refer to.
#[derive(Clone, Copy)]
struct Previous {
    header: MessageHeader,
    length: usize,
    /// What a message that begins with type 3 adds. After type 0 receivers disagree about it, unless
    /// the timestamp is 0.
    delta: Option<u32>,
    extended: Option<u32>,
}

struct UnderWay<'a> {
    message: &'a Message,
    sent: usize,
    begun: bool,
}

impl<'a> UnderWay<'a> {
    fn new(message: &'a Message) -> Self {
        Self {
            message,
            sent: 0,
            begun: false,
        }
    }

    fn is_complete(&self) -> bool {
        self.begun && self.sent == self.message.payload.len()
    }
}

/// A timestamp field with this value says that an extended timestamp follows (section 5.3.1.3).
const EXTENDED: u32 = 0xFF_FFFF;

impl Writer<'_> {
    /// What comes in front of the message with that index.
    fn between(&mut self, index: usize, message: &Message) {
        self.change_due |= index.is_multiple_of(self.chunking.size_changes_every);
        if !self.chunking.size_changes_inside {
            self.change_size();
        }
        let every = self.chunking.aborted_every;
        let several = message.payload.len() > self.size.get() as usize;
        let id = message.header.chunk_stream_id;
        // On the chunk stream of the message, Abort would be a part of it.
        let is_free = id != ChunkStreamId::CONTROL;
        if every > 0 && index.is_multiple_of(every) && several && is_free {
            self.chunk(&mut UnderWay::new(message));
            self.write([&control(ProtocolControl::Abort(id))].into_iter());
        }
    }

    /// Writes these messages, a chunk of each in turn.
    fn write<'m>(&mut self, messages: impl Iterator<Item = &'m Message>) {
        let mut under_way: Vec<_> = messages.map(UnderWay::new).collect();
        while !under_way.is_empty() {
            for message in &mut under_way {
                self.chunk(message);
            }
            under_way.retain(|message| !message.is_complete());
            let control = ChunkStreamId::CONTROL;
            let is_free = under_way
                .iter()
                .all(|it| it.message.header.chunk_stream_id != control);
            if !under_way.is_empty() && is_free {
                self.change_size();
            }
        }
    }

    fn change_size(&mut self) {
        if !std::mem::take(&mut self.change_due) {
            return;
        }
        let sizes = &self.chunking.sizes;
        let size = ChunkSize::new(sizes[self.size_changes % sizes.len()]).expect("not 0");
        self.size_changes += 1;
        self.write([&control(ProtocolControl::SetChunkSize(size))].into_iter());
        self.size = size;
    }

    fn chunk(&mut self, under_way: &mut UnderWay<'_>) {
        let message = under_way.message;
        if std::mem::replace(&mut under_way.begun, true) {
            self.header_of_type_3(message.header.chunk_stream_id);
        } else {
            self.header(message);
        }
        let rest = &message.payload[under_way.sent..];
        let data = &rest[..rest.len().min(self.size.get() as usize)];
        self.out.extend(data);
        under_way.sent += data.len();
    }

    /// A message header of one of the types that are allowed (section 5.3.1.2).
    fn header(&mut self, message: &Message) {
        let (header, length) = (message.header, message.payload.len());
        let id = header.chunk_stream_id;
        let previous = self.streams.get(&id).copied();
        let elapsed = previous
            .filter(|previous| previous.header.message_stream_id == header.message_stream_id)
            .and_then(|previous| {
                u32::try_from(header.timestamp.since(previous.header.timestamp)).ok()
            });
        let same = previous.is_some_and(|previous| {
            previous.length == length && previous.header.message_type == header.message_type
        });
        let repeats = previous.is_some_and(|previous| previous.delta == elapsed);
        let most: u8 = match elapsed {
            None => 0,
            Some(_) if !same => 1,
            Some(_) if !repeats => 2,
            Some(_) => 3,
        };
        let chunk_type = match self.chunking.headers {
            Headers::Smallest => most,
            Headers::Full => 0,
            Headers::Mixed(seed) => {
                self.headers = self.headers.wrapping_add(1);
                let number = self.headers.wrapping_mul(0x9E37_79B1) ^ seed;
                (number >> 16) as u8 % (most + 1)
            }
        };
        let time = match (chunk_type, elapsed) {
            (1.., Some(elapsed)) => elapsed,
            _ => header.timestamp.0,
        };
        let sent = match (chunk_type, previous) {
            (3, Some(previous)) => Previous { header, ..previous },
            (0, _) => Previous {
                header,
                length,
                delta: (time == 0).then_some(0),
                extended: (time >= EXTENDED).then_some(time),
            },
            _ => Previous {
                header,
                length,
                delta: Some(time),
                extended: (time >= EXTENDED).then_some(time),
            },
        };
        self.streams.insert(id, sent);
        if chunk_type == 3 {
            return self.header_of_type_3(id);
        }
        self.basic_header(chunk_type, id);
        self.three_bytes(time.min(EXTENDED));
        if chunk_type < 2 {
            self.three_bytes(length as u32);
            self.out.push(header.message_type.0);
        }
        if chunk_type == 0 {
            self.out.extend(header.message_stream_id.to_le_bytes());
        }
        self.out
            .extend(sent.extended.map(u32::to_be_bytes).iter().flatten());
    }

    fn header_of_type_3(&mut self, id: ChunkStreamId) {
        self.basic_header(3, id);
        let previous = self.streams.get(&id);
        let extended = previous.and_then(|previous| previous.extended);
        let repeated = extended.filter(|_| self.chunking.repeats_extended);
        self.out
            .extend(repeated.map(u32::to_be_bytes).iter().flatten());
    }

    /// Section 5.3.1.1.
    fn basic_header(&mut self, chunk_type: u8, id: ChunkStreamId) {
        let first = chunk_type << 6;
        match id.get() {
            id @ ..64 => self.out.push(first | id as u8),
            id @ 64..320 => self.out.extend([first, (id - 64) as u8]),
            id => {
                let [low, high, ..] = (id - 64).to_le_bytes();
                self.out.extend([first | 1, low, high]);
            }
        }
    }

    fn three_bytes(&mut self, number: u32) {
        let [_, bytes @ ..] = number.to_be_bytes();
        self.out.extend(bytes);
    }
}
