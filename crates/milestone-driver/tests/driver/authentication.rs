//! Who may publish.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use milestone_driver::picture::PublisherNeeds;
use milestone_driver::{Change, LiveSession, Problem, PublisherLogin};
use rtmp_server::auth::signed_query;

use crate::bench::{ACCEPTED, Bench, config, next_video, wait_until};
use crate::publisher::Status;

const KEY: &str = "f3mGqkz1ZkPZr6QmG0cX2b";
const OTHER_KEY: &str = "0therKeyOfAnotherCamer";
const PASSWORD: &str = "p@ss w0rd";
const REJECTED: &str = "NetStream.Publish.Rejected";

fn mode(mode: &str) -> Change {
    Change::new("PublisherAuthentication", mode)
}

fn key(device: usize, key: &str) -> Change {
    Change::of_camera("StreamKey", device, key)
}

fn sessions(bench: &Bench) -> Vec<LiveSession> {
    let open = |device| bench.driver.open_session(device).unwrap();
    (0..3).map(open).collect()
}

/// A driver whose first two cameras have keys, and the third none.
fn with_keys() -> Bench {
    Bench::with(config([mode("StreamKey"), key(0, KEY), key(1, OTHER_KEY)]))
}

/// A driver with a login.
fn with_login() -> Bench {
    let mut config = config([mode("UserAndPassword")]);
    config.login = Some(PublisherLogin::new("me", PASSWORD));
    Bench::with(config)
}

/// What a publisher is told, which ends then.
fn ask(bench: &Bench, app: &str, name: &str) -> Status {
    bench.connect().ask(app, name)
}

#[track_caller]
fn gets_in(bench: &Bench, app: &str, name: &str) {
    let answer = ask(bench, app, name);
    assert_eq!(answer.code, ACCEPTED, "{app} {name}: {answer:?}");
    wait_until("the end", || {
        (0..3).all(|device| bench.driver.statistics(device).unwrap().publisher.is_none())
    });
}

#[test]
fn a_camera_with_a_key_takes_those_who_present_it() {
    let bench = with_keys();
    let _sessions = sessions(&bench);
    for (app, name) in [
        ("stream1?key=KEY", ""),
        ("stream1?token=KEY", ""),
        ("", "stream1?key=KEY"),
        ("STREAM1/?x=1", "stream1?x=1&key=KEY"),
        ("stream1", "KEY"),
        ("", "stream1/KEY"),
        ("stream1/KEY", ""),
        ("stream2?key=OTHER", ""),
        ("stream3", ""),
        ("stream3?key=anything", ""),
    ] {
        let [app, name] =
            [app, name].map(|text| text.replace("KEY", KEY).replace("OTHER", OTHER_KEY));
        gets_in(&bench, &app, &name);
    }
}

#[test]
fn without_the_right_key_one_answer_says_nothing() {
    let bench = with_keys();
    let _sessions = sessions(&bench);
    let held = bench.publish(&format!("stream2?key={OTHER_KEY}"), "");
    let mut answers = Vec::new();
    for (app, name) in [
        // Missing, wrong, another camera's, of a held camera, of a disabled one, of none.
        ("stream1", ""),
        ("stream1?key=guess", ""),
        ("stream1?key=OTHER", ""),
        ("stream1/OTHER", ""),
        ("stream1?pass=KEY", ""),
        ("stream2?key=KEY", ""),
        ("stream2", ""),
        ("no-such-camera", ""),
        ("no-such-camera?key=KEY", ""),
        ("no-such-camera", "KEY"),
        ("KEY", "stream1"),
        ("", "KEY"),
        // A camera without a key has no path with one.
        ("stream3", "KEY"),
        ("stream3/anything", ""),
    ] {
        let [app, name] =
            [app, name].map(|text| text.replace("KEY", KEY).replace("OTHER", OTHER_KEY));
        answers.push(ask(&bench, &app, &name));
    }
    assert_eq!(answers[0].code, REJECTED);
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:?}"
    );
    assert!(
        bench.driver.statistics(1).unwrap().publisher.is_some(),
        "who held it has it"
    );
    drop(held);
}

#[test]
fn pictures_and_pages_are_told_what_publishers_need() {
    let bench = with_keys();
    let needs = |bench: &Bench| [0, 2].map(|device| bench.driver.publisher_needs(device));
    assert_eq!(
        needs(&bench),
        [PublisherNeeds::StreamKey, PublisherNeeds::Nothing]
    );
    bench.apply([mode("UserAndPassword")]);
    assert_eq!(needs(&bench), [PublisherNeeds::Login; 2]);
    bench.apply([mode("None")]);
    assert_eq!(needs(&bench), [PublisherNeeds::Nothing; 2]);
}

#[test]
fn a_disabled_camera_is_not_told_from_one_with_another_key() {
    let bench = with_keys();
    let wrong = ask(&bench, "stream1?key=guess", "");
    let none = ask(&bench, "no-such-camera?key=guess", "");
    assert_eq!(wrong, none);
    let right = ask(&bench, &format!("stream1?key={KEY}"), "");
    assert!(right.description.contains("disabled"), "{right:?}");
}

#[test]
fn keys_change_while_somebody_publishes() {
    let bench = with_keys();
    let sessions = sessions(&bench);
    let mut publisher = bench.publish(&format!("stream1?key={KEY}"), "");
    publisher.send_group(0, 3);
    next_video(&sessions[0]);
    bench.apply([key(0, "new")]);
    publisher.send_group(1000, 3);
    next_video(&sessions[0]);
    assert!(bench.driver.statistics(0).unwrap().publisher.is_some());
    drop(publisher);
    wait_until("the end", || {
        bench.driver.statistics(0).unwrap().publisher.is_none()
    });
    assert_eq!(
        ask(&bench, &format!("stream1?key={KEY}"), "").code,
        REJECTED
    );
    gets_in(&bench, "stream1?key=new", "");
    bench.apply([key(0, &format!("new,{KEY}"))]);
    gets_in(&bench, "stream1?key=new", "");
    gets_in(&bench, &format!("stream1?key={KEY}"), "");
    bench.apply([mode("None")]);
    gets_in(&bench, "stream1", "");
}

#[test]
fn a_signed_address_is_good_until_it_expires() {
    let bench = with_keys();
    let _sessions = sessions(&bench);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let good = signed_query(&KEY.into(), "/stream1", now + 3600);
    let expired = signed_query(&KEY.into(), "/stream1", now - 1);
    gets_in(&bench, &format!("stream1?{good}"), "");
    gets_in(&bench, "", &format!("Stream1?{good}"));
    assert_eq!(
        ask(&bench, &format!("stream1?{expired}"), "").code,
        REJECTED
    );
    assert_eq!(ask(&bench, &format!("stream2?{good}"), "").code, REJECTED);
}

#[test]
fn the_hardwares_login_is_asked_for_when_publishers_connect() {
    let bench = with_login();
    let _sessions = sessions(&bench);
    gets_in(&bench, "stream1?user=me&pass=p@ss w0rd", "");
    gets_in(&bench, "stream1?user=me&pass=p%40ss%20w0rd", "");
    let first = ask(&bench, "stream1", "");
    assert_eq!(first.code, "NetConnection.Connect.Rejected");
    assert_eq!(
        first.description,
        "[ AccessManager.Reject ] : [ code=403 need auth; authmod=adobe ] : "
    );
    let challenge = ask(&bench, "stream1?authmod=adobe&user=me", "");
    assert!(
        challenge
            .description
            .contains("?reason=needauth&user=me&salt=")
    );
    let mut answers = Vec::new();
    for app in [
        "stream1?user=me&pass=guess",
        "stream1?user=you&pass=p@ss w0rd",
        "no-such-camera?user=me&pass=guess",
    ] {
        answers.push(ask(&bench, app, ""));
    }
    assert!(answers[0].description.contains("?reason=authfailed"));
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:?}"
    );
    // Who has logged in is told what is wrong.
    let unknown = ask(&bench, "no-such-camera?user=me&pass=p@ss w0rd", "");
    assert_eq!(unknown.code, "NetStream.Publish.BadName");
    let log = bench.log_with("a login of 'me' is wrong");
    assert_eq!(
        log.iter()
            .filter(|line| line.contains("a login of"))
            .count(),
        1,
        "a line a minute"
    );
}

#[test]
fn a_login_changes_while_somebody_publishes() {
    let bench = with_login();
    let sessions = sessions(&bench);
    let mut publisher = bench.publish("stream1?user=me&pass=p@ss w0rd", "");
    // Has logged in, and asks only afterwards.
    let mut late = bench.connect();
    late.connect("stream2?user=me&pass=p@ss w0rd");
    bench.log_with("connection from");
    bench
        .driver
        .set_login(Some(PublisherLogin::new("me", "n3w")));
    publisher.send_group(0, 3);
    next_video(&sessions[0]);
    let publish = late.bytes.publish("");
    late.send(&publish);
    assert_eq!(late.next_status().code, REJECTED);
    let old = ask(&bench, "stream3?user=me&pass=p@ss w0rd", "");
    assert!(old.description.contains("authfailed"), "{old:?}");
    gets_in_third(&bench, "stream3?user=me&pass=n3w");
    assert!(bench.driver.statistics(0).unwrap().publisher.is_some());
}

#[track_caller]
fn gets_in_third(bench: &Bench, app: &str) {
    let answer = ask(bench, app, "");
    assert_eq!(answer.code, ACCEPTED, "{answer:?}");
}

/// They were let in without a login, and ask for something when one is wanted.
#[test]
fn a_login_is_wanted_between_connect_and_publish() {
    let mut config = config([]);
    config.login = Some(PublisherLogin::new("me", PASSWORD));
    let bench = Bench::with(config);
    let _sessions = sessions(&bench);
    let mut early = bench.connect();
    early.connect("stream1");
    bench.apply([mode("UserAndPassword")]);
    let publish = early.bytes.publish("");
    early.send(&publish);
    assert_eq!(early.next_status().code, REJECTED);
}

#[test]
fn without_a_password_nobody_logs_in_and_the_picture_says_so() {
    let bench = with_login();
    let _sessions = sessions(&bench);
    for login in [Some(PublisherLogin::new("me", "")), None] {
        bench.driver.set_login(login);
        for app in [
            "stream1?user=me&pass=",
            "stream1?user=&pass=",
            "stream1?user=me&pass=p@ss w0rd",
        ] {
            assert!(
                ask(&bench, app, "").description.contains("authfailed"),
                "{app}"
            );
        }
        let problem = bench.driver.statistics(0).unwrap().problem;
        assert_eq!(problem, Some(Problem::NoPublisherPassword));
    }
    bench
        .driver
        .set_login(Some(PublisherLogin::new("me", PASSWORD)));
    assert_eq!(bench.driver.statistics(0).unwrap().problem, None);
    bench.log_with("it has no password: nobody may publish");
}

#[test]
fn without_tls_the_log_warns_and_without_authentication_it_says_so() {
    let bench = Bench::new();
    bench
        .log_with("info: Publisher Authentication: whoever knows the path of a camera may publish");
    bench.apply([mode("StreamKey")]);
    bench.log_with("Without TLS whoever can read the network traffic learns");
}

/// Nothing that the driver says has a secret in it, wherever publishers put it.
#[test]
fn secrets_are_nowhere() {
    let signed = signed_query(&KEY.into(), "/stream1", 1);
    for wanted in ["None", "StreamKey", "UserAndPassword"] {
        let mut config = config([mode(wanted), key(0, KEY), key(1, OTHER_KEY)]);
        config.login = Some(PublisherLogin::new("me", KEY));
        let config_shown = format!("{config:?}");
        let bench = Bench::with(config);
        let _sessions = sessions(&bench);
        let mut told = Vec::new();
        for (app, name) in [
            ("stream1?key=KEY", ""),
            ("stream1?token=KEY", "KEY"),
            ("", "stream1?key=KEY"),
            ("stream1", "KEY"),
            ("KEY", "stream1"),
            ("stream2/KEY", ""),
            ("no-such-camera/KEY", ""),
            ("", "KEY"),
            ("stream1%3Fkey=KEY", ""),
            ("stream1;key=KEY", ""),
            ("stream1#key=KEY", "x"),
            ("stream1?user=me&pass=KEY", ""),
            ("stream1?user=KEY&pass=me", ""),
            ("stream1?user=me", "stream1?pass=KEY"),
            ("stream1?authmod=adobe&user=KEY", ""),
            (
                "stream1?authmod=adobe&user=me&challenge=KEY&response=KEY&opaque=KEY",
                "",
            ),
            ("KEY\0stream1", "\u{1b}[2JKEY"),
            ("stream1?SIGNED", ""),
        ] {
            let [app, name] =
                [app, name].map(|text| text.replace("KEY", KEY).replace("SIGNED", &signed));
            let answer = ask(&bench, &app, &name);
            // The second leg repeats what it was told; that is how the login goes.
            if !answer.description.contains("reason=needauth") {
                told.push(format!("{answer:?}"));
            }
        }
        bench
            .driver
            .set_login(Some(PublisherLogin::new("me", format!("{KEY}2"))));
        bench.apply([key(1, "another"), key(0, &format!("{KEY},{OTHER_KEY}"))]);
        let settings = bench.driver.settings();
        let values = milestone_driver::Settings::descriptors()
            .map(|setting| format!("{:?}", settings.value(setting.key, Some(0))));
        told.extend(values);
        told.push(config_shown);
        told.push(format!("{settings:?} {:?}", bench.driver));
        told.extend((0..3).map(|device| format!("{:?}", bench.driver.statistics(device))));
        told.extend(bench.driver.push_url(0));
        told.extend(bench.events(1));
        told.extend(bench.log_with("Stream Key of Stream 1"));
        let signature = signed.rsplit('=').next().unwrap();
        for line in told {
            for secret in [KEY, OTHER_KEY, signature] {
                assert!(!line.contains(secret), "{wanted}: {line}");
            }
        }
    }
}

/// Twenty at once, then the address is slow, whatever it says; who publishes does not notice.
#[test]
fn failures_without_end_slow_their_address_down_and_drop_nobody() {
    let bench = with_keys();
    let sessions = sessions(&bench);
    let mut publisher = bench.publish(&format!("stream1?key={KEY}"), "");
    let mut timestamp = 0;
    let mut still_publishes = |bench: &Bench| {
        publisher.send_group(timestamp, 3);
        timestamp += 1000;
        next_video(&sessions[0]);
        assert!(bench.driver.statistics(0).unwrap().publisher.is_some());
    };
    // On a machine that is slow itself some are forgiven meanwhile.
    let is_slowed = (0..200).any(|guess| {
        let start = Instant::now();
        let answer = ask(&bench, &format!("stream2?key=guess{guess}"), "");
        assert_eq!(answer.code, REJECTED);
        start.elapsed() >= Duration::from_secs(1)
    });
    assert!(is_slowed, "guesses are answered at once");
    still_publishes(&bench);
    let right = ask(&bench, &format!("stream2?key={OTHER_KEY}"), "");
    assert_eq!(right.code, ACCEPTED, "{right:?}");
    still_publishes(&bench);
    let log = bench.log_with("a stream key is wrong");
    let lines = log
        .iter()
        .filter(|line| line.contains("a stream key is wrong"));
    assert_eq!(lines.count(), 1, "a line a minute");
}

/// Each leg of a login is a connection of its own: the limit on new ones counts publishers.
#[test]
fn three_connections_for_one_publish_are_within_the_limits() {
    let mut config = config([
        mode("UserAndPassword"),
        Change::new("RateLimitEnabled", "true"),
        Change::new("RateLimitMaxRequests", "1"),
    ]);
    config.login = Some(PublisherLogin::new("me", PASSWORD));
    let bench = Bench::with(config);
    let _sessions = sessions(&bench);
    let legs = ["stream1", "stream1?authmod=adobe&user=me"];
    for leg in legs {
        let answer = ask(&bench, leg, "");
        assert_eq!(answer.code, "NetConnection.Connect.Rejected");
    }
    gets_in(&bench, "stream1?user=me&pass=p@ss w0rd", "");
}

#[test]
fn user_names_cannot_forge_lines_of_the_log() {
    let bench = with_login();
    let user = "a\r\nerror: forged \u{1b}[2J\u{202e}'\"";
    ask(&bench, &format!("stream1?user={user}&pass=guess"), "");
    let log = bench.log_with("a login of");
    let line = log.iter().find(|line| line.contains("a login of")).unwrap();
    assert!(line.contains("forged"), "{line}");
    assert!(
        !line.contains(|c: char| c.is_control() || c == '\u{202e}'),
        "{line:?}"
    );
    assert!(!log.iter().any(|line| line.starts_with("error: forged")));
}
