use std::time::Duration;

use super::*;
use crate::auth::CHALLENGE_LIFETIME;
use crate::proto::Query;

const ME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

/// A server with one user, and the time.
struct Scene {
    authenticator: Authenticator,
    user: &'static str,
    verifier: Verifier,
    now: Instant,
}

impl Scene {
    fn new(user: &'static str, password: &str) -> Self {
        let now = Instant::now();
        let authenticator = Authenticator::new([7; 32], now);
        let verifier = Verifier::new(user, &password.into(), authenticator.salt(user));
        Self {
            authenticator,
            user,
            verifier,
            now,
        }
    }

    fn connect(&mut self, peer: IpAddr, app: &str) -> Verdict {
        let text = LoginText::read([Query::of_url(app)]);
        let known = text.user() == Some(self.user);
        self.authenticator
            .decide(self.now, peer, &text, known.then_some(&self.verifier))
    }

    /// The second leg.
    fn challenge(&mut self, peer: IpAddr, user: &str) -> Challenge {
        match self.connect(peer, &format!("live?authmod=adobe&user={user}")) {
            Verdict::GoOn(description) => Challenge::read(&description),
            other => panic!("{other:?}"),
        }
    }
}

/// What a client takes out of a description.
#[derive(Debug)]
struct Challenge {
    user: String,
    salt: String,
    opaque: String,
}

impl Challenge {
    /// As FFmpeg does it.
    fn read(description: &str) -> Self {
        assert!(
            description.len() <= 255,
            "FFmpeg takes no more: {description}"
        );
        assert!(description.contains("authmod=adobe ]"), "{description}");
        let (_, parameters) = description.split_once("?reason=needauth&").unwrap();
        let value = |name| {
            let mut pairs = parameters
                .split('&')
                .filter_map(|pair| pair.split_once('='));
            pairs.find(|pair| pair.0 == name).unwrap().1.to_owned()
        };
        assert_eq!(
            value("challenge"),
            value("opaque"),
            "whichever a client takes"
        );
        Self {
            user: value("user"),
            salt: value("salt"),
            opaque: value("opaque"),
        }
    }

    /// The third leg.
    fn answer(&self, password: &str) -> String {
        let Self { user, salt, opaque } = self;
        let mine = "0123abcd";
        let hash = md5_base64(&format!("{user}{salt}{password}"));
        let response = md5_base64(&format!("{hash}{opaque}{mine}"));
        format!(
            "live?authmod=adobe&user={user}&challenge={mine}&response={response}&opaque={opaque}"
        )
    }
}

fn md5_base64(text: &str) -> String {
    use md5::{Digest as _, Md5};
    data_encoding::BASE64.encode(&Md5::digest(text))
}

#[track_caller]
fn denied(verdict: &Verdict) {
    let Verdict::Denied(description) = verdict else {
        panic!("{verdict:?}");
    };
    let failure = "[ AccessManager.Reject ] : [ authmod=adobe ] : ?reason=authfailed&opaque=";
    assert!(description.starts_with(failure), "{description}");
}

#[test]
fn three_legs() {
    let mut scene = Scene::new("me", "s3cret");
    let first = scene.connect(ME, "live");
    assert_eq!(
        first,
        Verdict::GoOn("[ AccessManager.Reject ] : [ code=403 need auth; authmod=adobe ] : ".into())
    );
    let challenge = scene.challenge(ME, "me");
    assert_eq!(challenge.user, "me");
    assert_eq!(
        scene.connect(ME, &challenge.answer("s3cret")),
        Verdict::Granted
    );
}

/// What was recorded from FFmpeg 5.1, GStreamer 1.22 and OBS 29, each asked by a server that always
/// has the same challenge.
#[test]
fn answers_of_real_programs() {
    let salt = data_encoding::BASE64URL_NOPAD
        .decode(b"SALT_a-1abA")
        .unwrap();
    let salt = Salt::new(salt.try_into().unwrap());
    for (user, password, challenge, answer) in [
        ("user", "pw", "03b45730", "ElKPFlmDF21c92lJYWETAg=="),
        ("us@er", "p w", "44e1ee1a", "gbAwCLnF5R/1UhB39kCbbw=="),
        (
            "OBS user",
            "p@ss w&rd",
            "zwxeKQ==",
            "8+1H1ETK6aWtLHKP7u35qw==",
        ),
        (
            "OBS user",
            "p@ss w&rd",
            "ub30Wg==",
            "B71kpbfd5cI7LT7tctGE3A==",
        ),
    ] {
        let app = format!(
            "stream1?authmod=adobe&user={user}&challenge={challenge}&response={answer}\
             &opaque=AAAAAAAAAAECAwQFBgcICQoLDA0ODxAR"
        );
        let LoginText::Response(response) = LoginText::read([Query::of_url(&app)]) else {
            panic!("{app}");
        };
        let accepts = |user, password: &str| {
            bool::from(Verifier::new(user, &password.into(), salt).accepts(&response))
        };
        assert!(accepts(user, password), "{app}");
        assert!(!accepts(user, "another"));
        assert!(!accepts("another", password));
    }
}

#[test]
fn a_wrong_password_and_an_unknown_user_look_alike() {
    let mut scene = Scene::new("me", "s3cret");
    let mut answers = Vec::new();
    for (user, password) in [("me", "guess"), ("you", "guess"), ("you", "s3cret")] {
        let challenge = scene.challenge(ME, user);
        let mut verdict = scene.connect(ME, &challenge.answer(password));
        denied(&verdict);
        if let Verdict::Denied(description) = &mut verdict {
            assert!(description.ends_with(&challenge.opaque));
            description.truncate(description.len() - challenge.opaque.len());
        }
        let shape = [challenge.salt.len(), challenge.opaque.len()];
        answers.push((verdict, shape));
        let query = scene.connect(ME, &format!("live?user={user}&pass={password}"));
        answers.push((query, shape));
    }
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:?}"
    );
}

#[test]
fn the_salt_of_a_user_is_the_same_each_time_whether_there_is_one_or_not() {
    let mut scene = Scene::new("me", "s3cret");
    let mut salts = Vec::new();
    for user in ["me", "you", "she"] {
        let [first, second] = [(); 2].map(|()| scene.challenge(ME, user).salt);
        assert_eq!(first, second);
        salts.push(first);
    }
    salts.dedup();
    assert_eq!(salts.len(), 3);
}

#[test]
fn a_response_is_not_good_twice() {
    let mut scene = Scene::new("me", "s3cret");
    let answer = scene.challenge(ME, "me").answer("s3cret");
    assert_eq!(scene.connect(ME, &answer), Verdict::Granted);
    denied(&scene.connect(ME, &answer));
}

#[test]
fn a_challenge_is_for_one_guess() {
    let mut scene = Scene::new("me", "s3cret");
    let challenge = scene.challenge(ME, "me");
    denied(&scene.connect(ME, &challenge.answer("guess")));
    denied(&scene.connect(ME, &challenge.answer("s3cret")));
}

#[test]
fn a_response_is_not_good_from_elsewhere() {
    let mut scene = Scene::new("me", "s3cret");
    let answer = scene.challenge(ME, "me").answer("s3cret");
    denied(&scene.connect(OTHER, &answer));
    assert_eq!(
        scene.connect(ME, &answer),
        Verdict::Granted,
        "and that does no harm"
    );
}

#[test]
fn a_response_is_not_good_later() {
    let mut scene = Scene::new("me", "s3cret");
    let answer = scene.challenge(ME, "me").answer("s3cret");
    scene.now += CHALLENGE_LIFETIME + Duration::from_millis(1);
    denied(&scene.connect(ME, &answer));
}

#[test]
fn the_opaque_of_another_session_is_of_no_use() {
    let mut scene = Scene::new("me", "s3cret");
    let theirs = scene.challenge(OTHER, "me");
    denied(&scene.connect(ME, &theirs.answer("s3cret")));
    // Of the same publisher, but for another user.
    let mut mine = scene.challenge(ME, "you");
    mine.user = "me".into();
    mine.salt = scene.authenticator.salt("me").text();
    denied(&scene.connect(ME, &mine.answer("s3cret")));
    for opaque in ["", "x", "AAAAAAAAAAECAwQFBgcICQoLDA0ODxAR"] {
        mine.opaque = opaque.into();
        denied(&scene.connect(ME, &mine.answer("s3cret")));
    }
}

/// Another salt than the user's makes another password.
#[test]
fn the_salt_is_the_servers() {
    let mut scene = Scene::new("me", "s3cret");
    let mut challenge = scene.challenge(ME, "me");
    challenge.salt = "AAAAAAAAAAA".into();
    denied(&scene.connect(ME, &challenge.answer("s3cret")));
}

#[test]
fn settings_may_change_between_the_legs() {
    let mut scene = Scene::new("me", "s3cret");
    let old = scene.challenge(ME, "me").answer("s3cret");
    let new = scene.challenge(ME, "me").answer("n3w");
    scene.verifier = Verifier::new("me", &"n3w".into(), scene.authenticator.salt("me"));
    denied(&scene.connect(ME, &old));
    assert_eq!(scene.connect(ME, &new), Verdict::Granted);
}

#[test]
fn user_and_password_in_a_query_need_no_legs() {
    let mut scene = Scene::new("me@home", "a&b=c%d");
    for app in [
        "live?user=me@home&pass=a%26b=c%25d",
        "live?user=me%40home&pass=a%26b%3Dc%25d",
    ] {
        assert_eq!(scene.connect(ME, app), Verdict::Granted, "{app}");
    }
    for app in [
        "live?user=me@home&pass=a%26b",
        "live?user=me@home&pass=",
        "live?user=&pass=a%26b=c%25d",
        "live?user=me@home&pass=a%26b=c%25d%00",
    ] {
        denied(&scene.connect(ME, app));
    }
    let mut as_it_is = Scene::new("me", "100%25");
    assert_eq!(
        as_it_is.connect(ME, "live?user=me&pass=100%25"),
        Verdict::Granted
    );
    assert_eq!(
        as_it_is.connect(ME, "live?user=me&pass=100%2525"),
        Verdict::Granted
    );
    denied(&as_it_is.connect(ME, "live?user=me&pass=100%"));
}

#[test]
fn users_with_names_like_these() {
    for user in [
        "a=b",
        "\"me\"",
        "a;b#c",
        "a\r\nb",
        "\u{1b}[2J",
        "Größe",
        "\\xD6\\xD0",
        "%",
        "a b",
    ] {
        let mut scene = Scene::new("me", "s3cret");
        let challenge = scene.challenge(ME, user);
        assert_eq!(challenge.user, user, "programs hash what comes back");
        denied(&scene.connect(ME, &challenge.answer("s3cret")));
    }
    // What is behind an & is another parameter, to the program as well.
    let mut scene = Scene::new("a", "s3cret");
    let challenge = scene.challenge(ME, "a&b");
    assert_eq!(
        scene.connect(ME, &challenge.answer("s3cret")),
        Verdict::Granted
    );
    // A name that would add parameters of its own to the description cannot be sent.
    let Verdict::GoOn(text) = scene.connect(ME, "live?authmod=adobe&user=a?reason=authfailed")
    else {
        panic!("the name is cut");
    };
    assert!(!text.contains("authfailed"), "{text}");
}

#[test]
fn a_user_name_without_end() {
    let mut scene = Scene::new("me", "s3cret");
    let long = "u".repeat(1 << 20);
    for app in [
        format!("live?authmod=adobe&user={long}"),
        format!("live?user={long}&pass=s3cret"),
        format!("live?user=me&pass={long}"),
        format!("live?authmod=adobe&user=me&challenge=c&response=r&opaque={long}"),
    ] {
        let verdict = scene.connect(ME, &app);
        denied(&verdict);
        assert!(format!("{verdict:?}").len() < 200);
    }
}

#[test]
fn the_longest_description_fits_into_ffmpegs_buffer() {
    let mut scene = Scene::new("me", "s3cret");
    let _ = scene.challenge(ME, &"u".repeat(49));
}

#[test]
fn an_empty_password_is_one_only_where_there_is_such_a_user() {
    let mut scene = Scene::new("me", "s3cret");
    denied(&scene.connect(ME, "live?user=&pass="));
    denied(&scene.connect(ME, "live?user=nobody&pass="));
    let nobody = scene.authenticator.salt("").text();
    denied(&scene.connect(ME, &format!("live?user=nobody&pass={nobody}")));
    let challenge = scene.challenge(ME, "nobody");
    denied(&scene.connect(ME, &challenge.answer(&nobody)));
}

#[test]
fn nothing_secret_is_shown() {
    let scene = Scene::new("me", "s3cret");
    let shown = format!("{:?} {:?}", scene.authenticator, scene.verifier);
    assert_eq!(shown, "Authenticator { .. } <verifier>");
}
