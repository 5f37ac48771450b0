//! What several test files need.
#![allow(dead_code, unused_imports, reason = "every test file uses its part")]

use flv_h264::{
    AccessUnit, AccessUnitBuilder, AudioEvent, AudioFrame, AudioFrameBuilder, LeftOut, VideoEvent,
};

pub(crate) use habits::BitWriter;

/// What a builder has to say.
pub(crate) fn events_of(builder: &mut AccessUnitBuilder) -> Vec<VideoEvent> {
    std::iter::from_fn(|| builder.poll_event()).collect()
}

/// The pictures that a builder has ready.
pub(crate) fn pictures_of(builder: &mut AccessUnitBuilder) -> Vec<AccessUnit> {
    let pictures = events_of(builder)
        .into_iter()
        .filter_map(|event| match event {
            VideoEvent::AccessUnit(unit) => Some(unit),
            _ => None,
        });
    pictures.collect()
}

/// The frames, and the reasons for which others are left out, that audio messages with their
/// timestamps come to.
pub(crate) fn sound_of(
    builder: &mut AudioFrameBuilder,
    messages: &[(u32, &[u8])],
) -> (Vec<AudioFrame>, Vec<LeftOut>) {
    let (mut frames, mut reasons) = (vec![], vec![]);
    for (timestamp_ms, body) in messages {
        builder.push(*timestamp_ms, body.to_vec().into());
        while let Some(event) = builder.poll_event() {
            match event {
                AudioEvent::Frame(frame) => frames.push(frame),
                AudioEvent::LeftOut(reason) => reasons.push(reason),
                _ => {}
            }
        }
    }
    (frames, reasons)
}

/// x264's sequence parameter set for 640x480.
pub(crate) const SPS: &[u8] = &[
    0x67, 0x64, 0x00, 0x1E, 0xAC, 0xD9, 0x40, 0xA0, 0x3D, 0xB0, 0x11, 0x00, 0x00, 0x03, 0x00, 0x01,
    0x00, 0x00, 0x03, 0x00, 0x32, 0x0F, 0x16, 0x2D, 0x96,
];
/// Its picture parameter set.
pub(crate) const PPS: &[u8] = &[0x68, 0xEB, 0xE3, 0xCB, 0x22, 0xC0];
/// x264's sequence parameter set for 1920x1080, of the same id.
pub(crate) const OTHER_SPS: &[u8] = &[
    0x67, 0x4D, 0x40, 0x28, 0xEC, 0xA0, 0x3C, 0x01, 0x13, 0xF2, 0xE0, 0x22, 0x00, 0x00, 0x03, 0x00,
    0x02, 0x00, 0x00, 0x03, 0x00, 0x64, 0x1E, 0x30, 0x63, 0x2C,
];
/// Its picture parameter set, of the same id.
pub(crate) const OTHER_PPS: &[u8] = &[0x68, 0xEB, 0xE3, 0xCB, 0x20];
/// A picture parameter set of id 1.
pub(crate) const PPS_1: &[u8] = &[0x68, 0x5A, 0xEE, 0x3C, 0x80];

/// first_mb_in_slice 0, slice_type 7 (I), pic_parameter_set_id 0.
pub(crate) const IDR: &[u8] = &[0x65, 0x88, 0x84, 0x00, 0x33, 0xFF];
/// The next slice of that picture: first_mb_in_slice 1, all else the same.
pub(crate) const IDR_1: &[u8] = &[0x65, 0x42, 0x21, 0x00, 0x0C, 0xFF];
/// The same, of a picture that is not IDR.
pub(crate) const I_SLICE: &[u8] = &[0x41, 0x88, 0x84, 0x11, 0x22];
/// first_mb_in_slice 0, slice_type 5 (P).
pub(crate) const P_SLICE: &[u8] = &[0x41, 0x9A, 0x24, 0x6C, 0x41];
/// first_mb_in_slice 0, slice_type 6 (B), not referred to.
pub(crate) const B_SLICE: &[u8] = &[0x01, 0x9E, 0x61, 0x74];
/// x265's parameter sets for 640x480, 25 frames per second, Main.
pub(crate) const HEVC_VPS: &[u8] = &[
    0x40, 0x01, 0x0C, 0x01, 0xFF, 0xFF, 0x01, 0x60, 0x00, 0x00, 0x03, 0x00, 0x90, 0x00, 0x00, 0x03,
    0x00, 0x00, 0x03, 0x00, 0x5A, 0x95, 0x98, 0x09,
];
pub(crate) const HEVC_SPS: &[u8] = &[
    0x42, 0x01, 0x01, 0x01, 0x60, 0x00, 0x00, 0x03, 0x00, 0x90, 0x00, 0x00, 0x03, 0x00, 0x00, 0x03,
    0x00, 0x5A, 0xA0, 0x05, 0x02, 0x01, 0xE1, 0x65, 0x95, 0x9A, 0x49, 0x32, 0xBC, 0x05, 0xA0, 0x20,
    0x00, 0x00, 0x03, 0x00, 0x20, 0x00, 0x00, 0x03, 0x03, 0x21,
];
pub(crate) const HEVC_PPS: &[u8] = &[0x44, 0x01, 0xC1, 0x72, 0xB4, 0x62, 0x40];
/// IDR_W_RADL: first_slice_segment_in_pic_flag 1, no_output_of_prior_pics_flag 0,
/// slice_pic_parameter_set_id 0, slice_type 2 (I).
pub(crate) const HEVC_IDR: &[u8] = &[0x26, 0x01, 0xAC, 0x55, 0x66, 0x77];
/// primary_pic_type 7.
pub(crate) const DELIMITER: &[u8] = &[0x09, 0xF0];
/// user_data_unregistered of 17 bytes.
pub(crate) const SEI: &[u8] = &[
    0x06, 0x05, 0x11, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 0x80,
];
/// recovery_point with recovery_frame_cnt 0.
pub(crate) const RECOVERY_POINT: &[u8] = &[0x06, 0x06, 0x01, 0xC4, 0x80];

pub(crate) const KEY: u8 = 0x10;
pub(crate) const INTER: u8 = 0x20;

/// NAL units with lengths of 4 bytes.
pub(crate) fn lengths(units: &[&[u8]]) -> Vec<u8> {
    lengths_of(4, units)
}

/// NAL units with lengths of `size` bytes.
pub(crate) fn lengths_of(size: usize, units: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    for unit in units {
        out.extend(&(unit.len() as u32).to_be_bytes()[4 - size..]);
        out.extend(*unit);
    }
    out
}

/// NAL units with start codes of 4 bytes.
pub(crate) fn annex_b(units: &[&[u8]]) -> Vec<u8> {
    units
        .iter()
        .flat_map(|unit| [&[0, 0, 0, 1], *unit].concat())
        .collect()
}

/// A legacy message of NAL units.
pub(crate) fn avc_message(frame_type: u8, composition_time: i32, data: &[u8]) -> Vec<u8> {
    let [_, composition_time @ ..] = composition_time.to_be_bytes();
    [&[frame_type | 7, 1], &composition_time[..], data].concat()
}

/// A legacy message with a configuration record.
pub(crate) fn sequence_header(record: &[u8]) -> Vec<u8> {
    [&[0x17, 0, 0, 0, 0], record].concat()
}

/// A configuration record as most encoders write it.
pub(crate) fn record(sps: &[&[u8]], pps: &[&[u8]]) -> Vec<u8> {
    record_of(4, sps, pps)
}

/// The same, for lengths of `size` bytes.
pub(crate) fn record_of(size: u8, sps: &[&[u8]], pps: &[&[u8]]) -> Vec<u8> {
    let mut out = vec![
        1,
        0x64,
        0x00,
        0x1E,
        0xFC | (size - 1),
        0xE0 | sps.len() as u8,
    ];
    out.extend(lengths_of(2, sps));
    out.push(pps.len() as u8);
    out.extend(lengths_of(2, pps));
    out
}

/// x265's HEVCDecoderConfigurationRecords; `fixtures/make.py` tells how they are made.
pub(crate) fn hevc_records() -> impl Iterator<Item = Vec<u8>> {
    include_str!("../fixtures/hevc_records.tsv")
        .lines()
        .map(|line| unhex(line.split('\t').nth(1).expect("two fields")))
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex"))
        .collect()
}

/// The fields of a line of a table.
#[track_caller]
pub(crate) fn fields<const N: usize>(line: &str) -> [&str; N] {
    let fields: Vec<&str> = line.split('\t').collect();
    fields.try_into().expect("as many fields as the table has")
}
