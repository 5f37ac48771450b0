//! Sound: the microphone of a publish point.

use std::task::Waker;

use flv_h264::{AudioEncoding, AudioFormat};

use super::*;
use crate::session::MicrophoneSession;

const AAC: &[u8] = &[0xAF, 1, 0x21, 0x10, 0x04, 0x60];
const A_LAW: &[u8] = &[0x72, 0xD5, 0x55, 0xD5, 0x55];
const MP3: &[u8] = &[0x2F, 0xFF, 0xFB, 0x90, 0x64];

impl Stage {
    fn microphone(&self) -> MicrophoneSession {
        let microphone = Arc::clone(self.point.microphone());
        MicrophoneSession::open(microphone, self.start).expect("an open driver")
    }

    /// `peer` sends a second of AAC, of which each frame is another one.
    fn send_a_second_of_sound(&self, peer: &mut Peer, second: u32) {
        for frame in 0..43 {
            let timestamp = second * 1000 + frame * 1000 / 43;
            let body = [AAC, &[second as u8, frame as u8]].concat();
            let bytes = peer.bytes.sound(timestamp, &body);
            self.send(peer, f64::from(timestamp) / 1e3, &bytes)
                .expect("sound is taken");
        }
    }

    fn sound(&self) -> crate::statistics::SoundStatistics {
        self.point.statistics(self.at(0.0)).sound
    }
}

/// What a session has ready.
fn heard(session: &MicrophoneSession) -> Vec<crate::session::SoundFrame> {
    std::iter::from_fn(|| session.next_frame(Duration::ZERO).expect("an open session")).collect()
}

#[test]
fn a_microphone_has_the_sound_of_its_path() {
    let stage = Stage::new();
    let sessions = [stage.microphone(), stage.microphone()];
    let mut peer = stage.publish(HOME, 0.0).expect("accepted");
    let header = peer.bytes.sound_header();
    stage.send(&mut peer, 0.0, &header).expect("sound");
    stage.send_a_second(&mut peer, 0);
    stage.send_a_second_of_sound(&mut peer, 0);
    for session in &sessions {
        let frames = heard(session);
        assert_eq!(frames.len(), 43);
        assert!(frames[0].discontinuity && !frames[1].discontinuity);
        for (number, frame) in frames.iter().enumerate() {
            assert_eq!(frame.format.to_string(), "AAC, 44100 Hz, stereo");
            assert_eq!((frame.samples, frame.publish), (1024, 1));
            assert_eq!(frame.data[..2], [0xFF, 0xF1]);
            assert_eq!(frame.data[7..11], AAC[2..]);
            assert_eq!(frame.data[11..], [0, number as u8]);
        }
        for pair in frames.windows(2) {
            let step = pair[1].time.since(pair[0].time) / Ticks::PER_MILLISECOND;
            assert!((22..=24).contains(&step), "{step} ms");
        }
        assert!(heard(session).is_empty(), "nothing comes twice");
    }
    let sound = stage.sound();
    assert_eq!((sound.input.frames, sound.output.frames), (43, 86));
    assert_eq!(
        sound.described.to_string(),
        "AAC, 44100 Hz, stereo (AAC LC)"
    );
    assert_eq!(sound.left_out, 0);
    let lines = stage.log_lines();
    let found = "found sound: AAC, 44100 Hz, stereo (AAC LC)";
    assert!(lines.iter().any(|line| line.contains(found)), "{lines:?}");
}

#[test]
fn nothing_is_kept_where_nobody_listens() {
    let stage = Stage::new();
    let watching = stage.session();
    let mut peer = stage.publish(HOME, 0.0).expect("accepted");
    let header = peer.bytes.sound_header();
    stage.send(&mut peer, 0.0, &header).expect("sound");
    stage.send_a_second_of_sound(&mut peer, 0);
    assert_eq!(stage.sound().kept_bytes, 0);
    // Whoever comes now begins with the present.
    let session = stage.microphone();
    assert!(heard(&session).is_empty());
    stage.send_a_second_of_sound(&mut peer, 1);
    assert!(stage.sound().kept_bytes > 0);
    let frames = heard(&session);
    assert_eq!((frames.len(), &frames[0].data[11..]), (43, &[1, 0][..]));
    // What was taken goes when something else comes, or the publish ends.
    peer.disconnect(&stage, 2.0);
    assert_eq!(stage.sound().kept_bytes, 0);
    drop(watching);
}

#[test]
fn a_session_that_takes_sound_holds_its_publisher_back_and_loses_nothing() {
    let stage = Stage::new();
    let session = stage.microphone();
    let mut peer = stage.publish(HOME, 0.0).expect("accepted");
    let header = peer.bytes.sound_header();
    stage.send(&mut peer, 0.0, &header).expect("sound");
    // Ten seconds that have piled up come at once, as far as they are read.
    let mut heard_frames = Vec::new();
    for frame in 0..430_u32 {
        let body = [AAC, &frame.to_be_bytes()].concat();
        let bytes = peer.bytes.sound(frame * 1000 / 43, &body);
        stage.send(&mut peer, 10.0, &bytes).expect("sound");
        let sink = peer.sink.as_mut().expect("a publish");
        let context = &mut std::task::Context::from_waker(Waker::noop());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime");
        let _entered = runtime.enter();
        if sink.poll_ready(context).is_pending() {
            heard_frames.extend(heard(&session));
        }
    }
    heard_frames.extend(heard(&session));
    assert_eq!(heard_frames.len(), 430);
    assert_eq!(session.dropped_frames(), 0);
}

#[test]
fn a_codec_may_change_in_the_middle() {
    let stage = Stage::new();
    let session = stage.microphone();
    let mut peer = stage.publish(HOME, 0.0).expect("accepted");
    let messages: [(u32, &[u8]); 7] = [
        (0, &[0xAF, 0, 0x12, 0x10]),
        (10, AAC),
        (40, A_LAW),
        (60, MP3),
        (80, &[0xAF, 0, 0x14, 0x08]),
        (100, AAC),
        (180, A_LAW),
    ];
    for (timestamp, body) in messages {
        let bytes = peer.bytes.sound(timestamp, body);
        stage
            .send(&mut peer, f64::from(timestamp) / 1e3, &bytes)
            .expect("sound is never refused");
    }
    let formats: Vec<AudioFormat> = heard(&session).iter().map(|frame| frame.format).collect();
    let rates: Vec<_> = formats
        .iter()
        .map(|format| (format.encoding, format.sample_rate))
        .collect();
    assert_eq!(
        rates,
        [
            (AudioEncoding::Aac, 44_100),
            (AudioEncoding::ALaw, 8000),
            (AudioEncoding::Aac, 16_000),
            (AudioEncoding::ALaw, 8000),
        ]
    );
    assert_eq!(stage.sound().left_out, 1);
}

#[test]
fn sound_that_cannot_be_delivered_is_told_once_and_harms_nothing() {
    let stage = Stage::new();
    let (watching, listening) = (stage.session(), stage.microphone());
    let mut watching = watching.expect("an open camera");
    let mut peer = stage.publish(HOME, 0.0).expect("accepted");
    for second in 0..3 {
        stage.send_a_second(&mut peer, second);
        for _ in 0..40 {
            let bytes = peer.bytes.sound(second * 1000, MP3);
            stage
                .send(&mut peer, f64::from(second), &bytes)
                .expect("sound is never refused");
        }
    }
    assert_eq!(std::iter::from_fn(|| watching.read(|_| {})).count(), 75);
    assert!(heard(&listening).is_empty());
    let sound = stage.sound();
    assert_eq!((sound.left_out, sound.input.frames), (120, 0));
    let said = "MP3 is not supported, AAC, G.711 or 16-bit PCM is needed";
    assert_eq!(sound.described.left_out.as_deref(), Some(said));
    let lines = stage.log_lines();
    let told: Vec<_> = lines.iter().filter(|line| line.contains(said)).collect();
    assert_eq!(told.len(), 1, "{lines:?}");
    assert!(told[0].starts_with("Stream 4: sound is left out: "));
    peer.disconnect(&stage, 3.0);
    let lines = stage.log_lines();
    let report = "sound: left out: MP3 is not supported";
    assert!(lines.iter().any(|line| line.contains(report)), "{lines:?}");
}

#[test]
fn a_publisher_that_changes_its_sound_all_the_time_does_not_flood_the_log() {
    let stage = Stage::new();
    let _session = stage.microphone();
    let mut peer = stage.publish(HOME, 0.0).expect("accepted");
    for message in 0..1000 {
        let body = [A_LAW, MP3, &[0x2F, 1], &[0xB2, 1]][message % 4];
        let bytes = peer.bytes.sound(message as u32, body);
        stage.send(&mut peer, 0.0, &bytes).expect("sound");
    }
    let lines = stage.log_lines();
    assert!(lines.len() <= 12, "{lines:?}");
    assert!(lines.iter().any(|line| line.contains("changed often")));
}

#[test]
fn a_path_is_open_while_its_camera_or_its_microphone_is() {
    for camera_first in [false, true] {
        let stage = Stage::new();
        let is_open = |seconds| stage.point.statistics(stage.at(seconds)).open;
        assert!(!is_open(0.0));
        let microphone = stage.microphone();
        assert!(is_open(0.0));
        assert!(stage.publish(HOME, 0.0).is_ok(), "a microphone is enough");
        let camera = stage.session().expect("an open camera");
        assert_eq!(
            stage.point.statistics(stage.start).sessions,
            1,
            "those on the camera"
        );
        let close_camera = || {
            drop(camera);
            stage.point.camera().feed().close_session(stage.at(10.0));
        };
        if camera_first {
            close_camera();
            assert!(is_open(1000.0), "the microphone is open");
            drop(microphone);
        } else {
            drop(microphone);
            assert!(is_open(1000.0), "the camera is open");
            close_camera();
        }
        assert_eq!(stage.point.statistics(stage.start).sessions, 0);
        assert!(!is_open(1000.0));
    }
}

#[test]
fn the_sound_of_a_publish_ends_with_it() {
    let stage = Stage::new();
    let session = stage.microphone();
    let mut lost = stage.publish(HOME, 0.0).expect("accepted");
    let header = lost.bytes.sound_header();
    stage.send(&mut lost, 0.0, &header).expect("sound");
    stage.send_a_second_of_sound(&mut lost, 0);
    let mut back = stage.publish(HOME_AGAIN, 5.0).expect("taken over");
    // What the one that was replaced sends now is nobody's.
    stage.send_a_second_of_sound(&mut lost, 6);
    let header = back.bytes.sound_header();
    stage.send(&mut back, 6.0, &header).expect("sound");
    stage.send_a_second_of_sound(&mut back, 7);
    let frames = heard(&session);
    let publishes: Vec<u64> = frames.iter().map(|frame| frame.publish).collect();
    assert_eq!(publishes, [[1; 43], [2; 43]].concat());
    assert!(frames[43].discontinuity, "another source");
    for pair in frames.windows(2) {
        assert!(pair[1].time > pair[0].time);
    }
    back.disconnect(&stage, 9.0);
    assert!(!stage.point.microphone().is_live());
    assert_eq!(stage.sound().described.format, None);
}

#[test]
fn a_session_ends_with_the_driver_and_by_itself() {
    let stage = Stage::new();
    let (one, other) = (stage.microphone(), stage.microphone());
    one.close();
    let next = |session: &MicrophoneSession| session.next_frame(Duration::ZERO);
    assert_eq!(next(&one), Err(crate::session::NextFrameError::Closed));
    assert_eq!(next(&other), Ok(None));
    stage.point.close();
    assert_eq!(next(&other), Err(crate::session::NextFrameError::Closed));
    let microphone = Arc::clone(stage.point.microphone());
    assert!(MicrophoneSession::open(microphone, stage.start).is_err());
}
