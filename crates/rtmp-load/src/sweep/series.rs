//! What is varied, while all else stays as it is.

use crate::args;

/// Points of measurement, in one direction.
#[derive(Debug)]
pub(super) struct Series {
    pub(super) title: &'static str,
    /// What the values are, with their unit.
    pub(super) axis: &'static str,
    pub(super) values: &'static [u32],
    /// Each value is several times the one before: a plot has them at equal distances.
    pub(super) is_geometric: bool,
    varied: Varied,
}

#[derive(Debug, Clone, Copy)]
enum Varied {
    Publishers,
    Megabits,
    ChunkSize,
}

pub(super) const SERIES: [Series; 3] = [
    Series {
        title: "Publishers, 6 Mbit/s each",
        axis: "publishers",
        values: &[1, 4, 16, 64, 250, 500],
        is_geometric: false,
        varied: Varied::Publishers,
    },
    Series {
        title: "Bit rate, 16 publishers",
        axis: "Mbit/s each",
        values: &[1, 2, 6, 20, 50],
        is_geometric: false,
        varied: Varied::Megabits,
    },
    Series {
        title: "Chunk size, 16 × 6 Mbit/s",
        axis: "bytes",
        values: &[128, 1024, 4096, 65536],
        is_geometric: true,
        varied: Varied::ChunkSize,
    },
];

const PUBLISHERS: usize = 16;
const MEGABITS: f64 = 6.0;
const CHUNK_SIZE: u32 = 65536;

impl Series {
    /// The load at one of its values.
    pub(super) fn load(&self, value: u32, seconds: f64) -> args::Publish {
        let session = args::Session {
            session: None,
            megabits: MEGABITS,
            chunk_size: Some(CHUNK_SIZE),
        };
        let mut load = args::Publish::paced(PUBLISHERS, seconds, session);
        match self.varied {
            Varied::Publishers => load.publishers = value as usize,
            Varied::Megabits => load.session.megabits = value.into(),
            Varied::ChunkSize => load.session.chunk_size = Some(value),
        }
        load
    }
}
