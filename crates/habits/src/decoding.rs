//! Which parameter sets pictures are decoded with.

use std::collections::BTreeMap;

use flv_h264::{h264, h265, nal::NalUnit};

use crate::codec::Codec;
use crate::publish::{Content, Publish};

/// The picture and the sequence parameter set of a slice.
pub(crate) type Sets = (Vec<u8>, Vec<u8>);

/// The parameter sets that have come, by their ids.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    sps: BTreeMap<u8, Vec<u8>>,
    /// With the id of the sequence parameter set that they refer to.
    pps: BTreeMap<u8, (u8, Vec<u8>)>,
}

impl Decoder {
    /// Takes the units of a picture, and tells the parameter sets of each slice.
    pub(crate) fn picture<'a>(
        &mut self,
        codec: Codec,
        units: impl Iterator<Item = &'a [u8]>,
    ) -> Vec<Option<Sets>> {
        let mut sets = Vec::new();
        for unit in units {
            if codec.is_slice(unit) {
                sets.push(self.sets_of(codec, unit));
            } else {
                self.learn(codec, unit);
            }
        }
        sets
    }

    fn learn(&mut self, codec: Codec, bytes: &[u8]) {
        let unit = NalUnit(bytes);
        let (sps, pps) = match codec {
            Codec::H264 => (
                h264::Sps::parse(unit).map(|sps| sps.id),
                h264::Pps::parse(unit).map(|pps| (pps.id, pps.sps_id)),
            ),
            Codec::H265 => (
                h265::Sps::parse(unit).map(|sps| sps.id),
                h265::Pps::parse(unit).map(|pps| (pps.id, pps.sps_id)),
            ),
        };
        if let Ok(id) = sps {
            self.sps.insert(id, bytes.to_vec());
        }
        if let Ok((id, sps_id)) = pps {
            self.pps.insert(id, (sps_id, bytes.to_vec()));
        }
    }

    fn sets_of(&self, codec: Codec, slice: &[u8]) -> Option<Sets> {
        let slice = NalUnit(slice);
        let id = match codec {
            Codec::H264 => h264::SliceHeader::parse(slice).ok()?.pic_parameter_set_id,
            Codec::H265 => h265::SliceHeader::parse(slice).ok()?.pic_parameter_set_id,
        };
        let (sps_id, pps) = self.pps.get(&id)?;
        Some((pps.clone(), self.sps.get(sps_id)?.clone()))
    }
}

impl Publish {
    /// The parameter sets of the slices of each picture, where every message is one and sequence
    /// headers stand in front of those at which decoding starts: call it before any habit.
    pub(crate) fn parameter_sets(&self) -> Vec<Vec<Option<Sets>>> {
        let mut decoder = Decoder::default();
        let mut pictures = Vec::new();
        for message in &self.messages {
            match &message.content {
                Content::Record(record) => {
                    decoder = Decoder::default();
                    let sets = record.sets();
                    decoder.picture(record.codec, sets.iter().map(Vec::as_slice));
                }
                Content::Coded(coded) => {
                    let sets = decoder.picture(coded.codec, coded.units.iter().map(Vec::as_slice));
                    if coded.has_slice() {
                        pictures.push(sets);
                    }
                }
                Content::Other(_) => {}
            }
        }
        pictures
    }
}
