use core::mem;

use rtmp_payload::Payload;

use super::header::FlvHeader;
use super::tag::{FlvTag, FlvTagHeader, FlvTagType};
use crate::error::ParseError;

/// Reads an FLV file from bytes as they come.
///
/// Memory grows with the bytes of the tag that is being read, never with its declared size. A
/// PreviousTagSize that does not agree with the tag is counted and passed over, as all players
/// do.
///
/// ```
/// use flv_h264::flv::{FlvItem, FlvReader, FlvTagType};
///
/// let file = b"FLV\x01\x01\0\0\0\x09\0\0\0\0\x09\0\0\x02\0\0\x28\0\0\0\0\x17\x02\0\0\0\x0D";
/// let mut input = &file[..];
/// let mut reader = FlvReader::new();
/// let Some(FlvItem::Header(header)) = reader.read(&mut input)? else { panic!() };
/// assert!(header.has_video && !header.has_audio);
/// let Some(FlvItem::Tag(tag)) = reader.read(&mut input)? else { panic!() };
/// assert_eq!(tag.header.tag_type, FlvTagType::VIDEO);
/// assert_eq!(tag.header.timestamp_ms, 40);
/// assert_eq!(tag.body[..], [0x17, 0x02]);
/// assert_eq!(reader.read(&mut input)?, None);
/// assert!(reader.is_between_tags());
/// # Ok::<(), flv_h264::ParseError>(())
/// ```
#[derive(Debug)]
pub struct FlvReader {
    state: State,
    headroom: usize,
    /// Bytes taken so far.
    position: usize,
    mismatches: u64,
}

/// What an FLV file consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FlvItem {
    /// Once, at the beginning.
    Header(FlvHeader),
    /// Any number of tags.
    Tag(FlvTag),
}

#[derive(Debug)]
enum State {
    Header(Gathered<{ FlvHeader::LENGTH }>),
    LargerHeader {
        left: usize,
    },
    BackPointer {
        previous_tag_size: usize,
        gathered: Gathered<4>,
    },
    TagHeader(Gathered<{ FlvTagHeader::LENGTH }>),
    Body {
        header: FlvTagHeader,
        data_size: usize,
        body: Payload,
    },
}

/// The first bytes of a field of `N` bytes.
#[derive(Copy, Clone, Debug)]
struct Gathered<const N: usize> {
    bytes: [u8; N],
    count: usize,
}

impl FlvReader {
    /// At the beginning of a file.
    pub const fn new() -> Self {
        Self {
            state: State::Header(Gathered::NOTHING),
            headroom: 0,
            position: 0,
            mismatches: 0,
        }
    }

    /// Leaves free room in front of the body of video tags, for the parameter sets that
    /// [`AccessUnitBuilder`](crate::AccessUnitBuilder) puts there.
    #[must_use]
    pub const fn with_headroom(mut self, bytes: usize) -> Self {
        self.headroom = bytes;
        self
    }

    /// Takes bytes off `input` until there is an item; `None` when the input is used up.
    ///
    /// # Errors
    /// The file does not begin with an FLV header. All further reading then fails too.
    pub fn read(&mut self, input: &mut &[u8]) -> Result<Option<FlvItem>, ParseError> {
        let before = input.len();
        let item = self.next_item(input);
        let taken = before.saturating_sub(input.len());
        self.position = self.position.saturating_add(taken);
        item
    }

    /// Whether the file may end here: in front of a tag, with or without the last
    /// PreviousTagSize.
    pub const fn is_between_tags(&self) -> bool {
        match &self.state {
            State::BackPointer { gathered, .. } => gathered.count == 0,
            State::TagHeader(gathered) => gathered.count == 0,
            _ => false,
        }
    }

    /// Bytes taken so far.
    pub const fn position(&self) -> usize {
        self.position
    }

    /// How many PreviousTagSize fields did not agree with their tag.
    pub const fn mismatched_back_pointers(&self) -> u64 {
        self.mismatches
    }

    fn next_item(&mut self, input: &mut &[u8]) -> Result<Option<FlvItem>, ParseError> {
        loop {
            match &mut self.state {
                State::Header(gathered) => {
                    let Some(bytes) = gathered.gather(input) else {
                        return Ok(None);
                    };
                    let (header, left) = FlvHeader::parse(bytes)?;
                    self.state = State::LargerHeader { left };
                    return Ok(Some(FlvItem::Header(header)));
                }
                State::LargerHeader { left } => {
                    *left = left.saturating_sub(take_up_to(*left, input).len());
                    if *left > 0 {
                        return Ok(None);
                    }
                    self.state = State::back_pointer(0);
                }
                State::BackPointer {
                    previous_tag_size,
                    gathered,
                } => {
                    let Some(bytes) = gathered.gather(input) else {
                        return Ok(None);
                    };
                    if u32::from_be_bytes(bytes) as usize != *previous_tag_size {
                        self.mismatches = self.mismatches.saturating_add(1);
                    }
                    self.state = State::TagHeader(Gathered::NOTHING);
                }
                State::TagHeader(gathered) => {
                    let Some(bytes) = gathered.gather(input) else {
                        return Ok(None);
                    };
                    let (header, data_size) = FlvTagHeader::parse(bytes);
                    self.state = State::body(header, data_size, self.headroom, input.len());
                }
                State::Body {
                    header,
                    data_size,
                    body,
                } => {
                    let left = data_size.saturating_sub(body.len());
                    let bytes = take_up_to(left, input);
                    body.extend([bytes]);
                    if bytes.len() < left {
                        return Ok(None);
                    }
                    let tag = FlvTag::new(*header, mem::take(body));
                    self.state =
                        State::back_pointer(data_size.saturating_add(FlvTagHeader::LENGTH));
                    return Ok(Some(FlvItem::Tag(tag)));
                }
            }
        }
    }
}

impl Default for FlvReader {
    fn default() -> Self {
        Self::new()
    }
}

impl State {
    const fn back_pointer(previous_tag_size: usize) -> Self {
        Self::BackPointer {
            previous_tag_size,
            gathered: Gathered::NOTHING,
        }
    }

    /// A buffer for the body, no larger than what is there of it.
    fn body(header: FlvTagHeader, data_size: usize, headroom: usize, available: usize) -> Self {
        let headroom = match header.tag_type {
            FlvTagType::VIDEO => headroom,
            _ => 0,
        };
        Self::Body {
            header,
            data_size,
            body: Payload::with_headroom(headroom, data_size.min(available)),
        }
    }
}

impl<const N: usize> Gathered<N> {
    const NOTHING: Self = Self {
        bytes: [0; N],
        count: 0,
    };

    /// The whole field once its last byte has come.
    fn gather(&mut self, input: &mut &[u8]) -> Option<[u8; N]> {
        let missing = self.bytes.get_mut(self.count..).unwrap_or_default();
        let bytes = take_up_to(missing.len(), input);
        for (place, byte) in missing.iter_mut().zip(bytes) {
            *place = *byte;
        }
        self.count = self.count.saturating_add(bytes.len());
        (self.count == N).then_some(self.bytes)
    }
}

fn take_up_to<'a>(count: usize, input: &mut &'a [u8]) -> &'a [u8] {
    let (taken, left) = input
        .split_at_checked(count)
        .unwrap_or((*input, Default::default()));
    *input = left;
    taken
}
