//! How the bytes of a session arrive.

use std::time::Duration;

use super::Session;

/// Cut anywhere, with pauses anywhere.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Arrival {
    /// Pieces of at most so many bytes; 0: all at once.
    longest_piece: usize,
    /// Chooses their lengths; 0: all are the longest.
    seed: u32,
    /// A pause after every so many pieces; 0: none.
    pause_every: usize,
}

/// Pieces of one size, or of any up to it.
pub(super) fn in_pieces(session: &mut Session, detail: u32) {
    let longest = [1, 3, 127, 129, 1460, 5000, 65_536];
    session.arrival.longest_piece = longest[detail as usize % longest.len()];
    session.arrival.seed = detail >> 8;
}

/// Nothing for some seconds, and then much.
pub(super) fn stalls(session: &mut Session, detail: u32) {
    if session.arrival.longest_piece == 0 {
        session.arrival.longest_piece = 1460;
    }
    session.arrival.pause_every = 1 + detail as usize % 50;
}

impl Arrival {
    /// Less than after which a silent publisher is given up.
    const PAUSE: Duration = Duration::from_secs(20);

    /// The pieces, and how long nothing comes behind each.
    pub(super) fn pieces(self, mut bytes: &[u8]) -> impl Iterator<Item = (&[u8], Duration)> {
        let mut index: usize = 0;
        std::iter::from_fn(move || {
            if bytes.is_empty() {
                return None;
            }
            index += 1;
            let longest = match self.longest_piece {
                0 => bytes.len(),
                longest => longest,
            };
            let length = match self.seed {
                0 => longest,
                seed => {
                    let number = (index as u32).wrapping_mul(0x9E37_79B1) ^ seed;
                    1 + (number >> 8) as usize % longest
                }
            };
            let (piece, rest) = bytes.split_at(length.min(bytes.len()));
            bytes = rest;
            let stalls = self.pause_every > 0 && index.is_multiple_of(self.pause_every);
            let pause = if stalls { Self::PAUSE } else { Duration::ZERO };
            Some((piece, pause))
        })
    }
}
