//! Chunks by hand (RTMP 1.0 section 5.3.1), for what no encoder would write.

/// Type 0: everything.
pub fn type_0(id: u32, timestamp: u32, length: usize, message_type: u8, stream: u32) -> Vec<u8> {
    let mut chunk = basic_header(0, id);
    chunk.extend(three_bytes(timestamp.min(0xFF_FFFF)));
    chunk.extend(three_bytes(length as u32));
    chunk.push(message_type);
    chunk.extend(stream.to_le_bytes());
    chunk.extend(extended(timestamp));
    chunk
}

/// Type 1: no message stream id.
pub fn type_1(id: u32, delta: u32, length: usize, message_type: u8) -> Vec<u8> {
    let mut chunk = basic_header(1, id);
    chunk.extend(three_bytes(delta.min(0xFF_FFFF)));
    chunk.extend(three_bytes(length as u32));
    chunk.push(message_type);
    chunk.extend(extended(delta));
    chunk
}

/// Type 2: a timestamp delta alone.
pub fn type_2(id: u32, delta: u32) -> Vec<u8> {
    let mut chunk = basic_header(2, id);
    chunk.extend(three_bytes(delta.min(0xFF_FFFF)));
    chunk.extend(extended(delta));
    chunk
}

/// Type 3: no message header.
pub fn type_3(id: u32) -> Vec<u8> {
    basic_header(3, id)
}

fn basic_header(chunk_type: u8, id: u32) -> Vec<u8> {
    let first = chunk_type << 6;
    match id {
        2..64 => vec![first | id as u8],
        64..320 => vec![first, (id - 64) as u8],
        _ => {
            let [low, high, ..] = (id - 64).to_le_bytes();
            vec![first | 1, low, high]
        }
    }
}

fn three_bytes(number: u32) -> [u8; 3] {
    let [_, bytes @ ..] = number.to_be_bytes();
    bytes
}

fn extended(timestamp: u32) -> Vec<u8> {
    if timestamp >= 0xFF_FFFF {
        timestamp.to_be_bytes().to_vec()
    } else {
        Vec::new()
    }
}
