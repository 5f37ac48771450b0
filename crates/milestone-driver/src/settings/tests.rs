use proptest::prelude::*;

use super::*;
use crate::stream_path::StreamPathError;

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

#[test]
fn keys_names_ranges_and_defaults() {
    let defaults = Settings::default();
    let described: Vec<_> = Settings::descriptors()
        .iter()
        .map(|setting| {
            (
                setting.key,
                setting.display_name,
                setting.kind.clone(),
                defaults.value(setting.key, Some(15)),
            )
        })
        .collect();
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        described,
        [
            (
                "ServerPort",
                "Server Port",
                SettingKind::Number(1..=65535),
                None
            ),
            (
                "ShowOfflineInfo",
                "Show Stream Offline Info",
                SettingKind::Switch,
                text("true")
            ),
            (
                "MaxConnections",
                "Max Concurrent Connections",
                SettingKind::Number(1..=1000),
                text("32")
            ),
            (
                "RateLimitEnabled",
                "Enable Rate Limiter",
                SettingKind::Switch,
                text("true")
            ),
            (
                "RateLimitMaxRequests",
                "Rate Limit Max Requests Per Second",
                SettingKind::Number(1..=1000),
                text("10")
            ),
            (
                "EnableTls",
                "TLS Enable (RTMPS)",
                SettingKind::Switch,
                text("false")
            ),
            (
                "TlsCertificatePassword",
                "TLS Certificate Password",
                SettingKind::Password,
                text("")
            ),
            (
                "RtmpPushStreamPath",
                "RTMP Push Stream Path",
                SettingKind::StreamPath,
                text("/stream16")
            ),
        ]
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
fn a_transaction_is_judged_as_a_whole() {
    let path = |device, path: &str| Change::of_camera("RtmpPushStreamPath", device, path);
    let swapped = Settings::default()
        .with([path(0, "/stream2"), path(1, "/stream1")])
        .expect("paths can be swapped");
    assert_eq!(swapped.stream_paths[0].as_str(), "/stream2");
    assert_eq!(swapped.stream_paths[1].as_str(), "/stream1");

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
    for setting in Settings::descriptors() {
        let other = match setting.kind {
            SettingKind::Number(_) => "77",
            SettingKind::Switch => match setting.value(&Settings::default(), None).as_deref() {
                Some("true") => "false",
                _ => "true",
            },
            _ => "/other",
        };
        for device in setting.scope.devices() {
            let changed = changed(Change {
                key: setting.key.to_owned(),
                device,
                value: other.to_owned(),
            });
            assert_eq!(
                setting.value(&changed, device).as_deref(),
                Some(other),
                "{}",
                setting.key
            );
            assert_eq!(changed.differences_to(&Settings::default()).len(), 1);
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
    expected.stream_paths[4] = StreamPath::new("/yard").expect("a path");
    assert_eq!(settings, expected);
    let named: Vec<_> = errors
        .iter()
        .map(|error| (error.key.as_str(), error.device, error.value.as_str()))
        .collect();
    assert_eq!(
        named,
        [
            ("ServerPort", None, "0"),
            ("RateLimitMaxRequests", None, "fast"),
            ("EnableTls", None, "perhaps"),
            ("RtmpPushStreamPath", Some(3), ""),
            ("RtmpPushStreamPath", Some(16), "/nowhere"),
            ("ServerPort", Some(0), "1"),
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
        let path = |device: usize| settings.stream_paths[device].to_string();
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
fn differences_are_told_without_passwords() {
    let changes = [
        Change::new("MaxConnections", "7"),
        Change::new("TlsCertificatePassword", "s3cret"),
        Change::of_camera("RtmpPushStreamPath", 15, "/yard"),
        Change::new("EnableTls", "false"),
    ];
    let changed = Settings::default().with(changes).expect("good settings");
    assert_eq!(
        changed.differences_to(&Settings::default()),
        [
            "Max Concurrent Connections is now 7",
            "TLS Certificate Password is now another",
            "RTMP Push Stream Path of Stream 16 is now /yard",
        ]
    );
    assert!(changed.differences_to(&changed).is_empty());
}

#[test]
fn the_password_is_taken_as_it_is_and_not_shown() {
    let settings = changed(Change::new("TlsCertificatePassword", " s3cret "));
    assert_eq!(settings.tls_certificate_password, " s3cret ");
    assert!(!format!("{settings:?}").contains("s3cret"));
}

proptest! {
    #[test]
    fn whatever_is_accepted_is_valid_and_reads_back(
        changes in prop::collection::vec(
            (prop::sample::select(Settings::descriptors()), prop::option::of(0_usize..18), "(-?[0-9]{1,6}|true|No|/?[a-cA-C]{1,2}/?|.{0,6})"),
            0..12,
        ),
    ) {
        let changes: Vec<_> = changes
            .into_iter()
            .map(|(setting, device, value)| Change { key: setting.key.to_owned(), device, value })
            .collect();
        let before = Settings::default();
        let (stored, errors) = Settings::stored(changes.clone());
        let distinct: std::collections::HashSet<_> = stored.stream_paths.iter().collect();
        prop_assert_eq!(distinct.len(), CAMERAS);
        match before.with(changes.clone()) {
            Ok(after) => {
                prop_assert!(errors.is_empty() && stored == after);
                prop_assert!((1..=1000).contains(&after.max_connections));
                prop_assert!((1..=1000).contains(&after.rate_limit_max_requests));
                prop_assert_ne!(after.server_port, Some(0));
                let distinct: std::collections::HashSet<_> = after.stream_paths.iter().collect();
                prop_assert_eq!(distinct.len(), CAMERAS);
                let read_back = Settings::descriptors().iter().flat_map(|setting| {
                    let after = &after;
                    setting.scope.devices().filter_map(move |device| {
                        let value = after.value(setting.key, device)?;
                        Some(Change { key: setting.key.to_owned(), device, value })
                    })
                });
                prop_assert_eq!(before.with(read_back), Ok(after.clone()));
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
