use flv_h264::{
    AccessUnit,
    nal::{AnnexBUnits, LengthSize, NalUnit, write_annex_b, write_length_prefixed},
};

use crate::codec::Codec;

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
    /// A FourCC instead of a codec id.
    pub enhanced: bool,
    /// A second track of that many bytes is in it as well.
    pub second_track: Option<usize>,
    /// ModEx packets of Enhanced RTMP v2 in front, as many and as long as the number says.
    pub mod_ex: u32,
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
    /// What they are units of.
    pub codec: Codec,
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

/// A decoder configuration record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Which codec's.
    pub codec: Codec,
    /// The length size that it declares.
    pub length_size: u8,
    /// Video parameter sets, of H.265.
    pub vps: Vec<Vec<u8>>,
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

impl Publish {
    /// One publish, whose encoder begins anew several times.
    pub fn one_after_the_other(publishes: Vec<Self>) -> Self {
        let mut messages: Vec<Message> = Vec::new();
        for mut publish in publishes {
            let begin = messages.last().map_or(0, |last| last.timestamp + 40);
            for message in &mut publish.messages {
                message.timestamp += begin;
            }
            messages.append(&mut publish.messages);
        }
        Self { messages }
    }

    /// The bodies of the video messages, with their timestamps.
    pub fn bodies(&self) -> impl Iterator<Item = (u32, Vec<u8>)> + '_ {
        self.messages
            .iter()
            .map(|message| (message.timestamp, message.body()))
    }

    /// The pictures of a publish in which every message is one: call it before any habit.
    pub fn pictures(&self) -> Vec<Picture> {
        self.coded()
            .filter(|coded| coded.has_slice())
            .map(|coded| Picture {
                units: coded
                    .units
                    .iter()
                    .filter(|unit| coded.codec.is_content(unit))
                    .cloned()
                    .collect(),
            })
            .collect()
    }

    /// The content of a delivered picture.
    pub fn content(unit: &AccessUnit) -> Picture {
        let codec = Codec::of(unit.codec);
        Picture {
            units: AnnexBUnits::new(&unit.data)
                .map(|unit| unit.bytes().to_vec())
                .filter(|unit| codec.is_content(unit))
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
        self.messages.iter_mut().filter_map(Message::coded_mut)
    }

    /// Whether units have others behind them in one of the first messages, so that it shows what stands between.
    pub(crate) fn has_several_units_at_first(&self) -> bool {
        let mut first = self.coded().take(8);
        first.any(|coded| coded.units.len() > 1)
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
const MOD_EX: u8 = 7;

impl Message {
    /// A message with a codec id.
    pub fn new(timestamp: u32, content: Content) -> Self {
        Self {
            timestamp,
            content,
            enhanced: false,
            second_track: None,
            mod_ex: 0,
        }
    }

    /// What its label says.
    pub(crate) const fn codec(&self) -> Codec {
        match &self.content {
            Content::Record(record) => record.codec,
            Content::Coded(coded) => coded.codec,
            Content::Other(_) => Codec::H264,
        }
    }

    /// Its body.
    pub fn body(&self) -> Vec<u8> {
        let (key, packet_type, composition, data) = match &self.content {
            Content::Record(record) => (true, 0_u8, 0, record.bytes()),
            Content::Coded(coded) => (coded.key, 1, coded.composition, coded.bytes()),
            Content::Other(body) => return body.clone(),
        };
        let codec = self.codec();
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
                &self.enhanced_head(frame_type, MULTITRACK)[..],
                &[0x10 | packet_type],
                codec.four_cc(),
                &track(1, &second),
                &track(0, &first),
            ]
            .concat();
        }
        match self.enhanced {
            true => [
                &self.enhanced_head(frame_type, packet_type)[..],
                codec.four_cc(),
                &with_composition(packet_type == 1),
            ]
            .concat(),
            false => [
                &[frame_type | codec.id(), packet_type][..],
                &composition,
                &data,
            ]
            .concat(),
        }
    }
}

impl Message {
    /// Its NAL units, to be changed.
    pub(crate) const fn coded_mut(&mut self) -> Option<&mut Coded> {
        match &mut self.content {
            Content::Coded(coded) => Some(coded),
            _ => None,
        }
    }

    /// What stands in front of the FourCC or the tracks.
    fn enhanced_head(&self, frame_type: u8, packet_type: u8) -> Vec<u8> {
        let packets = self.mod_ex % 4;
        let first = if packets == 0 { packet_type } else { MOD_EX };
        let mut head = vec![ENHANCED | frame_type | first];
        for packet in 0..packets {
            let size = [3, 1, 255, 256, 700][(self.mod_ex >> (2 + packet)) as usize % 5];
            match size - 1 {
                short @ 0..255 => head.push(short as u8),
                long => head.extend([&[0xFF][..], &(long as u16).to_be_bytes()].concat()),
            }
            head.extend(vec![packet as u8; size]);
            let next = if packet + 1 == packets {
                packet_type
            } else {
                MOD_EX
            };
            // Nanoseconds, and kinds that nobody knows.
            head.push((packet as u8 * 7) << 4 | next);
        }
        head
    }
}

impl Coded {
    /// Whether it can have start codes behind a length. Where units are taken apart, what is put behind one later could be
    /// the first one that has.
    pub(crate) const fn is_glued(&self) -> bool {
        matches!(self.framing, Framing::Glued(_))
    }

    pub(crate) fn has_slice(&self) -> bool {
        self.units.iter().any(|unit| self.codec.is_slice(unit))
    }

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
        let sets = self.sets();
        let annex_b = || {
            let mut out = Vec::new();
            write_annex_b(sets.iter().map(|set| NalUnit(set)), &mut out);
            out
        };
        let standard = || self.written(1, 0xFF, &self.lists());
        match self.form {
            RecordForm::Standard => standard(),
            RecordForm::Sloppy(detail) => {
                let reserved = if detail & 1 == 0 { 0x00 } else { 0xFF };
                let mut record = self.written(detail >> 1, reserved, &self.lists());
                record.extend(vec![detail; usize::from(detail % 7)]);
                record
            }
            RecordForm::Glued => self.written(1, 0xFF, &[&[annex_b()[4..].to_vec()], &[]]),
            RecordForm::AnnexB => annex_b(),
            RecordForm::InFront(detail) => {
                let record = standard();
                let name = match self.codec {
                    Codec::H264 => b"avcC",
                    Codec::H265 => b"hvcC",
                };
                let front = match detail % 3 {
                    0 => [&(record.len() as u32 + 8).to_be_bytes()[..], name].concat(),
                    1 => record[..5].to_vec(),
                    _ => vec![0x10 | self.codec.id(), 0, 0, 0, 0],
                };
                [front, record].concat()
            }
            RecordForm::WrongCounts(detail) => {
                let mut record = standard();
                let count = [0, 9, 31][usize::from(detail % 3)];
                match self.codec {
                    Codec::H264 => record[5] = 0xE0 | count,
                    Codec::H265 => record[22] = count,
                }
                record
            }
        }
    }

    /// The lists of the record.
    fn lists(&self) -> Vec<&[Vec<u8>]> {
        match self.codec {
            Codec::H264 => vec![&self.sps, &self.pps],
            Codec::H265 => vec![&self.vps, &self.sps, &self.pps],
        }
    }

    fn written(&self, version: u8, reserved: u8, lists: &[&[Vec<u8>]]) -> Vec<u8> {
        let first = self.sps.first().expect("a sequence parameter set");
        let size = self.length_size - 1;
        let mut out = match self.codec {
            Codec::H264 => vec![
                version,
                first[1],
                first[2],
                first[3],
                reserved & 0xFC | size,
            ],
            Codec::H265 => {
                let mut out = vec![version, 1, 0x60, 0, 0, 0, 0x90, 0, 0, 0, 0, 0, 90];
                out.extend([0xF0, 0, 0xFC, 0xFC, 0xF8, 0xF8].map(|bits| reserved & bits));
                out[16] |= 1;
                out.extend([0, 0, 0x0C | size, lists.len() as u8]);
                out
            }
        };
        for (index, list) in lists.iter().enumerate() {
            match (self.codec, index) {
                (Codec::H264, 0) => out.push(reserved & 0xE0 | list.len() as u8),
                (Codec::H264, _) => out.push(list.len() as u8),
                (Codec::H265, _) => out.extend([0xA0 | index as u8, 0, list.len() as u8]),
            }
            for set in *list {
                out.extend((set.len() as u16).to_be_bytes());
                out.extend(set);
            }
        }
        out
    }
}
