//! Messages that are more work than they look, over and over: every kind of them that is known.

mod body;
mod wire;

use std::fmt;

use clap::ValueEnum;
use rtmp_chunk::MessageType;

pub(crate) use self::wire::{chunk_size, continued, message, message_header};

/// A kind of message to flood with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Flood {
    /// Acknowledgements, five bytes each.
    Acknowledgements,
    /// Ping Requests, each of which is answered.
    Pings,
    /// Set Chunk Size.
    ChunkSizes,
    /// Set Peer Bandwidth, each with another window, which is answered.
    PeerBandwidths,
    /// Commands that nobody knows, each of which is answered.
    Commands,
    /// Messages of no bytes: one byte each.
    EmptyMessages,
    /// Messages of one byte: two bytes each.
    ByteMessages,
    /// A long message in chunks of one byte.
    TinyChunks,
    /// Two long messages in chunks of one byte that take turns.
    MixedTinyChunks,
    /// A long message in chunks of one byte, each with a full header.
    FullHeaders,
    /// Pictures of ten bytes.
    TinyPictures,
    /// Sequence headers of which each is another one.
    SequenceHeaders,
    /// Metadata of which each is another one.
    Metadata,
    /// 16 MiB of parameter sets.
    ParameterSets,
    /// 16 MiB of parameter sets with start codes.
    ParameterSetStream,
    /// 16 MiB of start codes.
    StartCodes,
    /// 16 MiB of start codes behind a length.
    StartCodesBehindLength,
    /// 16 MiB of NAL units without a byte.
    EmptyUnits,
    /// 16 MiB of supplemental enhancement information.
    Sei,
    /// 16 MiB of supplemental enhancement information in one unit.
    SeiMessages,
    /// 16 MiB of one piece of supplemental enhancement information that does not end.
    LongSei,
    /// 16 MiB of access unit delimiters.
    Delimiters,
    /// 16 MiB of slices.
    Slices,
    /// 16 MiB of pictures in one message.
    Pictures,
    /// Sequence headers of 16 MiB.
    LongSequenceHeaders,
    /// Metadata with an encoder of 16 MiB.
    MetadataText,
    /// The same of characters that are escaped.
    MetadataEscapes,
    /// Metadata with 16 MiB of tiny properties.
    MetadataProperties,
    /// Metadata with an array of 16 MiB.
    MetadataArray,
    /// 16 MiB of values in front of no metadata.
    DataNulls,
    /// Aggregates of empty messages.
    AggregateOfNothing,
    /// Aggregates of parameter sets.
    AggregateOfParameterSets,
    /// Aggregates of supplemental enhancement information.
    AggregateOfSei,
    /// Aggregates of pictures of ten bytes.
    AggregateOfPictures,
    /// Aggregates of metadata.
    AggregateOfMetadata,
}

/// What a flood consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    /// Messages that carry nothing.
    Control,
    /// Chunks of one byte.
    Chunks,
    /// Small messages of media.
    Small,
    /// NAL units, 16 MiB of them in a message.
    Units,
    /// Metadata of 16 MiB.
    Metadata,
    /// Aggregates of 16 MiB.
    Aggregates,
}

/// The bytes of a flood.
#[derive(Debug, Clone)]
pub(crate) struct Waves {
    /// Comes once.
    pub(crate) opening: Vec<u8>,
    /// Comes over and over.
    pub(crate) wave: Vec<u8>,
}

const CONTROL: u8 = 2;
const COMMAND: u8 = 3;
const VIDEO: u8 = 6;
const OTHER_VIDEO: u8 = 7;
const DATA: u8 = 5;
const LARGE_CHUNKS: u32 = 65_536;
/// A wave of small messages.
const SMALL_WAVE: usize = 256 * 1024;
/// What may be sent by whoever has not published.
const UNPUBLISHED_MESSAGE: usize = 100_000;
const MESSAGE: usize = 1 << 20;
/// Five bytes of header, a length, and a picture.
const SMALL_PICTURE: usize = 5 + 4 + 10;

impl Flood {
    /// What it floods with.
    pub(crate) fn group(self) -> Group {
        let number = self as usize;
        let last = [
            (Flood::ByteMessages, Group::Control),
            (Flood::FullHeaders, Group::Chunks),
            (Flood::Metadata, Group::Small),
            (Flood::LongSequenceHeaders, Group::Units),
            (Flood::DataNulls, Group::Metadata),
        ];
        last.into_iter()
            .find(|(last, _)| number <= *last as usize)
            .map_or(Group::Aggregates, |(_, group)| group)
    }

    /// Whether it can be sent without a publish.
    pub(crate) fn is_for_anybody(self) -> bool {
        matches!(self.group(), Group::Control | Group::Chunks)
    }

    /// Whether there are pictures among it that are delivered.
    pub(crate) fn brings_pictures(self) -> bool {
        matches!(
            self,
            Flood::TinyPictures | Flood::Pictures | Flood::AggregateOfPictures
        )
    }

    /// Whether a message is as long as can be.
    pub(crate) fn is_large(self) -> bool {
        !self.is_for_anybody() && self.group() != Group::Small
    }

    /// Its bytes, on a message stream that is published; 0 without a publish.
    pub(crate) fn waves(self, message_stream_id: u32) -> Waves {
        let stream = message_stream_id;
        let message_length = if stream == 0 {
            UNPUBLISHED_MESSAGE
        } else {
            MESSAGE
        };
        let control = |message_type, body: &[u8]| Waves {
            opening: wire::message(CONTROL, message_type, 0, body, body.len()),
            wave: repeat(&[&[continued(CONTROL)], body].concat()),
        };
        match self {
            Flood::Acknowledgements => control(MessageType::ACKNOWLEDGEMENT, &[0, 0, 1, 0]),
            Flood::Pings => control(MessageType::USER_CONTROL, &[0, 6, 0, 0, 0, 1]),
            Flood::ChunkSizes => control(MessageType::SET_CHUNK_SIZE, &[0, 1, 0, 0]),
            Flood::PeerBandwidths => {
                let next = |window| [&[continued(CONTROL)][..], &[0, 1, 0, window, 2]].concat();
                Waves {
                    wave: repeat(&[next(1), next(2)].concat()),
                    ..control(MessageType::SET_PEER_BANDWIDTH, &[0, 1, 0, 0, 2])
                }
            }
            Flood::Commands => {
                // A name of a byte, and a transaction id of 2 (RTMP 1.0 section 7.1.1).
                let body = [2, 0, 1, b'x', 0, 0x40, 0, 0, 0, 0, 0, 0, 0];
                Waves {
                    opening: wire::message(COMMAND, MessageType::COMMAND_AMF0, 0, &body, 128),
                    wave: repeat(&[&[continued(COMMAND)][..], &body].concat()),
                }
            }
            Flood::EmptyMessages => Waves {
                opening: wire::message(VIDEO, MessageType::VIDEO, stream, &[], 128),
                wave: repeat(&[continued(VIDEO)]),
            },
            Flood::ByteMessages => Waves {
                opening: wire::message(VIDEO, MessageType::VIDEO, stream, &[0x17], 128),
                wave: repeat(&[continued(VIDEO), 0x17]),
            },
            Flood::TinyChunks => Waves {
                opening: chunk_size(1),
                wave: wire::message(
                    VIDEO,
                    MessageType::VIDEO,
                    stream,
                    &no_picture(message_length),
                    1,
                ),
            },
            Flood::MixedTinyChunks => Waves {
                opening: chunk_size(1),
                wave: mixed_tiny_chunks(stream, message_length / 2),
            },
            Flood::FullHeaders => Waves {
                opening: chunk_size(1),
                wave: full_headers(stream, message_length),
            },
            Flood::TinyPictures => self.video(
                stream,
                many(|number| {
                    video(
                        stream,
                        &body::units(SMALL_PICTURE, |_| body::small_picture(number)),
                    )
                }),
            ),
            Flood::SequenceHeaders => self.video(
                stream,
                many(|number| {
                    let mut header = body::sequence_header();
                    if let Some(byte) = header.iter_mut().rev().nth(1) {
                        *byte = number as u8;
                    }
                    video(stream, &header)
                }),
            ),
            Flood::Metadata => self.video(
                stream,
                many(|number| data(stream, &body::small_metadata(number))),
            ),
            Flood::ParameterSets => {
                self.picture(stream, &body::units(body::LONGEST, body::parameter_set))
            }
            Flood::ParameterSetStream => self.picture(
                stream,
                &body::byte_stream(body::LONGEST, body::parameter_set),
            ),
            Flood::StartCodes => {
                self.picture(stream, &body::byte_stream(body::LONGEST, body::nothing))
            }
            Flood::StartCodesBehindLength => self.picture(
                stream,
                &body::byte_stream_behind_length(body::LONGEST, body::nothing),
            ),
            Flood::EmptyUnits => self.picture(stream, &body::units(body::LONGEST, body::nothing)),
            Flood::Sei => self.picture(stream, &body::units(body::LONGEST, body::sei)),
            Flood::SeiMessages => {
                self.picture(stream, &body::one_unit(body::LONGEST, 6, &[5, 1, 0xAA]))
            }
            Flood::LongSei => self.picture(stream, &body::one_unit(body::LONGEST, 6, &[0xFF])),
            Flood::Delimiters => self.picture(stream, &body::units(body::LONGEST, body::delimiter)),
            Flood::Slices => self.picture(stream, &body::units(body::LONGEST, body::slice)),
            Flood::Pictures => self.picture(stream, &body::units(body::LONGEST, body::picture)),
            Flood::LongSequenceHeaders => {
                let headers = [1, 3].map(|mark| video(stream, &body::long_sequence_header(mark)));
                self.video(stream, headers.concat())
            }
            Flood::MetadataText => {
                self.metadata(stream, &body::metadata_of_text(body::LONGEST, "a"))
            }
            Flood::MetadataEscapes => {
                self.metadata(stream, &body::metadata_of_text(body::LONGEST, "\u{202E}"))
            }
            Flood::MetadataProperties => {
                self.metadata(stream, &body::metadata_of_properties(body::LONGEST))
            }
            Flood::MetadataArray => {
                self.metadata(stream, &body::metadata_of_an_array(body::LONGEST))
            }
            Flood::DataNulls => self.metadata(stream, &body::nulls(body::LONGEST)),
            Flood::AggregateOfNothing => self.aggregate(stream, MessageType::VIDEO, body::nothing),
            Flood::AggregateOfParameterSets => {
                self.aggregate(stream, MessageType::VIDEO, |number| {
                    body::units(21, |unit| {
                        body::parameter_set(number.wrapping_mul(3) + unit)
                    })
                })
            }
            Flood::AggregateOfSei => self.aggregate(stream, MessageType::VIDEO, |_| {
                body::units(5 + 9 * 4, body::sei)
            }),
            Flood::AggregateOfPictures => self.aggregate(stream, MessageType::VIDEO, |number| {
                body::units(SMALL_PICTURE, |_| body::small_picture(number))
            }),
            Flood::AggregateOfMetadata => {
                self.aggregate(stream, MessageType::DATA_AMF0, body::small_metadata)
            }
        }
    }

    fn picture(self, stream: u32, body: &[u8]) -> Waves {
        self.video(stream, video(stream, body))
    }

    fn metadata(self, stream: u32, body: &[u8]) -> Waves {
        self.video(stream, data(stream, body))
    }

    fn aggregate(
        self,
        stream: u32,
        message_type: MessageType,
        message: impl Fn(usize) -> Vec<u8>,
    ) -> Waves {
        let body = body::aggregate(body::LONGEST, message_type, message);
        let chunks = LARGE_CHUNKS as usize;
        let wave = wire::message(VIDEO, MessageType::AGGREGATE, stream, &body, chunks);
        self.video(stream, wave)
    }

    /// Waves that follow on a good sequence header.
    fn video(self, stream: u32, wave: Vec<u8>) -> Waves {
        let header = video(stream, &body::sequence_header());
        Waves {
            opening: [chunk_size(LARGE_CHUNKS), header].concat(),
            wave,
        }
    }
}

impl fmt::Display for Flood {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_possible_value() {
            Some(value) => f.pad(value.get_name()),
            None => Ok(()),
        }
    }
}

fn video(stream: u32, body: &[u8]) -> Vec<u8> {
    wire::message(
        VIDEO,
        MessageType::VIDEO,
        stream,
        body,
        LARGE_CHUNKS as usize,
    )
}

fn data(stream: u32, body: &[u8]) -> Vec<u8> {
    wire::message(
        DATA,
        MessageType::DATA_AMF0,
        stream,
        body,
        LARGE_CHUNKS as usize,
    )
}

/// So many of them that they are a wave.
fn repeat(bytes: &[u8]) -> Vec<u8> {
    bytes.repeat(SMALL_WAVE / bytes.len())
}

fn many(message: impl Fn(usize) -> Vec<u8>) -> Vec<u8> {
    let mut wave = Vec::with_capacity(SMALL_WAVE);
    for number in 0.. {
        if wave.len() >= SMALL_WAVE {
            break;
        }
        wave.extend(message(number));
    }
    wave
}

/// FLV E.4.3.1: frame type 5, which is no picture, of AVC.
fn no_picture(length: usize) -> Vec<u8> {
    let mut body = vec![0; length];
    body[0] = 0x57;
    body
}

/// Two messages of `length` bytes, a chunk of one byte of each in turn.
fn mixed_tiny_chunks(stream: u32, length: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for chunk_stream in [VIDEO, OTHER_VIDEO] {
        bytes.push(chunk_stream);
        bytes.extend(message_header(length as u32, MessageType::VIDEO, stream));
        bytes.push(0x57);
    }
    let turn = [continued(VIDEO), 0, continued(OTHER_VIDEO), 0];
    bytes.extend(turn.repeat(length - 1));
    bytes
}

/// A message of `length` bytes in chunks of type 0 of one byte.
fn full_headers(stream: u32, length: usize) -> Vec<u8> {
    let mut chunk = vec![VIDEO];
    chunk.extend(message_header(length as u32, MessageType::VIDEO, stream));
    chunk.push(0x57);
    chunk.repeat(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rtmp_chunk::{ChunkDecoder, DecoderLimits};

    #[test]
    fn floods_are_chunk_streams_that_can_go_on_for_ever() {
        for flood in Flood::value_variants() {
            let mut streams = vec![7];
            streams.extend(flood.is_for_anybody().then_some(0));
            for stream in streams {
                let Waves { opening, wave } = flood.waves(stream);
                let mut decoder = ChunkDecoder::new(DecoderLimits::default());
                let mut messages = [0; 3];
                for (bytes, messages) in [&opening, &wave, &wave].into_iter().zip(&mut messages) {
                    let mut input = &bytes[..];
                    while let Some(message) = decoder.decode(&mut input).expect("chunks") {
                        let length = message.payload.len();
                        assert!(length <= if stream == 0 { 128 << 10 } else { 16 << 20 });
                        *messages += 1;
                    }
                }
                assert!(messages[1] > 0, "{flood}");
                assert_eq!(messages[1], messages[2], "{flood}");
                assert_eq!(decoder.buffered_bytes(), 0, "{flood}");
            }
        }
    }

    #[test]
    fn large_messages_are_as_long_as_can_be() {
        for flood in Flood::value_variants() {
            let wave = flood.waves(1).wave.len();
            assert_eq!(wave > 15 << 20, flood.is_large(), "{flood}: {wave}");
        }
    }
}
