mod budget;
mod carry;
mod chunk_stream;
mod error;

use alloc::vec::Vec;

use self::budget::Budget;
use self::carry::Carry;
use self::chunk_stream::ChunkStream;
pub use self::error::{DecodeError, DecodeErrorKind};
use super::header::{ChunkHeader, ChunkMessageHeader, EXTENDED_TYPE_0_LENGTH, EXTENSION_LENGTH};
use super::stream_table::StreamTable;
use super::{DecoderLimits, ExtendedTimestamps};
use crate::{ChunkSize, ControlError, Message, MessageType, ProtocolControl};

/// Puts messages together from chunks (RTMP 1.0 section 5.3).
///
/// Bytes go in as they come from the network, cut anywhere; the decoder keeps what is incomplete, so its caller has
/// nothing to keep. Each payload byte is copied once, into the buffer of its message. Set Chunk Size and Abort messages
/// are applied, and returned like all others.
///
/// ```
/// use rtmp_chunk::{ChunkDecoder, MessageType, Timestamp};
///
/// let mut decoder = ChunkDecoder::default();
/// // A window acknowledgement size of 2500000 on chunk stream 2, then the beginning of something else.
/// let mut input = &[2, 0, 0, 0, 0, 0, 4, 5, 0, 0, 0, 0, 0, 0x26, 0x25, 0xA0, 3, 0][..];
/// let message = decoder.decode(&mut input)?.expect("all of it is there");
/// assert_eq!(message.header.message_type, MessageType::WINDOW_ACKNOWLEDGEMENT_SIZE);
/// assert_eq!(message.header.timestamp, Timestamp(0));
/// assert_eq!(&message.payload[..], 2_500_000_u32.to_be_bytes());
/// assert_eq!(decoder.decode(&mut input)?, None);
/// assert!(input.is_empty());
/// # Ok::<(), rtmp_chunk::DecodeError>(())
/// ```
#[derive(Debug)]
pub struct ChunkDecoder {
    limits: DecoderLimits,
    headroom: Vec<(MessageType, usize)>,
    /// How the peer treats extended timestamps: as told, or as seen last.
    extended_timestamps: Option<ExtendedTimestamps>,
    detect_extended_timestamps: bool,
    chunk_size: ChunkSize,
    streams: StreamTable<ChunkStream>,
    state: State,
    carry: Carry,
    budget: Budget,
    consumed: u64,
    /// What messages that begin are remembered by, and what the latest message was remembered by.
    mark: u64,
    message_mark: u64,
    failed: Option<DecodeError>,
}

/// What comes next.
#[derive(Clone, Copy, Debug)]
enum State {
    /// A chunk header.
    Header,
    /// The extended timestamp of a type 3 chunk, or the data if it has none. So many bytes looked like one so far.
    ExtendedTimestamp { stream: usize, matched: usize },
    /// Chunk data, so many bytes of it.
    Data { stream: usize, remaining: usize },
}

/// What a step has led to.
enum Progress {
    /// The next step can be taken.
    Going,
    /// The input is used up.
    Starved,
    /// All of a message has come.
    Complete { stream: usize },
}

type Step = Result<Progress, DecodeErrorKind>;

impl ChunkDecoder {
    /// A decoder at the beginning of a connection, after the handshake: chunks of up to 128 bytes.
    #[must_use]
    pub const fn new(limits: DecoderLimits) -> Self {
        Self {
            limits,
            headroom: Vec::new(),
            extended_timestamps: None,
            detect_extended_timestamps: true,
            chunk_size: ChunkSize::DEFAULT,
            streams: StreamTable::new(),
            state: State::Header,
            carry: Carry::EMPTY,
            budget: Budget::new(limits.buffered_bytes),
            consumed: 0,
            mark: 0,
            message_mark: 0,
            failed: None,
        }
    }

    /// Leaves `bytes` of free room in front of the payload of every message of this type that is not empty.
    #[must_use]
    pub fn with_headroom(mut self, message_type: MessageType, bytes: usize) -> Self {
        self.headroom.retain(|(other, _)| *other != message_type);
        self.headroom.push((message_type, bytes));
        self
    }

    /// Tells how the peer treats extended timestamps, instead of finding it out chunk by chunk.
    #[must_use]
    pub const fn with_extended_timestamps(
        mut self,
        extended_timestamps: ExtendedTimestamps,
    ) -> Self {
        self.extended_timestamps = Some(extended_timestamps);
        self.detect_extended_timestamps = false;
        self
    }

    /// Changes what the peer may send from the next message on. Messages and chunk streams that have begun go on. But if
    /// [media are passed over](DecoderLimits::pass_over_media), all are that are under way.
    pub fn set_limits(&mut self, limits: DecoderLimits) {
        self.limits = limits;
        self.budget.set_limit(limits.buffered_bytes);
        if limits.pass_over_media {
            for stream in self.streams.iter_mut() {
                stream.pass_over(&self.limits, &mut self.budget);
            }
        }
    }

    /// The maximum length of the peer's chunks in bytes.
    #[must_use]
    pub const fn chunk_size(&self) -> u32 {
        self.chunk_size.get()
    }

    /// A number that every message is remembered by which begins with the bytes that come next: the time, in whatever
    /// unit, or where they come from.
    pub const fn set_mark(&mut self, mark: u64) {
        self.mark = mark;
    }

    /// The [mark](Self::set_mark) that was set when the message began that was returned last.
    #[must_use]
    pub const fn message_mark(&self) -> u64 {
        self.message_mark
    }

    /// How many bytes of unfinished messages are held, headroom included.
    #[must_use]
    pub fn buffered_bytes(&self) -> usize {
        self.budget.held()
    }

    /// Takes bytes off the front of `input` until a message is complete. `None`: all of `input` has been taken, and more
    /// is needed.
    ///
    /// # Errors
    /// [`DecodeError`] if the bytes are no chunk stream or exceed the limits. Every later call returns the same error.
    pub fn decode(&mut self, input: &mut &[u8]) -> Result<Option<Message>, DecodeError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let before = input.len();
        let complete = self.complete_message(input);
        let taken = before.saturating_sub(input.len());
        self.consumed = self.consumed.saturating_add(taken as u64);
        match complete {
            Ok(Some(stream)) => Ok(self.take_message(stream)),
            Ok(None) => Ok(None),
            Err(kind) => Err(self.fail(kind)),
        }
    }

    #[cold]
    fn fail(&mut self, kind: DecodeErrorKind) -> DecodeError {
        let carried = self.carry.as_slice().len();
        let offset = self.consumed.saturating_sub(carried as u64);
        self.state = State::Header;
        *self.failed.insert(DecodeError { kind, offset })
    }

    /// Takes input until all of a message has come, and returns the position of its chunk stream.
    #[inline]
    fn complete_message(&mut self, input: &mut &[u8]) -> Result<Option<usize>, DecodeErrorKind> {
        loop {
            let progress = if self.carry.is_empty() {
                self.step(input)?
            } else {
                self.step_with_carry(input)?
            };
            match progress {
                Progress::Going => {}
                Progress::Starved => return Ok(None),
                Progress::Complete { stream } => return Ok(Some(stream)),
            }
        }
    }

    #[inline]
    fn step(&mut self, input: &mut &[u8]) -> Step {
        match self.state {
            State::Header => self.read_header(input),
            State::ExtendedTimestamp { stream, matched } => {
                self.read_extended_timestamp(stream, matched, input)
            }
            State::Data { stream, remaining } => self.read_data(stream, remaining, input),
        }
    }

    /// A step on the bytes that were taken earlier and come before those in `input`.
    #[cold]
    fn step_with_carry(&mut self, input: &mut &[u8]) -> Step {
        if let State::Header = self.state {
            return self.complete_header(input);
        }
        let carried = core::mem::replace(&mut self.carry, Carry::EMPTY);
        let mut rest = carried.as_slice();
        let step = self.step(&mut rest);
        self.carry.push(rest);
        match step? {
            Progress::Starved => Ok(Progress::Going),
            progress => Ok(progress),
        }
    }

    #[inline]
    fn read_header(&mut self, input: &mut &[u8]) -> Step {
        match ChunkHeader::parse(input) {
            Some((mut header, mut length)) => {
                self.mend_extension(&mut header, &mut length);
                *input = input.get(length..).unwrap_or_default();
                self.begin_chunk(&header)?;
                match self.state {
                    State::Data { stream, remaining } => self.read_data(stream, remaining, input),
                    _ => Ok(Progress::Going),
                }
            }
            None => {
                self.carry.push(input);
                *input = &[];
                Ok(Progress::Starved)
            }
        }
    }

    /// Reads a header whose first bytes were taken earlier.
    fn complete_header(&mut self, input: &mut &[u8]) -> Step {
        if let Some((mut header, mut length)) = ChunkHeader::parse(self.carry.as_slice()) {
            self.mend_extension(&mut header, &mut length);
            self.carry.drop_front(length);
            self.begin_chunk(&header)?;
            return Ok(Progress::Going);
        }
        match input.split_first() {
            Some((byte, rest)) => {
                self.carry.push(&[*byte]);
                *input = rest;
                Ok(Progress::Going)
            }
            None => Ok(Progress::Starved),
        }
    }

    /// Many senders leave the extended timestamp out at the very value that announces it: they extend what is greater.
    /// Then the header has none, and is as much shorter.
    #[inline]
    fn mend_extension(&self, header: &mut ChunkHeader, length: &mut usize) {
        if *length >= EXTENDED_TYPE_0_LENGTH {
            self.remove_false_extension(header, length);
        }
    }

    #[cold]
    fn remove_false_extension(&self, header: &mut ChunkHeader, length: &mut usize) {
        let position = self.streams.position(header.chunk_stream_id);
        let stream = position.and_then(|position| self.streams.get(position));
        if stream.is_some_and(|stream| stream.lacks_extension(&header.message)) {
            header.message.remove_extension();
            *length = length.saturating_sub(EXTENSION_LENGTH);
        }
    }

    fn begin_chunk(&mut self, header: &ChunkHeader) -> Result<(), DecodeErrorKind> {
        let stream = self.chunk_stream_for(header)?;
        let Some(chunk_stream) = self.streams.get_mut(stream) else {
            return Ok(());
        };
        let starts_message = !chunk_stream.in_message();
        chunk_stream.apply(&header.message)?;

        if starts_message {
            let length = chunk_stream.length();
            let headroom = if length == 0 {
                0
            } else {
                headroom_for(&self.headroom, chunk_stream.message_type())
            };
            chunk_stream.expect_data(headroom, self.mark);
            if length as usize > self.limits.message_bytes
                && !chunk_stream.pass_over(&self.limits, &mut self.budget)
            {
                return Err(DecodeErrorKind::MessageTooLong { length });
            }
        }

        let type_3 = matches!(header.message, ChunkMessageHeader::Type3);
        if type_3 && chunk_stream.extended_timestamp().is_some() {
            self.state = State::ExtendedTimestamp { stream, matched: 0 };
            Ok(())
        } else {
            self.begin_data(stream)
        }
    }

    /// The position of the chunk stream that a header speaks of, which may be a fresh one.
    fn chunk_stream_for(&mut self, header: &ChunkHeader) -> Result<usize, DecodeErrorKind> {
        let id = header.chunk_stream_id;
        if let Some(position) = self.streams.position(id) {
            return Ok(position);
        }
        // "Type 0 MUST be used at the start of a chunk stream" (section 5.3.1.2.1), but librtmp begins with type 1.
        if let ChunkMessageHeader::Type2 { .. } | ChunkMessageHeader::Type3 = header.message {
            let chunk_type = header.message.format();
            return Err(DecodeErrorKind::NoEarlierMessage {
                chunk_stream_id: id,
                chunk_type,
            });
        }
        if self.streams.len() >= self.limits.chunk_streams {
            return Err(DecodeErrorKind::TooManyChunkStreams);
        }
        Ok(self.streams.insert(id, ChunkStream::new(id)))
    }

    /// Reads the extended timestamp of a type 3 chunk if it has one.
    ///
    /// Not all senders repeat it there. It is taken for one if the next four bytes equal the last one, and the first
    /// byte that differs decides. If the data of the chunk are fewer than four bytes and begin like the timestamp, the
    /// bytes that would decide may never come: then the peer is taken to do as it did before, or else as the standard
    /// says.
    fn read_extended_timestamp(
        &mut self,
        stream: usize,
        mut matched: usize,
        input: &mut &[u8],
    ) -> Step {
        let Some(chunk_stream) = self.streams.get(stream) else {
            return Ok(Progress::Starved);
        };
        let expected = chunk_stream
            .extended_timestamp()
            .unwrap_or_default()
            .to_be_bytes();
        let data = chunk_stream.missing().min(self.chunk_size.get() as usize);
        let omitted_before = self.extended_timestamps == Some(ExtendedTimestamps::Never);

        let found = loop {
            let Some(expected) = expected.get(matched) else {
                break ExtendedTimestamps::Always;
            };
            if omitted_before && (matched >= data || !self.detect_extended_timestamps) {
                break ExtendedTimestamps::Never;
            }
            let Some((byte, rest)) = input.split_first() else {
                self.state = State::ExtendedTimestamp { stream, matched };
                return Ok(Progress::Starved);
            };
            if byte != expected && self.detect_extended_timestamps {
                break ExtendedTimestamps::Never;
            }
            *input = rest;
            matched = matched.saturating_add(1);
        };

        self.extended_timestamps = Some(found);
        if found == ExtendedTimestamps::Never {
            self.carry.push(expected.get(..matched).unwrap_or_default());
        }
        self.begin_data(stream)?;
        Ok(Progress::Going)
    }

    fn begin_data(&mut self, stream: usize) -> Result<(), DecodeErrorKind> {
        let Some(chunk_stream) = self.streams.get_mut(stream) else {
            return Ok(());
        };
        let remaining = chunk_stream.missing().min(self.chunk_size.get() as usize);
        if !self
            .budget
            .admits(chunk_stream.headroom_to_come().saturating_add(remaining))
            && !chunk_stream.pass_over(&self.limits, &mut self.budget)
        {
            return Err(DecodeErrorKind::BufferFull);
        }
        self.state = State::Data { stream, remaining };
        Ok(())
    }

    fn read_data(&mut self, stream: usize, mut remaining: usize, input: &mut &[u8]) -> Step {
        let Some(chunk_stream) = self.streams.get_mut(stream) else {
            return Ok(Progress::Starved);
        };
        let repeats = self.extended_timestamps == Some(ExtendedTimestamps::Always);
        loop {
            let available = input.len();
            let (data, rest) = input.split_at(remaining.min(available));
            chunk_stream.append(data, available, &mut self.budget);
            *input = rest;
            remaining = remaining.saturating_sub(data.len());
            if remaining > 0 {
                self.state = State::Data { stream, remaining };
                return Ok(Progress::Starved);
            }

            let missing = chunk_stream.missing();
            if missing == 0 {
                self.state = State::Header;
                return self.complete(stream);
            }

            // Nearly always the next chunk goes on with the same message.
            match chunk_stream.strip_continuation(input, repeats) {
                Some(rest) => *input = rest,
                None => {
                    self.state = State::Header;
                    return Ok(Progress::Going);
                }
            }
            remaining = missing.min(self.chunk_size.get() as usize);
            if !self.budget.admits(remaining)
                && !chunk_stream.pass_over(&self.limits, &mut self.budget)
            {
                return Err(DecodeErrorKind::BufferFull);
            }
        }
    }

    /// All of a message has come. "Protocol control messages take effect as soon as they are received" (section 5.4).
    fn complete(&mut self, stream: usize) -> Step {
        let message_type = self.streams.get(stream).map(ChunkStream::message_type);
        if let Some(MessageType::SET_CHUNK_SIZE | MessageType::ABORT) = message_type {
            self.apply_control(stream)
                .map_err(DecodeErrorKind::Control)?;
        }
        Ok(Progress::Complete { stream })
    }

    #[cold]
    fn apply_control(&mut self, stream: usize) -> Result<(), ControlError> {
        let Some(control) = self.streams.get(stream) else {
            return Ok(());
        };
        match ProtocolControl::parse(control.message_type(), control.received())? {
            Some(ProtocolControl::SetChunkSize(size)) => self.chunk_size = size,
            Some(ProtocolControl::Abort(id)) => {
                let aborted = self.streams.position(id).filter(|other| *other != stream);
                if let Some(aborted) = aborted.and_then(|position| self.streams.get_mut(position)) {
                    aborted.abort(&mut self.budget);
                }
            }
            _ => {}
        }
        Ok(())
    }

    #[inline]
    fn take_message(&mut self, stream: usize) -> Option<Message> {
        let (message, mark) = self.streams.get_mut(stream)?.finish(&mut self.budget)?;
        self.message_mark = mark;
        Some(message)
    }
}

impl Default for ChunkDecoder {
    fn default() -> Self {
        Self::new(DecoderLimits::default())
    }
}

fn headroom_for(headroom: &[(MessageType, usize)], message_type: MessageType) -> usize {
    headroom
        .iter()
        .find(|(other, _)| *other == message_type)
        .map_or(0, |(_, bytes)| *bytes)
}
