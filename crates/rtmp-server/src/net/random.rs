//! Random bytes for the handshake.

use std::hash::{BuildHasher, Hasher, RandomState};

/// The random part of S1 (RTMP 1.0 section 5.2.3). It tells connections apart and protects nothing,
/// so the standard library's seed for hash tables is good enough.
pub(super) fn handshake_bytes() -> [u8; 1528] {
    let seed = RandomState::new();
    let mut bytes = [0; 1528];
    for (index, word) in bytes.chunks_exact_mut(8).enumerate() {
        let mut hasher = seed.build_hasher();
        hasher.write_usize(index);
        word.copy_from_slice(&hasher.finish().to_ne_bytes());
    }
    bytes
}
