use std::net::{IpAddr, Ipv4Addr};

use proptest::prelude::*;

use super::*;

fn lines(log: &Log) -> Vec<LogLine> {
    std::iter::from_fn(|| log.next(Duration::ZERO).expect("an open log")).collect()
}

#[test]
fn foreign_text_stays_one_harmless_line() {
    let text = "a\r\nb\0\u{1b}[31m\u{202e}c\u{2028}d\\e";
    assert_eq!(
        Escaped::foreign(text).to_string(),
        r"a\r\nb\u{0}\u{1b}[31m\u{202e}c\u{2028}d\\e"
    );
    let log = Log::new();
    log.info(format_args!("got {}", Escaped::foreign("x\ny")));
    log.info("two\nlines");
    let texts: Vec<_> = lines(&log).into_iter().map(|line| line.text).collect();
    assert_eq!(texts, [r"got x\ny", r"two\nlines"]);
}

#[test]
fn long_lines_are_cut() {
    assert_eq!(cut("12345", 5), "12345");
    assert_eq!(cut("123456", 5), "12…");
    assert_eq!(cut("äöü", 5), "ä…");
    let log = Log::new();
    log.info("x".repeat(1_000_000));
    assert_eq!(lines(&log)[0].text.len(), Log::LINE_BYTES);
}

#[test]
fn lines_that_nobody_collects_are_bounded() {
    let log = Log::new();
    for n in 0..Log::LINES + 5 {
        log.info(n);
    }
    let waiting = lines(&log);
    assert_eq!(waiting.len(), Log::LINES);
    assert_eq!(waiting[0].text, "5");
}

/// How many of `asks` lines about `subject` are written.
fn passed(gate: &mut FloodGate, subject: Subject, now: Instant, asks: u32) -> u32 {
    let passes = (0..asks).filter(|_| gate.ask(subject, now) != Verdict::LeaveOut);
    u32::try_from(passes.count()).expect("no more than asked")
}

const ATTACKER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

#[test]
fn a_peer_cannot_flood_the_log_nor_silence_others() {
    let start = Instant::now();
    let mut gate = FloodGate::new(start);
    let attacker = Subject::Connection(ATTACKER);
    assert_eq!(
        passed(&mut gate, attacker, start, 10_000),
        FloodGate::EACH.burst
    );
    assert_eq!(
        gate.ask(Subject::Connection(Ipv4Addr::LOCALHOST.into()), start),
        Verdict::Pass {
            left_out: 10_000 - u64::from(FloodGate::EACH.burst)
        }
    );
    let later = start + FloodGate::EACH.every;
    assert_eq!(passed(&mut gate, attacker, later, 10_000), 1);
}

/// A site whose publishers share an address.
#[test]
fn a_noisy_publisher_does_not_silence_those_behind_the_same_address() {
    let start = Instant::now();
    let mut gate = FloodGate::new(start);
    let noise = [
        Subject::Connection(ATTACKER),
        Subject::Refusal(ATTACKER, None),
        Subject::Refusal(ATTACKER, Some(0)),
        Subject::Camera(0),
    ];
    for subject in noise {
        assert_eq!(
            passed(&mut gate, subject, start, 10_000),
            FloodGate::EACH.burst
        );
    }
    for subject in [Subject::Camera(1), Subject::Refusal(ATTACKER, Some(1))] {
        assert_eq!(passed(&mut gate, subject, start, 100), 100, "{subject:?}");
    }
}

#[test]
fn the_addresses_of_an_ipv6_subscriber_count_as_one() {
    let start = Instant::now();
    let mut gate = FloodGate::new(start);
    let subscriber = |host: u16| IpAddr::from([0x2001, 0xdb8, 0, 7, 0, 0, 0, host]);
    let passed: u32 = (0..2_000)
        .map(|host| passed(&mut gate, Subject::Connection(subscriber(host)), start, 1))
        .sum();
    assert_eq!(passed, FloodGate::EACH.burst);
}

#[test]
fn many_peers_cannot_flood_the_log_nor_silence_the_cameras() {
    let start = Instant::now();
    let mut gate = FloodGate::new(start);
    let (mut connections, mut refusals, mut of_camera) = (0, 0, 0);
    for second in 0..60_u32 {
        let now = start + Duration::from_secs(second.into());
        for peer in 0..5_000_u32 {
            let peer = IpAddr::from(Ipv4Addr::from(peer + second * 5_000));
            connections += passed(&mut gate, Subject::Connection(peer), now, 1);
            refusals += passed(&mut gate, Subject::Refusal(peer, None), now, 1);
        }
        of_camera += passed(&mut gate, Subject::Camera(7), now, 1);
    }
    for passed in [connections, refusals] {
        assert!(passed <= FloodGate::ALL.burst + 600, "{passed}");
    }
    assert_eq!(of_camera, 60);
}

proptest! {
    #[test]
    fn nothing_gets_through_unescaped(text in any::<String>()) {
        let shown = Escaped::foreign(&text).to_string();
        prop_assert!(!shown.chars().any(char::is_control));
        prop_assert_eq!(Escaped::line(&shown).to_string(), shown);
    }

    #[test]
    fn cutting_keeps_the_limit(text in any::<String>(), bytes in 3_usize..64) {
        let shown = cut(&text, bytes);
        prop_assert!(shown.len() <= bytes);
        prop_assert!(text.len() > bytes || shown == text);
    }
}
