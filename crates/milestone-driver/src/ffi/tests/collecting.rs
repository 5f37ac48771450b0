//! Events and log lines: each comes once, in every state.

use std::ptr::null_mut;
use std::thread;

use super::*;

#[test]
fn events_and_log_are_collected_in_every_state() {
    let core = create();
    assert_eq!(next_event(core, 0), RTMP_PUSH_OK, "before the start");
    rtmp_push_v1_core_destroy(core);
    let core = create();
    assert_eq!(stop(core), RTMP_PUSH_OK);
    assert_eq!(
        next_event(core, PATIENT_MS),
        RTMP_PUSH_CLOSED,
        "never started"
    );
    assert_eq!(apply(core, "MaxConnections=7\n"), RTMP_PUSH_CLOSED);
    rtmp_push_v1_core_destroy(core);
    // A start that fails is not the end of the log.
    let holder = hold_port();
    let port = holder.local_addr().unwrap().port();
    let core = create_with(&format!("ServerPort={port}\n"), "/nonexistent");
    assert_eq!(start(core), RTMP_PUSH_IO);
    assert!(log_of(core).iter().any(|line| line.contains("in use")));
    assert_eq!(next_event(core, 0), RTMP_PUSH_OK);
    rtmp_push_v1_core_destroy(core);
}

/// Two collectors, one of which has too little room: each line comes once, in its order.
#[test]
fn two_collectors_lose_nothing() {
    let core = started();
    log_of(core);
    let collected: [Vec<String>; 2] = thread::scope(|scope| {
        let collectors = [8192, 60].map(|capacity| {
            scope.spawn(move || {
                let mut lines = Vec::new();
                loop {
                    let mut buffer = vec![0; capacity];
                    let (mut line, mut needed) = (log_line(), 0);
                    let code = abi!(rtmp_push_v1_core_next_log(
                        core,
                        PATIENT_MS,
                        &mut line,
                        buffer.as_mut_ptr(),
                        buffer.len(),
                        &mut needed
                    ));
                    match code {
                        RTMP_PUSH_RECEIVED => {
                            buffer.truncate(needed);
                            lines.push(String::from_utf8(buffer).unwrap());
                        }
                        RTMP_PUSH_BUFFER_TOO_SMALL => thread::yield_now(),
                        code => {
                            assert_eq!(code, RTMP_PUSH_CLOSED);
                            break lines;
                        }
                    }
                }
            })
        });
        for change in 0..300 {
            // Lines of both lengths.
            let path = if change % 2 == 0 {
                "/a"
            } else {
                "/a-path-that-is-somewhat-longer"
            };
            let change = format!("RtmpPushStreamPath[1]={path}{change}\n");
            assert_eq!(apply(core, &change), RTMP_PUSH_OK);
        }
        stop(core);
        collectors.map(|collector| collector.join().unwrap())
    });
    let number = |line: &String| {
        let digits = line.rsplit_once(|c: char| !c.is_ascii_digit())?.1;
        line.contains("is now /a")
            .then(|| digits.parse::<u32>().unwrap())
    };
    let mut numbers: Vec<_> = collected.iter().flatten().filter_map(number).collect();
    for lines in &collected {
        assert!(lines.iter().filter_map(number).is_sorted());
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (0..300).collect::<Vec<_>>());
    rtmp_push_v1_core_destroy(core);
}

#[test]
fn the_log_tells_of_the_start_and_nothing_is_lost_to_a_small_buffer() {
    let core = started();
    let port = status(core).0.port.to_string();
    let mut line = log_line();
    let mut needed = 0;
    let code = abi!(rtmp_push_v1_core_next_log(
        core,
        PATIENT_MS,
        &mut line,
        null_mut(),
        0,
        &mut needed
    ));
    assert_eq!(code, RTMP_PUSH_BUFFER_TOO_SMALL);
    assert!(needed > 0);
    let (code, first) = text_of!(rtmp_push_v1_core_next_log(core, 0, &mut line));
    assert_eq!((code, first.len()), (RTMP_PUSH_RECEIVED, needed));

    stop(core);
    let mut lines = vec![first];
    loop {
        match text_of!(rtmp_push_v1_core_next_log(core, 60_000, &mut line)) {
            (RTMP_PUSH_RECEIVED, text) => lines.push(text),
            (code, _) => break assert_eq!(code, RTMP_PUSH_CLOSED),
        }
    }
    assert!(lines.iter().any(|line| line.contains(&port)), "{lines:?}");
    assert_eq!(next_event(core, PATIENT_MS), RTMP_PUSH_CLOSED);
    rtmp_push_v1_core_destroy(core);
}
