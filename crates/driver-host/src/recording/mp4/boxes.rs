//! Boxes that both tracks have, and how boxes are written.

use std::io;

use mp4_atom::{
    Codec, Dinf, Dref, DrefEntry, Edts, Elst, ElstEntry, Encode, Stbl, Stco, Stsd, Url,
};

pub(super) const VIDEO_TRACK: u32 = 1;
pub(super) const SOUND_TRACK: u32 = 2;

/// The samples are in the file itself.
pub(super) fn data_here() -> Dinf {
    Dinf {
        dref: Dref {
            entries: vec![DrefEntry::Url(Url::default())],
        },
    }
}

/// No samples but those in fragments.
pub(super) fn sample_table(entry: Codec) -> Stbl {
    Stbl {
        stsd: Stsd {
            codecs: vec![entry],
        },
        // Mandatory, though there are no chunks (ISO/IEC 14496-12, 8.7.5).
        stco: Some(Stco::default()),
        ..Stbl::default()
    }
}

/// From the first picture to the last, whatever fragments follow. To the standard this is as good as no list;
/// GStreamer's `qtdemux` takes the latest pictures for being behind the end without it, where offsets are negative.
pub(super) fn all_of_the_track() -> Edts {
    Edts {
        elst: Some(Elst {
            entries: vec![ElstEntry {
                segment_duration: 0,
                media_time: Some(0),
                media_rate: 1.into(),
            }],
        }),
    }
}

pub(super) fn encoded(atom: &impl Encode) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    atom.encode(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}

/// A number that the file format has room for.
pub(super) fn in_range<T: TryFrom<N>, N>(number: N) -> io::Result<T>
where
    T::Error: std::error::Error + Send + Sync + 'static,
{
    T::try_from(number).map_err(io::Error::other)
}
