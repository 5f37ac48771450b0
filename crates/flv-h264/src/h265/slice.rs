//! Which slice segments make a picture (H.265 section 7.4.2.4.5).

use super::HEADER;
use super::nal_unit_type::NalUnitType;
use super::pps::Pps;
use super::sps::Sps;
use crate::nal::rbsp::RbspReader;
use crate::nal::slice::{self, FirstBits, HeaderBits, Relation, SliceKind};
use crate::nal::unit::NalUnit;

/// What a slice header needs from its parameter sets to be read.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct SliceSyntax {
    dependent_slice_segments_enabled: bool,
    output_flag_present: bool,
    num_extra_slice_header_bits: u8,
    separate_colour_planes: bool,
    log2_max_pic_order_cnt_lsb: u8,
    ctbs: u32,
    /// Ceil( Log2( PicSizeInCtbsY ) ).
    address_bits: u8,
}

/// A slice segment header as far as it tells which picture the segment belongs to.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slice {
    /// 0 for the first one.
    address: u32,
    /// It leaves the fields behind this one to the slice before it.
    dependent: bool,
    kind: SliceKind,
    pic_order_cnt_lsb: u32,
}

/// What the slices of a picture have in common.
#[derive(Copy, Clone, Debug)]
pub(crate) struct CommonHeader {
    nal_unit_type: NalUnitType,
    syntax: SliceSyntax,
}

impl SliceSyntax {
    pub(super) fn new(sps: &Sps, pps: &Pps) -> Self {
        let ctbs = sps.size_in_ctbs();
        Self {
            dependent_slice_segments_enabled: pps.dependent_slice_segments_enabled,
            output_flag_present: pps.output_flag_present,
            num_extra_slice_header_bits: pps.num_extra_slice_header_bits,
            separate_colour_planes: sps.separate_colour_planes,
            log2_max_pic_order_cnt_lsb: sps.log2_max_pic_order_cnt_lsb,
            ctbs,
            address_bits: ctbs
                .saturating_sub(1)
                .checked_ilog2()
                .map_or(0, |log2| log2.saturating_add(1) as u8),
        }
    }
}

impl Slice {
    #[inline]
    fn read_bits<'a>(
        bits: &mut impl HeaderBits,
        unit_type: NalUnitType,
        syntax: impl Fn(u8) -> Option<&'a SliceSyntax>,
    ) -> Option<(Self, &'a SliceSyntax)> {
        let first_slice_segment_in_pic = bits.u(1)? == 1;
        if unit_type.is_irap() {
            let _no_output_of_prior_pics = bits.u(1)?;
        }
        let pic_parameter_set_id = u8::try_from(bits.ue()?).ok()?;
        let syntax = syntax(pic_parameter_set_id)?;
        let mut slice = Self {
            address: 0,
            dependent: false,
            kind: SliceKind::Unknown,
            pic_order_cnt_lsb: 0,
        };
        if !first_slice_segment_in_pic {
            slice.dependent = syntax.dependent_slice_segments_enabled && bits.u(1)? == 1;
            slice.address = match syntax.address_bits {
                0 => return None,
                count => bits.u(count)?,
            };
            if !(1..syntax.ctbs).contains(&slice.address) {
                return None;
            }
        }
        if slice.dependent {
            return Some((slice, syntax));
        }
        if syntax.num_extra_slice_header_bits > 0 {
            let _slice_reserved_flags = bits.u(syntax.num_extra_slice_header_bits)?;
        }
        slice.kind = match bits.ue()? {
            0 => SliceKind::B,
            1 => SliceKind::P,
            2 => SliceKind::I,
            _ => return None,
        };
        if syntax.output_flag_present {
            let _pic_output = bits.u(1)?;
        }
        if syntax.separate_colour_planes {
            let _colour_plane_id = bits.u(2)?;
        }
        if !unit_type.is_idr() {
            slice.pic_order_cnt_lsb = bits.u(syntax.log2_max_pic_order_cnt_lsb)?;
        }
        Some((slice, syntax))
    }
}

impl slice::Slice for Slice {
    type Syntax = SliceSyntax;
    type CommonHeader = CommonHeader;

    /// Reads the header of a slice segment (section 7.3.6.1). `None` if it cannot be read, or does not
    /// fit the parameter sets.
    fn read<'a>(unit: NalUnit<'_>, syntax: impl Fn(u8) -> Option<&'a SliceSyntax>) -> Option<Self> {
        let unit_type = NalUnitType::of(unit);
        FirstBits::new(unit.behind(HEADER))
            .and_then(|mut bits| Self::read_bits(&mut bits, unit_type, &syntax))
            .or_else(|| Self::read_bits(&mut RbspReader::new(unit, HEADER), unit_type, &syntax))
            .map(|(slice, _)| slice)
    }

    /// Reads the header of the first slice of a picture, if that is as short as they usually are.
    fn read_first_of_frame<'a>(
        unit: NalUnit<'_>,
        syntax: impl Fn(u8) -> Option<&'a SliceSyntax>,
    ) -> Option<(Self, CommonHeader)> {
        let nal_unit_type = NalUnitType::of(unit);
        let mut bits = FirstBits::new(unit.behind(HEADER))?;
        let (slice, syntax) = Self::read_bits(&mut bits, nal_unit_type, syntax)?;
        let common = CommonHeader {
            nal_unit_type,
            syntax: *syntax,
        };
        match slice.address {
            0 => Some((slice, common)),
            _ => None,
        }
    }

    /// Becomes the slice `unit`, if that is the next one of the same picture, with nothing else in its
    /// header that counts but where it begins.
    fn go_on_in_frame(&mut self, unit: NalUnit<'_>, common: &CommonHeader) -> Option<()> {
        let unit_type = NalUnitType::of(unit);
        let mut bits = FirstBits::new(unit.behind(HEADER))?;
        let (next, _) = Self::read_bits(&mut bits, unit_type, |_| Some(&common.syntax))?;
        let is_next = unit_type == common.nal_unit_type
            && next.address > self.address
            && (next.dependent
                || next.kind == self.kind && next.pic_order_cnt_lsb == self.pic_order_cnt_lsb);
        self.address = next.address;
        is_next.then_some(())
    }

    fn kind(&self) -> SliceKind {
        self.kind
    }

    fn is_first(&self) -> bool {
        self.address == 0
    }

    fn can_begin(&self) -> bool {
        self.is_first()
    }

    /// Fields are pictures of their own.
    fn is_of_field(&self) -> bool {
        false
    }

    fn pic_order_cnt_lsb(&self) -> u32 {
        self.pic_order_cnt_lsb
    }

    /// A picture begins with the slice that says so. If that was lost, another picture is told by its
    /// order count, and by addresses, which rise within one.
    fn relation_to(&self, before: &Self, _: bool) -> Relation {
        let is_same = self.dependent || self.pic_order_cnt_lsb == before.pic_order_cnt_lsb;
        match !self.is_first() && is_same && self.address > before.address {
            true => Relation::Continues,
            false => Relation::Begins,
        }
    }

    fn following(self, before: &Self) -> Self {
        match self.dependent {
            true => Self {
                address: self.address,
                ..*before
            },
            false => self,
        }
    }
}
