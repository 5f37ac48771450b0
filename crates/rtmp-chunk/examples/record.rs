//! A chunk stream over plain `std::net`: accepts one publisher, prints the header of each of its messages, and writes
//! every byte that it sends to a file. FFmpeg adopts the chunk size that it is told.
//!
//! ```text
//! cargo run -p rtmp-chunk --example record -- 127.0.0.1:19350 session.rtmp 65536
//! ffmpeg -re -f lavfi -i testsrc=size=640x360 -t 5 -c:v libx264 -f flv rtmp://127.0.0.1:19350/live/key
//! ```

use std::env;
use std::error::Error;
use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use rtmp_chunk::{
    ChunkDecoder, ChunkEncoder, ChunkSize, ChunkStreamId, Message, MessageHeader, MessageType,
    ProtocolControl, ServerHandshake, Timestamp,
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(address), Some(path), Some(chunk_size)) =
        (arguments.next(), arguments.next(), arguments.next())
    else {
        return Err("usage: record ADDRESS FILE CHUNK_SIZE".into());
    };
    let chunk_size = ChunkSize::new(chunk_size.parse()?).ok_or("a chunk size of 0")?;
    let listener = TcpListener::bind(address)?;
    println!(
        "waiting for a publisher on rtmp://{}",
        listener.local_addr()?
    );
    let (stream, peer) = listener.accept()?;
    println!("{peer} has connected");
    record(stream, File::create(path)?, chunk_size)
}

fn record(
    mut stream: TcpStream,
    mut recording: File,
    chunk_size: ChunkSize,
) -> Result<(), Box<dyn Error>> {
    let mut handshake = ServerHandshake::new(0, &[0x5A; 1528]);
    let mut decoder = ChunkDecoder::default();
    let mut publisher = Publisher {
        encoder: ChunkEncoder::new(),
        chunk_size,
        published: false,
    };
    let mut shaken_hands = false;
    let mut buffer = vec![0; 65536];
    let mut output = Vec::new();
    loop {
        let length = stream.read(&mut buffer)?;
        if length == 0 {
            println!("the publisher has closed the connection");
            return Ok(());
        }
        recording.write_all(&buffer[..length])?;

        let mut input = &buffer[..length];
        if !shaken_hands {
            shaken_hands = handshake.handle_input(&mut input, &mut output)?;
        }
        if shaken_hands {
            while let Some(message) = decoder.decode(&mut input)? {
                let (header, length) = (message.header, message.payload.len());
                println!(
                    "{} at {}, {length} bytes",
                    header.message_type, header.timestamp
                );
                publisher.answer(&message, &mut output)?;
            }
        }
        stream.write_all(&output)?;
        output.clear();
    }
}

/// Answers just enough commands that a publisher begins to publish. A server would parse them: see `rtmp-server`.
struct Publisher {
    encoder: ChunkEncoder,
    chunk_size: ChunkSize,
    published: bool,
}

impl Publisher {
    fn answer(&mut self, message: &Message, output: &mut Vec<u8>) -> Result<(), Box<dyn Error>> {
        if message.header.message_type != MessageType::COMMAND_AMF0 {
            return Ok(());
        }
        // An AMF0 command: a string (marker 2, length, text), a number (marker 0, eight bytes), and so on.
        let Some((&[2, high, low], rest)) = message.payload.split_first_chunk() else {
            return Ok(());
        };
        let Some((name, rest)) =
            rest.split_at_checked(usize::from(u16::from_be_bytes([high, low])))
        else {
            return Ok(());
        };
        let transaction_id = rest.get(..9).unwrap_or(&[0; 9]);
        match name {
            b"connect" => {
                let control = Message::from(ProtocolControl::SetChunkSize(self.chunk_size));
                self.encoder
                    .encode(&control.header, &control.payload, output)?;
                let status = b"\x03\0\x04code\x02\0\x1DNetConnection.Connect.Success\0\0\x09";
                self.command(
                    0,
                    &[b"\x02\0\x07_result", transaction_id, b"\x05", status],
                    output,
                )
            }
            b"createStream" => {
                let stream_1 = b"\0\x3F\xF0\0\0\0\0\0\0";
                self.command(
                    0,
                    &[b"\x02\0\x07_result", transaction_id, b"\x05", stream_1],
                    output,
                )
            }
            b"publish" if !self.published => {
                self.published = true;
                let no_transaction = b"\0\0\0\0\0\0\0\0\0\x05";
                let status = b"\x03\0\x05level\x02\0\x06status\0\x04code\x02\0\x17NetStream.Publish.Start\0\0\x09";
                self.command(1, &[b"\x02\0\x08onStatus", no_transaction, status], output)
            }
            _ => Ok(()),
        }
    }

    fn command(
        &mut self,
        stream_id: u32,
        parts: &[&[u8]],
        output: &mut Vec<u8>,
    ) -> Result<(), Box<dyn Error>> {
        let header = MessageHeader {
            chunk_stream_id: ChunkStreamId::COMMAND,
            timestamp: Timestamp(0),
            message_type: MessageType::COMMAND_AMF0,
            message_stream_id: stream_id,
        };
        Ok(self.encoder.encode(&header, &parts.concat(), output)?)
    }
}
