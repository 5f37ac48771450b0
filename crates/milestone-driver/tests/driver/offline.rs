//! What sessions show while no video comes, when much is to be drawn.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use milestone_driver::picture::{Drawer, OfflineInfo, OfflinePicture, Phase, PictureState};
use milestone_driver::{Driver, Problem};

use crate::bench::{Bench, PATIENCE, config, next_picture};

const CAMERAS: usize = 16;

/// A busy machine that runs other tests, too, may take so much longer than the limits say.
const SLACK: Duration = Duration::from_secs(4);

/// Opens a session on each camera, and returns when all have shown a picture of their own, and for each how long the
/// first picture of any kind took to come.
fn first_pictures(driver: &Driver) -> Vec<Duration> {
    let plain = OfflinePicture::plain().jpeg(Phase::White);
    let opened = Instant::now();
    let sessions: Vec<_> = (0..CAMERAS)
        .map(|device| driver.open_session(device).unwrap())
        .collect();
    let (mut first, mut own) = ([None; CAMERAS], [false; CAMERAS]);
    while first.contains(&None) || own.contains(&false) {
        assert!(opened.elapsed() < PATIENCE, "{first:?}, {own:?}");
        for (device, session) in sessions.iter().enumerate() {
            let wait = Duration::from_millis(1);
            if let Some(frame) = session.next_frame(wait).unwrap() {
                assert!(frame.offline_picture);
                first[device].get_or_insert(opened.elapsed());
                own[device] |= frame.data != plain;
            }
        }
    }
    first.into_iter().flatten().collect()
}

#[test]
fn many_hardware_at_start_have_their_pictures_soon() {
    for (hardware, limit) in [(8, Duration::from_secs(1)), (32, Duration::from_secs(3))] {
        let benches: Vec<_> = (0..hardware).map(|_| Bench::new()).collect();
        let first: Vec<_> = thread::scope(|scope| {
            let waiting: Vec<_> = benches
                .iter()
                .map(|bench| scope.spawn(|| first_pictures(&bench.driver)))
                .collect();
            let waited = waiting.into_iter().map(|thread| thread.join().unwrap());
            waited.flatten().collect()
        });
        let latest = first.iter().max().unwrap();
        assert!(*latest < limit + SLACK, "{hardware} hardware: {latest:?}");
    }
}

#[test]
fn refused_codecs_with_ever_new_names_hold_up_no_picture() {
    let mut config = config([]);
    config.settings.max_connections = 200;
    let bench = Bench::with(config);
    let session = bench.driver.open_session(0).unwrap();
    let other = bench.driver.open_session(1).unwrap();
    let (ended, bench) = (AtomicBool::new(false), &bench);
    thread::scope(|scope| {
        let flood = scope.spawn(|| {
            let mut number = 0_u32;
            loop {
                // Letters only: they are told as they are.
                let name = [number / 676 % 26, number / 26 % 26, number % 26]
                    .map(|letter| char::from(b'a' + letter as u8));
                let name = format!("x{}", String::from_iter(name));
                let mut publisher = bench.connect();
                publisher.publish("stream1", "");
                let header = [&[0x90], name.as_bytes(), &[1]].concat();
                let message = publisher.bytes.video(0, &header);
                publisher.send(&message);
                publisher.wait_until_closed();
                // As a host does, or the camera would take nobody any more.
                bench.events(0);
                number += 1;
                if ended.load(Ordering::Relaxed) {
                    return name;
                }
            }
        });
        let mut previous = next_picture(&session).received;
        for _ in 0..5 {
            for session in [&session, &other] {
                let received = next_picture(session).received;
                let spacing = received.saturating_duration_since(previous);
                assert!(spacing < Duration::from_secs(1) + SLACK, "{spacing:?}");
                previous = received;
            }
        }
        ended.store(true, Ordering::Relaxed);
        let refused = flood.join().unwrap();
        let problem = bench.driver.statistics(0).unwrap().problem;
        match &problem {
            Some(Problem::CodecRefused { codec }) => assert!(codec.contains(&refused), "{codec}"),
            other => panic!("{other:?}"),
        }
        let url = bench.driver.push_url(0).unwrap();
        let told = OfflineInfo::new("Stream 1", url).with_problem(problem);
        let picture = Drawer::new().draw(&PictureState::Info(told));
        let phases = [Phase::White, Phase::Cyan].map(|phase| picture.jpeg(phase));
        let told_in_the_end = (0..10).any(|_| phases.contains(&next_picture(&session).data));
        assert!(told_in_the_end, "{refused} is not told");
    });
}
