//! The movie box: what players need to know before the samples, which follow in fragments.

use std::io;

use milestone_driver::flv_h264::NalUnit;
use milestone_driver::flv_h264::h264::{NalUnitType, Sps};
use mp4_atom::{
    Avc1, Avcc, AvccExt, Codec, Dinf, Dref, DrefEntry, Edts, Elst, ElstEntry, Encode, FourCC, Ftyp,
    Hdlr, Mdhd, Mdia, Mehd, Minf, Moov, Mvex, Mvhd, Stbl, Stco, Stsd, Tkhd, Trak, Trex, Url,
    Visual, Vmhd,
};

use super::{TICKS_PER_MILLISECOND, TIMESCALE};

pub(super) const VIDEO_TRACK: u32 = 1;
/// Of the movie's duration: milliseconds.
const MOVIE_TIMESCALE: u32 = 1000;

/// What a video track's samples have in common.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct VideoDescription {
    width: u16,
    height: u16,
    configuration: Avcc,
}

/// The first box of the file.
pub(super) fn file_type() -> io::Result<Vec<u8>> {
    encoded(&Ftyp {
        major_brand: FourCC::new(b"iso6"),
        minor_version: 0,
        compatible_brands: [b"iso6", b"isom", b"avc1", b"mp41"]
            .map(FourCC::new)
            .to_vec(),
    })
}

/// The movie box; its size does not depend on the duration, which is in the track's unit.
///
/// All durations are that of what is shown, fragments included: players take different ones for the end of the file.
pub(super) fn movie(video: &VideoDescription, duration: i64) -> io::Result<Vec<u8>> {
    // Rounded up: what begins within the duration is shown.
    let milliseconds = (duration + TICKS_PER_MILLISECOND - 1) / TICKS_PER_MILLISECOND;
    let milliseconds: u64 = in_range(milliseconds)?;
    encoded(&Moov {
        mvhd: Mvhd {
            timescale: MOVIE_TIMESCALE,
            duration: milliseconds,
            rate: 1.into(),
            volume: 1.into(),
            next_track_id: VIDEO_TRACK + 1,
            ..Mvhd::default()
        },
        mvex: Some(Mvex {
            mehd: Some(Mehd {
                fragment_duration: milliseconds,
            }),
            trex: vec![Trex {
                track_id: VIDEO_TRACK,
                default_sample_description_index: 1,
                ..Trex::default()
            }],
        }),
        trak: vec![Trak {
            tkhd: Tkhd {
                track_id: VIDEO_TRACK,
                duration: milliseconds,
                enabled: true,
                in_movie: true,
                width: video.width.into(),
                height: video.height.into(),
                ..Tkhd::default()
            },
            edts: Some(all_of_the_track()),
            mdia: video.media(duration)?,
            ..Trak::default()
        }],
        ..Moov::default()
    })
}

impl VideoDescription {
    /// `None` if there are no parameter sets among the units, or none that can be understood.
    pub(super) fn of_parameter_sets(units: &[NalUnit<'_>]) -> Option<Self> {
        let sets = |unit_type| {
            let sets = units
                .iter()
                .filter(move |unit| NalUnitType::of(**unit) == unit_type);
            sets.map(|unit| unit.bytes().to_vec()).collect::<Vec<_>>()
        };
        let first = units
            .iter()
            .find(|unit| NalUnitType::of(**unit) == NalUnitType::SPS)?;
        let sps = Sps::parse(*first).ok()?;
        Some(Self {
            width: sps.width().try_into().ok()?,
            height: sps.height().try_into().ok()?,
            configuration: Avcc {
                configuration_version: 1,
                avc_profile_indication: sps.profile.idc,
                profile_compatibility: sps.profile.constraint_flags,
                avc_level_indication: sps.level.idc,
                length_size: 4,
                sequence_parameter_sets: sets(NalUnitType::SPS),
                picture_parameter_sets: sets(NalUnitType::PPS),
                ext: high_profile_fields(&sps),
            },
        })
    }

    /// Whether the unit is a parameter set that the description lacks: samples should not hold any.
    pub(super) fn lacks(&self, unit: NalUnit<'_>) -> bool {
        let sets = match NalUnitType::of(unit) {
            NalUnitType::SPS => &self.configuration.sequence_parameter_sets,
            NalUnitType::PPS => &self.configuration.picture_parameter_sets,
            _ => return false,
        };
        !sets.iter().any(|set| set == unit.bytes())
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
                dinf: Dinf {
                    dref: Dref {
                        entries: vec![DrefEntry::Url(Url::default())],
                    },
                },
                stbl: Stbl {
                    stsd: Stsd {
                        codecs: vec![self.sample_entry()],
                    },
                    // Mandatory, though there are no chunks (ISO/IEC 14496-12, 8.7.5).
                    stco: Some(Stco::default()),
                    ..Stbl::default()
                },
                ..Minf::default()
            },
        })
    }

    fn sample_entry(&self) -> Codec {
        Codec::Avc1(Avc1 {
            visual: Visual {
                data_reference_index: 1,
                width: self.width,
                height: self.height,
                ..Visual::default()
            },
            avcc: self.configuration.clone(),
            ..Avc1::default()
        })
    }
}

/// From the first picture to the last, whatever fragments follow. To the standard this is as good as no list;
/// GStreamer's `qtdemux` takes the latest pictures for being behind the end without it, where offsets are negative.
fn all_of_the_track() -> Edts {
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

/// What the configuration of High profiles has besides (ISO/IEC 14496-15, 5.3.3.1).
fn high_profile_fields(sps: &Sps) -> Option<AvccExt> {
    matches!(sps.profile.idc, 100 | 110 | 122 | 144).then(|| AvccExt {
        chroma_format: sps.chroma_format as u8,
        bit_depth_luma: sps.bit_depth_luma,
        bit_depth_chroma: sps.bit_depth_chroma,
        sequence_parameter_sets_ext: Vec::new(),
    })
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
