//! End to end: the bytes that a real FFmpeg sent go through the program over TCP; what it records is
//! compared with the file that FFmpeg published.

use std::io::Read;

use mp4_atom::{Any, Decode, TrunEntry};
use serde_json::Value;

use crate::support::{Host, data, replay};

const IDR_SLICE: u8 = 5;
const SPS: u8 = 7;
const PPS: u8 = 8;
const ACCESS_UNIT_DELIMITER: u8 = 9;

#[test]
fn every_picture_of_the_published_file_comes_out_untouched() {
    let published = FlvFile::read(&data("publish.flv"));
    let folder = tempfile::tempdir().expect("a folder");
    let options = [
        "--frames",
        "--record",
        folder.path().to_str().expect("UTF-8"),
    ];
    let mut host = Host::start(options);

    replay(host.port(), &data("publish.rtmp"));
    let started = host.wait_for("stream_started");
    assert_eq!(
        (&started["camera"], &started["path"]),
        (&1.into(), &"/stream1".into())
    );
    let stopped = host.wait_for("stream_stopped");
    assert_eq!(stopped["frames"], published.pictures.len());
    let mut frames = Vec::new();
    while frames.len() < published.pictures.len() {
        frames.extend(host.told.drain(..).filter(is_video));
        if frames.len() < published.pictures.len() {
            host.wait_for("frame");
        }
    }
    let (status, rest) = host.interrupt();
    assert_eq!(status.code(), Some(0));
    assert!(!rest.iter().any(is_video), "{rest:?}");

    let recorded = std::fs::read(folder.path().join("camera1-1.h264")).expect("a recording");
    assert_eq!(pictures_of(&recorded), published.with_parameter_sets());

    let mp4 = std::fs::read(folder.path().join("camera1-1.mp4")).expect("a recording");
    let samples = mp4_samples(&mp4);
    let sync: Vec<_> = samples
        .iter()
        .map(|sample| sample.flags == Some(0x0200_0000))
        .collect();
    let idr: Vec<_> = published
        .pictures
        .iter()
        .map(|units| has(units, IDR_SLICE))
        .collect();
    assert_eq!(sync, idr);
    assert!(
        samples.iter().any(|sample| sample.cts > Some(0)),
        "the file has B frames"
    );

    let sizes = frames
        .iter()
        .map(|frame| frame["bytes"].as_u64().expect("a number"));
    assert_eq!(sizes.sum::<u64>(), recorded.len() as u64);
    let keys: Vec<_> = frames.iter().map(|frame| frame["key"] == true).collect();
    assert_eq!(keys, idr);
    // Replayed faster than any clock: each picture has a millisecond of its own all the same.
    let time_of = |frame: &Value| frame["time"].as_str().expect("a time")[..23].to_owned();
    let times: Vec<_> = frames.iter().map(time_of).collect();
    assert!(times.is_sorted_by(|a, b| a < b), "{times:?}");
    for frame in frames.iter().filter(|frame| frame["key"] == true) {
        assert_eq!(frame["sync_time"], frame["time"]);
    }
}

#[test]
fn every_picture_of_h265_comes_out_untouched() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut host = Host::start(["--record", folder.path().to_str().expect("UTF-8")]);
    replay(host.port(), &data("publish_h265.rtmp"));
    host.wait_for("stream_stopped");
    let (status, _) = host.interrupt();
    assert_eq!(status.code(), Some(0));
    let recorded = std::fs::read(folder.path().join("camera1-1.h265")).expect("a recording");
    // As FFmpeg writes the clip that it sent.
    let clip = "../../../flv-h264/tests/fixtures/clips/hevc_ipb.h265";
    assert!(recorded == data(clip), "{} bytes", recorded.len());
}

fn is_video(line: &Value) -> bool {
    line["event"] == "frame" && line["camera"] == 1 && line["codec"] == "h264"
}

fn mp4_samples(mut file: &[u8]) -> Vec<TrunEntry> {
    let mut samples = Vec::new();
    while !file.is_empty() {
        if let Any::Moof(fragment) = Any::decode(&mut file).expect("a whole box") {
            let runs = fragment.traf.iter().flat_map(|track| &track.trun);
            samples.extend(runs.flat_map(|run| run.samples.iter()));
        }
    }
    samples
}

type Unit = Vec<u8>;

fn unit_type(unit: &[u8]) -> u8 {
    unit[0] & 0x1f
}

fn has(units: &[Unit], wanted: u8) -> bool {
    units.iter().any(|unit| unit_type(unit) == wanted)
}

/// What an FLV file with H.264 contains, read with nothing but the tag layout in mind (Adobe Flash
/// Video File Format 10.1, annex E).
struct FlvFile {
    parameter_sets: Vec<Unit>,
    /// NAL units of every picture.
    pictures: Vec<Vec<Unit>>,
}

impl FlvFile {
    fn read(file: &[u8]) -> Self {
        let mut flv = Self {
            parameter_sets: Vec::new(),
            pictures: Vec::new(),
        };
        let mut rest = &file[9 + 4..];
        while !rest.is_empty() {
            let size =
                usize::from(rest[1]) << 16 | usize::from(rest[2]) << 8 | usize::from(rest[3]);
            let body = &rest[11..11 + size];
            if rest[0] == 9 {
                flv.video(body);
            }
            rest = &rest[11 + size + 4..];
        }
        flv
    }

    fn video(&mut self, body: &[u8]) {
        assert_eq!(body[0] & 0x0f, 7, "AVC");
        match body[1] {
            0 => self.parameter_sets = parameter_sets(&body[5..]),
            1 => self.pictures.push(length_prefixed(&body[5..])),
            _ => {}
        }
    }

    /// The pictures as the driver delivers them: parameter sets in front of every IDR.
    fn with_parameter_sets(&self) -> Vec<Vec<Unit>> {
        let with_sets = |units: &Vec<Unit>| {
            let is_set = |unit: &&Unit| matches!(unit_type(unit), SPS | PPS);
            let own = units.iter().filter(|unit| !is_set(unit)).cloned();
            if has(units, IDR_SLICE) {
                self.parameter_sets.iter().cloned().chain(own).collect()
            } else {
                own.collect()
            }
        };
        self.pictures.iter().map(with_sets).collect()
    }
}

/// Those of an AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1).
fn parameter_sets(record: &[u8]) -> Vec<Unit> {
    let mut rest = &record[5..];
    let mut sets = Vec::new();
    for mask in [0x1f, 0xff] {
        let count = rest[0] & mask;
        rest = &rest[1..];
        for _ in 0..count {
            let size = usize::from(rest[0]) << 8 | usize::from(rest[1]);
            sets.push(rest[2..2 + size].to_vec());
            rest = &rest[2 + size..];
        }
    }
    sets
}

fn length_prefixed(mut body: &[u8]) -> Vec<Unit> {
    let mut units = Vec::new();
    while !body.is_empty() {
        let mut size = [0; 4];
        body.read_exact(&mut size).expect("a length");
        let (unit, rest) = body.split_at(u32::from_be_bytes(size) as usize);
        units.push(unit.to_vec());
        body = rest;
    }
    units
}

/// The NAL units of every picture of a byte stream with 4-byte start codes. A picture begins behind a
/// slice, with the next unit that is not one of the same picture's slices (the file has one slice
/// per picture).
fn pictures_of(stream: &[u8]) -> Vec<Vec<Unit>> {
    let starts: Vec<_> = (0..stream.len().saturating_sub(3))
        .filter(|&at| stream[at..at + 4] == [0, 0, 0, 1])
        .chain([stream.len()])
        .collect();
    let mut pictures = vec![Vec::new()];
    for start_and_end in starts.windows(2) {
        let unit = stream[start_and_end[0] + 4..start_and_end[1]].to_vec();
        let is_slice = unit_type(&unit) <= IDR_SLICE;
        assert_ne!(unit_type(&unit), ACCESS_UNIT_DELIMITER, "the file has none");
        pictures.last_mut().expect("one at least").push(unit);
        if is_slice {
            pictures.push(Vec::new());
        }
    }
    assert_eq!(
        pictures.pop(),
        Some(Vec::new()),
        "the stream ends with a slice"
    );
    pictures
}
