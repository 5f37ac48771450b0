//! The movie box: what players need to know before the samples, which follow in fragments.

use std::io;

use mp4_atom::{
    FourCC, Ftyp, Hdlr, Mdhd, Mdia, Mehd, Minf, Moov, Mvex, Mvhd, Tkhd, Trak, Trex, Vmhd,
};

use super::boxes::{
    SOUND_TRACK, VIDEO_TRACK, all_of_the_track, data_here, encoded, in_range, sample_table,
};
use super::sound::SoundDescription;
use super::video::VideoDescription;
use super::{TICKS_PER_MILLISECOND, TIMESCALE};

/// Of the movie's duration: milliseconds.
const MOVIE_TIMESCALE: u32 = 1000;

/// The first box of the file.
pub(super) fn file_type(video: &VideoDescription) -> io::Result<Vec<u8>> {
    encoded(&Ftyp {
        major_brand: FourCC::new(b"iso6"),
        minor_version: 0,
        compatible_brands: [b"iso6", b"isom", video.brand(), b"mp41"]
            .map(FourCC::new)
            .to_vec(),
    })
}

/// The movie box; its size does not depend on the duration, which is in the track's unit.
///
/// All durations are that of what is shown, fragments included: players take different ones for the end of the file.
pub(super) fn movie(
    video: &VideoDescription,
    sound: Option<&SoundDescription>,
    duration: i64,
) -> io::Result<Vec<u8>> {
    // Rounded up: what begins within the duration is shown.
    let milliseconds = (duration + TICKS_PER_MILLISECOND - 1) / TICKS_PER_MILLISECOND;
    let milliseconds: u64 = in_range(milliseconds)?;
    let extends = |track_id| Trex {
        track_id,
        default_sample_description_index: 1,
        ..Trex::default()
    };
    let mut trex = vec![extends(VIDEO_TRACK)];
    let mut tracks = vec![video.track(duration, milliseconds)?];
    if let Some(sound) = sound {
        trex.push(extends(SOUND_TRACK));
        tracks.push(sound.track(duration, milliseconds)?);
    }
    encoded(&Moov {
        mvhd: Mvhd {
            timescale: MOVIE_TIMESCALE,
            duration: milliseconds,
            rate: 1.into(),
            volume: 1.into(),
            next_track_id: SOUND_TRACK + 1,
            ..Mvhd::default()
        },
        mvex: Some(Mvex {
            mehd: Some(Mehd {
                fragment_duration: milliseconds,
            }),
            trex,
        }),
        trak: tracks,
        ..Moov::default()
    })
}

impl VideoDescription {
    fn track(&self, duration: i64, milliseconds: u64) -> io::Result<Trak> {
        Ok(Trak {
            tkhd: Tkhd {
                track_id: VIDEO_TRACK,
                duration: milliseconds,
                enabled: true,
                in_movie: true,
                width: self.width.into(),
                height: self.height.into(),
                ..Tkhd::default()
            },
            edts: Some(all_of_the_track()),
            mdia: self.media(duration)?,
            ..Trak::default()
        })
    }

    fn media(&self, duration: i64) -> io::Result<Mdia> {
        Ok(Mdia {
            mdhd: Mdhd {
                timescale: in_range(TIMESCALE)?,
                duration: in_range(duration)?,
                language: "und".to_owned(),
                ..Mdhd::default()
            },
            hdlr: Hdlr {
                handler: FourCC::new(b"vide"),
                name: "Video".to_owned(),
            },
            minf: Minf {
                vmhd: Some(Vmhd::default()),
                dinf: data_here(),
                stbl: sample_table(self.sample_entry()),
                ..Minf::default()
            },
        })
    }
}
