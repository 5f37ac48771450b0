//! Parameter sets of real encoders, against what ffprobe finds in them.
//! `fixtures/make.py` tells how the file is made.

mod support;

use flv_h264::h264::{AvcDecoderConfigurationRecord, Pps, Sps};
use flv_h264::nal::ChromaFormat;
use support::{fields, unhex};

const FIXTURES: &str = include_str!("fixtures/parameter_sets.tsv");

/// One line of the file.
struct Fixture {
    name: &'static str,
    record: Vec<u8>,
    profile: &'static str,
    level: &'static str,
    width: u32,
    height: u32,
    pixel_format: &'static str,
    frame_rate: &'static str,
    field_order: &'static str,
    sample_aspect_ratio: &'static str,
    color_range: &'static str,
}

fn fixtures() -> impl Iterator<Item = Fixture> {
    FIXTURES.lines().map(|line| {
        let [
            name,
            record,
            profile,
            level,
            width,
            height,
            pixel_format,
            frame_rate,
            field_order,
            sample_aspect_ratio,
            color_range,
        ] = fields(line);
        Fixture {
            name,
            record: unhex(record),
            profile,
            level,
            width: width.parse().expect("a number"),
            height: height.parse().expect("a number"),
            pixel_format,
            frame_rate,
            field_order,
            sample_aspect_ratio,
            color_range,
        }
    })
}

impl Fixture {
    fn sps(&self) -> Sps {
        let record = AvcDecoderConfigurationRecord::parse(&self.record)
            .unwrap_or_else(|error| panic!("{}: {error}", self.name));
        Sps::parse(record.sps[0]).unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }
}

#[test]
fn there_are_fixtures_of_every_kind() {
    assert!(fixtures().count() >= 40);
}

#[test]
fn size_after_cropping_is_what_ffprobe_finds() {
    for fixture in fixtures() {
        let sps = fixture.sps();
        let size = (sps.width(), sps.height());
        assert_eq!(size, (fixture.width, fixture.height), "{}", fixture.name);
    }
}

#[test]
fn profile_and_level_are_what_ffprobe_finds() {
    for fixture in fixtures() {
        let sps = fixture.sps();
        assert_eq!(sps.profile.to_string(), fixture.profile, "{}", fixture.name);
        assert_eq!(sps.level.idc.to_string(), fixture.level, "{}", fixture.name);
    }
}

#[test]
fn levels_have_their_usual_names() {
    let level = |name| {
        let fixture = fixtures().find(|fixture| fixture.name == name).unwrap();
        fixture.sps().level.to_string()
    };
    assert_eq!(level("level_1b"), "1b");
    assert_eq!(level("high_1080p"), "4");
    assert_eq!(level("level_6_2"), "6.2");
}

#[test]
fn chroma_format_and_bit_depth_are_what_ffprobe_finds() {
    for fixture in fixtures() {
        let sps = fixture.sps();
        let (format, depth) = match fixture.pixel_format {
            // ffprobe has no name for gray of 8 bits in H.264.
            "yuv420p" if fixture.name == "monochrome" => (ChromaFormat::Monochrome, 8),
            "gray" => (ChromaFormat::Monochrome, 8),
            "yuv420p" | "yuvj420p" => (ChromaFormat::Yuv420, 8),
            "yuv420p10le" => (ChromaFormat::Yuv420, 10),
            "yuv422p" => (ChromaFormat::Yuv422, 8),
            "yuv422p10le" => (ChromaFormat::Yuv422, 10),
            "yuv444p" | "gbrp" => (ChromaFormat::Yuv444, 8),
            "yuv444p10le" => (ChromaFormat::Yuv444, 10),
            other => panic!("{}: {other}", fixture.name),
        };
        assert_eq!(sps.chroma_format, format, "{}", fixture.name);
        assert_eq!(sps.bit_depth_luma, depth, "{}", fixture.name);
        assert_eq!(sps.bit_depth_chroma, depth, "{}", fixture.name);
    }
}

#[test]
fn frame_rate_is_what_ffprobe_finds() {
    for fixture in fixtures() {
        // Without timing in the parameter sets, ffprobe takes 25.
        let rate = fixture.sps().frame_rate().map_or_else(
            || "25/1".to_owned(),
            |rate| format!("{}/{}", rate.numerator, rate.denominator),
        );
        assert_eq!(rate, fixture.frame_rate, "{}", fixture.name);
    }
}

#[test]
fn interlaced_streams_do_not_have_frame_macroblocks_only() {
    for fixture in fixtures() {
        let sps = fixture.sps();
        if fixture.field_order != "progressive" {
            assert!(!sps.frame_mbs_only, "{}", fixture.name);
            assert!(sps.mb_adaptive_frame_field, "{}", fixture.name);
        }
    }
}

#[test]
fn vui_is_what_ffprobe_finds() {
    for fixture in fixtures() {
        let vui = fixture.sps().vui.unwrap_or_default();
        let aspect = match vui.sample_aspect_ratio {
            Some((width, height)) => format!("{width}:{height}"),
            None => "unknown".to_owned(),
        };
        assert_eq!(aspect, fixture.sample_aspect_ratio, "{}", fixture.name);
        assert_eq!(
            vui.full_range,
            fixture.color_range == "pc",
            "{}",
            fixture.name
        );
    }
}

#[test]
fn records_of_real_encoders_come_back_the_same() {
    for fixture in fixtures() {
        let record = AvcDecoderConfigurationRecord::parse(&fixture.record).unwrap();
        let tolerant = AvcDecoderConfigurationRecord::parse_tolerant(&fixture.record);
        assert_eq!(tolerant.as_ref(), Ok(&record), "{}", fixture.name);
        let mut encoded = Vec::new();
        record.encode(&mut encoded).unwrap();
        assert_eq!(encoded, fixture.record, "{}", fixture.name);
    }
}

#[test]
fn the_tail_of_high_profiles_agrees_with_the_parameter_set() {
    let mut tails = 0;
    for fixture in fixtures() {
        let sps = fixture.sps();
        let record = AvcDecoderConfigurationRecord::parse(&fixture.record).unwrap();
        assert_eq!(record.profile_idc, sps.profile.idc, "{}", fixture.name);
        let Some(high) = record.high else { continue };
        tails += 1;
        assert_eq!(
            high.bit_depth_luma_minus8 + 8,
            sps.bit_depth_luma,
            "{}",
            fixture.name
        );
        assert_eq!(
            high.bit_depth_chroma_minus8 + 8,
            sps.bit_depth_chroma,
            "{}",
            fixture.name
        );
        assert_eq!(
            high.chroma_format, sps.chroma_format as u8,
            "{}",
            fixture.name
        );
    }
    assert!(tails >= 30);
}

#[test]
fn picture_parameter_sets_can_be_read() {
    for fixture in fixtures() {
        let record = AvcDecoderConfigurationRecord::parse(&fixture.record).unwrap();
        let pps = Pps::parse(record.pps[0]).unwrap();
        assert_eq!(pps.sps_id, fixture.sps().id, "{}", fixture.name);
        let cavlc = ["baseline", "high_2160p", "level_1b", "openh264", "cavlc"];
        assert_eq!(
            pps.cabac,
            !cavlc.contains(&fixture.name),
            "{}",
            fixture.name
        );
        let high = fixture.profile.starts_with("High");
        assert_eq!(pps.transform_8x8_mode, high, "{}", fixture.name);
    }
}
