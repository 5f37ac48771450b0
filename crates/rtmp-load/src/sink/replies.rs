//! What a sink says to a publisher, whatever it asks.

use amf0::Encoder;
use rtmp_chunk::{
    ChunkEncoder, ChunkSize, ChunkStreamId, EncodeError, MessageHeader, MessageType,
    ProtocolControl,
};

/// The replies that publishers wait for: to connect (1), releaseStream (2), FCPublish (3), createStream (4) and publish.
pub(super) fn canned(chunk_size: u32) -> Result<Vec<u8>, EncodeError> {
    let mut bytes = Vec::new();
    let mut encoder = ChunkEncoder::new();
    for control in [
        ProtocolControl::SetChunkSize(ChunkSize::new(chunk_size).unwrap_or(ChunkSize::DEFAULT)),
        ProtocolControl::WindowAcknowledgementSize(u32::MAX),
    ] {
        let mut body = Vec::new();
        control.encode(&mut body);
        let header = MessageHeader::control(control.message_type());
        encoder.encode(&header, &body, &mut bytes)?;
    }
    for command in [
        status("_result", 1.0, "NetConnection.Connect.Success"),
        result(2.0, None),
        result(3.0, None),
        result(4.0, Some(1)),
        status("onStatus", 0.0, "NetStream.Publish.Start"),
    ] {
        let header = MessageHeader {
            chunk_stream_id: ChunkStreamId::COMMAND,
            ..MessageHeader::control(MessageType::COMMAND_AMF0)
        };
        encoder.encode(&header, &command, &mut bytes)?;
    }
    Ok(bytes)
}

fn result(transaction: f64, message_stream_id: Option<u32>) -> Vec<u8> {
    let mut payload = Vec::new();
    let mut encoder = Encoder::new(&mut payload);
    encoder.string("_result").number(transaction).null();
    match message_stream_id {
        Some(id) => encoder.number(id.into()),
        None => encoder.undefined(),
    };
    payload
}

fn status(command: &str, transaction: f64, code: &str) -> Vec<u8> {
    let mut payload = Vec::new();
    Encoder::new(&mut payload)
        .string(command)
        .number(transaction)
        .null()
        .object(|object| {
            object
                .string("level", "status")
                .string("code", code)
                .string("description", "");
        });
    payload
}
