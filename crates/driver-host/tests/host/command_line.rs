//! The program as a person or another program meets it.

use std::collections::BTreeSet;
use std::net::TcpListener;

use milestone_driver::{SettingKind, Settings};

use crate::support::{Host, driver_host};

#[test]
fn a_port_in_use_ends_it_with_status_1_and_says_what_to_do() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("bound").port().to_string();
    let output = driver_host()
        .args(["--bind", "127.0.0.1", "--no-web", "--port", &port])
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains(&format!("port {port} is in use")), "{text}");
    assert!(text.contains("--port"), "{text}");
}

#[test]
fn a_setting_out_of_range_ends_it_with_status_2_and_names_it() {
    let place = tempfile::tempdir().expect("a folder");
    let recordings = place.path().join("recordings");
    let output = driver_host()
        .args(["--set", "MaxConnections=5000", "--record"])
        .arg(&recordings)
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(!recordings.exists(), "nothing was done");
    let text = String::from_utf8_lossy(&output.stderr);
    for part in ["Max Concurrent Connections", "5000", "1 to 1000"] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn the_help_names_every_setting_with_its_range_and_default() {
    let output = driver_host().arg("--help").output().expect("it runs");
    let help = String::from_utf8(output.stdout).expect("UTF-8");
    for setting in Settings::descriptors() {
        let named = help
            .lines()
            .find(|line| line.trim().starts_with(setting.key));
        let line = named.unwrap_or_else(|| panic!("{} is not in the help: {help}", setting.key));
        if let SettingKind::Number(range) = &setting.kind {
            let range = format!("{} to {}", range.start(), range.end());
            assert!(line.contains(&range), "{line}");
        }
        let owner = setting.scope.owners().next().expect("an owner");
        let default = Settings::default().value(setting.key, owner);
        if let Some(default) = default.filter(|default| !default.is_empty()) {
            assert!(line.ends_with(&format!("default {default}")), "{line}");
        }
    }
}

#[test]
fn a_program_reads_json_lines_and_nothing_else() {
    let output = driver_host()
        .args(["--json", "--port", "0", "--bind", "127.0.0.1"])
        .args(["--web", "0", "--seconds", "0.2"])
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(0));
    let lines = String::from_utf8(output.stdout).expect("UTF-8");
    let lines: Vec<serde_json::Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("every line is JSON"))
        .collect();
    assert_eq!(lines[0]["event"], "listening");
    assert_eq!(lines.len(), 1, "without --frames nothing else happens");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        told.contains("/stream16"),
        "people read the push addresses on standard error: {told}"
    );
    assert!(!told.contains('\u{1b}'), "no colours without a terminal");
}

#[test]
fn with_frames_a_program_is_told_of_the_offline_picture_of_every_camera() {
    let mut host = Host::start(["--frames"]);
    let mut cameras = BTreeSet::new();
    while cameras.len() < 16 {
        let picture = host.wait_for("frame");
        assert_eq!(picture["codec"], "jpeg");
        assert_eq!(picture["key"], true);
        assert_eq!(picture["time"], picture["sync_time"]);
        cameras.insert(picture["camera"].as_u64().expect("a number"));
    }
    assert_eq!(cameras, (1..=16).collect());
}

#[test]
fn people_read_the_push_addresses_of_the_paths_they_chose() {
    let output = driver_host()
        .args([
            "--port",
            "0",
            "--bind",
            "127.0.0.1",
            "--no-web",
            "--seconds",
            "0",
            "--path",
            "2=/live/drone",
        ])
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8_lossy(&output.stdout);
    let addresses = text
        .lines()
        .filter(|line| line.contains("rtmp://127.0.0.1:"));
    assert_eq!(addresses.count(), 16, "{text}");
    assert!(text.contains("/live/drone"), "{text}");
    assert!(!text.contains("/stream2\n"), "{text}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it_cleanly() {
    let (status, told) = Host::start::<&str>([]).interrupt();
    assert_eq!(status.code(), Some(0));
    assert_eq!(told[0]["event"], "listening");
}
