//! Messages that are more work than they look, over and over: every kind of them that is known.

mod body;
mod wire;

use rtmp_chunk::MessageType;

use crate::kinds::Flood;

pub(crate) use self::wire::{LONGEST_MESSAGE, chunk_size, continued, message, message_header};

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
        // Behind a sequence header, as all media are.
        let media = |wave| Waves {
            opening: [
                chunk_size(LARGE_CHUNKS),
                video(stream, &body::sequence_header()),
            ]
            .concat(),
            wave,
        };
        let picture = |body: Vec<u8>| media(video(stream, &body));
        let units = |unit: Numbered| picture(body::units(LONGEST_MESSAGE, unit));
        let byte_stream = |unit: Numbered| picture(body::byte_stream(LONGEST_MESSAGE, unit));
        let metadata = |body: Vec<u8>| media(data(stream, &body));
        let aggregate = |message_type, message: Numbered| {
            let body = body::aggregate(LONGEST_MESSAGE, message_type, message);
            media(large(VIDEO, MessageType::AGGREGATE, stream, &body))
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
            Flood::TinyChunks => {
                let body = no_picture(message_length);
                Waves {
                    opening: chunk_size(1),
                    wave: wire::message(VIDEO, MessageType::VIDEO, stream, &body, 1),
                }
            }
            Flood::MixedTinyChunks => Waves {
                opening: chunk_size(1),
                wave: mixed_tiny_chunks(stream, message_length / 2),
            },
            Flood::FullHeaders => Waves {
                opening: chunk_size(1),
                wave: full_headers(stream, message_length),
            },
            Flood::TinyPictures => media(many(|number| video(stream, &tiny_picture(number)))),
            Flood::SequenceHeaders => media(many(|number| {
                let mut header = body::sequence_header();
                if let Some(byte) = header.iter_mut().rev().nth(1) {
                    *byte = number as u8;
                }
                video(stream, &header)
            })),
            Flood::Metadata => media(many(|number| data(stream, &body::small_metadata(number)))),
            Flood::ParameterSets => units(body::parameter_set),
            Flood::ParameterSetStream => byte_stream(body::parameter_set),
            Flood::StartCodes => byte_stream(body::nothing),
            Flood::StartCodesBehindLength => picture(body::byte_stream_behind_length(
                LONGEST_MESSAGE,
                body::nothing,
            )),
            Flood::EmptyUnits => units(body::nothing),
            Flood::Sei => units(body::sei),
            Flood::SeiMessages => picture(body::one_unit(LONGEST_MESSAGE, 6, &[5, 1, 0xAA])),
            Flood::LongSei => picture(body::one_unit(LONGEST_MESSAGE, 6, &[0xFF])),
            Flood::Delimiters => units(body::delimiter),
            Flood::Slices => units(body::slice),
            Flood::Pictures => units(body::picture),
            Flood::LongSequenceHeaders => {
                let headers = [1, 3].map(|mark| video(stream, &body::long_sequence_header(mark)));
                media(headers.concat())
            }
            Flood::MetadataText => metadata(body::metadata_of_text(LONGEST_MESSAGE, "a")),
            Flood::MetadataEscapes => metadata(body::metadata_of_text(LONGEST_MESSAGE, "\u{202E}")),
            Flood::MetadataProperties => metadata(body::metadata_of_properties(LONGEST_MESSAGE)),
            Flood::MetadataArray => metadata(body::metadata_of_an_array(LONGEST_MESSAGE)),
            Flood::DataNulls => metadata(body::nulls(LONGEST_MESSAGE)),
            Flood::AggregateOfNothing => aggregate(MessageType::VIDEO, body::nothing),
            Flood::AggregateOfParameterSets => aggregate(MessageType::VIDEO, |number| {
                body::units(21, |unit| {
                    body::parameter_set(number.wrapping_mul(3) + unit)
                })
            }),
            Flood::AggregateOfSei => {
                aggregate(MessageType::VIDEO, |_| body::units(5 + 9 * 4, body::sei))
            }
            Flood::AggregateOfPictures => aggregate(MessageType::VIDEO, tiny_picture),
            Flood::AggregateOfMetadata => aggregate(MessageType::DATA_AMF0, body::small_metadata),
        }
    }
}

/// Makes one of many, which are told from each other by their number.
type Numbered = fn(usize) -> Vec<u8>;

fn tiny_picture(number: usize) -> Vec<u8> {
    body::units(SMALL_PICTURE, |_| body::small_picture(number))
}

fn video(stream: u32, body: &[u8]) -> Vec<u8> {
    large(VIDEO, MessageType::VIDEO, stream, body)
}

fn data(stream: u32, body: &[u8]) -> Vec<u8> {
    large(DATA, MessageType::DATA_AMF0, stream, body)
}

/// A message in large chunks.
fn large(chunk_stream: u8, message_type: MessageType, stream: u32, body: &[u8]) -> Vec<u8> {
    let chunks = LARGE_CHUNKS as usize;
    wire::message(chunk_stream, message_type, stream, body, chunks)
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
    use clap::ValueEnum as _;
    use rtmp_chunk::{ChunkDecoder, DecoderLimits};

    use super::*;

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
