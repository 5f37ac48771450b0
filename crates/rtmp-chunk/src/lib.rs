//! The RTMP chunk stream, both directions: handshake, chunks, protocol control messages. Sans-IO, no_std.
