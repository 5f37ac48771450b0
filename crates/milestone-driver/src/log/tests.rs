use std::net::Ipv4Addr;

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

#[test]
fn a_peer_cannot_flood_the_log_nor_silence_others() {
    let start = Instant::now();
    let mut gate = FloodGate::new(start);
    let attacker = IpAddr::from(Ipv4Addr::new(192, 0, 2, 1));
    let passed = |gate: &mut FloodGate, peer, now, asks: u32| {
        (0..asks)
            .filter(|_| gate.ask(peer, now) != Verdict::LeaveOut)
            .count()
    };
    assert_eq!(
        passed(&mut gate, attacker, start, 10_000),
        FloodGate::PEER.burst as usize
    );
    assert_eq!(
        gate.ask(IpAddr::from(Ipv4Addr::LOCALHOST), start),
        Verdict::Pass {
            left_out: 10_000 - u64::from(FloodGate::PEER.burst)
        }
    );
    let later = start + FloodGate::PEER.every;
    assert_eq!(passed(&mut gate, attacker, later, 10_000), 1);
}

#[test]
fn the_addresses_of_an_ipv6_subscriber_count_as_one() {
    let start = Instant::now();
    let mut gate = FloodGate::new(start);
    let subscriber = |host: u16| IpAddr::from([0x2001, 0xdb8, 0, 7, 0, 0, 0, host]);
    let passed = (0..2_000).filter(|&host| gate.ask(subscriber(host), start) != Verdict::LeaveOut);
    assert_eq!(passed.count(), FloodGate::PEER.burst as usize);
}

#[test]
fn many_peers_cannot_flood_the_log() {
    let start = Instant::now();
    let mut gate = FloodGate::new(start);
    let mut passed = 0;
    for second in 0..60_u32 {
        for peer in 0..5_000_u32 {
            let peer = IpAddr::from(Ipv4Addr::from(peer + second * 5_000));
            passed += u32::from(
                gate.ask(peer, start + Duration::from_secs(second.into())) != Verdict::LeaveOut,
            );
        }
    }
    assert!(passed <= FloodGate::ALL.burst + 600, "{passed}");
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
