//! The sound track: AAC frames, one after the other.

use std::io;

use milestone_driver::flv_h264::aac::AdtsHeader;
use milestone_driver::{AudioEncoding, AudioFormat, SoundFrame};
use mp4_atom::esds::{DecoderConfig, DecoderSpecific, EsDescriptor, Esds, SLConfig};
use mp4_atom::{Audio, Codec, FourCC, Hdlr, Mdhd, Mdia, Minf, Mp4a, Smhd, Tkhd, Trak};

use super::TIMESCALE;
use super::boxes::{SOUND_TRACK, all_of_the_track, data_here, in_range, sample_table};
use super::fragment::{Run, Sample};

/// What is missing is silence, and no rounding, from so many milliseconds on.
const GAP_MS: i64 = 100;

/// What a sound track's samples have in common: AAC, as ADTS headers describe it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SoundDescription {
    pub(super) format: AudioFormat,
    /// `AudioSpecificConfig`.
    configuration: [u8; 2],
}

/// What was recorded so long before the first picture that it belongs to none of them.
const LONG_BEFORE_MS: i64 = 1000;

/// A sound track being written. Its time unit is a sample.
#[derive(Debug)]
pub(super) struct SoundTrack {
    pub(super) description: SoundDescription,
    /// Those of the next fragment.
    samples: Vec<Sample>,
    bytes: usize,
    /// When the next frame begins if nothing is missing. Before the first frame there is no such time.
    end: Option<i64>,
    /// No frame can be before.
    earliest: i64,
}

impl SoundTrack {
    pub(super) fn new(description: SoundDescription) -> Self {
        Self {
            description,
            samples: Vec::new(),
            bytes: 0,
            end: None,
            earliest: 0,
        }
    }

    /// A frame that begins at a time of the movie. What begins before the movie, as an encoder's first frames do, takes
    /// hardly any time in it.
    pub(super) fn push(&mut self, frame: &SoundFrame, milliseconds: i64) {
        if self.end.is_none() && milliseconds < -LONG_BEFORE_MS {
            return;
        }
        let rate = i64::from(self.description.format.sample_rate);
        let told = milliseconds.saturating_mul(rate) / 1000;
        // Frames follow each other without a gap, whatever the rounding of their times says.
        let begin = match self.end {
            Some(end) if told <= end + rate * GAP_MS / 1000 => end,
            _ => told,
        };
        let end = begin + i64::from(frame.samples);
        let decode_time = begin.max(self.earliest);
        if let Some(latest) = self.samples.last_mut() {
            latest.duration = decode_time - latest.decode_time;
        }
        self.end = Some(end);
        self.earliest = decode_time + 1;
        self.bytes += frame.data.len();
        self.samples.push(Sample {
            data: frame
                .data
                .get(AdtsHeader::LENGTH..)
                .unwrap_or_default()
                .to_vec(),
            key: true,
            decode_time,
            duration: (end - decode_time).max(1),
            composition_offset: 0,
        });
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// What there is for the next fragment.
    pub(super) fn run(&self) -> Option<Run<'_>> {
        (!self.samples.is_empty()).then_some(Run {
            track: SOUND_TRACK,
            samples: &self.samples,
        })
    }

    /// It has been written.
    pub(super) fn clear(&mut self) {
        self.samples.clear();
        self.bytes = 0;
    }
}

impl SoundDescription {
    /// `None` if there is no place for it: ISO/IEC 14496-12 has none for G.711, and players take PCM for other things.
    pub(super) fn of(frame: &SoundFrame) -> Option<Self> {
        if frame.format.encoding != AudioEncoding::Aac {
            return None;
        }
        let header = AdtsHeader::parse(&frame.data).ok()?;
        Some(Self {
            format: frame.format,
            configuration: header.audio_specific_config()?,
        })
    }

    /// `duration` is in the unit of pictures.
    pub(super) fn track(&self, duration: i64, milliseconds: u64) -> io::Result<Trak> {
        let rate = i64::from(self.format.sample_rate);
        Ok(Trak {
            tkhd: Tkhd {
                track_id: SOUND_TRACK,
                duration: milliseconds,
                enabled: true,
                in_movie: true,
                volume: 1.into(),
                ..Tkhd::default()
            },
            edts: Some(all_of_the_track()),
            mdia: Mdia {
                mdhd: Mdhd {
                    timescale: self.format.sample_rate,
                    duration: in_range(duration * rate / TIMESCALE)?,
                    language: "und".to_owned(),
                    ..Mdhd::default()
                },
                hdlr: Hdlr {
                    handler: FourCC::new(b"soun"),
                    name: "Sound".to_owned(),
                },
                minf: Minf {
                    smhd: Some(Smhd::default()),
                    dinf: data_here(),
                    stbl: sample_table(self.sample_entry()),
                    ..Minf::default()
                },
            },
            ..Trak::default()
        })
    }

    fn sample_entry(&self) -> Codec {
        /// MPEG-4 audio, and a stream of it (ISO/IEC 14496-1 tables 5 and 6).
        const AUDIO_14496_3: u8 = 0x40;
        const AUDIO_STREAM: u8 = 5;
        let [profile, rest] = self.configuration;
        Codec::Mp4a(Mp4a {
            audio: Audio {
                data_reference_index: 1,
                channel_count: self.format.channels.into(),
                sample_size: 16,
                // 16 bits of it; the configuration has all.
                sample_rate: u16::try_from(self.format.sample_rate).unwrap_or(0).into(),
            },
            esds: Esds {
                es_desc: EsDescriptor {
                    es_id: 0,
                    dec_config: DecoderConfig {
                        object_type_indication: AUDIO_14496_3,
                        stream_type: AUDIO_STREAM,
                        dec_specific: Some(DecoderSpecific {
                            profile: profile >> 3,
                            freq_index: (profile & 7) << 1 | rest >> 7,
                            chan_conf: rest >> 3 & 0x0F,
                            raw: self.configuration.to_vec(),
                        }),
                        ..DecoderConfig::default()
                    },
                    sl_config: SLConfig::default(),
                    ..EsDescriptor::default()
                },
            },
            btrt: None,
            taic: None,
        })
    }
}

/// A box that fills the place of others (ISO/IEC 14496-12, 8.1.2).
pub(super) fn free_box(bytes: usize) -> io::Result<Vec<u8>> {
    let size = u32::try_from(bytes).map_err(io::Error::other)?;
    let mut free = vec![0; bytes];
    if let Some(header) = free.first_chunk_mut::<8>() {
        *header = [&size.to_be_bytes()[..], b"free"]
            .concat()
            .try_into()
            .unwrap_or_default();
    }
    Ok(free)
}
