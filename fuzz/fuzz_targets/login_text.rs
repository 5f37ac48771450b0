//! Arbitrary application names, URLs and stream names as logins and stream keys: no panic, nobody gets
//! in who does not know the password or the key, and no answer grows.
#![no_main]

use std::time::{Instant, SystemTime};

use libfuzzer_sys::fuzz_target;
use rtmp_server::auth::{
    Authenticator, LoginText, PresentedKey, Secret, StreamKeys, Verdict, Verifier,
};
use rtmp_server::{ConnectRequest, PublishRequest};

/// Nobody can guess them: the fuzzer sees no comparison of plain text.
const SECRET: &str = "f3mGqkz1ZkPZr6QmG0cX2b";
/// A verdict repeats a user's name and a challenge, which are cut before.
const LONGEST_DESCRIPTION: usize = 600;

fuzz_target!(|input: &[u8]| {
    let text = String::from_utf8_lossy(input);
    let mut texts = text.splitn(3, '\n');
    let [app, tc_url, name] = [(); 3].map(|()| texts.next().unwrap_or_default());

    let login = LoginText::read(ConnectRequest::new(app, tc_url).queries());
    let _ = format!("{login:?}");
    let now = Instant::now();
    let mut authenticator = Authenticator::new([7; 32], now);
    let verifier = Verifier::new("me", &Secret::from(SECRET), authenticator.salt("me"));
    let known = (login.user() == Some("me")).then_some(&verifier);
    for _ in 0..2 {
        match authenticator.decide(now, [192, 0, 2, 1].into(), &login, known) {
            Verdict::Granted => assert!(text.contains(SECRET)),
            Verdict::GoOn(description) | Verdict::Denied(description) => {
                assert!(description.len() < LONGEST_DESCRIPTION);
            }
        }
    }

    let keys = StreamKeys::parse(SECRET);
    let accepts =
        |presented: &PresentedKey, path: &str| keys.accept(presented, path, SystemTime::UNIX_EPOCH);
    for address in PublishRequest::new(app, name).addresses() {
        let presented = PresentedKey::read(&address, tc_url);
        assert!(!accepts(&presented, &address.path) || text.contains(SECRET));
        if let Some((path, presented)) = PresentedKey::in_path(&address.path) {
            assert!(!accepts(&presented, path) || text.contains(SECRET));
        }
    }
});
