use flv_h264::h264::NalUnitType;
use flv_h264::{LengthSize, NalUnit, write_annex_b, write_length_prefixed};

/// The video of a publish, message by message.
#[derive(Clone, Debug, Default)]
pub struct Publish {
    /// In the order in which they are sent.
    pub messages: Vec<Message>,
}

/// A video message.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its timestamp.
    pub timestamp: u32,
    /// What is in it.
    pub content: Content,
    /// FourCC `avc1` instead of codec id 7.
    pub enhanced: bool,
    /// A second track of that many bytes is in it as well.
    pub second_track: Option<usize>,
}

/// What a message holds.
#[derive(Clone, Debug)]
pub enum Content {
    /// A sequence header.
    Record(Record),
    /// NAL units.
    Coded(Coded),
    /// A whole body that is no picture.
    Other(Vec<u8>),
}

/// NAL units, and how they are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coded {
    /// Flagged as a key frame.
    pub key: bool,
    /// The composition time.
    pub composition: i32,
    /// Without lengths or start codes.
    pub units: Vec<Vec<u8>>,
    /// What stands in front of them.
    pub framing: Framing,
    /// What stands behind the last one.
    pub surplus: Vec<u8>,
}

/// What stands in front of NAL units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Framing {
    /// A length of that many bytes.
    Lengths(usize),
    /// A start code; 3 bytes, if not the first of every so many.
    StartCodes(usize),
    /// One length of 4 bytes in front of every so many units, and start codes in between.
    Glued(usize),
}

/// An AVC decoder configuration record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The length size that it declares.
    pub length_size: u8,
    /// Sequence parameter sets.
    pub sps: Vec<Vec<u8>>,
    /// Picture parameter sets.
    pub pps: Vec<Vec<u8>>,
    /// How it is written.
    pub form: RecordForm,
}

/// How a record is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordForm {
    /// As it should be.
    Standard,
    /// With any version and reserved bits, and bytes behind it.
    Sloppy(u8),
    /// All sets in one entry of the first list, start codes between them; the second list is empty.
    Glued,
    /// As a byte stream.
    AnnexB,
    /// Behind the header of an MP4 box, or behind its own first bytes.
    InFront(u8),
    /// With counts that are not those of the lists.
    WrongCounts(u8),
}

/// A picture that has to come out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Slices and SEI, in order.
    pub units: Vec<Vec<u8>>,
}

impl Picture {
    /// Its units in short: how they begin, and their lengths.
    pub(crate) fn outline(&self) -> String {
        let units = self.units.iter().map(|unit| {
            let beginning = unit.get(..4).unwrap_or(unit);
            format!("{beginning:02x?}…{}", unit.len())
        });
        units.collect::<Vec<_>>().join(" ")
    }
}

/// Whether a unit is what a picture is made of: no parameter set, delimiter, filler or end.
pub(crate) fn is_content(unit: &[u8]) -> bool {
    !unit.is_empty()
        && !matches!(
            NalUnitType::of(NalUnit(unit)),
            NalUnitType::SPS
                | NalUnitType::PPS
                | NalUnitType::SPS_EXTENSION
                | NalUnitType::ACCESS_UNIT_DELIMITER
                | NalUnitType::FILLER_DATA
                | NalUnitType::END_OF_SEQUENCE
                | NalUnitType::END_OF_STREAM
        )
}

pub(crate) fn is_slice(unit: &[u8]) -> bool {
    NalUnitType::of(NalUnit(unit)).is_vcl()
}

pub(crate) fn is_parameter_set(unit: &[u8]) -> bool {
    matches!(
        NalUnitType::of(NalUnit(unit)),
        NalUnitType::SPS | NalUnitType::PPS | NalUnitType::SPS_EXTENSION
    )
}

impl Publish {
    /// The bodies of the video messages, with their timestamps.
    pub fn bodies(&self) -> impl Iterator<Item = (u32, Vec<u8>)> + '_ {
        self.messages
            .iter()
            .map(|message| (message.timestamp, message.body()))
    }

    /// The pictures of a publish in which every message is one: call it before any habit.
    pub fn pictures(&self) -> Vec<Picture> {
        self.coded()
            .filter(|coded| coded.units.iter().any(|unit| is_slice(unit)))
            .map(|coded| Picture {
                units: coded
                    .units
                    .iter()
                    .filter(|unit| is_content(unit))
                    .cloned()
                    .collect(),
            })
            .collect()
    }

    /// The content of a delivered picture, a byte stream.
    pub fn content(annex_b: &[u8]) -> Picture {
        Picture {
            units: flv_h264::AnnexBUnits::new(annex_b)
                .map(|unit| unit.bytes().to_vec())
                .filter(|unit| is_content(unit))
                .collect(),
        }
    }

    /// The messages of NAL units.
    pub(crate) fn coded(&self) -> impl Iterator<Item = &Coded> {
        self.messages
            .iter()
            .filter_map(|message| match &message.content {
                Content::Coded(coded) => Some(coded),
                _ => None,
            })
    }

    /// The messages of NAL units, to be changed.
    pub(crate) fn coded_mut(&mut self) -> impl Iterator<Item = &mut Coded> {
        self.messages
            .iter_mut()
            .filter_map(|message| match &mut message.content {
                Content::Coded(coded) => Some(coded),
                _ => None,
            })
    }

    /// The records, to be changed.
    pub(crate) fn records_mut(&mut self) -> impl Iterator<Item = &mut Record> {
        self.messages
            .iter_mut()
            .filter_map(|message| match &mut message.content {
                Content::Record(record) => Some(record),
                _ => None,
            })
    }

    /// Puts several messages in the place of each.
    pub(crate) fn replace_each(&mut self, mut replace: impl FnMut(Message) -> Vec<Message>) {
        let messages = std::mem::take(&mut self.messages);
        self.messages = messages.into_iter().flat_map(&mut replace).collect();
    }
}

const KEY: u8 = 0x10;
const INTER: u8 = 0x20;
const ENHANCED: u8 = 0x80;
const MULTITRACK: u8 = 6;

impl Message {
    /// A message with codec id 7.
    pub fn new(timestamp: u32, content: Content) -> Self {
        Self {
            timestamp,
            content,
            enhanced: false,
            second_track: None,
        }
    }

    /// Its body.
    pub fn body(&self) -> Vec<u8> {
        let (key, packet_type, composition, data) = match &self.content {
            Content::Record(record) => (true, 0_u8, 0, record.bytes()),
            Content::Coded(coded) => (coded.key, 1, coded.composition, coded.bytes()),
            Content::Other(body) => return body.clone(),
        };
        let frame_type = if key { KEY } else { INTER };
        let [_, composition @ ..] = composition.to_be_bytes();
        let with_composition = |coded: bool| match coded {
            true => [&composition[..], &data].concat(),
            false => data.clone(),
        };
        if let Some(length) = self.second_track {
            let first = with_composition(packet_type == 1);
            let second = vec![0xFF; length];
            let track = |id: u8, data: &[u8]| {
                let [_, size @ ..] = (data.len() as u32).to_be_bytes();
                [&[id][..], &size, data].concat()
            };
            return [
                &[ENHANCED | frame_type | MULTITRACK, 0x10 | packet_type][..],
                b"avc1",
                &track(1, &second),
                &track(0, &first),
            ]
            .concat();
        }
        match self.enhanced {
            true => [
                &[ENHANCED | frame_type | packet_type][..],
                b"avc1",
                &with_composition(packet_type == 1),
            ]
            .concat(),
            false => [&[frame_type | 7, packet_type][..], &composition, &data].concat(),
        }
    }
}

impl Coded {
    fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self.framing {
            Framing::Lengths(size) => {
                let size = LengthSize::new(size as u8).expect("1 to 4");
                let units = self.units.iter().map(|unit| NalUnit(unit));
                write_length_prefixed(units, size, &mut out).expect("lengths fit");
            }
            Framing::StartCodes(every) => {
                for (index, unit) in self.units.iter().enumerate() {
                    let long = index % every.max(1) == 0;
                    out.extend(if long { &[0, 0, 0, 1][..] } else { &[0, 0, 1] });
                    out.extend(unit);
                }
            }
            Framing::Glued(every) => {
                for units in self.units.chunks(every.max(1)) {
                    let mut glued = Vec::new();
                    write_annex_b(units.iter().map(|unit| NalUnit(unit)), &mut glued);
                    let glued = glued.get(4..).unwrap_or_default();
                    out.extend((glued.len() as u32).to_be_bytes());
                    out.extend(glued);
                }
            }
        }
        out.extend(&self.surplus);
        out
    }
}

impl Record {
    fn bytes(&self) -> Vec<u8> {
        let sets = || self.sps.iter().chain(&self.pps);
        let annex_b = || {
            let mut out = Vec::new();
            write_annex_b(sets().map(|set| NalUnit(set)), &mut out);
            out
        };
        let standard = || self.written(1, 0xFF, &self.sps, &self.pps);
        match self.form {
            RecordForm::Standard => standard(),
            RecordForm::Sloppy(detail) => {
                let reserved = if detail & 1 == 0 { 0x00 } else { 0xFF };
                let mut record = self.written(detail >> 1, reserved, &self.sps, &self.pps);
                record.extend(vec![detail; usize::from(detail % 7)]);
                record
            }
            RecordForm::Glued => self.written(1, 0xFF, &[annex_b()[4..].to_vec()], &[]),
            RecordForm::AnnexB => annex_b(),
            RecordForm::InFront(detail) => {
                let record = standard();
                let front = match detail % 3 {
                    0 => [&(record.len() as u32 + 8).to_be_bytes()[..], b"avcC"].concat(),
                    1 => record[..5].to_vec(),
                    _ => vec![0x17, 0, 0, 0, 0],
                };
                [front, record].concat()
            }
            RecordForm::WrongCounts(detail) => {
                let mut record = standard();
                record[5] = 0xE0 | [0, 9, 31][usize::from(detail % 3)];
                record
            }
        }
    }

    fn written(&self, version: u8, reserved: u8, sps: &[Vec<u8>], pps: &[Vec<u8>]) -> Vec<u8> {
        let first = self.sps.first().expect("a sequence parameter set");
        let mut out = vec![
            version,
            first[1],
            first[2],
            first[3],
            reserved & 0xFC | (self.length_size - 1),
            reserved & 0xE0 | sps.len() as u8,
        ];
        for (index, list) in [sps, pps].into_iter().enumerate() {
            if index == 1 {
                out.push(list.len() as u8);
            }
            for set in list {
                out.extend((set.len() as u16).to_be_bytes());
                out.extend(set);
            }
        }
        out
    }
}
