//! Small clips of x264 and x265 in FLV, against what ffmpeg's h264_mp4toannexb and hevc_mp4toannexb
//! make of them.
//! `fixtures/make.py` tells how they are made.

mod support;

use flv_h264::h264::NalUnitType;
use flv_h264::h265::{self, HevcDecoderConfigurationRecord};
use flv_h264::{
    AccessUnit, AccessUnitBuilder, SyncPoint, VideoCodec,
    flv::{FlvItem, FlvReader, FlvTagType, OnMetaData},
    nal::{AnnexBUnits, NalUnit, SliceKind, UnitLengths},
};
use support::*;

macro_rules! clip {
    ($name:literal) => {
        Clip {
            codec: VideoCodec::Avc,
            flv: include_bytes!(concat!("fixtures/clips/", $name, ".flv")),
            annex_b: include_bytes!(concat!("fixtures/clips/", $name, ".h264")),
        }
    };
}

macro_rules! hevc_clip {
    ($name:literal) => {
        Clip {
            codec: VideoCodec::Hevc,
            flv: include_bytes!(concat!("fixtures/clips/hevc_", $name, ".flv")),
            annex_b: include_bytes!(concat!("fixtures/clips/hevc_", $name, ".h265")),
        }
    };
}

/// An FLV file, and its video as ffmpeg converts it.
struct Clip {
    codec: VideoCodec,
    flv: &'static [u8],
    annex_b: &'static [u8],
}

const CLIPS: [Clip; 14] = [
    clip!("ipb"),
    clip!("slices"),
    clip!("intra_refresh"),
    clip!("open_gop"),
    clip!("in_band_sets_and_delimiters"),
    clip!("interlaced"),
    clip!("hrd_filler"),
    hevc_clip!("ipb"),
    hevc_clip!("slices"),
    hevc_clip!("open_gop"),
    hevc_clip!("in_band"),
    hevc_clip!("hrd"),
    hevc_clip!("main_10"),
    hevc_clip!("fields"),
];

/// What tests have to know of a unit's type.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Kind {
    Delimiter,
    Set,
    /// Of a picture at which decoding starts, or of another one.
    Slice(bool),
    Other,
}

fn kind(codec: VideoCodec, unit: NalUnit<'_>) -> Kind {
    match codec {
        VideoCodec::Avc => match NalUnitType::of(unit) {
            NalUnitType::ACCESS_UNIT_DELIMITER => Kind::Delimiter,
            NalUnitType::SPS | NalUnitType::PPS => Kind::Set,
            unit_type if unit_type.is_vcl() => Kind::Slice(unit_type == NalUnitType::IDR_SLICE),
            _ => Kind::Other,
        },
        _ => match h265::NalUnitType::of(unit) {
            h265::NalUnitType::ACCESS_UNIT_DELIMITER => Kind::Delimiter,
            h265::NalUnitType(32..=34) => Kind::Set,
            unit_type if unit_type.is_vcl() => Kind::Slice(unit_type.is_irap()),
            _ => Kind::Other,
        },
    }
}

impl Clip {
    /// The video messages with their timestamps, without those that say nothing.
    fn messages(&self) -> Vec<(u32, Vec<u8>)> {
        let mut reader = FlvReader::new();
        let mut input = self.flv;
        let items = std::iter::from_fn(|| reader.read(&mut input).expect("FLV"));
        items
            .filter_map(|item| match item {
                FlvItem::Tag(tag) if tag.header.tag_type == FlvTagType::VIDEO => {
                    Some((tag.header.timestamp_ms, tag.body.to_vec()))
                }
                _ => None,
            })
            .filter(|(_, body)| body[0] & 0x8F != 0x84)
            .collect()
    }

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

    /// Everything but parameter sets and delimiters, and what stands in an hvcC, since ffmpeg puts
    /// all of that in front of each picture at which decoding starts.
    fn content<'a>(&self, annex_b: &'a [u8]) -> Vec<NalUnit<'a>> {
        let messages = self.messages();
        let record = HevcDecoderConfigurationRecord::parse(&messages[0].1[5..]);
        let is_in_record = |unit: &NalUnit<'_>| {
            let arrays = record.iter().flat_map(|record| &record.arrays);
            arrays
                .flat_map(|array| &array.units)
                .any(|known| known == unit)
        };
        let is_content = |unit: &NalUnit<'_>| {
            !matches!(kind(self.codec, *unit), Kind::Set | Kind::Delimiter) && !is_in_record(unit)
        };
        AnnexBUnits::new(annex_b).filter(is_content).collect()
    }
}

fn kinds(unit: &AccessUnit) -> Vec<Kind> {
    unit.units().map(|nal| kind(unit.codec, nal)).collect()
}

#[test]
fn nothing_is_lost_doubled_or_changed() {
    for clip in CLIPS {
        let stream: Vec<u8> = clip
            .access_units(256)
            .iter()
            .flat_map(|unit| unit.data.clone())
            .collect();
        assert_eq!(clip.content(&stream), clip.content(clip.annex_b));
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
        let number = if clip.codec == VideoCodec::Avc { 2 } else { 3 };
        for unit in &units {
            assert_eq!(unit.codec, clip.codec);
            let mut kinds = kinds(unit);
            if kinds[0] == Kind::Delimiter {
                kinds.remove(0);
            }
            assert!(!kinds.contains(&Kind::Delimiter));
            let in_front = kinds.iter().take_while(|kind| **kind == Kind::Set).count();
            let sets = kinds.iter().filter(|kind| **kind == Kind::Set).count();
            assert_eq!(sets, in_front);
            assert_eq!(sets, if unit.sync.is_sync() { number } else { 0 });
            let starts = matches!(unit.sync, SyncPoint::Idr | SyncPoint::Cra);
            assert_eq!(kinds.contains(&Kind::Slice(true)), starts);
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
fn the_lengths_of_units_are_where_start_codes_are() {
    for clip in CLIPS {
        for unit in clip.access_units(256) {
            assert_eq!(unit.unit_lengths, UnitLengths::of(&unit.data));
            assert!(unit.units().eq(AnnexBUnits::new(&unit.data)));
        }
    }
}

#[test]
fn one_picture_is_one_access_unit_whatever_its_slices() {
    for (clip, number) in [(clip!("slices"), 4), (hevc_clip!("slices"), 3)] {
        let units = clip.access_units(256);
        assert_eq!(units.len(), 10);
        for unit in &units {
            let is_slice = |kind: &&Kind| matches!(kind, Kind::Slice(_));
            assert_eq!(kinds(unit).iter().filter(is_slice).count(), number);
        }
    }
}

#[test]
fn open_groups_of_hevc_begin_with_cra_pictures_whose_leading_pictures_are_told() {
    let units = hevc_clip!("open_gop").access_units(256);
    let syncs: Vec<SyncPoint> = units.iter().map(|unit| unit.sync).collect();
    assert_eq!(syncs[0], SyncPoint::Idr);
    assert_eq!(
        syncs.iter().filter(|sync| **sync == SyncPoint::Cra).count(),
        3
    );
    assert_eq!(units.len(), 30, "nothing is left out");
    for (index, unit) in units.iter().enumerate() {
        let unit_type = unit
            .units()
            .map(h265::NalUnitType::of)
            .find(|kind| kind.is_vcl());
        assert_eq!(
            unit.rasl,
            matches!(unit_type, Some(h265::NalUnitType(8 | 9))),
            "{index}"
        );
    }
    assert!(units.iter().filter(|unit| unit.rasl).count() > 5);
    // Whoever begins at a CRA picture begins a stream with it.
    let mut builder = AccessUnitBuilder::new();
    let messages = hevc_clip!("open_gop").messages();
    let cra = units
        .iter()
        .position(|unit| unit.sync == SyncPoint::Cra)
        .expect("one");
    let mut delivered = Vec::new();
    for (timestamp, body) in [&messages[..1], &messages[1 + cra..]].concat() {
        builder.push(timestamp, body.into()).expect("H.265");
        delivered.extend(pictures_of(&mut builder));
    }
    builder.finish();
    delivered.extend(pictures_of(&mut builder));
    let next = units[cra + 1..].iter().take_while(|unit| unit.rasl).count();
    assert!(next > 0);
    assert_eq!(builder.counters().undecodable_leading_pictures, next as u64);
    let expected = units[cra..]
        .iter()
        .enumerate()
        .filter(|(at, _)| *at == 0 || *at > next);
    assert!(
        delivered
            .iter()
            .map(|unit| &unit.data)
            .eq(expected.map(|(_, unit)| &unit.data))
    );
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
