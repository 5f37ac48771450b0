//! Publishes that overlap.

use super::*;

/// Whatever still has to do with a publish that was replaced counts there: its connection, which still sends, and a
/// session that takes its last frames.
#[test]
fn nothing_of_a_replaced_publish_counts_into_its_successor() {
    let stage = Stage::new();
    let mut session = stage.session().expect("the camera is open");
    let mut lost = stage.publish(HOME, 0.0).expect("accepted");
    stage.send_a_second(&mut lost, 1);
    let before = Arc::clone(&stage.point.state.lock().meters);
    let mut back = stage.publish(HOME_AGAIN, 5.0).expect("taken over");
    let audio = lost.bytes.audio(0);
    stage
        .send(&mut lost, 5.1, &audio)
        .expect("it is passed over");
    stage.send(&mut lost, 5.1, &[]).expect("nothing");
    stage.send_a_second(&mut lost, 6);
    assert!(session.read(|_| {}).is_some());
    let read = session.read(|_| {}).expect("a frame of the first");
    read.publish.delivered(read.data.len(), false);
    read.publish.waited_for(Duration::from_millis(1));

    let statistics = stage.point.statistics(stage.at(7.0));
    assert_eq!(statistics.input.frames, 0);
    assert_eq!(statistics.output.frames, 0);
    assert_eq!(statistics.latency, None);
    assert_eq!(statistics.drops, DropStatistics::default());
    assert_eq!(
        (
            before.number(),
            before.input().frames(),
            before.video.totals().samples
        ),
        (1, 25, 1)
    );
    assert_eq!(before.sound_input().left_out, 1);

    stage.send_a_second(&mut back, 8);
    let statistics = stage.point.statistics(stage.at(9.0));
    assert_eq!(statistics.input.frames, 25);
    assert_eq!(before.input().frames(), 25);
}

/// Publishers that take over from each other, connections that are torn down, a path that moves, sessions that come and
/// go, housekeeping, and the end, all at the same time: the events of the camera alternate, every publish is told
/// once, and nothing is kept in the end.
#[test]
fn everything_at_the_same_time() {
    const ROUNDS: usize = 200;
    let stage = Stage::new();
    let keep_open = stage.session();
    let barrier = std::sync::Barrier::new(6);
    let (accepted, events) = std::thread::scope(|scope| {
        let publishers: Vec<_> = [(HOME, 0), (HOME_AGAIN, 1), (ELSEWHERE, 2)]
            .map(|(from, offset)| {
                let (stage, barrier) = (&stage, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    let mut accepted = 0;
                    for round in 0..ROUNDS {
                        // Long after the holder was heard of: from its own address it is taken over.
                        let seconds = (round * 30 + offset * 10) as f64;
                        let Ok(mut peer) = stage.publish(from, seconds) else {
                            continue;
                        };
                        accepted += 1;
                        let second = u32::try_from(round * 30).expect("few rounds");
                        stage.send_a_second(&mut peer, second);
                        match round % 3 {
                            0 => peer.disconnect(stage, seconds),
                            1 => drop(peer),
                            // Somebody else may have this camera before this one ends.
                            _ => {
                                std::thread::yield_now();
                                peer.disconnect(stage, seconds);
                            }
                        }
                    }
                    accepted
                })
            })
            .into_iter()
            .collect();
        let others = [
            scope.spawn(|| {
                barrier.wait();
                for round in 0..ROUNDS {
                    let path = if round % 7 == 0 {
                        "/elsewhere"
                    } else {
                        "/stream4"
                    };
                    let path = StreamPath::new(path).expect("a path");
                    stage.point.move_to(&path);
                    std::thread::yield_now();
                }
            }),
            scope.spawn(|| {
                barrier.wait();
                for round in 0..ROUNDS {
                    let mut session = stage.session().expect("the camera is open");
                    let mut latest = None;
                    while let Some(read) = session.read(|_| {}) {
                        assert!(read.medium.sync || latest == Some(read.publish.number));
                        latest = Some(read.publish.number);
                    }
                    drop(session);
                    stage.point.camera.feed().close_session(stage.at(0.0));
                    stage.point.tick(stage.at(round as f64));
                }
            }),
        ];
        let mut events = Vec::new();
        barrier.wait();
        while !(publishers.iter().all(|thread| thread.is_finished())
            && others.iter().all(|thread| thread.is_finished()))
        {
            events.extend(stage.events());
            std::thread::yield_now();
        }
        let accepted: usize = publishers
            .into_iter()
            .map(|thread| thread.join().expect("no panic"))
            .sum();
        (accepted, events)
    });
    let events: Vec<_> = events.into_iter().chain(stage.events()).collect();
    assert!(accepted > 0);
    assert_eq!(events.len(), 2 * accepted);
    for pair in events.chunks(2) {
        assert!(
            pair[0].contains("started") && pair[1].contains("stopped"),
            "{pair:?}"
        );
    }
    drop(keep_open);
    assert_eq!(stage.point.camera.feed().track().kept_bytes(), 0);
    assert!(!stage.point.camera.feed().is_live());
}
