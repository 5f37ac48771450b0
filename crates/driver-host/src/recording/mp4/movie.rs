//! The movie box: one H.264 track, whose samples follow in fragments.

use std::io;

use milestone_driver::flv_h264::{NalUnit, NalUnitType, Sps};
use mp4_atom::{
    Avc1, Avcc, AvccExt, Codec, Dinf, Dref, DrefEntry, Encode, FourCC, Ftyp, Hdlr, Mdhd, Mdia,
    Mehd, Minf, Moov, Mvex, Mvhd, Stbl, Stsd, Tkhd, Trak, Trex, Url, Visual, Vmhd,
};

use super::TIMESCALE;

pub(super) const TRACK: u32 = 1;
/// Of the movie's duration: milliseconds.
const MOVIE_TIMESCALE: u32 = 1000;

/// What the samples have in common.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Movie {
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

impl Movie {
    /// `None` if there are no parameter sets among the units, or none that can be understood.
    pub(super) fn of_parameter_sets(units: &[NalUnit<'_>]) -> Option<Self> {
        let sets = |unit_type| {
            let sets = units
                .iter()
                .filter(move |unit| unit.unit_type() == unit_type);
            sets.map(|unit| unit.bytes().to_vec()).collect::<Vec<_>>()
        };
        let first = units
            .iter()
            .find(|unit| unit.unit_type() == NalUnitType::SPS)?;
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

    pub(super) fn has_parameter_sets_of<'a>(
        &self,
        units: impl Iterator<Item = NalUnit<'a>>,
    ) -> bool {
        let mut sps = self.configuration.sequence_parameter_sets.iter();
        let mut pps = self.configuration.picture_parameter_sets.iter();
        let mut same = true;
        for unit in units {
            let known = match unit.unit_type() {
                NalUnitType::SPS => sps.next(),
                NalUnitType::PPS => pps.next(),
                _ => continue,
            };
            same &= known.is_some_and(|known| known == unit.bytes());
        }
        same && sps.next().is_none() && pps.next().is_none()
    }

    /// The box; its size does not depend on the duration.
    pub(super) fn encode(&self, milliseconds: i64) -> io::Result<Vec<u8>> {
        encoded(&Moov {
            mvhd: Mvhd {
                timescale: MOVIE_TIMESCALE,
                next_track_id: TRACK + 1,
                ..Mvhd::default()
            },
            mvex: Some(Mvex {
                mehd: Some(Mehd {
                    fragment_duration: milliseconds.unsigned_abs(),
                }),
                trex: vec![Trex {
                    track_id: TRACK,
                    default_sample_description_index: 1,
                    ..Trex::default()
                }],
            }),
            trak: vec![self.track()],
            ..Moov::default()
        })
    }

    fn track(&self) -> Trak {
        Trak {
            tkhd: Tkhd {
                track_id: TRACK,
                enabled: true,
                in_movie: true,
                width: self.width.into(),
                height: self.height.into(),
                ..Tkhd::default()
            },
            mdia: Mdia {
                mdhd: Mdhd {
                    timescale: TIMESCALE as u32,
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
                        ..Stbl::default()
                    },
                    ..Minf::default()
                },
            },
            ..Trak::default()
        }
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
