mod other_table;

use proptest::prelude::*;

use super::*;
use crate::identity::CAMERAS;
use crate::stream_path::StreamPathError;

fn keys() -> Vec<&'static str> {
    Settings::descriptors().map(|setting| setting.key).collect()
}

fn different_paths(settings: &Settings) -> usize {
    let paths = settings.cameras.iter().map(|camera| &camera.stream_path);
    paths.collect::<std::collections::HashSet<_>>().len()
}

fn refused(change: Change) -> SettingError {
    let mut errors = Settings::default()
        .with([change])
        .expect_err("the change is refused");
    assert_eq!(errors.len(), 1, "{errors:?}");
    errors.remove(0)
}

fn changed(change: Change) -> Settings {
    Settings::default()
        .with([change])
        .expect("the change is accepted")
}

/// `mip/identity.md` and the product's description: what installations have stored, and people have read.
#[test]
fn keys_names_identifiers_kinds_and_defaults() {
    use SettingEffect::{MovesCamera, Nothing, RestartsListener};
    use SettingKind::{Choice, Networks, Number, Secret, StreamPath, Switch};

    #[rustfmt::skip]
    let expected = [
        ("ServerPort", "Server Port", "a3f7c8b1-2d4e-4a6f-b8c9-1e3d5f7a9b0c", Number(1..=65535), None, RestartsListener),
        ("ShowOfflineInfo", "Show Stream Offline Info", "b4e8d9c2-3f5a-4b7e-c9d0-1f3e6a8b0d1e", Switch, Some("true"), Nothing),
        ("MaxConnections", "Max Concurrent Connections", "e7b1a2c3-6d8e-4f0a-c2d3-5e7f9a1b3c4d", Number(1..=1000), Some("32"), Nothing),
        ("RateLimitEnabled", "Enable Rate Limiter", "c5f9e0d3-4a6b-4c8f-a0e1-3a5b7c9d1e2f", Switch, Some("true"), Nothing),
        ("RateLimitMaxRequests", "Rate Limit Max Requests Per Second", "d6a0f1e4-5b7c-4d9a-b1f2-4c6d8e0f2a3b", Number(1..=1000), Some("10"), Nothing),
        ("EnableTls", "TLS Enable (RTMPS)", "f8c2b3d4-7e9a-4a1b-d4e5-6f0a1b2c3d4e", Switch, Some("false"), RestartsListener),
        ("TlsCertificatePassword", "TLS Certificate Password", "b0e4d5f6-9a1c-4c3d-f6a7-8b2c3d4e5f6a", Secret, None, RestartsListener),
        ("PublisherAuthentication", "Publisher Authentication", "3b9a6f04-7c2d-4d85-a1e9-58f0c6b7d241", Choice(PublisherAuthentication::CHOICES), Some("None"), Nothing),
        ("ProxyProtocolFrom", "PROXY Protocol From", "95f2c7d8-1e6b-4a30-8d4f-a06c3be57912", Networks, Some(""), Nothing),
        ("RtmpPushStreamPath", "RTMP Push Stream Path", "b4e8d9c2-3f5a-4b7e-c9d0-2f4e6a8b0d1e", StreamPath, Some("/stream16"), MovesCamera),
        ("StreamKey", "Stream Key", "c81d5e3f-20a7-46b9-93cc-7e4f1b8a6d50", Secret, None, Nothing),
    ];
    let defaults = Settings::default();
    let table = Settings::descriptors().map(|setting| {
        let last = setting.scope.owners().last().expect("an owner");
        let default = defaults.value(setting.key, last);
        let kind = setting.kind.clone();
        (
            setting.key,
            setting.name,
            setting.id,
            kind,
            default,
            setting.effect,
        )
    });
    let expected = expected.map(|(key, name, id, kind, default, effect)| {
        (key, name, id, kind, default.map(str::to_owned), effect)
    });
    assert_eq!(table.collect::<Vec<_>>(), expected);
    let described = |text: &str| text.contains(&crate::identity::DEFAULT_PORT.to_string());
    assert!(
        Settings::descriptors()
            .next()
            .is_some_and(|port| described(port.description))
    );
}

#[test]
fn ranges_end_where_they_say() {
    for (key, largest) in [
        ("ServerPort", 65535),
        ("MaxConnections", 1000),
        ("RateLimitMaxRequests", 1000),
    ] {
        for good in [1, 2, largest] {
            assert_eq!(
                changed(Change::new(key, good.to_string())).value(key, None),
                Some(good.to_string())
            );
        }
        for bad in [
            "0",
            "-1",
            &(largest + 1).to_string(),
            "99999999999999999999",
        ] {
            assert_eq!(
                refused(Change::new(key, bad)).problem,
                SettingProblem::OutOfRange(1..=u16::try_from(largest).unwrap())
            );
        }
        for bad in ["", "x", "1.5", "1e3", "0x10", "+", "١"] {
            assert!(
                matches!(
                    refused(Change::new(key, bad)).problem,
                    SettingProblem::NotANumber(_)
                ),
                "{bad:?}"
            );
        }
    }
}

#[test]
fn switches_take_what_xprotect_writes() {
    for (text, value) in [
        ("True", true),
        ("false", false),
        ("Yes", true),
        ("No", false),
        ("1", true),
        ("0", false),
    ] {
        assert_eq!(changed(Change::new("EnableTls", text)).enable_tls, value);
        assert_eq!(
            changed(Change::new("RateLimitEnabled", text)).rate_limit_enabled,
            value
        );
        assert_eq!(
            changed(Change::new("ShowOfflineInfo", text)).show_offline_info,
            value
        );
    }
    assert_eq!(
        refused(Change::new("EnableTls", "maybe")).problem,
        SettingProblem::NotASwitch
    );
}

#[test]
fn messages_name_setting_value_and_range() {
    let message = |change| refused(change).to_string();
    assert_eq!(
        message(Change::new("ServerPort", "99999")),
        "Server Port: '99999' is out of range, allowed is 1 to 65535"
    );
    assert_eq!(
        message(Change::new("RateLimitMaxRequests", "fast")),
        "Rate Limit Max Requests Per Second: 'fast' is not a whole number, allowed is 1 to 1000"
    );
    assert_eq!(
        message(Change::new("EnableTls", "x\n")),
        "TLS Enable (RTMPS): 'x\\n' is neither true nor false"
    );
    assert_eq!(
        message(Change::of_camera("RtmpPushStreamPath", 2, " Stream1/")),
        "RTMP Push Stream Path of Stream 3: '/Stream1' is the path of Stream 1 as well, allowed is a path that no \
         other camera has"
    );
    assert_eq!(
        message(Change::of_camera("RtmpPushStreamPath", 0, "/stream3")),
        "RTMP Push Stream Path of Stream 1: '/stream3' is the path of Stream 3 as well, allowed is a path that no \
         other camera has"
    );
    assert_eq!(
        message(Change::of_camera("RtmpPushStreamPath", 0, "/")),
        "RTMP Push Stream Path of Stream 1: '/' is not a stream path (the path is empty), allowed is a text such as \
         /stream1, different for each camera"
    );
    assert_eq!(
        message(Change::new("Colour", "red")),
        "Colour: 'red' cannot be set, there is no such setting"
    );
    assert_eq!(
        refused(Change::of_camera("RtmpPushStreamPath", 16, "/a")).problem,
        SettingProblem::UnknownCamera
    );
    assert_eq!(
        refused(Change::of_camera("ServerPort", 0, "1")).problem,
        SettingProblem::UnknownSetting
    );
    assert_eq!(
        refused(Change::new("RtmpPushStreamPath", "/a")).problem,
        SettingProblem::UnknownSetting
    );
    assert_eq!(
        refused(Change::of_camera("RtmpPushStreamPath", 0, "")).problem,
        SettingProblem::NotAPath(StreamPathError::Empty)
    );
}

#[test]
fn proxies_are_addresses_and_networks() {
    let proxies = |text| changed(Change::new("ProxyProtocolFrom", text));
    let text = "192.0.2.7,::ffff:10.1.0.0/112 , 2001:db8::/32";
    assert_eq!(
        proxies(text).value("ProxyProtocolFrom", None).as_deref(),
        Some("192.0.2.7, 10.1.0.0/16, 2001:db8::/32")
    );
    assert_eq!(proxies(" , "), Settings::default());
    let message = |text| refused(Change::new("ProxyProtocolFrom", text)).to_string();
    assert_eq!(
        message("192.0.2.7, balancer"),
        "PROXY Protocol From: '192.0.2.7, balancer' is not a list of addresses and networks ('balancer' is neither an \
         address such as 192.0.2.7 nor a network such as 10.1.0.0/16), allowed is nothing, or a text such as \
         192.0.2.7, 10.1.0.0/16"
    );
    let meant = "'10.1.2.3/16' may mean the address 10.1.2.3 or the network 10.1.0.0/16";
    assert!(message("10.1.2.3/16").contains(meant));

    let (stored, errors) = Settings::stored([
        Change::new("ProxyProtocolFrom", "192.0.2.7, balancer"),
        Change::new("MaxConnections", "7"),
    ]);
    assert_eq!((stored.max_connections, errors.len()), (7, 1));
    assert!(stored.proxy_protocol_from.is_empty());

    let plan = proxies("192.0.2.7").plan(&Settings::default());
    assert_eq!(plan.changes, ["PROXY Protocol From is now empty"]);
}

#[test]
fn a_transaction_is_judged_as_a_whole() {
    let path = |device, path: &str| Change::of_camera("RtmpPushStreamPath", device, path);
    let swapped = Settings::default()
        .with([path(0, "/stream2"), path(1, "/stream1")])
        .expect("paths can be swapped");
    assert_eq!(swapped.cameras[0].stream_path.as_str(), "/stream2");
    assert_eq!(swapped.cameras[1].stream_path.as_str(), "/stream1");

    let errors = Settings::default()
        .with([
            Change::new("ServerPort", "0"),
            Change::new("MaxConnections", "7"),
            path(4, "/STREAM6"),
        ])
        .expect_err("two changes are bad");
    let keys: Vec<_> = errors.iter().map(|error| error.key.as_str()).collect();
    assert_eq!(keys, ["ServerPort", "RtmpPushStreamPath"]);

    let last = Settings::default().with([
        Change::new("MaxConnections", "7"),
        Change::new("MaxConnections", "8"),
    ]);
    assert_eq!(last.map(|settings| settings.max_connections), Ok(8));
}

#[test]
fn a_setting_changes_itself_and_no_other() {
    for row in Settings::ROWS {
        let setting = &row.setting;
        let other = match &setting.kind {
            SettingKind::Number(_) => "77",
            SettingKind::Switch if row.text(&Settings::default(), None) == Some("true".into()) => {
                "false"
            }
            SettingKind::Switch => "true",
            SettingKind::Choice(choices) => choices.last().expect("a choice").key,
            SettingKind::Networks => "192.0.2.7, 10.1.0.0/16",
            _ => "/other",
        };
        for owner in setting.scope.owners() {
            let change = Change::named(&setting.name_of(owner), other).expect("a name");
            assert_eq!((change.key.as_str(), change.device), (setting.key, owner));
            let changed = changed(change);
            let shown = (setting.kind != SettingKind::Secret).then(|| other.to_owned());
            assert_eq!(row.text(&changed, owner), shown);
            let plan = Settings::default().plan(&changed);
            assert_eq!(plan.changes.len(), 1, "{plan:?}");
            assert!(plan.changes[0].starts_with(setting.name), "{plan:?}");
            assert_eq!(
                plan.restarts_listener,
                setting.effect == SettingEffect::RestartsListener
            );
            let moves = setting.effect == SettingEffect::MovesCamera;
            assert_eq!(plan.moved, Vec::from_iter(owner.filter(|_| moves)));
        }
    }
}

#[test]
fn what_is_stored_and_cannot_be_read_has_its_default() {
    let path = |device, path: &str| Change::of_camera("RtmpPushStreamPath", device, path);
    let (settings, errors) = Settings::stored([
        Change::new("ServerPort", "0"),
        Change::new("MaxConnections", "7"),
        Change::new("RateLimitMaxRequests", "fast"),
        Change::new("EnableTls", "perhaps"),
        path(3, ""),
        path(4, "/yard"),
        path(16, "/nowhere"),
        Change::of_camera("ServerPort", 0, "1"),
    ]);
    let mut expected = Settings {
        max_connections: 7,
        ..Settings::default()
    };
    expected.cameras[4].stream_path = StreamPath::new("/yard").expect("a path");
    assert_eq!(settings, expected);
    let named: Vec<_> = errors
        .iter()
        .map(|error| (error.key.as_str(), error.device, error.value.as_deref()))
        .collect();
    assert_eq!(
        named,
        [
            ("ServerPort", None, Some("0")),
            ("RateLimitMaxRequests", None, Some("fast")),
            ("EnableTls", None, Some("perhaps")),
            ("RtmpPushStreamPath", Some(3), Some("")),
            ("RtmpPushStreamPath", Some(16), Some("/nowhere")),
            ("ServerPort", Some(0), Some("1")),
        ]
    );
}

#[test]
fn of_stored_paths_that_are_the_same_one_counts() {
    let stored = |paths: &[(usize, &str)]| {
        let changes = paths
            .iter()
            .map(|(device, path)| Change::of_camera("RtmpPushStreamPath", *device, *path));
        let (settings, errors) = Settings::stored(changes);
        let path = |device: usize| settings.cameras[device].stream_path.to_string();
        let refused: Vec<_> = errors.iter().map(|error| error.device).collect();
        ([path(0), path(1), path(2)], refused)
    };
    let paths = |paths: [&str; 3]| paths.map(str::to_owned);
    assert_eq!(
        stored(&[(0, "/a"), (1, "/A/"), (2, "/a")]),
        (
            paths(["/a", "/stream2", "/stream3"]),
            vec![Some(1), Some(2)]
        )
    );
    // Somebody else's default.
    assert_eq!(
        stored(&[(0, "/stream2")]),
        (paths(["/stream1", "/stream2", "/stream3"]), vec![Some(0)])
    );
    // Falling back to a default may take that from somebody.
    assert_eq!(
        stored(&[(0, "/a"), (1, "/a"), (2, "/stream2")]),
        (
            paths(["/a", "/stream2", "/stream3"]),
            vec![Some(1), Some(2)]
        )
    );
    assert_eq!(
        stored(&[(0, "/stream2"), (1, "/stream1")]),
        (paths(["/stream2", "/stream1", "/stream3"]), vec![])
    );
}

#[test]
fn changes_are_told_without_secrets() {
    let changes = [
        Change::new("MaxConnections", "7"),
        Change::new("TlsCertificatePassword", "s3cret"),
        Change::of_camera("RtmpPushStreamPath", 15, "/yard"),
        Change::new("EnableTls", "false"),
    ];
    assert!(!format!("{changes:?}").contains("s3cret"));
    let changed = Settings::default().with(changes).expect("good settings");
    let plan = Plan {
        changes: [
            "Max Concurrent Connections is now 7",
            "TLS Certificate Password is now another",
            "RTMP Push Stream Path of Stream 16 is now /yard",
        ]
        .map(str::to_owned)
        .to_vec(),
        moved: vec![15],
        restarts_listener: true,
    };
    assert_eq!(Settings::default().plan(&changed), plan);
    assert_eq!(changed.plan(&changed), Plan::default());
}

#[test]
fn whether_something_was_set_is_known_of_secrets_as_well() {
    let settings = changed(Change::of_camera("StreamKey", 2, "s3cret"));
    assert_eq!(settings.is_default("StreamKey", Some(2)), Some(false));
    assert_eq!(settings.is_default("StreamKey", Some(3)), Some(true));
    let settings = settings.with([Change::of_camera("StreamKey", 2, "")]);
    let settings = settings.expect("a good setting");
    assert_eq!(settings.is_default("StreamKey", Some(2)), Some(true));
    assert_eq!(settings.is_default("ServerPort", None), Some(true));
    let nobodys = [("StreamKey", None), ("StreamKey", Some(16)), ("Key", None)];
    for (key, owner) in nobodys {
        assert_eq!(settings.is_default(key, owner), None, "{key} {owner:?}");
    }
}

#[test]
fn a_path_that_is_written_in_another_way_is_another_text_and_the_same_path() {
    let settings = changed(Change::of_camera("RtmpPushStreamPath", 0, "/STREAM1"));
    assert_eq!(settings, Settings::default());
    assert_eq!(Settings::default().plan(&settings).moved, [0]);
    // It still is the default: the other one gives way.
    let stored = [(0, "/STREAM1"), (1, "/stream1")];
    let (settings, errors) = Settings::stored(
        stored.map(|(camera, path)| Change::of_camera("RtmpPushStreamPath", camera, path)),
    );
    assert_eq!(settings.cameras[0].stream_path.as_str(), "/STREAM1");
    assert_eq!(errors[0].device, Some(1));
}

#[test]
fn the_password_is_taken_as_it_is_and_not_shown() {
    let settings = changed(Change::new("TlsCertificatePassword", " s3cret "));
    assert_eq!(settings.tls_certificate_password.expose(), " s3cret ");
    assert_eq!(settings.value("TlsCertificatePassword", None), None);
    assert!(!format!("{settings:?}").contains("s3cret"));
}

proptest! {
    #[test]
    fn whatever_is_accepted_is_valid_and_reads_back(
        changes in prop::collection::vec(
            (prop::sample::select(keys()), prop::option::of(0_usize..18), "(-?[0-9]{1,6}|true|No|/?[a-cA-C]{1,2}/?|.{0,6})"),
            0..12,
        ),
    ) {
        let changes: Vec<_> = changes
            .into_iter()
            .map(|(key, device, value)| Change { key: key.to_owned(), device, value })
            .collect();
        let before = Settings::default();
        let (stored, errors) = Settings::stored(changes.clone());
        prop_assert_eq!(different_paths(&stored), CAMERAS);
        match before.with(changes.clone()) {
            Ok(after) => {
                prop_assert!(errors.is_empty() && stored == after);
                prop_assert!((1..=1000).contains(&after.max_connections));
                prop_assert!((1..=1000).contains(&after.rate_limit_max_requests));
                prop_assert_ne!(after.server_port, Some(0));
                prop_assert_eq!(different_paths(&after), CAMERAS);
                let read_back = Settings::descriptors().flat_map(|setting| {
                    let after = &after;
                    setting.scope.owners().filter_map(move |owner| {
                        Change::named(&setting.name_of(owner), after.value(setting.key, owner)?)
                    })
                });
                let mut expected = after.clone();
                expected.tls_certificate_password = Secret::default();
                for camera in &mut expected.cameras {
                    camera.stream_key = Secret::default();
                }
                prop_assert_eq!(before.with(read_back), Ok(expected));
            }
            Err(errors) => {
                prop_assert!(!errors.is_empty());
                for error in errors {
                    prop_assert!(error.to_string().starts_with(&error.setting));
                }
            }
        }
    }
}
