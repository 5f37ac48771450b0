//! Sequence parameter sets written field by field as H.264 section 7.3.2.1.1 lists them: what no
//! encoder at hand produces.

mod support;

use flv_h264::h264::Sps;
use flv_h264::{
    ParseErrorKind,
    nal::{ChromaFormat, NalUnit},
};
use proptest::prelude::*;
use support::BitWriter;

#[derive(Clone, Debug)]
struct Written {
    profile_idc: u8,
    constraint_flags: u8,
    level_idc: u8,
    id: u32,
    /// `chroma_format_idc`, `separate_colour_plane_flag`, bit depths; for High profiles.
    chroma_format_idc: u32,
    separate_colour_plane: bool,
    bit_depth_luma_minus8: u32,
    bit_depth_chroma_minus8: u32,
    /// One entry for each list: `delta_scale` values, not more than fit.
    scaling_lists: Option<Vec<Option<Vec<i32>>>>,
    log2_max_frame_num_minus4: u32,
    pic_order_cnt: PicOrderCnt,
    max_num_ref_frames: u32,
    width_in_mbs: u32,
    height_in_map_units: u32,
    frame_mbs_only: bool,
    mb_adaptive: bool,
    /// left, right, top, bottom in crop units.
    cropping: Option<[u32; 4]>,
    vui: Option<WrittenVui>,
}

#[derive(Clone, Debug)]
enum PicOrderCnt {
    Type0 { log2_max_lsb_minus4: u32 },
    Type1 { offsets: Vec<i32> },
    Type2,
}

#[derive(Clone, Debug)]
struct WrittenVui {
    timing: Option<(u32, u32)>,
    hrd_entries: Option<u32>,
    reorder: Option<u32>,
}

const HIGH_PROFILES: [u8; 13] = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];

impl Default for Written {
    fn default() -> Self {
        Self {
            profile_idc: 100,
            constraint_flags: 0,
            level_idc: 40,
            id: 0,
            chroma_format_idc: 1,
            separate_colour_plane: false,
            bit_depth_luma_minus8: 0,
            bit_depth_chroma_minus8: 0,
            scaling_lists: None,
            log2_max_frame_num_minus4: 0,
            pic_order_cnt: PicOrderCnt::Type2,
            max_num_ref_frames: 1,
            width_in_mbs: 120,
            height_in_map_units: 68,
            frame_mbs_only: true,
            mb_adaptive: false,
            cropping: None,
            vui: None,
        }
    }
}

impl Written {
    fn has_chroma_format(&self) -> bool {
        HIGH_PROFILES.contains(&self.profile_idc)
    }

    fn to_nal_unit(&self) -> Vec<u8> {
        let mut w = BitWriter::default();
        w.u(8, self.profile_idc.into())
            .u(8, self.constraint_flags.into())
            .u(8, self.level_idc.into())
            .ue(self.id);
        if self.has_chroma_format() {
            w.ue(self.chroma_format_idc);
            if self.chroma_format_idc == 3 {
                w.flag(self.separate_colour_plane);
            }
            w.ue(self.bit_depth_luma_minus8)
                .ue(self.bit_depth_chroma_minus8)
                .flag(false)
                .flag(self.scaling_lists.is_some());
            for list in self.scaling_lists.iter().flatten() {
                w.flag(list.is_some());
                for delta in list.iter().flatten() {
                    w.se(*delta);
                }
            }
        }
        w.ue(self.log2_max_frame_num_minus4);
        match &self.pic_order_cnt {
            PicOrderCnt::Type0 {
                log2_max_lsb_minus4,
            } => {
                w.ue(0).ue(*log2_max_lsb_minus4);
            }
            PicOrderCnt::Type1 { offsets } => {
                w.ue(1).flag(true).se(-3).se(4).ue(offsets.len() as u32);
                for offset in offsets {
                    w.se(*offset);
                }
            }
            PicOrderCnt::Type2 => {
                w.ue(2);
            }
        }
        w.ue(self.max_num_ref_frames)
            .flag(false)
            .ue(self.width_in_mbs - 1)
            .ue(self.height_in_map_units - 1)
            .flag(self.frame_mbs_only);
        if !self.frame_mbs_only {
            w.flag(self.mb_adaptive);
        }
        w.flag(true).flag(self.cropping.is_some());
        for offset in self.cropping.iter().flatten() {
            w.ue(*offset);
        }
        w.flag(self.vui.is_some());
        if let Some(vui) = &self.vui {
            vui.write(&mut w);
        }
        w.into_nal_unit(0x67)
    }
}

impl WrittenVui {
    fn write(&self, w: &mut BitWriter) {
        w.flag(false).flag(false).flag(false).flag(false);
        w.flag(self.timing.is_some());
        if let Some((num_units_in_tick, time_scale)) = self.timing {
            w.u(32, num_units_in_tick).u(32, time_scale).flag(true);
        }
        w.flag(self.hrd_entries.is_some());
        if let Some(entries) = self.hrd_entries {
            w.ue(entries - 1).u(4, 1).u(4, 2);
            for _ in 0..entries {
                w.ue(999).ue(0xFFFF_FFFE).flag(false);
            }
            w.u(5, 23).u(5, 23).u(5, 23).u(5, 24);
        }
        w.flag(false);
        if self.hrd_entries.is_some() {
            w.flag(false);
        }
        w.flag(true).flag(self.reorder.is_some());
        if let Some(reorder) = self.reorder {
            w.flag(true)
                .ue(0)
                .ue(0)
                .ue(16)
                .ue(16)
                .ue(reorder)
                .ue(reorder);
        }
    }
}

/// `SubWidthC` and `SubHeightC` of table 6-1, and the crop units of formulas 7-19 to 7-22.
#[test]
fn cropping_counts_in_the_units_of_every_chroma_format_and_field_coding() {
    // chroma_format_idc, separate_colour_plane_flag, frame_mbs_only_flag: CropUnitX, CropUnitY
    let table = [
        ((0, false, true), (1, 1)),
        ((0, false, false), (1, 2)),
        ((1, false, true), (2, 2)),
        ((1, false, false), (2, 4)),
        ((2, false, true), (2, 1)),
        ((2, false, false), (2, 2)),
        ((3, false, true), (1, 1)),
        ((3, false, false), (1, 2)),
        ((3, true, true), (1, 1)),
        ((3, true, false), (1, 2)),
    ];
    for ((chroma_format_idc, separate_colour_plane, frame_mbs_only), (unit_x, unit_y)) in table {
        let unit = Written {
            chroma_format_idc,
            separate_colour_plane,
            frame_mbs_only,
            cropping: Some([1, 2, 3, 4]),
            ..Written::default()
        }
        .to_nal_unit();
        let sps = Sps::parse(NalUnit(&unit)).unwrap();
        let rows = if frame_mbs_only { 1088 } else { 2176 };
        assert_eq!((sps.coded_width(), sps.coded_height()), (1920, rows));
        assert_eq!(sps.width(), 1920 - 3 * unit_x);
        assert_eq!(sps.height(), rows - 7 * unit_y);
        assert_eq!(sps.cropping.left, unit_x);
        assert_eq!(sps.cropping.bottom, 4 * unit_y);
    }
}

#[test]
fn cropping_that_leaves_nothing_is_an_error() {
    let unit = Written {
        cropping: Some([480, 480, 0, 0]),
        ..Written::default()
    }
    .to_nal_unit();
    let error = Sps::parse(NalUnit(&unit)).unwrap_err();
    assert_eq!(error.kind, ParseErrorKind::EmptyCroppedPicture);
    let unit = Written {
        cropping: Some([0, 0, 0xFFFF_FFFE, 0xFFFF_FFFE]),
        ..Written::default()
    }
    .to_nal_unit();
    let error = Sps::parse(NalUnit(&unit)).unwrap_err();
    assert_eq!(error.kind, ParseErrorKind::EmptyCroppedPicture);
}

#[test]
fn a_size_beyond_all_levels_is_an_error() {
    let unit = Written {
        width_in_mbs: 0xFFFF_FFFF,
        ..Written::default()
    }
    .to_nal_unit();
    let error = Sps::parse(NalUnit(&unit)).unwrap_err();
    assert_eq!(error.kind, ParseErrorKind::OutOfRange);
}

#[test]
fn a_vui_that_breaks_off_costs_the_vui_alone() {
    let mut unit = Written {
        vui: Some(WrittenVui {
            timing: Some((0x7FFF_FFFF, 0x7FFF_FFFF)),
            hrd_entries: None,
            reorder: None,
        }),
        ..Written::default()
    }
    .to_nal_unit();
    unit.truncate(unit.len() - 5);
    let sps = Sps::parse(NalUnit(&unit)).unwrap();
    assert_eq!((sps.width(), sps.height()), (1920, 1088));
    assert_eq!(sps.vui, None);
}

#[test]
fn a_timing_of_zero_is_no_frame_rate() {
    for timing in [(0, 50), (1, 0)] {
        let unit = Written {
            vui: Some(WrittenVui {
                timing: Some(timing),
                hrd_entries: None,
                reorder: None,
            }),
            ..Written::default()
        }
        .to_nal_unit();
        assert_eq!(Sps::parse(NalUnit(&unit)).unwrap().frame_rate(), None);
    }
}

#[test]
fn level_1b_is_told_in_two_ways() {
    let level = |profile_idc, constraint_flags, level_idc| {
        let unit = Written {
            profile_idc,
            constraint_flags,
            level_idc,
            ..Written::default()
        }
        .to_nal_unit();
        Sps::parse(NalUnit(&unit)).unwrap().level.to_string()
    };
    assert_eq!(level(66, 0x10, 11), "1b");
    assert_eq!(level(66, 0x00, 11), "1.1");
    assert_eq!(level(100, 0x00, 9), "1b");
    assert_eq!(level(100, 0x10, 11), "1.1");
}

#[test]
fn every_profile_has_its_name() {
    let names = [
        (66, 0x00, "Baseline"),
        (66, 0x40, "Constrained Baseline"),
        (77, 0x00, "Main"),
        (88, 0x00, "Extended"),
        (100, 0x00, "High"),
        (110, 0x00, "High 10"),
        (110, 0x10, "High 10 Intra"),
        (122, 0x00, "High 4:2:2"),
        (122, 0x10, "High 4:2:2 Intra"),
        (244, 0x00, "High 4:4:4 Predictive"),
        (244, 0x10, "High 4:4:4 Intra"),
        (44, 0x10, "CAVLC 4:4:4 Intra"),
        (118, 0x00, "Multiview High"),
        (128, 0x00, "Stereo High"),
        (250, 0x00, "profile 250"),
    ];
    for (profile_idc, constraint_flags, name) in names {
        let unit = Written {
            profile_idc,
            constraint_flags,
            ..Written::default()
        }
        .to_nal_unit();
        assert_eq!(
            Sps::parse(NalUnit(&unit)).unwrap().profile.to_string(),
            name
        );
    }
}

fn pic_order_cnt() -> impl Strategy<Value = PicOrderCnt> {
    prop_oneof![
        (0_u32..=12).prop_map(|log2_max_lsb_minus4| PicOrderCnt::Type0 {
            log2_max_lsb_minus4
        }),
        prop::collection::vec(-1000_i32..1000, 0..=255)
            .prop_map(|offsets| PicOrderCnt::Type1 { offsets }),
        Just(PicOrderCnt::Type2),
    ]
}

/// Lists that are full, or that end early because a scale became 0.
fn scaling_list(size: usize) -> impl Strategy<Value = Option<Vec<i32>>> {
    prop_oneof![
        Just(None),
        Just(Some(vec![-8])),
        prop::collection::vec(prop_oneof![Just(1), Just(2)], size).prop_map(Some),
        Just(Some(vec![4, -12])),
    ]
}

fn scaling_lists(chroma_format_idc: u32) -> impl Strategy<Value = Option<Vec<Option<Vec<i32>>>>> {
    let lists = if chroma_format_idc == 3 { 12 } else { 8 };
    let lists: Vec<_> = (0..lists)
        .map(|list| scaling_list(if list < 6 { 16 } else { 64 }).boxed())
        .collect();
    prop::option::of(lists)
}

fn vui() -> impl Strategy<Value = WrittenVui> {
    (
        prop::option::of((any::<u32>(), any::<u32>())),
        prop::option::of(1_u32..=32),
        prop::option::of(0_u32..=16),
    )
        .prop_map(|(timing, hrd_entries, reorder)| WrittenVui {
            timing,
            hrd_entries,
            reorder,
        })
}

fn written() -> impl Strategy<Value = Written> {
    let profile = (
        prop_oneof![
            prop::sample::select(HIGH_PROFILES.to_vec()),
            prop::sample::select(vec![66, 77, 88]),
        ],
        any::<u8>(),
        any::<u8>(),
        0_u32..=31,
    );
    let chroma = (0_u32..=3).prop_flat_map(|format| {
        (
            Just(format),
            any::<bool>(),
            0_u32..=6,
            0_u32..=6,
            scaling_lists(format),
        )
    });
    let frames = (0_u32..=12, pic_order_cnt(), 0_u32..=16);
    let size = (1_u32..=1055, 1_u32..=1055, any::<bool>(), any::<bool>());
    let cropping = prop::option::of([0_u32..2, 0_u32..2, 0_u32..2, 0_u32..2]);
    (
        profile,
        chroma,
        frames,
        size,
        cropping,
        prop::option::of(vui()),
    )
        .prop_map(|(profile, chroma, frames, size, cropping, vui)| Written {
            profile_idc: profile.0,
            constraint_flags: profile.1,
            level_idc: profile.2,
            id: profile.3,
            chroma_format_idc: chroma.0,
            separate_colour_plane: chroma.1,
            bit_depth_luma_minus8: chroma.2,
            bit_depth_chroma_minus8: chroma.3,
            scaling_lists: chroma.4,
            log2_max_frame_num_minus4: frames.0,
            pic_order_cnt: frames.1,
            max_num_ref_frames: frames.2,
            width_in_mbs: size.0,
            height_in_map_units: size.1,
            frame_mbs_only: size.2,
            mb_adaptive: size.3,
            cropping,
            vui,
        })
}

proptest! {
    #[test]
    fn what_is_written_is_read(written in written()) {
        let unit = written.to_nal_unit();
        let sps = Sps::parse(NalUnit(&unit)).unwrap();
        prop_assert_eq!(sps.profile.idc, written.profile_idc);
        prop_assert_eq!(sps.profile.constraint_flags, written.constraint_flags);
        prop_assert_eq!(sps.level.idc, written.level_idc);
        prop_assert_eq!(u32::from(sps.id), written.id);
        if written.has_chroma_format() {
            prop_assert_eq!(sps.chroma_format as u32, written.chroma_format_idc);
            prop_assert_eq!(u32::from(sps.bit_depth_luma), written.bit_depth_luma_minus8 + 8);
            prop_assert_eq!(u32::from(sps.bit_depth_chroma), written.bit_depth_chroma_minus8 + 8);
            prop_assert_eq!(sps.scaling_matrix_present, written.scaling_lists.is_some());
        } else {
            prop_assert_eq!(sps.chroma_format, ChromaFormat::Yuv420);
        }
        prop_assert_eq!(u32::from(sps.log2_max_frame_num), written.log2_max_frame_num_minus4 + 4);
        prop_assert_eq!(u32::from(sps.max_num_ref_frames), written.max_num_ref_frames);
        prop_assert_eq!(sps.width_in_mbs, written.width_in_mbs);
        prop_assert_eq!(sps.height_in_map_units, written.height_in_map_units);
        prop_assert_eq!(sps.frame_mbs_only, written.frame_mbs_only);
        prop_assert_eq!(sps.mb_adaptive_frame_field, !written.frame_mbs_only && written.mb_adaptive);
        prop_assert_eq!(sps.vui.is_some(), written.vui.is_some());
        if let (Some(vui), Some(written)) = (sps.vui, written.vui) {
            let timing = vui.timing.map(|timing| (timing.num_units_in_tick, timing.time_scale));
            prop_assert_eq!(timing, written.timing);
            prop_assert_eq!(vui.max_num_reorder_frames, written.reorder);
            prop_assert!(vui.pic_struct_present);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut unit = vec![0x67];
        unit.extend(bytes);
        if let Ok(sps) = Sps::parse(NalUnit(&unit)) {
            prop_assert!(sps.width() > 0 && sps.height() > 0);
        }
    }

    #[test]
    fn errors_lie_inside_the_unit(written in written(), end in 0.0_f64..1.0) {
        let mut unit = written.to_nal_unit();
        unit.truncate((unit.len() as f64 * end) as usize);
        if let Err(error) = Sps::parse(NalUnit(&unit)) {
            prop_assert!(error.offset <= unit.len());
        }
    }
}
