use std::fs;

use bytes::Bytes;
use milestone_driver::flv_h264::{
    aac::{AdtsFrames, AdtsHeader},
    nal::AnnexBUnits,
};
use milestone_driver::{AudioEncoding, AudioFormat, SoundFrame, Ticks};
use mp4_atom::{Any, Decode, Moof, Moov};
use tempfile::TempDir;

use super::*;

/// x264, 64×64 and 96×64.
const SETS: [&[u8]; 2] = [
    &[
        0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x0a, 0xda, 0x10, 0x9b, 0x01, 0x10, 0x00, 0x00, 0x03, 0x00,
        0x10, 0x00, 0x00, 0x03, 0x00, 0xa8, 0xf1, 0x22, 0x6a, 0, 0, 0, 1, 0x68, 0xce, 0x0f, 0xc8,
    ],
    &[
        0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x0a, 0xda, 0x18, 0x9b, 0x01, 0x10, 0x00, 0x00, 0x03, 0x00,
        0x10, 0x00, 0x00, 0x03, 0x00, 0xa8, 0xf1, 0x22, 0x6a, 0, 0, 0, 1, 0x68, 0xce, 0x0f, 0xc8,
    ],
];
const IDR: &[u8] = &[0, 0, 0, 1, 0x65, 0x88, 0x84, 0x01];
const OTHER: &[u8] = &[0, 0, 0, 1, 0x41, 0x9a, 0x02];

/// A key frame of 64×64 at this time, on the publisher's clock too.
pub(super) fn frame(milliseconds: i64) -> Frame {
    key_frame(milliseconds, 0)
}

fn key_frame(milliseconds: i64, sets: usize) -> Frame {
    at(milliseconds, [SETS[sets], IDR].concat())
}

fn other_frame(milliseconds: i64) -> Frame {
    let mut frame = at(milliseconds, OTHER.to_vec());
    frame.key = false;
    frame
}

fn at(milliseconds: i64, data: Vec<u8>) -> Frame {
    let time = Ticks(milliseconds * Ticks::PER_MILLISECOND);
    let mut frame = Frame::new(Codec::H264, data.into(), time);
    frame.timestamp_ms = milliseconds as u32;
    frame
}

struct Recorder {
    folder: TempDir,
    recorder: CameraRecorder,
    told: Vec<Notice>,
}

impl Recorder {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let recordings = RecordingFolder::create(folder.path().join("recordings")).expect("made");
        Self {
            recorder: recordings.camera(3),
            folder,
            told: Vec::new(),
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("recordings")
    }

    fn take(&mut self, frame: Frame) {
        let told = &mut self.told;
        self.recorder.frame(&frame, &mut |notice| told.push(notice));
    }

    fn hear(&mut self, frame: SoundFrame) {
        let told = &mut self.told;
        self.recorder.sound(&frame, &mut |notice| told.push(notice));
    }

    fn finish(&mut self) {
        let told = &mut self.told;
        self.recorder.finish(&mut |notice| told.push(notice));
    }

    fn files(&self) -> Vec<String> {
        let files = fs::read_dir(self.path()).expect("the folder");
        let names = files.map(|file| file.expect("a file").file_name());
        let mut names: Vec<_> = names
            .map(|name| name.into_string().expect("UTF-8"))
            .collect();
        names.sort();
        names
    }

    fn movie(&self, name: &str) -> Movie {
        Movie::read(&fs::read(self.path().join(name)).expect("the file"))
    }

    /// What was told of finished recordings, without their folder.
    fn recorded(&self) -> Vec<String> {
        let folder = format!("{}/", self.path().display());
        let recorded = self.told.iter().filter_map(|notice| match notice {
            Notice::Recorded(recorded) => Some(recorded.to_string().replace(&folder, "")),
            _ => None,
        });
        recorded.collect()
    }

    fn failures(&self) -> Vec<String> {
        let failures = self.told.iter().filter_map(|notice| match notice {
            Notice::Failed { camera, error } => Some(format!("{camera}: {error}")),
            _ => None,
        });
        failures.collect()
    }

    fn count(&self, wanted: impl Fn(&Notice) -> bool) -> usize {
        self.told.iter().filter(|notice| wanted(notice)).count()
    }
}

/// The boxes of a file.
struct Movie {
    moov: Moov,
    fragments: Vec<Moof>,
}

impl Movie {
    fn read(mut file: &[u8]) -> Self {
        let mut moov = None;
        let mut fragments = Vec::new();
        while !file.is_empty() {
            match Any::decode(&mut file).expect("a whole box") {
                Any::Moov(it) => moov = Some(it),
                Any::Moof(it) => fragments.push(it),
                Any::Ftyp(_) | Any::Mdat(_) | Any::Free(_) => {}
                other => panic!("{other:?}"),
            }
        }
        Self {
            moov: moov.expect("a movie box"),
            fragments,
        }
    }

    /// Of all samples: when it is decoded and shown, in milliseconds, and for how long.
    fn times(&self) -> Vec<(i64, i64, i64)> {
        let mut times = Vec::new();
        for fragment in &self.fragments {
            let track = &fragment.traf[0];
            let start = track.tfdt.as_ref().expect("a time").base_media_decode_time;
            let mut time = i64::try_from(start).expect("a time");
            for sample in track.trun.iter().flat_map(|run| run.samples.iter()) {
                let duration = i64::from(sample.duration.expect("a duration"));
                let shown = time + sample.cts.expect("an offset");
                times.push((time / 90, shown / 90, duration / 90));
                time += duration;
            }
        }
        times
    }

    /// In milliseconds; all boxes agree.
    fn duration(&self) -> i64 {
        let [mvhd, tkhd, mehd] = [
            self.moov.mvhd.duration,
            self.moov.trak[0].tkhd.duration,
            self.fragment_duration(),
        ];
        assert_eq!((mvhd, tkhd), (mehd, mehd));
        let media = &self.moov.trak[0].mdia.mdhd;
        assert_eq!(media.timescale, 90_000);
        let duration = i64::try_from(mehd).expect("a duration");
        assert_eq!(media.duration, mehd * 90);
        duration
    }

    fn fragment_duration(&self) -> u64 {
        let extends = self.moov.mvex.as_ref().expect("fragments follow");
        extends.mehd.as_ref().expect("a duration").fragment_duration
    }
}

#[test]
fn an_mp4_file_has_every_mandatory_box() {
    let mut recorder = Recorder::new();
    recorder.take(frame(0));
    recorder.take(other_frame(40));
    recorder.finish();
    let file = fs::read(recorder.path().join("camera3-1.mp4")).expect("the file");
    // ISO/IEC 14496-12, table 1: those of a file with one video track in fragments.
    for name in [
        "ftyp", "moov", "mvhd", "trak", "tkhd", "mdia", "mdhd", "hdlr", "minf", "vmhd", "dinf",
        "dref", "url ", "stbl", "stsd", "stts", "stsc", "stsz", "stco", "mvex", "trex", "moof",
        "mfhd", "traf", "tfhd", "trun", "mdat", "edts", "elst",
    ] {
        assert!(
            file.windows(4).any(|bytes| bytes == name.as_bytes()),
            "{name}"
        );
    }
    let movie = recorder.movie("camera3-1.mp4");
    assert_eq!(movie.moov.mvhd.rate, 1.into());
    assert_eq!(movie.moov.trak[0].tkhd.width, 64.into());
}

#[test]
fn durations_are_those_of_what_is_shown() {
    let mut recorder = Recorder::new();
    // I P B B P B B P B B, with one picture of delay.
    for (number, offset) in (0..10).zip([1, 3, 0, 0, 3, 0, 0, 3, 0, 0]) {
        let mut frame = match number {
            0 => frame(0),
            number => other_frame(number * 40),
        };
        frame.composition_offset_ms = offset * 40;
        recorder.take(frame);
    }
    recorder.finish();
    let movie = recorder.movie("camera3-1.mp4");
    let shown: Vec<_> = movie.times().iter().map(|(_, shown, _)| *shown).collect();
    assert_eq!(shown, [0, 120, 40, 80, 240, 160, 200, 360, 280, 320]);
    assert_eq!(movie.duration(), 400);
}

#[test]
fn every_picture_lasts_until_the_next() {
    let mut recorder = Recorder::new();
    // A stall of 7 s, and then pictures a millisecond apart, faster than the publisher's clock.
    let times = (0..20).chain((7000..7200).step_by(10)).chain(7201..7300);
    let times: Vec<_> = times.collect();
    recorder.take(frame(times[0]));
    for time in &times[1..] {
        recorder.take(other_frame(*time));
    }
    recorder.finish();
    let movie = recorder.movie("camera3-1.mp4");
    let expected = times
        .windows(2)
        .map(|pair| (pair[0], pair[0], pair[1] - pair[0]));
    assert_eq!(
        movie.times()[..times.len() - 1],
        expected.collect::<Vec<_>>()
    );
    assert_eq!(movie.times().last(), Some(&(7299, 7299, 1)));
    assert_eq!(movie.duration(), 7300);
}

#[test]
fn a_single_picture_is_shown() {
    let mut recorder = Recorder::new();
    recorder.take(frame(5));
    recorder.finish();
    let movie = recorder.movie("camera3-1.mp4");
    assert_eq!(movie.times(), [(0, 0, 40)]);
    assert_eq!(movie.duration(), 40);
}

#[test]
fn fragments_are_short_and_begin_with_key_pictures() {
    let mut recorder = Recorder::new();
    for number in 0..200 {
        recorder.take(match number % 60 {
            0 => frame(number * 40),
            _ => other_frame(number * 40),
        });
    }
    recorder.finish();
    let movie = recorder.movie("camera3-1.mp4");
    let mut first = 0;
    for fragment in &movie.fragments {
        let samples: Vec<_> = fragment.traf[0].trun[0].samples.iter().collect();
        assert!(samples.len() <= 13, "half a second");
        for (number, sample) in (first..).zip(&samples) {
            let is_key = sample.flags == Some(0x0200_0000);
            assert_eq!(is_key, number % 60 == 0);
            assert!(!is_key || number == first);
        }
        first += samples.len();
    }
    assert_eq!(first, 200);
}

#[test]
fn what_is_written_so_far_plays_if_nothing_follows() {
    let mut recorder = Recorder::new();
    for number in 0..200 {
        recorder.take(match number {
            0 => frame(0),
            _ => other_frame(number * 40),
        });
        let movie = recorder.movie("camera3-1.mp4");
        let recorded = i64::try_from(movie.times().len()).expect("a few");
        assert!(recorded + 13 > number, "{recorded} of {number}");
        assert_eq!(movie.duration(), recorded * 40);
        let stream = fs::read(recorder.path().join("camera3-1.h264")).expect("the file");
        let whole = usize::try_from(number).expect("a few") * OTHER.len();
        assert_eq!(stream.len(), SETS[0].len() + IDR.len() + whole);
    }
}

#[test]
fn other_parameter_sets_begin_another_file() {
    let mut recorder = Recorder::new();
    for (number, sets) in [0, 0, 1, 0].into_iter().enumerate() {
        let time = number as i64 * 80;
        recorder.take(key_frame(time, sets));
        recorder.take(other_frame(time + 40));
    }
    recorder.finish();
    assert_eq!(
        recorder.recorded(),
        ["camera3-1.h264 and camera3-1.mp4 to camera3-1-part3.mp4 with 8 frames"]
    );
    let samples = ["camera3-1", "camera3-1-part2", "camera3-1-part3"]
        .map(|name| recorder.movie(&format!("{name}.mp4")).times().len());
    assert_eq!(samples, [4, 2, 2]);
    let movie = recorder.movie("camera3-1-part2.mp4");
    assert_eq!(movie.moov.trak[0].tkhd.width, 96.into());
    assert_eq!((movie.times()[0], movie.duration()), ((0, 0, 40), 80));
}

/// OpenH264 can count the ids of its sets up, so that those of sequences before stand in front as well.
#[test]
fn a_movie_has_the_size_that_its_pictures_use() {
    let unit = |header: &[u8], bits: &str| {
        let bytes = bits.as_bytes().chunks(8).map(|byte| {
            let byte = byte.iter().chain(b"0000000").take(8);
            byte.fold(0, |byte, bit| byte << 1 | (bit - b'0'))
        });
        [&[0, 0, 0, 1], header, &bytes.collect::<Vec<u8>>()].concat()
    };
    // By sections 7.3.2.1.1, 7.3.2.2 and 7.3.3: 320 by 240, and 160 by 80 with the ids 1.
    let sps = [
        "1 1 011 010 0 000010100 0001111 1 0 0 0 1",
        "010 1 011 010 0 0001010 00101 1 0 0 0 1",
    ];
    let pps = ["1 1", "010 010"].map(|ids| format!("{ids} 0 0 1 1 1 0 00 1 1 1 0 0 0 1"));
    let sps = sps.map(|bits| unit(&[0x67, 66, 0xC0, 30], &bits.replace(' ', "")));
    let pps = pps.map(|bits| unit(&[0x68], &bits.replace(' ', "")));
    for (id, width) in [("1", 320), ("010", 160)] {
        let slice = format!("1 0001000 {id} 0000 1 0 0 1 010 10101011").replace(' ', "");
        let picture = [&sps.concat()[..], &pps.concat(), &unit(&[0x65], &slice)].concat();
        let mut recorder = Recorder::new();
        recorder.take(at(0, picture));
        recorder.take(other_frame(40));
        recorder.finish();
        let movie = recorder.movie("camera3-1.mp4");
        assert_eq!(movie.moov.trak[0].tkhd.width, width.into());
    }
}

/// x265: the pictures of a clip, with their parameter sets.
fn h265_pictures() -> Vec<Vec<u8>> {
    let clip = include_bytes!("../../../flv-h264/tests/fixtures/clips/hevc_ipb.h265");
    let mut pictures = vec![Vec::new()];
    for unit in AnnexBUnits::new(clip) {
        let picture = pictures.last_mut().expect("one at least");
        picture.extend_from_slice(&[0, 0, 0, 1]);
        picture.extend_from_slice(unit.bytes());
        // VCL (H.265 table 7-1): the clip has one slice a picture.
        if (unit.bytes()[0] >> 1) & 0x3F < 32 {
            pictures.push(Vec::new());
        }
    }
    assert_eq!(pictures.pop(), Some(Vec::new()), "it ends with a slice");
    pictures
}

fn h265_frame(milliseconds: i64, data: Vec<u8>, key: bool) -> Frame {
    let mut frame = at(milliseconds, data);
    frame.codec = Codec::H265;
    frame.key = key;
    frame
}

#[test]
fn h265_is_recorded_under_its_name_and_described() {
    let mut recorder = Recorder::new();
    let pictures = h265_pictures();
    for (number, picture) in (0..).zip(&pictures) {
        recorder.take(h265_frame(number * 100, picture.clone(), number == 0));
    }
    recorder.finish();
    assert_eq!(recorder.files(), ["camera3-1.h265", "camera3-1.mp4"]);
    let stream = fs::read(recorder.path().join("camera3-1.h265")).expect("the file");
    assert_eq!(stream, pictures.concat());

    let movie = recorder.movie("camera3-1.mp4");
    assert_eq!(movie.times().len(), pictures.len());
    let [mp4_atom::Codec::Hvc1(described)] =
        movie.moov.trak[0].mdia.minf.stbl.stsd.codecs.as_slice()
    else {
        panic!("one description, hvc1");
    };
    // As the record of x265 and FFmpeg has it.
    let record = &described.hvcc;
    assert_eq!(
        (record.general_profile_idc, record.general_level_idc),
        (1, 30)
    );
    assert_eq!(record.general_profile_compatibility_flags, [0x60, 0, 0, 0]);
    assert_eq!(record.length_size_minus_one, 3);
    let types: Vec<_> = record.arrays.iter().map(|it| it.nal_unit_type).collect();
    assert_eq!(types, [32, 33, 34], "VPS, SPS, PPS");
    let visual = &described.visual;
    assert_eq!((visual.width, visual.height), (96, 64));
}

#[test]
fn another_codec_begins_files_of_its_own() {
    let mut recorder = Recorder::new();
    let h265 = h265_pictures();
    recorder.take(frame(0));
    recorder.take(other_frame(40));
    recorder.take(h265_frame(80, h265[0].clone(), true));
    recorder.take(h265_frame(120, h265[1].clone(), false));
    recorder.take(frame(160));
    recorder.finish();
    assert_eq!(
        recorder.recorded(),
        [
            "camera3-1.h264 and camera3-1.mp4 with 2 frames",
            "camera3-2.h265 and camera3-2.mp4 with 2 frames",
            "camera3-3.h264 and camera3-3.mp4 with 1 frames"
        ]
    );
}

#[test]
fn every_publish_has_files_of_its_own() {
    let mut recorder = Recorder::new();
    fs::write(recorder.path().join("camera3-1.mp4"), b"of an earlier run").expect("written");
    for publish in 1..=2 {
        let mut frame = frame(100 * publish);
        frame.publish = publish.unsigned_abs();
        recorder.take(frame);
    }
    recorder.finish();
    assert_eq!(
        recorder.recorded(),
        [
            "camera3-2.h264 and camera3-2.mp4 with 1 frames",
            "camera3-3.h264 and camera3-3.mp4 with 1 frames"
        ]
    );
    let earlier = fs::read(recorder.path().join("camera3-1.mp4")).expect("the file");
    assert_eq!(earlier, b"of an earlier run");
}

#[test]
fn parameter_sets_that_change_all_the_time_make_few_files() {
    let mut recorder = Recorder::new();
    for number in 0..1900 {
        recorder.take(key_frame(number * 2, number as usize % 2));
    }
    assert_eq!(recorder.files().len(), 30);
    assert_eq!(
        recorder.count(|it| matches!(it, Notice::TooManyFiles { camera: 3 })),
        1
    );
    // Nothing is missing from the byte stream.
    let stream = fs::read(recorder.path().join("camera3-1.h264")).expect("the file");
    assert_eq!(stream.len(), 1900 * (SETS[0].len() + IDR.len()));
    // A minute later the MP4 goes on.
    recorder.take(key_frame(70_000, 0));
    recorder.finish();
    assert_eq!(recorder.files().len(), 31);
    assert_eq!(
        recorder.recorded(),
        [
            "camera3-1.h264 and camera3-1.mp4 to camera3-1-part30.mp4 with 1901 frames, 1871 of them in no MP4 file"
        ]
    );
}

#[test]
fn publishes_one_after_the_other_make_few_files() {
    let mut recorder = Recorder::new();
    for publish in 1..=1000 {
        let mut frame = frame(publish * 50);
        frame.publish = publish.unsigned_abs();
        recorder.take(frame);
    }
    recorder.finish();
    assert_eq!(recorder.files().len(), 30);
    assert_eq!(
        recorder.count(|it| matches!(it, Notice::TooManyFiles { camera: 3 })),
        1
    );
}

#[test]
fn what_cannot_be_written_is_named_and_tried_again() {
    let mut recorder = Recorder::new();
    // Nobody can write into a folder that is not there.
    fs::remove_dir(recorder.path()).expect("empty");
    for number in 0..500 {
        recorder.take(frame(number * 40));
    }
    let failures = recorder.failures();
    assert_eq!(failures.len(), 1, "told once");
    let file = recorder.path().join("camera3-1.h264");
    assert!(
        failures[0].starts_with(&format!("3: {}: ", file.display())),
        "{failures:?}"
    );

    fs::create_dir(recorder.path()).expect("made");
    for number in 500..700 {
        recorder.take(frame(number * 40));
    }
    assert_eq!(
        recorder.count(|it| matches!(it, Notice::Resumed { camera: 3, .. })),
        1
    );
    recorder.finish();
    assert_eq!(recorder.files(), ["camera3-1.h264", "camera3-1.mp4"]);
    let frames = recorder.movie("camera3-1.mp4").times().len();
    assert!(
        (75..=200).contains(&frames),
        "within five seconds: {frames}"
    );
}

#[test]
fn a_recording_begins_with_a_key_picture_only() {
    let mut recorder = Recorder::new();
    fs::remove_dir(recorder.path()).expect("empty");
    recorder.take(frame(0));
    fs::create_dir(recorder.path()).expect("made");
    recorder.take(other_frame(6000));
    assert!(recorder.files().is_empty());
    recorder.take(frame(6040));
    recorder.finish();
    assert_eq!(
        recorder.recorded(),
        ["camera3-1.h264 and camera3-1.mp4 with 1 frames"]
    );
}

#[test]
fn parameter_sets_that_nobody_understands_are_in_no_mp4_file() {
    let mut recorder = Recorder::new();
    let broken = [&[0, 0, 0, 1, 0x67, 0x42][..], &SETS[0][26..], IDR].concat();
    recorder.take(at(0, broken));
    recorder.take(frame(40));
    recorder.finish();
    assert_eq!(
        recorder.recorded(),
        ["camera3-1.h264 and camera3-1.mp4 with 2 frames, 1 of them in no MP4 file"]
    );
}

/// 23 ms of AAC LC of 44 100 Hz, or as much of G.711.
fn sound(milliseconds: i64, encoding: AudioEncoding) -> SoundFrame {
    let (sample_rate, channels, data) = match encoding {
        AudioEncoding::Aac => {
            let header = AdtsHeader::default().with_payload(4).expect("short");
            let header = header.encode().expect("in range");
            (44_100, 2, [&header[..], &[0x21, 0x10, 4, 0x60]].concat())
        }
        _ => (8000, 1, vec![0xD5; 184]),
    };
    let time = Ticks(milliseconds * Ticks::PER_MILLISECOND);
    let mut frame = SoundFrame::new(
        AudioFormat {
            encoding,
            sample_rate,
            channels,
        },
        data.into(),
        time,
    );
    frame.samples = if encoding == AudioEncoding::Aac {
        1024
    } else {
        184
    };
    frame.timestamp_ms = milliseconds as u32;
    frame
}

/// Ten seconds of both, of which the sound comes in pieces of a tenth.
fn record_both(recorder: &mut Recorder, encoding: AudioEncoding) {
    for number in 0..250 {
        recorder.take(match number % 25 {
            0 => frame(number * 40),
            _ => other_frame(number * 40),
        });
        if number % 5 == 4 {
            for piece in 0..9 {
                let time = (number - 4) * 40 + piece * 1024 * 1000 / 44_100;
                if time < (number + 1) * 40 {
                    recorder.hear(sound(time, encoding));
                }
            }
        }
    }
}

#[test]
fn sound_is_recorded_beside_its_camera_and_into_the_same_movie() {
    let mut recorder = Recorder::new();
    record_both(&mut recorder, AudioEncoding::Aac);
    // The publish is over: sound may come until the next offline picture.
    let mut offline = Frame::new(
        Codec::Jpeg,
        Bytes::from_static(&[0xFF]),
        Ticks(10_000 * Ticks::PER_MILLISECOND),
    );
    offline.offline_picture = true;
    recorder.take(offline.clone());
    recorder.hear(sound(9_990, AudioEncoding::Aac));
    recorder.take(offline.clone());
    recorder.take(offline);
    assert_eq!(
        recorder.files(),
        ["camera3-1.h264", "camera3-1.mp4", "microphone3-1.aac"]
    );
    let stream = fs::read(recorder.path().join("microphone3-1.aac")).expect("the file");
    let frames = AdtsFrames::new(&stream).count();
    assert_eq!(stream.len(), frames * 11);
    let movie = recorder.movie("camera3-1.mp4");
    let [video, audio] = &movie.moov.trak[..] else {
        panic!("{} tracks", movie.moov.trak.len());
    };
    assert_eq!((video.tkhd.track_id, audio.tkhd.track_id), (1, 2));
    assert_eq!(audio.mdia.mdhd.timescale, 44_100);
    let mut begins = Vec::new();
    for fragment in &movie.fragments {
        for track in fragment
            .traf
            .iter()
            .filter(|track| track.tfhd.track_id == 2)
        {
            let mut time = track.tfdt.as_ref().expect("a time").base_media_decode_time;
            for sample in track.trun[0].samples.iter() {
                begins.push(time);
                time += u64::from(sample.duration.expect("a duration"));
                assert_eq!(sample.size, Some(4), "without the header of ADTS");
            }
        }
    }
    assert_eq!(begins.len(), frames, "every frame is in the movie");
    // Each within the rounding of where its own time says.
    for pair in begins.windows(2) {
        assert!(pair[1] >= pair[0] + 1024, "{pair:?}");
    }
    let recorded = recorder.count(|notice| matches!(notice, Notice::RecordedSound(_)));
    assert_eq!(recorded, 1);
    recorder.finish();
}

#[test]
fn sound_that_mp4_has_no_place_for_is_in_its_own_file_and_said() {
    let mut recorder = Recorder::new();
    record_both(&mut recorder, AudioEncoding::ALaw);
    recorder.finish();
    assert_eq!(
        recorder.files(),
        ["camera3-1.h264", "camera3-1.mp4", "microphone3-1.alaw"]
    );
    assert_eq!(
        recorder.recorded(),
        [
            "camera3-1.h264 and camera3-1.mp4 with 250 frames; sound (G.711 A-law, 8000 Hz, mono) is in no MP4 file"
        ]
    );
    assert_eq!(recorder.movie("camera3-1.mp4").moov.trak.len(), 1);
}

#[test]
fn a_codec_that_changes_has_a_file_of_its_own_and_comes_back_to_it() {
    let mut recorder = Recorder::new();
    recorder.take(frame(0));
    for (number, encoding) in [AudioEncoding::Aac, AudioEncoding::MuLaw, AudioEncoding::Aac]
        .into_iter()
        .enumerate()
    {
        recorder.hear(sound(number as i64 * 23, encoding));
    }
    recorder.finish();
    let length = |name| {
        fs::metadata(recorder.path().join(name))
            .expect("the file")
            .len()
    };
    assert_eq!(length("microphone3-1.aac"), 22);
    assert_eq!(length("microphone3-1.mulaw"), 184);
}

#[test]
fn sound_of_another_rate_begins_another_movie() {
    let mut recorder = Recorder::new();
    let other = |milliseconds| {
        let header = AdtsHeader {
            sampling_frequency_index: 8,
            ..AdtsHeader::default()
        };
        let mut frame = sound(milliseconds, AudioEncoding::Aac);
        let header = header.with_payload(4).expect("short").encode();
        frame.data = [&header.expect("in range")[..], &[1; 4]].concat().into();
        frame.format.sample_rate = 16_000;
        frame
    };
    for number in 0..4 {
        recorder.take(frame(number * 40));
        recorder.hear(if number < 2 {
            sound(number * 40, AudioEncoding::Aac)
        } else {
            other(number * 40)
        });
    }
    recorder.finish();
    let rate = |name| recorder.movie(name).moov.trak[1].mdia.mdhd.timescale;
    assert_eq!(rate("camera3-1.mp4"), 44_100);
    assert_eq!(rate("camera3-1-part2.mp4"), 16_000);
}

#[test]
fn sound_alone_is_recorded_and_shares_the_number_of_its_publish() {
    let mut recorder = Recorder::new();
    for publish in 1..=2 {
        let mut heard = sound(publish * 1000, AudioEncoding::Aac);
        heard.publish = publish.unsigned_abs();
        recorder.hear(heard);
    }
    let mut seen = frame(2100);
    seen.publish = 2;
    recorder.take(seen);
    recorder.finish();
    assert_eq!(
        recorder.files(),
        [
            "camera3-2.h264",
            "camera3-2.mp4",
            "microphone3-1.aac",
            "microphone3-2.aac"
        ]
    );
}

/// A publisher whose network stalls before its first picture.
#[test]
fn sound_that_pauses_before_the_first_picture_goes_on() {
    let mut recorder = Recorder::new();
    recorder.hear(sound(1000, AudioEncoding::Aac));
    for second in 1..=4 {
        let mut picture = at(second * 1000, vec![0xFF, 0xD8]);
        (picture.codec, picture.offline_picture) = (Codec::Jpeg, true);
        recorder.take(picture);
    }
    for piece in 0..100 {
        recorder.hear(sound(5000 + piece * 23, AudioEncoding::Aac));
    }
    recorder.take(frame(6000));
    recorder.finish();
    assert_eq!(recorder.failures(), Vec::<String>::new());
    assert_eq!(
        recorder.files(),
        [
            "camera3-2.h264",
            "camera3-2.mp4",
            "microphone3-1.aac",
            "microphone3-2.aac"
        ]
    );
    let piece = sound(0, AudioEncoding::Aac).data.len();
    let length = |name| {
        fs::metadata(recorder.path().join(name))
            .expect("a file")
            .len()
    };
    assert_eq!(length("microphone3-1.aac"), piece as u64);
    assert_eq!(length("microphone3-2.aac"), 100 * piece as u64);
}
