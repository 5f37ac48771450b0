//! Two seconds of video over and over, as a chunk stream that comes in pieces of 64 KiB.

use std::hint::black_box;

use bytes::{Bytes, BytesMut};
use codec_bench::race::{Contender, Outcome, race};
use codec_bench::recording::{Message, Tally, chunk_stream, messages};
use codec_bench::report::{Bar, Column, Unit, bars, table};
use rml_rtmp::chunk_io::{ChunkDeserializer, ChunkSerializer};
use rml_rtmp::messages::MessagePayload;
use rml_rtmp::time::RtmpTimestamp;
use rtmp_chunk::{ChunkDecoder, ChunkEncoder};
use scuffle_rtmp::chunk::Chunk;
use scuffle_rtmp::chunk::reader::ChunkReader;
use scuffle_rtmp::chunk::writer::ChunkWriter;
use shiguredo_rtmp::ErrorKind;
use shiguredo_rtmp::tests::{
    RtmpChunk, RtmpChunkDecoder, RtmpChunkEncoder, RtmpChunkSize, RtmpChunkStreamId,
    RtmpMessageStreamId, RtmpMessageType,
};

/// How large a chunk stream is made: larger than the caches.
const STREAM_BYTES: usize = 32 << 20;
const CHUNK_SIZES: [u32; 3] = [128, 4096, 65536];
/// What a socket gives at a time.
const PIECE: usize = 64 * 1024;

const OURS: &str = "rtmp-chunk";
const MEMCPY: &str = "memcpy";

pub fn run() {
    let messages = messages(STREAM_BYTES);
    let columns = |outcomes: fn(&[Message], &[u8], u32) -> Vec<Outcome>| {
        CHUNK_SIZES.map(|chunk_size| {
            let stream = chunk_stream(&messages, chunk_size);
            Column {
                title: format!("chunks of {chunk_size}"),
                bytes: stream.len(),
                outcomes: outcomes(&messages, &stream, chunk_size),
            }
        })
    };

    let decode = columns(decode);
    table(
        "Chunk stream, decoding, GB/s",
        Unit::GigabytesPerSecond,
        &decode,
    );
    let [of_128, of_4096, of_65536] = &decode;
    let promise = |column, times, than| Bar {
        column,
        ours: OURS,
        times,
        than,
    };
    bars(
        "Chunk stream, decoding",
        &[
            promise(of_128, 2.5, None),
            promise(of_4096, 1.3, None),
            promise(of_4096, 0.9, Some(MEMCPY)),
            promise(of_65536, 1.0, None),
        ],
    );

    let encode = columns(encode);
    table(
        "Chunk stream, encoding, GB/s",
        Unit::GigabytesPerSecond,
        &encode,
    );
}

fn decode(messages: &[Message], stream: &[u8], chunk_size: u32) -> Vec<Outcome> {
    let expected = Tally::of(messages);
    let mut target = vec![0; stream.len()];
    let decoder = |decode: fn(&[u8], u32) -> Option<Tally>| {
        move || decode(black_box(stream), chunk_size) == Some(expected)
    };
    race(vec![
        Contender::baseline(MEMCPY, || {
            let pieces = black_box(stream).chunks(PIECE);
            for (piece, target) in pieces.zip(target.chunks_mut(PIECE)) {
                target.copy_from_slice(piece);
            }
            black_box(&target).len() == stream.len()
        }),
        Contender::ours(OURS, decoder(decode_ours)),
        Contender::peer("scuffle-rtmp", decoder(decode_scuffle)),
        Contender::peer("rml_rtmp", decoder(decode_rml)),
        Contender::peer("rtmp-rs", decoder(decode_rtmp_rs)),
        Contender::peer("rtmp-runtime", decoder(decode_runtime)),
        Contender::peer("shiguredo_rtmp", decoder(decode_shiguredo)),
        #[cfg(feature = "xiu")]
        Contender::peer("rtmp (xiu)", decoder(decode_xiu)),
    ])
}

fn decode_ours(stream: &[u8], chunk_size: u32) -> Option<Tally> {
    let mut decoder = ChunkDecoder::default();
    let set_chunk_size = [
        &[2, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0][..],
        &chunk_size.to_be_bytes(),
    ];
    decoder.decode(&mut &set_chunk_size.concat()[..]).ok()??;

    let mut tally = Tally::default();
    for mut piece in stream.chunks(PIECE) {
        while let Some(message) = decoder.decode(&mut piece).ok()? {
            tally.add(&message.payload);
        }
    }
    Some(tally)
}

fn decode_scuffle(stream: &[u8], chunk_size: u32) -> Option<Tally> {
    let mut reader = ChunkReader::default();
    if !reader.update_max_chunk_size(chunk_size as usize) {
        return None;
    }

    let mut tally = Tally::default();
    let mut buffer = BytesMut::new();
    for piece in stream.chunks(PIECE) {
        buffer.extend_from_slice(piece);
        while let Some(chunk) = reader.read_chunk(&mut buffer).ok()? {
            tally.add(&chunk.payload);
        }
    }
    Some(tally)
}

fn decode_rml(stream: &[u8], chunk_size: u32) -> Option<Tally> {
    let mut deserializer = ChunkDeserializer::new();
    deserializer.set_max_chunk_size(chunk_size as usize).ok()?;

    let mut tally = Tally::default();
    for mut piece in stream.chunks(PIECE) {
        while let Some(message) = deserializer.get_next_message(piece).ok()? {
            tally.add(&message.data);
            piece = &[];
        }
    }
    Some(tally)
}

fn decode_rtmp_rs(stream: &[u8], chunk_size: u32) -> Option<Tally> {
    let mut decoder = rtmp_rs::protocol::ChunkDecoder::new();
    decoder.set_chunk_size(chunk_size);

    let mut tally = Tally::default();
    let mut buffer = BytesMut::new();
    for piece in stream.chunks(PIECE) {
        buffer.extend_from_slice(piece);
        loop {
            // Nothing comes of a chunk in the middle of a message, nor of one that is not there yet.
            let before = buffer.len();
            match decoder.decode(&mut buffer).ok()? {
                Some(message) => tally.add(&message.payload),
                None if buffer.len() == before => break,
                None => {}
            }
        }
    }
    Some(tally)
}

fn decode_runtime(stream: &[u8], chunk_size: u32) -> Option<Tally> {
    let mut assembler = rtmp_runtime::chunk::ChunkAssembler::new().with_chunk_size(chunk_size);

    let mut tally = Tally::default();
    for piece in stream.chunks(PIECE) {
        for message in assembler.push(piece).ok()? {
            tally.add(&message.payload);
        }
    }
    Some(tally)
}

fn decode_shiguredo(stream: &[u8], chunk_size: u32) -> Option<Tally> {
    let mut decoder = RtmpChunkDecoder::default();
    decoder.set_chunk_size(RtmpChunkSize::new(chunk_size as usize)?);

    let mut tally = Tally::default();
    let mut buffer = Vec::new();
    for piece in stream.chunks(PIECE) {
        buffer.extend_from_slice(piece);
        let mut taken = 0;
        loop {
            match decoder.decode(&buffer[taken..]) {
                Ok((length, chunk)) => {
                    taken += length;
                    if let Some(chunk) = chunk {
                        tally.add(&chunk.payload);
                    }
                }
                Err(error) if error.kind == ErrorKind::InsufficientBuffer => break,
                Err(_) => return None,
            }
        }
        buffer.drain(..taken);
    }
    Some(tally)
}

#[cfg(feature = "xiu")]
fn decode_xiu(stream: &[u8], chunk_size: u32) -> Option<Tally> {
    use rtmp::chunk::unpacketizer::{ChunkUnpacketizer, UnpackResult};

    let mut unpacketizer = ChunkUnpacketizer::new();
    unpacketizer.update_max_chunk_size(chunk_size as usize);

    let mut tally = Tally::default();
    for piece in stream.chunks(PIECE) {
        unpacketizer.extend_data(piece);
        while let Ok(UnpackResult::Chunks(chunks)) = unpacketizer.read_chunks() {
            for chunk in chunks {
                tally.add(&chunk.payload);
            }
        }
    }
    Some(tally)
}

/// Each message goes to a buffer that is sent and used again.
fn encode(messages: &[Message], stream: &[u8], chunk_size: u32) -> Vec<Outcome> {
    let Tally { bytes, .. } = Tally::of(messages);
    let longest = messages.iter().map(|message| message.payload.len()).max();
    let buffer = || Vec::with_capacity(longest.unwrap_or(0) * 2);
    let (mut copied, mut ours, mut scuffles) = (buffer(), buffer(), buffer());
    let (mut rtmp_rs, mut shiguredos) = (BytesMut::new(), buffer());
    let shared: Vec<Bytes> = messages
        .iter()
        .map(|message| Bytes::copy_from_slice(&message.payload))
        .collect();
    let for_rtmp_rs: Vec<_> = messages.iter().zip(&shared).map(for_rtmp_rs).collect();
    let for_runtime: Vec<_> = messages.iter().map(for_runtime).collect();
    let for_shiguredo: Vec<_> = messages.iter().filter_map(for_shiguredo).collect();
    race(vec![
        Contender::baseline(MEMCPY, || {
            let mut sent = 0;
            for message in black_box(messages) {
                copied.clear();
                copied.extend_from_slice(&message.payload);
                sent += black_box(&copied).len();
            }
            sent == bytes
        }),
        Contender::ours(OURS, || {
            let mut encoder = ChunkEncoder::new();
            encoder.set_chunk_size(chunk_size);
            let mut sent = 0;
            for message in black_box(messages) {
                ours.clear();
                let encoded = encoder.encode(&message.header, &message.payload, &mut ours);
                if encoded.is_err() {
                    return false;
                }
                sent += black_box(&ours).len();
            }
            sent == stream.len()
        }),
        Contender::peer("scuffle-rtmp", || {
            let mut writer = ChunkWriter::default();
            writer.set_chunk_size(chunk_size as usize);
            let mut sent = 0;
            for (message, payload) in black_box(messages).iter().zip(&shared) {
                scuffles.clear();
                let chunk = Chunk::new(
                    message.header.chunk_stream_id.get(),
                    message.header.timestamp.0,
                    message.header.message_type.0.into(),
                    message.header.message_stream_id,
                    payload.clone(),
                );
                if writer.write_chunk(&mut scuffles, chunk).is_err() {
                    return false;
                }
                sent += black_box(&scuffles).len();
            }
            sent > bytes
        }),
        Contender::peer("rml_rtmp", || {
            let mut serializer = ChunkSerializer::new();
            let adopted = serializer.set_max_chunk_size(chunk_size, RtmpTimestamp::new(0));
            if adopted.is_err() {
                return false;
            }
            let mut sent = 0;
            for (message, payload) in black_box(messages).iter().zip(&shared) {
                let payload = MessagePayload {
                    timestamp: RtmpTimestamp::new(message.header.timestamp.0),
                    type_id: message.header.message_type.0,
                    message_stream_id: message.header.message_stream_id,
                    data: payload.clone(),
                };
                match serializer.serialize(&payload, false, false) {
                    Ok(packet) => sent += black_box(packet.bytes).len(),
                    Err(_) => return false,
                }
            }
            sent > bytes
        }),
        Contender::peer("rtmp-rs", || {
            let mut encoder = rtmp_rs::protocol::ChunkEncoder::new();
            encoder.set_chunk_size(chunk_size);
            let mut sent = 0;
            for message in black_box(&for_rtmp_rs) {
                rtmp_rs.clear();
                encoder.encode(message, &mut rtmp_rs);
                sent += black_box(&rtmp_rs).len();
            }
            sent > bytes
        }),
        Contender::peer("rtmp-runtime", || {
            let mut writer = rtmp_runtime::chunk::ChunkWriter::new();
            writer.set_chunk_size(chunk_size);
            let mut sent = 0;
            for message in black_box(&for_runtime) {
                match writer.write(message) {
                    Ok(written) => sent += black_box(written).len(),
                    Err(_) => return false,
                }
            }
            sent > bytes
        }),
        Contender::peer("shiguredo_rtmp", || {
            let mut encoder = RtmpChunkEncoder::default();
            encoder.set_chunk_size(RtmpChunkSize::saturating_new(chunk_size as usize));
            let mut sent = 0;
            for message in black_box(&for_shiguredo) {
                shiguredos.clear();
                encoder.encode(&mut shiguredos, message);
                sent += black_box(&shiguredos).len();
            }
            sent > bytes
        }),
    ])
}

fn for_rtmp_rs((message, payload): (&Message, &Bytes)) -> rtmp_rs::protocol::chunk::RtmpChunk {
    rtmp_rs::protocol::chunk::RtmpChunk {
        csid: message.header.chunk_stream_id.get(),
        timestamp: message.header.timestamp.0,
        message_type: message.header.message_type.0,
        stream_id: message.header.message_stream_id,
        payload: payload.clone(),
    }
}

fn for_runtime(message: &Message) -> rtmp_runtime::chunk::Message {
    rtmp_runtime::chunk::Message {
        chunk_stream_id: message.header.chunk_stream_id.get(),
        timestamp: message.header.timestamp.0,
        message_type_id: message.header.message_type.0,
        message_stream_id: message.header.message_stream_id,
        payload: message.payload.clone(),
    }
}

fn for_shiguredo(message: &Message) -> Option<RtmpChunk> {
    Some(RtmpChunk {
        chunk_stream_id: RtmpChunkStreamId::new(message.header.chunk_stream_id.get())?,
        message_stream_id: RtmpMessageStreamId::new(message.header.message_stream_id),
        message_type: RtmpMessageType::from_type_id(message.header.message_type.0).ok()?,
        timestamp: shiguredo_rtmp::RtmpTimestamp::from_millis(message.header.timestamp.0),
        payload: message.payload.clone(),
    })
}
