//! What real publishers sent, replayed.

use std::path::Path;

use crate::bench::{Bench, next_picture, next_video};
use milestone_driver::Change;

/// Where each of the recorded sessions publishes, and its pictures: the video messages of its first track without
/// sequence header and end of sequence.
const SESSIONS: [(&str, &str, usize); 18] = [
    ("ffmpeg_short", "/live/stream1", 10),
    ("ffmpeg", "/live/stream1", 45),
    ("ffmpeg_key_as_app", "/stream1", 30),
    ("obs", "/stream1", 30),
    ("rtmpsink", "/live/stream1", 45),
    ("rtmp2sink", "/live/stream1", 45),
    ("curl", "/stream1", 100),
    ("ffmpeg3", "/stream1", 100),
    ("ffmpeg9", "/stream1", 100),
    ("ffmpeg9_two_tracks", "/live/stream1", 30),
    ("ffmpeg9_intra_refresh", "/live/stream1", 120),
    ("nginx_rtmp", "/stream1", 75),
    ("obs_bframes_60fps", "/stream1", 50),
    ("openh264_rtmpsink", "/live/stream1", 60),
    ("rtmp2sink_bframes", "/stream1", 120),
    ("rtmp2sink_interlaced", "/live/stream1", 50),
    ("rtmp2sink_intra_refresh", "/stream1", 150),
    ("eflvmux_two_codecs", "/stream1", 52),
];

#[test]
fn recorded_publishers_arrive_whole() {
    let bench = Bench::new();
    bench.apply([Change::of_camera("RtmpPushStreamPath", 1, "/live/stream1")]);
    let sessions = [0, 1].map(|device| bench.driver.open_session(device).unwrap());
    for (number, (name, path, pictures)) in SESSIONS.into_iter().enumerate() {
        let file = format!("../rtmp-server/tests/sessions/{name}.rtmp");
        let bytes = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(file))
            .expect("a recorded session");
        let device = usize::from(path == "/live/stream1");
        let mut publisher = bench.connect();
        publisher.send(&bytes);
        let mut latest = None;
        for picture in 0..pictures {
            let frame = next_video(&sessions[device]);
            assert!(picture > 0 || frame.key, "{name} starts with a key frame");
            assert!(frame.data.starts_with(&[0, 0, 0, 1]), "{name}");
            assert!(latest < Some(frame.time), "{name}");
            latest = Some(frame.time);
        }
        drop(publisher);
        let events = bench.events(2 * (number + 1));
        assert!(
            events
                .last()
                .expect("events")
                .ends_with(&format!("after {pictures}")),
            "{name}: {events:?}"
        );
    }
    for session in &sessions {
        assert!(next_picture(session).offline_picture);
    }
}
