//! A movie fragment: some samples and what there is to know about them.

use std::io;

use mp4_atom::{Mfhd, Moof, Tfdt, Tfhd, Traf, Trun, TrunEntry, TrunSamples};

use super::boxes::{encoded, in_range};

/// `sample_depends_on` 2: on no other sample (ISO/IEC 14496-12, 8.8.3.1).
const KEY_SAMPLE: u32 = 0x0200_0000;
/// `sample_depends_on` 1, and `sample_is_non_sync_sample`.
const OTHER_SAMPLE: u32 = 0x0101_0000;
/// Size and type of the media data box.
const BOX_HEADER_BYTES: usize = 8;

/// One access unit as a sample: NAL units with 4-byte lengths. Times in the track's unit.
#[derive(Debug, Default)]
pub(super) struct Sample {
    pub(super) data: Vec<u8>,
    pub(super) key: bool,
    pub(super) decode_time: i64,
    pub(super) duration: i64,
    /// From decoding to showing.
    pub(super) composition_offset: i64,
}

/// Samples of one track that follow each other.
#[derive(Debug)]
pub(super) struct Run<'a> {
    pub(super) track: u32,
    pub(super) samples: &'a [Sample],
}

/// The boxes of a fragment, `moof` and `mdat`. Fragments are numbered from 1.
pub(super) fn fragment(number: u32, runs: &[Run<'_>]) -> io::Result<Vec<u8>> {
    // The samples begin behind the first box and the header of the next: how far that is from the first box's own
    // beginning is known once it is encoded.
    let size = encoded(&header(number, runs, 0)?)?.len();
    let mut boxes = encoded(&header(number, runs, size + BOX_HEADER_BYTES)?)?;

    let bytes: usize = runs.iter().map(Run::bytes).sum();
    let size: u32 = in_range(BOX_HEADER_BYTES + bytes)?;
    boxes.reserve_exact(BOX_HEADER_BYTES + bytes);
    boxes.extend_from_slice(&size.to_be_bytes());
    boxes.extend_from_slice(b"mdat");
    for sample in runs.iter().flat_map(|run| run.samples) {
        boxes.extend_from_slice(&sample.data);
    }
    Ok(boxes)
}

fn header(number: u32, runs: &[Run<'_>], mut data_offset: usize) -> io::Result<Moof> {
    let mut tracks = Vec::with_capacity(runs.len());
    for run in runs {
        tracks.push(run.track_fragment(data_offset)?);
        data_offset += run.bytes();
    }
    Ok(Moof {
        mfhd: Mfhd {
            sequence_number: number,
        },
        traf: tracks,
    })
}

impl Run<'_> {
    fn bytes(&self) -> usize {
        self.samples.iter().map(|sample| sample.data.len()).sum()
    }

    fn track_fragment(&self, data_offset: usize) -> io::Result<Traf> {
        let entries = self.samples.iter().map(Sample::entry);
        Ok(Traf {
            tfhd: Tfhd {
                track_id: self.track,
                default_base_is_moof: true,
                ..Tfhd::default()
            },
            tfdt: Some(Tfdt {
                base_media_decode_time: in_range(
                    self.samples.first().map_or(0, |first| first.decode_time),
                )?,
            }),
            trun: vec![Trun {
                data_offset: Some(in_range(data_offset)?),
                samples: TrunSamples::Explicit(entries.collect::<io::Result<_>>()?),
            }],
            ..Traf::default()
        })
    }
}

impl Sample {
    fn entry(&self) -> io::Result<TrunEntry> {
        Ok(TrunEntry {
            duration: Some(in_range(self.duration)?),
            size: Some(in_range(self.data.len())?),
            flags: Some(if self.key { KEY_SAMPLE } else { OTHER_SAMPLE }),
            cts: Some(self.composition_offset),
        })
    }
}
