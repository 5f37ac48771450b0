//! H.265 that shows nothing, but whose headers are right.

use crate::bits::BitWriter;
use crate::codec::Codec;
use crate::publish::{Coded, Content, Framing, Message, Publish, Record, RecordForm};

/// How a generated stream of H.265 is coded.
#[derive(Clone, Copy, Debug)]
pub struct HevcStream {
    /// Slice segments of a picture.
    pub slices: u32,
    /// All but the first are dependent.
    pub dependent: bool,
    /// Pictures from one at which decoding starts to the next; 0: there is only the first.
    pub group: u32,
    /// Groups but the first begin with CRA pictures and two leading ones (RASL).
    pub open: bool,
    /// Luma samples in a row.
    pub width: u32,
}

/// A picture to be generated.
#[derive(Clone, Copy, Debug)]
pub struct HevcPicture {
    /// `nal_unit_type` of its slices.
    pub unit_type: u8,
    /// Its picture order count.
    pub pic_order_cnt: u32,
    /// Makes it unlike all others.
    pub serial: u32,
}

impl Default for HevcStream {
    fn default() -> Self {
        Self {
            slices: 1,
            dependent: false,
            group: 10,
            open: false,
            width: 320,
        }
    }
}

const HEIGHT: u32 = 240;
const CTB: u32 = 16;
const FRAME_INTERVAL: u32 = 40;
const TRAIL_R: u8 = 1;
const RASL_N: u8 = 8;
const IDR_N_LP: u8 = 20;
const CRA: u8 = 21;

impl HevcStream {
    /// The video parameter set.
    pub fn vps(&self) -> Vec<u8> {
        let mut bits = BitWriter::default();
        bits.u(4, 0)
            .u(2, 3)
            .u(6, 0)
            .u(3, 0)
            .flag(true)
            .u(16, 0xFFFF);
        profile_tier_level(&mut bits);
        bits.flag(true).ue(4).ue(2).ue(0);
        bits.u(6, 0).ue(0).flag(false).flag(false);
        bits.into_nal_unit_of(&[0x40, 0x01])
    }

    /// The sequence parameter set.
    pub fn sps(&self) -> Vec<u8> {
        let mut bits = BitWriter::default();
        bits.u(4, 0).u(3, 0).flag(true);
        profile_tier_level(&mut bits);
        bits.ue(0).ue(1).ue(self.width).ue(HEIGHT).flag(false);
        bits.ue(0).ue(0).ue(4);
        bits.flag(true)
            .ue(4)
            .ue(if self.open { 2 } else { 0 })
            .ue(0);
        // Coding blocks of 8 to 16 samples.
        bits.ue(0).ue(1).ue(0).ue(1).ue(0).ue(0);
        bits.flag(false).flag(false).flag(false).flag(false);
        bits.ue(0)
            .flag(false)
            .flag(false)
            .flag(false)
            .flag(false)
            .flag(false);
        bits.into_nal_unit_of(&[0x42, 0x01])
    }

    /// The picture parameter set.
    pub fn pps(&self) -> Vec<u8> {
        let mut bits = BitWriter::default();
        bits.ue(0).ue(0).flag(self.dependent).flag(false).u(3, 0);
        bits.flag(false).flag(false).ue(0).ue(0).se(0).flag(false);
        bits.into_nal_unit_of(&[0x44, 0x01])
    }

    /// The sequence header.
    pub fn record(&self) -> Record {
        Record {
            codec: Codec::H265,
            length_size: 4,
            vps: vec![self.vps()],
            sps: vec![self.sps()],
            pps: vec![self.pps()],
            form: RecordForm::Standard,
        }
    }

    /// A publish of that many pictures, a message each.
    pub fn publish(&self, pictures: u32) -> Publish {
        self.publish_of((0..pictures).map(|serial| {
            let in_group = if self.group == 0 {
                serial
            } else {
                serial % self.group
            };
            let is_leading = self.open && serial > self.group && matches!(in_group, 1 | 2);
            let unit_type = match in_group {
                0 if serial > 0 && self.open => CRA,
                0 => IDR_N_LP,
                _ if is_leading => RASL_N,
                _ => TRAIL_R,
            };
            // Leading pictures are shown before the first one.
            let pic_order_cnt = match (unit_type, self.open) {
                (IDR_N_LP, _) => 0,
                (CRA, _) => serial + 2,
                (RASL_N, _) => serial - 1,
                (_, true) => serial,
                (_, false) => in_group,
            };
            HevcPicture {
                unit_type,
                pic_order_cnt,
                serial,
            }
        }))
    }

    /// A publish of these pictures, a message each.
    pub fn publish_of(&self, pictures: impl Iterator<Item = HevcPicture>) -> Publish {
        let record = Message::new(0, Content::Record(self.record()));
        let messages = pictures.enumerate().map(|(index, picture)| {
            let coded = Coded {
                codec: Codec::H265,
                key: (16..24).contains(&picture.unit_type),
                composition: 0,
                units: self.picture(&picture),
                framing: Framing::Lengths(4),
                surplus: Vec::new(),
            };
            Message::new(index as u32 * FRAME_INTERVAL, Content::Coded(coded))
        });
        Publish {
            messages: [record].into_iter().chain(messages).collect(),
        }
    }

    /// The slice segments of a picture.
    pub fn picture(&self, picture: &HevcPicture) -> Vec<Vec<u8>> {
        (0..self.slices)
            .map(|slice| self.slice(picture, slice))
            .collect()
    }

    fn slice(&self, picture: &HevcPicture, slice: u32) -> Vec<u8> {
        let ctbs = self.width.div_ceil(CTB) * HEIGHT.div_ceil(CTB);
        let mut bits = BitWriter::default();
        bits.flag(slice == 0);
        let is_irap = (16..24).contains(&picture.unit_type);
        if is_irap {
            bits.flag(false);
        }
        bits.ue(0);
        if slice > 0 {
            if self.dependent {
                bits.flag(true);
            }
            let address_bits = u32::BITS - (ctbs - 1).leading_zeros();
            bits.u(address_bits, slice * ctbs / self.slices);
        }
        if slice == 0 || !self.dependent {
            // I or P.
            bits.ue(if is_irap { 2 } else { 1 });
            if !matches!(picture.unit_type, 19 | 20) {
                bits.u(8, picture.pic_order_cnt % 256);
            }
        }
        // What would follow is not looked at; it has to be unlike that of any other slice.
        for shift in [0, 8, 16] {
            bits.u(8, (picture.serial >> shift & 0xFF) | 1);
        }
        bits.u(8, picture.serial % 251 + 2)
            .u(8, slice + 1)
            .u(8, 0x55);
        bits.into_nal_unit_of(&[picture.unit_type << 1, 0x01])
    }
}

/// Main, level 3.
fn profile_tier_level(bits: &mut BitWriter) {
    bits.u(2, 0).flag(false).u(5, 1).u(16, 0x6000).u(16, 0);
    bits.u(8, 0x90).u(8, 0).u(16, 0).u(16, 0).u(8, 90);
}
