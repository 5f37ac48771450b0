//! Which slices make a picture (H.264 section 7.4.1.2.4).

use crate::nal::rbsp::RbspReader;
use crate::nal::slice::{self, FirstBits, HeaderBits, Relation, SliceKind};
use crate::nal::unit::NalUnit;

use super::HEADER;
use super::nal_unit_type::NalUnitType;
use super::pps::Pps;
use super::profile::Profile;
use super::slice_header::SliceType;
use super::sps::Sps;

/// What a slice header needs from its parameter sets to be read.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct SliceSyntax {
    separate_colour_planes: bool,
    log2_max_frame_num: u8,
    frame_mbs_only: bool,
    pic_order_cnt_type: u8,
    log2_max_pic_order_cnt_lsb: u8,
    delta_pic_order_always_zero: bool,
    bottom_field_pic_order_in_frame_present: bool,
    redundant_pic_cnt_present: bool,
    macroblocks: u32,
    arbitrary_slice_order: bool,
}

/// A slice header as far as it tells which picture the slice belongs to.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slice {
    pub(crate) first_mb_in_slice: u32,
    pub(crate) kind: SliceKind,
    pub(crate) structure: Structure,
    arbitrary_slice_order: bool,
    colour_plane: u8,
    redundant: bool,
    picture: PictureIdentity,
}

/// What is the same in all slices of a picture or field.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
struct PictureIdentity {
    frame_num: u32,
    idr: bool,
    idr_pic_id: u32,
    /// `pic_order_cnt_lsb`, or `delta_pic_order_cnt[ 0 ]`.
    pic_order_cnt: u32,
    /// `delta_pic_order_cnt_bottom`, or `delta_pic_order_cnt[ 1 ]`.
    delta_pic_order_cnt: u32,
}

/// The bits of a slice header behind `first_mb_in_slice`, as far as a picture is told by them.
#[derive(Copy, Clone, Debug)]
pub(crate) struct CommonHeader {
    nal_unit_type: NalUnitType,
    bits: u64,
    length: u32,
}

/// `field_pic_flag` and `bottom_field_flag`.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Structure {
    Frame,
    TopField,
    BottomField,
}

/// A profile in which slices may come in any order, as in Baseline (annexes A.2.1 and A.2.3).
const EXTENDED: u8 = 88;
const CONSTRAINT_SET1: u8 = 0x40;

impl SliceSyntax {
    pub(crate) fn new(sps: &Sps, pps: &Pps) -> Self {
        let profile = sps.profile;
        Self {
            separate_colour_planes: sps.separate_colour_planes,
            log2_max_frame_num: sps.log2_max_frame_num,
            frame_mbs_only: sps.frame_mbs_only,
            pic_order_cnt_type: sps.pic_order_cnt_type,
            log2_max_pic_order_cnt_lsb: sps.log2_max_pic_order_cnt_lsb,
            delta_pic_order_always_zero: sps.delta_pic_order_always_zero,
            bottom_field_pic_order_in_frame_present: pps.bottom_field_pic_order_in_frame_present,
            redundant_pic_cnt_present: pps.redundant_pic_cnt_present,
            macroblocks: sps.frame_size_in_mbs(),
            arbitrary_slice_order: profile.idc == EXTENDED
                || profile.idc == Profile::BASELINE
                    && profile.constraint_flags & CONSTRAINT_SET1 == 0,
        }
    }
}

impl Slice {
    fn read_bits<'a>(
        bits: &mut impl HeaderBits,
        idr: bool,
        syntax: impl Fn(u8) -> Option<&'a SliceSyntax>,
    ) -> Option<Self> {
        let first_mb_in_slice = bits.ue()?;
        let slice_type = SliceType(u8::try_from(bits.ue()?).ok()?);
        let pic_parameter_set_id = u8::try_from(bits.ue()?).ok()?;
        let kind = slice_type.kind();
        let syntax = syntax(pic_parameter_set_id)?;
        let is_possible = match kind {
            SliceKind::Unknown => false,
            SliceKind::I => true,
            SliceKind::P | SliceKind::B => !idr,
        };
        if !is_possible || first_mb_in_slice >= syntax.macroblocks {
            return None;
        }
        let colour_plane = match syntax.separate_colour_planes {
            true => bits.u(2)? as u8,
            false => 0,
        };
        let mut picture = PictureIdentity {
            frame_num: bits.u(syntax.log2_max_frame_num)?,
            idr,
            ..PictureIdentity::default()
        };
        let structure = if syntax.frame_mbs_only || bits.u(1)? == 0 {
            Structure::Frame
        } else if bits.u(1)? == 0 {
            Structure::TopField
        } else {
            Structure::BottomField
        };
        if idr {
            picture.idr_pic_id = bits.ue()?;
        }
        let with_bottom =
            syntax.bottom_field_pic_order_in_frame_present && structure == Structure::Frame;
        if syntax.pic_order_cnt_type == 0 {
            picture.pic_order_cnt = bits.u(syntax.log2_max_pic_order_cnt_lsb)?;
            if with_bottom {
                picture.delta_pic_order_cnt = bits.ue()?;
            }
        } else if syntax.pic_order_cnt_type == 1 && !syntax.delta_pic_order_always_zero {
            picture.pic_order_cnt = bits.ue()?;
            if with_bottom {
                picture.delta_pic_order_cnt = bits.ue()?;
            }
        }
        let redundant = syntax.redundant_pic_cnt_present && bits.ue()? > 0;
        Some(Self {
            first_mb_in_slice,
            kind,
            structure,
            arbitrary_slice_order: syntax.arbitrary_slice_order,
            colour_plane,
            redundant,
            picture,
        })
    }

    /// Whether it is of the other field of a frame.
    const fn is_opposite_field_of(&self, other: &Self) -> bool {
        matches!(
            (self.structure, other.structure),
            (Structure::TopField, Structure::BottomField)
                | (Structure::BottomField, Structure::TopField)
        )
    }
}

impl slice::Slice for Slice {
    type Syntax = SliceSyntax;
    type CommonHeader = CommonHeader;

    /// Reads the header of a slice (section 7.3.3). `None` if it cannot be read, or does not fit
    /// the parameter sets.
    fn read<'a>(unit: NalUnit<'_>, syntax: impl Fn(u8) -> Option<&'a SliceSyntax>) -> Option<Self> {
        let idr = match NalUnitType::of(unit) {
            NalUnitType::IDR_SLICE => true,
            NalUnitType::SLICE | NalUnitType::DATA_PARTITION_A => false,
            _ => return None,
        };
        FirstBits::new(unit.behind(HEADER))
            .and_then(|mut bits| Self::read_bits(&mut bits, idr, &syntax))
            .or_else(|| Self::read_bits(&mut RbspReader::new(unit, HEADER), idr, &syntax))
    }

    /// Reads the header of the first slice of a frame, if that is as short as they usually are,
    /// with what the headers of its other slices have in common with it.
    fn read_first_of_frame<'a>(
        unit: NalUnit<'_>,
        syntax: impl Fn(u8) -> Option<&'a SliceSyntax>,
    ) -> Option<(Self, CommonHeader)> {
        let nal_unit_type = NalUnitType::of(unit);
        let idr = nal_unit_type == NalUnitType::IDR_SLICE;
        let mut bits = FirstBits::new(unit.behind(HEADER))?;
        let mut behind_first_mb = bits;
        behind_first_mb.ue()?;
        let slice = Self::read_bits(&mut bits, idr, syntax)?;
        let begins_frame = slice.first_mb_in_slice == 0
            && slice.structure == Structure::Frame
            && slice.colour_plane == 0
            && !slice.redundant;
        if !begins_frame {
            return None;
        }
        let length = behind_first_mb.left().wrapping_sub(bits.left());
        let common = CommonHeader {
            nal_unit_type,
            bits: behind_first_mb.top(length),
            length,
        };
        Some((slice, common))
    }

    /// Becomes the slice `unit`, if that is the next one of the same frame, with nothing else in its
    /// header but where it begins.
    fn go_on_in_frame(&mut self, unit: NalUnit<'_>, common: &CommonHeader) -> Option<()> {
        let mut bits = FirstBits::new(unit.behind(HEADER))?;
        let first_mb_in_slice = bits.ue()?;
        let is_next = first_mb_in_slice > self.first_mb_in_slice
            && NalUnitType::of(unit) == common.nal_unit_type
            && bits.left() >= common.length
            && bits.top(common.length) == common.bits;
        self.first_mb_in_slice = first_mb_in_slice;
        is_next.then_some(())
    }

    fn kind(&self) -> SliceKind {
        self.kind
    }

    fn is_first(&self) -> bool {
        self.first_mb_in_slice == 0
    }

    /// With another one than the first only where slices may come in any order.
    fn can_begin(&self) -> bool {
        self.is_first() || self.arbitrary_slice_order
    }

    fn is_of_field(&self) -> bool {
        self.structure != Structure::Frame
    }

    /// Something else unless `pic_order_cnt_type` is 0.
    fn pic_order_cnt_lsb(&self) -> u32 {
        self.picture.pic_order_cnt
    }

    /// By the standard a picture begins where one of these fields changes. Encoders leave them
    /// alone where they have to change (`idr_pic_id` of pictures that are all IDR), and have other
    /// parameter sets within a picture: so macroblocks decide, whose numbers rise within one.
    fn relation_to(&self, before: &Self, has_first: bool) -> Relation {
        if self.redundant {
            return Relation::Continues;
        }
        let same_picture = self.picture == before.picture && self.structure == before.structure;
        if same_picture {
            let goes_on = self.colour_plane != before.colour_plane
                || self.first_mb_in_slice > before.first_mb_in_slice
                || (self.arbitrary_slice_order
                    && self.first_mb_in_slice != before.first_mb_in_slice
                    && !(self.first_mb_in_slice == 0 && has_first));
            return match goes_on {
                true => Relation::Continues,
                false => Relation::Begins,
            };
        }
        match self.is_opposite_field_of(before)
            && self.picture.frame_num == before.picture.frame_num
            && (before.picture.idr || !self.picture.idr)
            && self.can_begin()
        {
            true => Relation::OtherField,
            false => Relation::Begins,
        }
    }
}
