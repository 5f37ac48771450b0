//! Drivers that come and go: how long their calls take, how many threads there are, and that none is left.
//!
//! The test counts the threads of its process, so it has that for itself.
#![cfg(target_os = "linux")]

use std::fs;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use milestone_driver::{Change, Driver, DriverConfig};

fn threads() -> usize {
    fs::read_dir("/proc/self/task")
        .expect("the threads")
        .count()
}

/// Waits for what the system does when a thread has ended.
fn wait_until_there_are(expected: usize) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while threads() != expected {
        let names: Vec<_> = fs::read_dir("/proc/self/task")
            .expect("the threads")
            .filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok())
            .collect();
        assert!(Instant::now() < deadline, "{names:?}");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Runs a call that does not wait for the calls of other threads; what it was asked to wait is next to nothing.
fn prompt<T>(what: &str, call: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = call();
    let took = start.elapsed();
    assert!(took < Duration::from_secs(5), "{what} took {took:?}");
    result
}

fn come_and_go() {
    let mut config = DriverConfig::new();
    config.bind = Some(Ipv4Addr::LOCALHOST.into());
    config.any_port = true;
    // A name that a resolver would think about.
    config.uri = Some("http://recorder.invalid/".to_owned());
    let driver = prompt("connect", || Driver::connect(config).expect("it starts"));
    let sessions = [0, 5].map(|device| driver.open_session(device).expect("a session"));
    for session in &sessions {
        prompt("next_frame", || {
            session
                .next_frame(Duration::from_millis(2))
                .expect("it is open")
        });
    }
    prompt("next_event", || {
        driver
            .next_event(Duration::from_millis(2))
            .expect("it is open")
    });
    let change = Change::of_camera("RtmpPushStreamPath", 3, "/elsewhere");
    prompt("apply", || driver.apply([change]).expect("a good change"));
    prompt("status", || driver.status());
    prompt("close", || driver.close_within(Duration::from_millis(2)));
    prompt("drop", || drop((driver, sessions)));
}

#[test]
fn eight_threads_with_drivers_that_come_and_go() {
    const THREADS: usize = 8;
    const ROUNDS: usize = 40;
    // Their own, and what eight drivers share, some of which may be on its way out.
    const MOST: usize = 3 * THREADS;
    let before = threads();
    let done = AtomicBool::new(false);
    let most = thread::scope(|scope| {
        let hammering: Vec<_> = (0..THREADS)
            .map(|_| scope.spawn(|| (0..ROUNDS).for_each(|_| come_and_go())))
            .collect();
        let watching = scope.spawn(|| {
            let mut most = 0;
            while !done.load(Ordering::Relaxed) {
                most = most.max(threads());
                thread::sleep(Duration::from_millis(1));
            }
            most
        });
        let results: Vec<_> = hammering.into_iter().map(|it| it.join()).collect();
        done.store(true, Ordering::Relaxed);
        assert!(results.iter().all(Result::is_ok), "a thread has failed");
        watching.join().expect("it watches")
    });
    assert!(most <= before + MOST, "{most} threads");
    wait_until_there_are(before);

    // One by itself, with pictures that are being drawn when it ends.
    for _ in 0..20 {
        come_and_go();
        wait_until_there_are(before);
    }
}
