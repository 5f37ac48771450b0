//! A movie fragment: some samples and what there is to know about them.

use std::io::{self, Write};

use mp4_atom::{Mfhd, Moof, Tfdt, Tfhd, Traf, Trun, TrunEntry, TrunSamples};

use super::movie::{TRACK, encoded};

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
    pub(super) duration: i64,
    pub(super) composition_offset: i64,
}

/// Samples that follow each other.
#[derive(Debug)]
pub(super) struct Fragment<'a> {
    /// Counted from 1.
    pub(super) number: u32,
    /// Decoding time of the first sample.
    pub(super) start: i64,
    pub(super) samples: &'a [Sample],
}

impl Fragment<'_> {
    pub(super) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        // The samples begin behind this box and the header of the next: how far that is from the
        // box's own beginning is known once it is encoded.
        let size = encoded(&self.header(0)?)?.len();
        let data_offset = in_range(size + BOX_HEADER_BYTES)?;
        out.write_all(&encoded(&self.header(data_offset)?)?)?;

        let bytes: usize = self.samples.iter().map(|sample| sample.data.len()).sum();
        let size: u32 = in_range(BOX_HEADER_BYTES + bytes)?;
        out.write_all(&size.to_be_bytes())?;
        out.write_all(b"mdat")?;
        for sample in self.samples {
            out.write_all(&sample.data)?;
        }
        Ok(())
    }

    fn header(&self, data_offset: i32) -> io::Result<Moof> {
        let entries = self.samples.iter().map(Sample::entry);
        Ok(Moof {
            mfhd: Mfhd {
                sequence_number: self.number,
            },
            traf: vec![Traf {
                tfhd: Tfhd {
                    track_id: TRACK,
                    default_base_is_moof: true,
                    ..Tfhd::default()
                },
                tfdt: Some(Tfdt {
                    base_media_decode_time: in_range(self.start)?,
                }),
                trun: vec![Trun {
                    data_offset: Some(data_offset),
                    samples: TrunSamples::Explicit(entries.collect::<io::Result<_>>()?),
                }],
                ..Traf::default()
            }],
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

/// A number that the file format has room for.
fn in_range<T: TryFrom<N>, N>(number: N) -> io::Result<T>
where
    T::Error: std::error::Error + Send + Sync + 'static,
{
    T::try_from(number).map_err(io::Error::other)
}
