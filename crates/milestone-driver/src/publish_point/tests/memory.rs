//! What a publish takes of memory.

use super::*;
use crate::session::{LiveSession, MicrophoneSession};

/// What is kept is what is counted, whatever it came in: what belongs to a picture is passed on and counted, what does
/// not is gone, and so is a buffer that is much larger than the picture.
#[test]
fn memory_is_what_is_counted() {
    let unit = |header: u8, bytes: usize| {
        let length = u32::try_from(bytes).expect("short").to_be_bytes();
        [&length[..], &[header], &vec![0x55; bytes - 1]].concat()
    };
    let slice = unit(0x41, 5);
    let picture = |units: &[Vec<u8>]| [&[0x27, 1, 0, 0, 0], &units.concat()[..]].concat();
    let sets = |count| vec![unit(0x68, LARGE / count); count];
    // Enhanced RTMP, many tracks: a size in front of each, and a composition time in it.
    let track = |id: u8, units: &[u8]| {
        let size = u32::try_from(units.len() + 3).expect("short").to_be_bytes();
        [&[id], &size[1..], &[0; 3], units].concat()
    };
    let two_tracks = [
        &[0xA6, 0x11][..],
        b"avc1",
        &track(0, &slice),
        &track(1, &unit(0x41, LARGE)),
    ]
    .concat();
    let in_front = |large: Vec<u8>| picture(&[large, slice.clone()]);
    for (what, is_kept, message) in [
        (
            "ordinary pictures",
            Some(true),
            picture(&[unit(0x41, LARGE)]),
        ),
        ("a delimiter", Some(false), in_front(unit(0x09, LARGE))),
        ("an SEI message", None, in_front(unit(0x06, LARGE))),
        ("filler", None, in_front(unit(0x0C, LARGE))),
        ("parameter sets", None, in_front(sets(8).concat())),
        ("many parameter sets", None, in_front(sets(1024).concat())),
        (
            "nothing but start codes",
            Some(false),
            in_front([0, 0, 1].repeat(LARGE / 3)),
        ),
        ("a second track", Some(false), two_tracks),
    ] {
        assert_memory_is_counted(what, is_kept, |bytes, timestamp| {
            bytes.video(timestamp, &message)
        });
    }
    let encoder = "x".repeat(LARGE);
    assert_memory_is_counted("metadata", Some(false), |bytes, _| bytes.metadata(&encoder));
}

/// The large part of the messages of [`memory_is_what_is_counted`].
const LARGE: usize = 1 << 20;

/// Sends a message like this often, and compares what the camera counts with what is allocated. `is_kept` tells whether
/// it has to keep the large part.
fn assert_memory_is_counted(
    what: &str,
    is_kept: Option<bool>,
    message: impl Fn(&mut PublisherBytes, u32) -> Vec<u8>,
) {
    const MESSAGES: u32 = 24;
    /// What a connection and a camera may hold beside the frames: a picture that waits for the next message, sets and
    /// units, text, lines of the log.
    const OTHERWISE: i64 = (1 << 20) + (512 << 10);
    let stage = Stage::new();
    let _session = stage.session();
    let mut peer = stage.publish(HOME, 0.0).expect("accepted");
    stage.send_a_second(&mut peer, 1);
    let before = stage.point.camera.feed().track().kept_bytes();
    let bytes: Vec<_> = (0..MESSAGES)
        .map(|frame| message(&mut peer.bytes, 2000 + frame * 40))
        .collect();
    let allocated = allocation_counter::measure(|| {
        for bytes in &bytes {
            stage.send(&mut peer, 2.0, bytes).expect("it is taken");
        }
    });
    let kept =
        i64::try_from(stage.point.camera.feed().track().kept_bytes() - before).expect("little");
    let held = allocated.bytes_current;
    assert!((held - kept).abs() < OTHERWISE, "{what}: {held} for {kept}");
    let large = i64::from(MESSAGES) << 20;
    if let Some(is_kept) = is_kept {
        assert_eq!(kept > large / 2, is_kept, "{what}: {kept}");
    }
}

/// The buffer of the message, which becomes the frame's, and the count of references, once a session shares the bytes.
const ALLOCATIONS_OF_A_FRAME: u64 = 2;

#[test]
fn a_picture_takes_two_allocations() {
    let stage = Stage::new();
    let camera = Arc::clone(stage.point.camera());
    let session = LiveSession::open(camera, stage.start).expect("an open driver");
    let take = || session.next_frame(Duration::ZERO).expect("a session");
    let mut peer = stage.publish(HOME, 0.0).expect("accepted");
    for second in 0..2 {
        stage.send_a_second(&mut peer, second);
    }
    while take().is_some_and(|frame| !frame.offline_picture) {}
    assert_allocations(&stage, &mut peer, &take, |bytes, timestamp| {
        bytes.delta_frame(timestamp, &[2; 500])
    });
}

#[test]
fn a_frame_of_sound_takes_two_allocations() {
    let stage = Stage::new();
    let microphone = Arc::clone(stage.point.microphone());
    let session = MicrophoneSession::open(microphone, stage.start).expect("an open driver");
    let take = || session.next_frame(Duration::ZERO).expect("a session");
    let mut peer = stage.publish(HOME, 0.0).expect("accepted");
    let header = peer.bytes.sound_header();
    stage.send(&mut peer, 0.0, &header).expect("sound");
    stage.send_a_second(&mut peer, 0);
    assert_allocations(&stage, &mut peer, &take, |bytes, timestamp| {
        bytes.sound(timestamp, &[&[0xAF, 1][..], &[7; 300]].concat())
    });
}

/// Sends frames like this and takes each of them.
fn assert_allocations<F>(
    stage: &Stage,
    peer: &mut Peer,
    take: &impl Fn() -> Option<F>,
    message: impl Fn(&mut PublisherBytes, u32) -> Vec<u8>,
) {
    const FRAMES: u32 = 100;
    /// The track's list of what it keeps, and what is needed once.
    const ONCE: u64 = 20;
    let bytes: Vec<_> = (0..FRAMES)
        .map(|frame| message(&mut peer.bytes, 2000 + frame * 40))
        .collect();
    let mut taken = 0;
    let allocated = allocation_counter::measure(|| {
        for (frame, bytes) in (0..).zip(&bytes) {
            let seconds = 2.0 + f64::from(frame) * 0.04;
            stage.send(peer, seconds, bytes).expect("it is taken");
            taken += u32::from(take().is_some());
        }
    });
    assert_eq!(taken, FRAMES);
    let most = u64::from(FRAMES) * ALLOCATIONS_OF_A_FRAME + ONCE;
    assert!(allocated.count_total <= most, "{allocated:?}");
}
