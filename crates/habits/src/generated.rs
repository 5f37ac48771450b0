//! H.264 that shows nothing, but whose headers are right.

use crate::bits::BitWriter;
use crate::codec::Codec;
use crate::publish::{Coded, Content, Framing, Message, Publish, Record, RecordForm};

/// How a generated stream is coded.
#[derive(Clone, Copy, Debug)]
pub struct Stream {
    /// `profile_idc`: 66, 77 or 88.
    pub profile: u8,
    /// Slices of a picture, or of a field.
    pub slices: u32,
    /// Pictures are pairs of fields.
    pub fields: bool,
    /// `pic_order_cnt_type`, 0 to 2.
    pub pic_order_cnt_type: u8,
    /// Pictures from one IDR picture to the next; 0: there is only the first.
    pub group: u32,
    /// Every other picture is a B picture that nothing refers to.
    pub b_pictures: bool,
    /// All pictures are IDR pictures, and `idr_pic_id` is always 0, which is against the standard.
    pub same_idr_pic_id: bool,
    /// Groups begin with I pictures instead of IDR pictures.
    pub no_idr: bool,
    /// If pictures are pairs of fields, every other one is a frame.
    pub frames_between: bool,
    /// `seq_parameter_set_id`.
    pub sps_id: u32,
    /// Pictures use these picture parameter sets in turn.
    pub pps_ids: [u32; 2],
    /// In macroblocks.
    pub width: u32,
}

impl Default for Stream {
    fn default() -> Self {
        Self {
            profile: 77,
            slices: 1,
            fields: false,
            pic_order_cnt_type: 0,
            group: 10,
            b_pictures: false,
            same_idr_pic_id: false,
            no_idr: false,
            frames_between: false,
            sps_id: 0,
            pps_ids: [0, 0],
            width: 20,
        }
    }
}

const HEIGHT_IN_MBS: u32 = 15;
const FRAME_INTERVAL: u32 = 40;
const I: u32 = 7;
const P: u32 = 5;
const B: u32 = 6;

impl Stream {
    /// The sequence parameter set.
    pub fn sps(&self) -> Vec<u8> {
        let mut bits = BitWriter::default();
        bits.u(8, self.profile.into())
            .u(8, 0)
            .u(8, 30)
            .ue(self.sps_id);
        bits.ue(4).ue(self.pic_order_cnt_type.into());
        match self.pic_order_cnt_type {
            0 => drop(bits.ue(4)),
            1 => drop(bits.flag(false).se(0).se(0).ue(0)),
            _ => {}
        }
        let height = if self.fields { 8 } else { HEIGHT_IN_MBS };
        bits.ue(1).flag(false).ue(self.width - 1).ue(height - 1);
        bits.flag(!self.fields);
        if self.fields {
            bits.flag(false);
        }
        bits.flag(true).flag(false).flag(false);
        bits.into_nal_unit(0x67)
    }

    /// The first picture parameter set.
    pub fn pps(&self) -> Vec<u8> {
        self.pps_of(self.pps_ids[0])
    }

    fn pps_of(&self, id: u32) -> Vec<u8> {
        let mut bits = BitWriter::default();
        bits.ue(id)
            .ue(self.sps_id)
            .flag(false)
            .flag(false)
            .ue(0)
            .ue(0)
            .ue(0);
        bits.flag(false).u(2, 0).se(0).se(0).se(0);
        bits.flag(false).flag(false).flag(false);
        bits.into_nal_unit(0x68)
    }

    /// A publish of that many pictures, a message each.
    pub fn publish(&self, pictures: u32) -> Publish {
        let mut pps = self.pps_ids.map(|id| self.pps_of(id)).to_vec();
        pps.dedup();
        let record = Record {
            codec: Codec::H264,
            length_size: 4,
            vps: Vec::new(),
            sps: vec![self.sps()],
            pps,
            form: RecordForm::Standard,
        };
        let mut messages = vec![Message::new(0, Content::Record(record))];
        let (mut frame_num, mut in_group, mut groups) = (0, 0, 0);
        for index in 0..pictures {
            let begins =
                index == 0 || in_group == self.group && self.group > 0 || self.same_idr_pic_id;
            if begins {
                in_group = 0;
                groups += 1;
            }
            let idr = begins && !self.no_idr;
            let is_b = self.b_pictures && in_group % 2 == 1;
            if idr {
                frame_num = 0;
            }
            let slice_type = if begins {
                I
            } else if is_b {
                B
            } else {
                P
            };
            let picture = PictureHeader {
                idr,
                referred_to: !is_b,
                slice_type,
                frame_num,
                idr_pic_id: if self.same_idr_pic_id { 0 } else { groups % 2 },
                pic_order_cnt: in_group * 2,
                serial: index,
            };
            let units = self.picture(&picture);
            if !is_b {
                frame_num = (frame_num + 1) % 256;
            }
            in_group += 1;
            let coded = Coded {
                codec: Codec::H264,
                key: begins,
                composition: 0,
                units,
                framing: Framing::Lengths(4),
                surplus: Vec::new(),
            };
            messages.push(Message::new(index * FRAME_INTERVAL, Content::Coded(coded)));
        }
        Publish { messages }
    }

    fn picture(&self, picture: &PictureHeader) -> Vec<Vec<u8>> {
        let fields: &[Option<bool>] = match self.fields {
            true if self.frames_between && picture.serial % 2 == 1 => &[None],
            true => &[Some(false), Some(true)],
            false => &[None],
        };
        let slices = |bottom: Option<bool>| {
            (0..self.slices).map(move |slice| self.slice(picture, bottom, slice))
        };
        fields.iter().copied().flat_map(slices).collect()
    }

    fn slice(&self, picture: &PictureHeader, bottom: Option<bool>, slice: u32) -> Vec<u8> {
        // Only the first field of an IDR picture is one.
        let idr = picture.idr && bottom != Some(true);
        let mut bits = BitWriter::default();
        let rows = match (self.fields, bottom) {
            (true, Some(_)) => 8,
            (true, None) => 16,
            (false, _) => HEIGHT_IN_MBS,
        };
        let macroblocks = self.width * rows;
        bits.ue(slice * macroblocks / self.slices);
        bits.ue(if picture.idr && !idr {
            P
        } else {
            picture.slice_type
        })
        .ue(self.pps_ids[picture.serial as usize % 2]);
        bits.u(8, picture.frame_num);
        match bottom {
            Some(bottom) => drop(bits.flag(true).flag(bottom)),
            None if self.fields => drop(bits.flag(false)),
            None => {}
        }
        if idr {
            bits.ue(picture.idr_pic_id);
        }
        match self.pic_order_cnt_type {
            0 => drop(bits.u(
                8,
                (picture.pic_order_cnt + u32::from(bottom == Some(true))) % 256,
            )),
            1 => drop(bits.se(0)),
            _ => {}
        }
        // What would follow is not looked at; it has to be unlike that of any other slice.
        for shift in [0, 8, 16] {
            bits.u(8, (picture.serial >> shift & 0xFF) | 1);
        }
        bits.u(8, picture.serial % 251 + 2).u(8, slice + 1);
        let ref_idc = if picture.referred_to { 0x60 } else { 0 };
        bits.into_nal_unit(ref_idc | if idr { 5 } else { 1 })
    }
}

struct PictureHeader {
    idr: bool,
    referred_to: bool,
    slice_type: u32,
    frame_num: u32,
    idr_pic_id: u32,
    pic_order_cnt: u32,
    serial: u32,
}
