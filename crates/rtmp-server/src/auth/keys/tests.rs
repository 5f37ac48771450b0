use proptest::prelude::*;

use super::*;
use crate::proto::PublishRequest;

const KEY: &str = "f3mGqkz1ZkPZr6QmG0cX2b";

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

/// What is presented with the reading of the address whose path is `path`.
fn presented(path: &str, app: &str, name: &str, tc_url: &str) -> PresentedKey {
    let request = PublishRequest::new(app, name);
    let address = request.addresses().find(|it| it.path == path).unwrap();
    PresentedKey::read(&address, tc_url)
}

/// Whether a publisher gets in at `stream1`, which has the keys of `setting`.
fn gets_in(setting: &str, app: &str, name: &str, tc_url: &str) -> bool {
    let presented = presented("stream1", app, name, tc_url);
    StreamKeys::parse(setting).accept(&presented, "/stream1", at(1_700_000_000))
}

#[test]
fn a_key_is_presented_in_these_places() {
    let key = format!("key={KEY}");
    let token = format!("token={KEY}");
    for query in [
        &key,
        &token,
        &format!("x=1&{key}"),
        &format!("x=1?{token}&y=2"),
        &format!("{key}&{token}"),
    ] {
        for (app, name, tc_url) in [
            (format!("stream1?{query}"), String::new(), String::new()),
            (String::new(), format!("stream1?{query}"), String::new()),
            (
                "stream1".into(),
                String::new(),
                format!("rtmp://host/stream1?{query}"),
            ),
            (
                format!("stream1?{query}"),
                String::new(),
                format!("rtmp://host/stream1?{query}"),
            ),
            // Adobe's login behind it, by a program that was asked for it elsewhere.
            (
                format!("stream1?{query}?authmod=adobe&user=u"),
                String::new(),
                String::new(),
            ),
        ] {
            assert!(gets_in(KEY, &app, &name, &tc_url), "{app} {name} {tc_url}");
            for other in [
                "another",
                "f3mGqkz1ZkPZr6QmG0cX2",
                "f3mGqkz1ZkPZr6QmG0cX2bb",
                &KEY.to_lowercase(),
            ] {
                assert!(!gets_in(other, &app, &name, &tc_url));
            }
        }
    }
}

#[test]
fn a_key_in_another_place_is_none() {
    for (app, name, tc_url) in [
        ("stream1", "", ""),
        ("stream1?", "", ""),
        ("stream1?KEY", "", ""),
        ("stream1?pass=KEY", "", ""),
        ("stream1?Key=KEY", "", ""),
        ("stream1?key=", "", ""),
        ("stream1?key=KEY;x", "", ""),
        ("stream1?key=KEY#x", "", ""),
        ("stream1?x=1;key=KEY", "", ""),
        ("stream1?x#key=KEY", "", ""),
        ("stream1?user=KEY&pass=KEY", "", ""),
        ("stream1", "", "rtmp://KEY@host/stream1"),
        ("stream1", "", "rtmp://host/stream1#key=KEY"),
    ] {
        let [app, name, tc_url] = [app, name, tc_url].map(|text| text.replace("KEY", KEY));
        assert!(!gets_in(KEY, &app, &name, &tc_url), "{app} {name} {tc_url}");
    }
}

#[test]
fn several_keys_at_a_time_are_guesses() {
    for query in [
        "key=KEY&key=x",
        "token=x&key=KEY",
        "key=KEY&token=x",
        "key=KEY?key=x",
    ] {
        let app = format!("stream1?{}", query.replace("KEY", KEY));
        assert!(!gets_in(KEY, &app, "", ""), "{app}");
    }
    let other = format!("rtmp://host/stream1?key={KEY}");
    assert!(
        !gets_in(KEY, "stream1?key=x", "", &other),
        "tcUrl is no second guess"
    );
}

#[test]
fn the_last_segment_of_a_path_may_be_a_key() {
    for (path, expected) in [
        ("drone7/KEY", Some("drone7")),
        ("/drone7/KEY", Some("/drone7")),
        ("/live/drone7/KEY/", Some("/live/drone7")),
        ("KEY", None),
        ("/KEY", None),
        ("", None),
    ] {
        let path = path.replace("KEY", KEY);
        let read = PresentedKey::in_path(&path);
        assert_eq!(read.as_ref().map(|it| it.0), expected, "{path}");
        if let Some((_, presented)) = read {
            assert!(StreamKeys::parse(KEY).accept(&presented, "/drone7", at(0)));
        }
    }
    let long = format!("/drone7/{}", "x".repeat(1 << 20));
    assert!(PresentedKey::in_path(&long).is_none());
}

#[test]
fn two_keys_are_good_while_publishers_change_over() {
    for key in ["old", "new"] {
        assert!(gets_in(" old ,new,", &format!("stream1?key={key}"), "", ""));
    }
    assert!(!gets_in("old,new", "stream1?key=old,new", "", ""));
    assert!(!gets_in("old,new", "stream1?key=", "", ""));
    let keys = StreamKeys::parse("old,new");
    assert_eq!(keys.newest().map(Secret::expose), Some("new"));
}

#[test]
fn without_a_key_none_is_right() {
    for setting in ["", " ", ",", " , "] {
        assert!(StreamKeys::parse(setting).is_empty());
        for query in ["", "?key=", "?key=%20", "?key=x", "?key=,"] {
            assert!(!gets_in(setting, &format!("stream1{query}"), "", ""));
        }
    }
}

#[test]
fn a_key_with_signs_in_it_may_be_encoded() {
    assert!(gets_in("a&b=c%d/e", "stream1?key=a%26b=c%25d%2Fe", "", ""));
    assert!(gets_in("100%25", "stream1?key=100%25", "", ""));
    assert!(
        gets_in("ab/cd==", "stream1?key=ab", "cd==", ""),
        "cut at its slash"
    );
    assert!(!gets_in("ab/cd==", "stream1?key=ab", "", ""));
}

/// By Python: `hmac.new(b"f3mGqkz1ZkPZr6QmG0cX2b", b"/stream1?expires=1800000000", "sha256")`.
#[test]
fn a_signature_is_what_others_make() {
    let query = signed_query(&KEY.into(), "/stream1", 1_800_000_000);
    let expected = "e8d24922dd9833452aa5d2ee5da048cd9f4504f898ed4d87b40ae7705e7e675b";
    assert_eq!(query, format!("expires=1800000000&signature={expected}"));
}

#[test]
fn a_signed_address_is_good_until_it_expires() {
    let keys = StreamKeys::parse(KEY);
    let query = signed_query(&KEY.into(), "/stream1", 1_800_000_000);
    let upper = query
        .to_uppercase()
        .replace("EXPIRES", "expires")
        .replace("SIGNATURE", "signature");
    for query in [&query, &upper] {
        for (app, name) in [
            (format!("stream1?{query}"), String::new()),
            (String::new(), format!("stream1?{query}")),
        ] {
            let presented = presented("stream1", &app, &name, "");
            assert!(keys.accept(&presented, "/stream1", at(1_799_999_999)));
            assert!(
                !keys.accept(&presented, "/stream1", at(1_800_000_000)),
                "expired"
            );
            assert!(
                !keys.accept(&presented, "/stream2", at(1_799_999_999)),
                "another stream"
            );
            assert!(!StreamKeys::parse("x").accept(&presented, "/stream1", at(1_799_999_999)));
            let two = StreamKeys::parse(&format!("new,{KEY}"));
            assert!(two.accept(&presented, "/stream1", at(1_799_999_999)));
        }
    }
}

#[test]
fn what_is_changed_in_a_signed_address_makes_it_worthless() {
    let good = signed_query(&KEY.into(), "/stream1", 1_800_000_000);
    let signature = good.split_once("signature=").unwrap().1;
    assert!(gets_in(KEY, &format!("stream1?{good}"), "", ""));
    for query in [
        format!("expires=1900000000&signature={signature}"),
        format!("expires=01800000000&signature={signature}"),
        format!("expires=+1800000000&signature={signature}"),
        format!("expires=1800000000 &signature={signature}"),
        format!("expires=&signature={signature}"),
        format!("expires=99999999999999999999&signature={signature}"),
        format!("expires=18446744073709551615&signature={signature}"),
        format!("signature={signature}"),
        "expires=1800000000".into(),
        "expires=1800000000&signature=".into(),
        format!("expires=1800000000&signature={}", &signature[..62]),
        format!("expires=1800000000&signature={signature}00"),
        format!(
            "expires=1800000000&signature={}",
            signature.replace('e', "é")
        ),
        format!("{good}&expires=1900000000"),
        format!("{good}&key=x"),
    ] {
        assert!(
            !gets_in(KEY, &format!("stream1?{query}"), "", ""),
            "{query}"
        );
    }
}

/// The largest number of seconds is none that a clock can tell.
#[test]
fn a_signature_for_ever_is_none() {
    let query = signed_query(&KEY.into(), "/stream1", u64::MAX);
    assert!(!gets_in(KEY, &format!("stream1?{query}"), "", ""));
}

#[test]
fn nothing_secret_is_shown() {
    let keys = StreamKeys::parse("s3cret,0ther");
    let presented = PresentedKey::Key("s3cret".into());
    assert_eq!(
        format!("{keys:?} {presented:?}"),
        "[<secret>, <secret>] Key"
    );
}

proptest! {
    #[test]
    fn what_is_signed_gets_in(key in "[!-+\\--~]{1,40}", path in "/[a-z0-9/]{0,20}", expires in 1..1u64 << 40) {
        let PresentedKey::Signature { expires: read, signature } = PresentedKey::of_query(&Query::of_url(
            &format!("x?{}", signed_query(&key.as_str().into(), &path, expires)),
        )) else {
            panic!("no signature");
        };
        prop_assert_eq!(read, expires);
        let presented = PresentedKey::Signature { expires, signature };
        let keys = StreamKeys::parse(&key);
        prop_assert!(keys.accept(&presented, &path, at(expires - 1)));
        prop_assert!(!keys.accept(&presented, &path, at(expires)));
    }

    #[test]
    fn any_address_is_read(app in "[a?&=/%#;]{0,30}", name in ".{0,40}", url in ".*") {
        for address in PublishRequest::new(app, name).addresses() {
            let presented = PresentedKey::read(&address, &url);
            prop_assert!(!StreamKeys::parse(KEY).accept(&presented, "/a", at(0)));
            let _ = PresentedKey::in_path(&address.path);
        }
    }
}
