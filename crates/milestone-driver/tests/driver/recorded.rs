//! What real publishers sent, replayed.

use std::path::Path;

use crate::bench::{Bench, next_picture, next_video};
use milestone_driver::Change;

/// Pictures in each of the recorded sessions: their video messages without sequence header and end of sequence.
const SESSIONS: [(&str, usize); 6] = [
    ("ffmpeg_short", 10),
    ("ffmpeg", 45),
    ("ffmpeg_key_as_app", 30),
    ("obs", 30),
    ("rtmpsink", 45),
    ("rtmp2sink", 45),
];

#[test]
fn recorded_publishers_arrive_whole() {
    let bench = Bench::new();
    bench.apply([Change::of_camera("RtmpPushStreamPath", 1, "/live/stream1")]);
    let sessions = [0, 1].map(|device| bench.driver.open_session(device).unwrap());
    for (number, (name, pictures)) in SESSIONS.into_iter().enumerate() {
        let file = format!("../rtmp-server/tests/sessions/{name}.rtmp");
        let bytes = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(file))
            .expect("a recorded session");
        let device = usize::from(!matches!(name, "obs" | "ffmpeg_key_as_app"));
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
        assert!(next_picture(&sessions[device]).placeholder);
        let events = bench.events(2 * (number + 1));
        assert!(
            events
                .last()
                .expect("events")
                .ends_with(&format!("after {pictures}")),
            "{name}: {events:?}"
        );
    }
}
