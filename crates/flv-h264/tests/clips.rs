//! Small clips of x264 in FLV, against what ffmpeg's h264_mp4toannexb makes of them.
//! `fixtures/make.py` tells how they are made.

mod support;

use flv_h264::h264::NalUnitType;
use flv_h264::{
    AccessUnit, AccessUnitBuilder, AnnexBUnits, FlvItem, FlvReader, FlvTagType, NalUnit,
    OnMetaData, SliceKind, SyncPoint, VideoCodec,
};
use support::*;

macro_rules! clip {
    ($name:literal) => {
        Clip {
            flv: include_bytes!(concat!("fixtures/clips/", $name, ".flv")),
            annex_b: include_bytes!(concat!("fixtures/clips/", $name, ".h264")),
        }
    };
}

/// An FLV file, and its video as ffmpeg converts it.
struct Clip {
    flv: &'static [u8],
    annex_b: &'static [u8],
}

const CLIPS: [Clip; 7] = [
    clip!("ipb"),
    clip!("slices"),
    clip!("intra_refresh"),
    clip!("open_gop"),
    clip!("in_band_sets_and_delimiters"),
    clip!("interlaced"),
    clip!("hrd_filler"),
];

impl Clip {
    fn access_units(&self, headroom: usize) -> Vec<AccessUnit> {
        let mut reader = FlvReader::new().with_headroom(headroom);
        let mut builder = AccessUnitBuilder::new();
        let mut units = Vec::new();
        let mut input = self.flv;
        while let Some(item) = reader.read(&mut input).expect("FLV") {
            let FlvItem::Tag(tag) = item else { continue };
            if tag.header.tag_type == FlvTagType::VIDEO {
                let timestamp = tag.header.timestamp_ms;
                builder.push(timestamp, tag.body).expect("H.264");
                units.extend(pictures_of(&mut builder));
            }
        }
        builder.finish();
        units.extend(pictures_of(&mut builder));
        assert!(reader.is_between_tags());
        assert_eq!(reader.mismatched_back_pointers(), 0);
        assert_eq!(builder.counters().malformed_messages, 0);
        units
    }

    /// Everything but parameter sets and delimiters.
    fn content(annex_b: &[u8]) -> Vec<NalUnit<'_>> {
        AnnexBUnits::new(annex_b)
            .filter(|unit| {
                !matches!(
                    NalUnitType::of(*unit),
                    NalUnitType::SPS | NalUnitType::PPS | NalUnitType::ACCESS_UNIT_DELIMITER
                )
            })
            .collect()
    }
}

fn types(unit: &AccessUnit) -> Vec<NalUnitType> {
    AnnexBUnits::new(&unit.data).map(NalUnitType::of).collect()
}

#[test]
fn nothing_is_lost_doubled_or_changed() {
    for clip in CLIPS {
        let stream: Vec<u8> = clip
            .access_units(256)
            .iter()
            .flat_map(|unit| unit.data.clone())
            .collect();
        assert_eq!(Clip::content(&stream), Clip::content(clip.annex_b));
    }
}

#[test]
fn the_room_in_front_does_not_change_the_result() {
    for clip in CLIPS {
        let roomy = clip.access_units(256);
        for headroom in [0, 1, 10, 40] {
            let cramped = clip.access_units(headroom);
            assert_eq!(roomy.len(), cramped.len());
            for (roomy, cramped) in roomy.iter().zip(&cramped) {
                assert_eq!(roomy.data, cramped.data);
            }
        }
    }
}

#[test]
fn every_sync_point_begins_with_its_parameter_sets() {
    for clip in CLIPS {
        let units = clip.access_units(256);
        assert_eq!(units[0].sync, SyncPoint::Idr);
        for unit in &units {
            let mut types = types(unit);
            if types[0] == NalUnitType::ACCESS_UNIT_DELIMITER {
                types.remove(0);
            }
            assert!(!types.contains(&NalUnitType::ACCESS_UNIT_DELIMITER));
            let begins_with_sets = types.starts_with(&[NalUnitType::SPS, NalUnitType::PPS]);
            assert_eq!(begins_with_sets, unit.sync.is_sync());
            let sets = types
                .iter()
                .filter(|t| matches!(**t, NalUnitType::SPS | NalUnitType::PPS))
                .count();
            assert_eq!(sets, if unit.sync.is_sync() { 2 } else { 0 });
            assert_eq!(
                types.contains(&NalUnitType::IDR_SLICE),
                unit.sync == SyncPoint::Idr
            );
        }
    }
}

#[test]
fn every_nal_unit_has_a_start_code_of_four_bytes() {
    for clip in CLIPS {
        for unit in clip.access_units(256) {
            let framed: Vec<u8> = AnnexBUnits::new(&unit.data)
                .flat_map(|unit| [&[0, 0, 0, 1], unit.bytes()].concat())
                .collect();
            assert_eq!(unit.data, framed);
        }
    }
}

#[test]
fn one_picture_is_one_access_unit_whatever_its_slices() {
    let units = clip!("slices").access_units(256);
    assert_eq!(units.len(), 10);
    for unit in &units {
        let slices = types(unit).iter().filter(|unit| unit.is_vcl()).count();
        assert_eq!(slices, 4);
    }
}

#[test]
fn intra_refresh_has_one_idr_picture_and_a_recovery_point_every_cycle() {
    let units = clip!("intra_refresh").access_units(256);
    let syncs: Vec<(usize, SyncPoint)> = units
        .iter()
        .map(|unit| unit.sync)
        .enumerate()
        .filter(|(_, sync)| sync.is_sync())
        .collect();
    assert_eq!(syncs[0], (0, SyncPoint::Idr));
    assert!(syncs.len() >= 3, "{syncs:?}");
    assert!(
        syncs[1..]
            .iter()
            .all(|(_, sync)| *sync == SyncPoint::RecoveryPoint)
    );
}

#[test]
fn open_groups_of_pictures_begin_with_recovery_points() {
    let units = clip!("open_gop").access_units(256);
    let recovery: Vec<&AccessUnit> = units
        .iter()
        .filter(|unit| unit.sync == SyncPoint::RecoveryPoint)
        .collect();
    assert!(recovery.len() >= 2);
    assert!(recovery.iter().all(|unit| unit.slice == SliceKind::I));
    assert!(units.iter().any(|unit| unit.slice == SliceKind::B));
}

#[test]
fn slice_kinds_follow_the_group_of_pictures() {
    let kinds: Vec<SliceKind> = clip!("ipb")
        .access_units(256)
        .iter()
        .map(|u| u.slice)
        .collect();
    assert_eq!(
        kinds[..4],
        [SliceKind::I, SliceKind::P, SliceKind::B, SliceKind::B]
    );
    assert_eq!(
        kinds.iter().filter(|kind| **kind == SliceKind::I).count(),
        2
    );
    assert!(!kinds.contains(&SliceKind::Unknown));
}

#[test]
fn onmetadata_of_ffmpeg_declares_what_is_in_the_file() {
    let mut input = clip!("ipb").flv;
    let mut reader = FlvReader::new();
    let declared = loop {
        match reader.read(&mut input).unwrap() {
            Some(FlvItem::Tag(tag)) => break OnMetaData::parse(&tag.body).expect("comes first"),
            Some(_) => {}
            None => panic!("no tags"),
        }
    };
    assert_eq!((declared.width, declared.height), (Some(96), Some(64)));
    assert_eq!(declared.frame_rate, Some(10.0));
    assert_eq!(declared.video_codec, Some(VideoCodec::Avc));
    assert!(
        declared
            .encoder
            .is_some_and(|encoder| encoder.starts_with("Lavf"))
    );
}
