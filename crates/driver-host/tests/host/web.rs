//! The web page's server, as a program meets it. What a browser makes of it is tested in
//! `tests/browser`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Instant;

use crate::support::{Host, PATIENCE, data, replay};
use serde_json::{Value, json};

struct Answer {
    status: u16,
    headers: String,
    body: String,
}

/// One request, with the headers as given besides `Connection`.
fn request(web: &str, line: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut stream = TcpStream::connect(web).expect("the page's server listens");
    let mut text = format!(
        "{line} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    text += "\r\n";
    text += body;
    stream.write_all(text.as_bytes()).expect("connected");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("text");
    let (headers, body) = answer.split_once("\r\n\r\n").expect("headers and body");
    let status = headers.split(' ').nth(1).expect("a status line");
    Answer {
        status: status.parse().expect("a status"),
        headers: headers.to_ascii_lowercase(),
        body: body.to_owned(),
    }
}

fn get(web: &str, path: &str) -> Answer {
    request(web, &format!("GET {path}"), &[("Host", web)], "")
}

#[test]
fn the_page_comes_with_headers_that_keep_others_out() {
    let host = Host::start::<&str>([]);
    let answer = get(host.web(), "/");
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("<title>RTMP Push Driver</title>"));
    for header in [
        "content-security-policy: default-src 'none'; script-src 'self';",
        "x-content-type-options: nosniff",
        "x-frame-options: deny",
        "referrer-policy: no-referrer",
    ] {
        assert!(
            answer.headers.contains(header),
            "{header} in {}",
            answer.headers
        );
    }
    assert_eq!(get(host.web(), "/nothing-here").status, 404);
    assert_eq!(get(host.web(), "/../Cargo.toml").status, 404);
}

#[test]
fn other_hosts_and_other_pages_are_refused() {
    let host = Host::start(["--web-host", "wall.example"]);
    let web = host.web();
    let status = |headers: &[(&str, &str)]| request(web, "GET /api/cameras", headers, "").status;
    assert_eq!(status(&[("Host", "wall.example")]), 200);
    assert_eq!(status(&[("Host", "evil.example")]), 403, "DNS rebinding");
    assert_eq!(
        status(&[("Host", web), ("Origin", "http://evil.example")]),
        403
    );
    assert_eq!(
        status(&[("Host", web), ("Origin", &format!("http://{web}"))]),
        200
    );

    let upgrade = [
        ("Host", web),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("Origin", "http://evil.example"),
    ];
    assert_eq!(
        request(web, "GET /api/cameras/1/live", &upgrade, "").status,
        403
    );
    let change = r#"{"changes":[{"key":"MaxConnections","value":"1"}]}"#;
    let headers = [
        ("Host", web),
        ("Origin", "null"),
        ("Content-Type", "application/json"),
    ];
    assert_eq!(
        request(web, "PUT /api/settings", &headers, change).status,
        403
    );
}

fn put_settings(web: &str, changes: Value) -> Answer {
    let headers = [("Host", web), ("Content-Type", "application/json")];
    let changes = json!({ "changes": changes }).to_string();
    request(web, "PUT /api/settings", &headers, &changes)
}

/// The certificate is a pipe that nobody writes into.
#[cfg(unix)]
#[test]
fn a_change_that_takes_its_time_is_accepted() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("rtmp.pfx");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo is there").success());
    let folder = folder.path().to_str().expect("UTF-8");
    let host = Host::start(["--data-dir", folder]);
    let change = json!([{ "key": "EnableTls", "value": "true" }]);
    let answer = put_settings(host.web(), change);
    assert_eq!(answer.status, 202, "{}", answer.body);
    assert_eq!(get(host.web(), "/healthz").status, 200);
}

#[test]
fn settings_are_changed_all_or_none() {
    let host = Host::start::<&str>([]);
    let web = host.web();
    let put = |changes| put_settings(web, changes);
    let setting = |key: &str, camera: Option<u64>| {
        let settings: Value = serde_json::from_str(&get(web, "/api/settings").body).expect("JSON");
        let of = |list: &str| settings[list].as_array().expect("a list").clone();
        let all = [of("hardware"), of("cameras")].concat();
        let found = all
            .into_iter()
            .find(|setting| setting["key"] == key && setting["camera"].as_u64() == camera);
        found.expect("that setting")
    };
    let value_of = |key: &str, camera: Option<u64>| setting(key, camera)["value"].clone();

    let answer = put(json!([
        { "key": "MaxConnections", "value": "64" },
        { "key": "RtmpPushStreamPath", "camera": 3, "value": "/yard" },
        { "key": "TlsCertificatePassword", "value": "secret" },
    ]));
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(value_of("MaxConnections", None), "64");
    assert_eq!(value_of("RtmpPushStreamPath", Some(3)), "/yard");
    assert_eq!(
        value_of("TlsCertificatePassword", None),
        "",
        "passwords never come out"
    );
    let is_set = |key: &str, camera: Option<u64>| setting(key, camera)["set"].clone();
    assert_eq!(is_set("TlsCertificatePassword", None), true);
    assert_eq!(is_set("StreamKey", Some(3)), false);
    assert_eq!(is_set("MaxConnections", None), Value::Null, "it is none");
    let answer = put(json!([
        { "key": "TlsCertificatePassword", "value": "" },
        { "key": "StreamKey", "camera": 3, "value": "s3cret" },
    ]));
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(is_set("TlsCertificatePassword", None), false, "removed");
    assert_eq!(is_set("StreamKey", Some(3)), true);

    // It is refused by nothing, and there is no certificate.
    let switch_tls = |on: &str| {
        let answer = put(json!([{ "key": "EnableTls", "value": on }]));
        assert_eq!(answer.status, 200, "{}", answer.body);
        let page: Value = serde_json::from_str(&answer.body).expect("JSON");
        page["problem"].clone()
    };
    let problem = switch_tls("true");
    assert!(
        problem.as_str().expect("text").contains("rtmp.pfx"),
        "{problem}"
    );
    assert_eq!(switch_tls("false"), Value::Null);

    let answer = put(json!([
        { "key": "MaxConnections", "value": "5000" },
        { "key": "RateLimitMaxRequests", "value": "20" },
        { "key": "RtmpPushStreamPath", "camera": 4, "value": "/yard" },
    ]));
    assert_eq!(answer.status, 422);
    let refused: Value = serde_json::from_str(&answer.body).expect("JSON");
    let errors = refused["errors"].as_array().expect("a list");
    let about = |key: &str| {
        errors
            .iter()
            .find(|error| error["key"] == key)
            .expect("an error about it")
    };
    assert!(
        about("MaxConnections")["message"]
            .as_str()
            .expect("text")
            .contains("1 to 1000")
    );
    assert!(about("RtmpPushStreamPath")["camera"].is_u64());
    assert_eq!(value_of("MaxConnections", None), "64", "what was, stays");
    assert_eq!(
        value_of("RateLimitMaxRequests", None),
        "10",
        "nothing is applied"
    );

    assert_eq!(
        put(json!([{ "key": "RtmpPushStreamPath", "camera": 0, "value": "/x" }])).status,
        422
    );
}

#[test]
fn programs_read_health_metrics_and_cameras() {
    let host = Host::start::<&str>([]);
    let web = host.web();
    assert_eq!(get(web, "/healthz").status, 200);

    let metrics = get(web, "/metrics");
    assert!(
        metrics
            .headers
            .contains("content-type: application/openmetrics-text")
    );
    for line in [
        "rtmp_push_listening 1",
        "rtmp_push_connections_awaiting_header 0",
        "rtmp_push_camera_live{camera=\"16\"} 0",
        "rtmp_push_camera_received_bytes_total{camera=\"1\"} 0",
        "rtmp_push_camera_dropped_frames_total{camera=\"1\",reason=\"slow_session\"} 0",
    ] {
        assert!(metrics.body.contains(line), "{line} in {}", metrics.body);
    }
    assert!(metrics.body.ends_with("# EOF\n"));

    let cameras: Value = serde_json::from_str(&get(web, "/api/cameras").body).expect("JSON");
    assert_eq!(cameras.as_array().map(Vec::len), Some(16));
    assert_eq!(cameras[0]["state"], "offline");
    assert_eq!(
        cameras[0]["push_url"],
        format!("rtmp://127.0.0.1:{}/stream1", host.port())
    );

    let code = get(web, "/api/cameras/16/qr.svg");
    assert!(code.headers.contains("content-type: image/svg+xml") && code.body.contains("<svg"));
    for path in ["/api/cameras/0/qr.svg", "/api/cameras/17/qr.svg"] {
        assert_eq!(get(web, path).status, 404);
    }
}

#[test]
fn latencies_are_a_histogram_of_each_camera() {
    let mut host = Host::start(["--set", "RateLimitEnabled=false"]);
    // Only a frame that the session waited for has a latency, and no scheduler promises that it waits.
    let deadline = Instant::now() + PATIENCE;
    let metrics = loop {
        replay(host.port(), &data("publish.rtmp"));
        let frames = host.wait_for("stream_stopped")["frames"].as_f64();
        let metrics = loop {
            let metrics = get(host.web(), "/metrics").body;
            if camera_metric(&metrics, "delivered_frames_total", 1).first() == frames.as_ref() {
                break metrics;
            }
            assert!(Instant::now() < deadline, "not all frames are delivered");
        };
        if camera_metric(&metrics, "latency_seconds_count", 1)[0] >= 1.0 {
            break metrics;
        }
        assert!(Instant::now() < deadline, "the session waited for no frame");
    };

    assert!(metrics.contains("# TYPE rtmp_push_camera_latency_seconds histogram\n"));
    let buckets = camera_metric(&metrics, "latency_seconds_bucket", 1);
    assert!(
        buckets.is_sorted(),
        "each counts those before it: {buckets:?}"
    );
    let count = camera_metric(&metrics, "latency_seconds_count", 1);
    assert_eq!(buckets.last(), count.last(), "+Inf counts all");
    assert!(camera_metric(&metrics, "latency_seconds_sum", 1)[0] > 0.0);

    assert_eq!(camera_metric(&metrics, "latency_seconds_count", 16), [0.0]);
    assert_eq!(
        camera_metric(&metrics, "latency_seconds_bucket", 16).len(),
        buckets.len()
    );
}

#[test]
fn what_video_is_coded_in_is_told_everywhere() {
    let mut host = Host::start(["--frames"]);
    let bytes = data("publish_h265.rtmp");
    let mut publisher = TcpStream::connect(("127.0.0.1", host.port())).expect("it listens");
    // Some of the pictures; the publisher stays.
    publisher
        .write_all(&bytes[..bytes.len() / 10 * 9])
        .expect("taken");
    let deadline = Instant::now() + PATIENCE;
    let frame = loop {
        let frame = host.wait_for("frame");
        if frame["camera"] == 1 && frame["codec"] != "jpeg" {
            break frame;
        }
        assert!(Instant::now() < deadline, "only offline pictures");
    };
    assert_eq!(
        (&frame["codec"], &frame["key"]),
        (&json!("h265"), &json!(true))
    );

    let cameras: Value = serde_json::from_str(&get(host.web(), "/api/cameras").body).expect("JSON");
    let video = &cameras[0]["video"];
    assert_eq!(
        (&video["codec"], &video["profile"], &video["level"]),
        (&json!("H.265"), &json!("Main"), &json!("1"))
    );
    assert_eq!(
        (&video["width"], &video["height"]),
        (&json!(96), &json!(64))
    );
    let metrics = get(host.web(), "/metrics").body;
    let told = "rtmp_push_camera_video_codec{camera=\"1\",codec=\"h265\"} 1";
    assert!(metrics.contains(told), "{metrics}");
}

#[test]
fn what_is_kept_is_told_of_each_camera_and_of_all() {
    let host = Host::start::<&str>([]);
    let bytes = data("publish.rtmp");
    let mut publisher = TcpStream::connect(("127.0.0.1", host.port())).expect("it listens");
    publisher
        .write_all(&bytes[..bytes.len() / 10 * 9])
        .expect("taken");
    let deadline = Instant::now() + PATIENCE;
    loop {
        let metrics = get(host.web(), "/metrics").body;
        let values = |name: &str| -> Vec<u64> {
            let lines = metrics.lines().filter_map(|line| line.split_once(' '));
            let named = lines.filter(|(metric, _)| metric.split('{').next() == Some(name));
            let values = named.map(|(_, value)| value.parse::<f64>().expect("a number") as u64);
            values.collect()
        };
        let cameras = values("rtmp_push_camera_kept_bytes");
        let microphones = values("rtmp_push_microphone_kept_bytes");
        assert_eq!((cameras.len(), microphones.len()), (16, 16));
        assert_eq!(
            cameras[1..].iter().sum::<u64>(),
            0,
            "nobody publishes there"
        );
        let all = cameras.iter().chain(&microphones).sum::<u64>();
        // More may come from one figure to the next.
        if cameras[0] > 0 && values("rtmp_push_kept_bytes") == [all] {
            break;
        }
        assert!(Instant::now() < deadline, "{metrics}");
    }
}

/// The values that `camera` has of a metric, in the order of the lines.
fn camera_metric(metrics: &str, name: &str, camera: usize) -> Vec<f64> {
    let name = format!("rtmp_push_camera_{name}");
    let label = format!("camera=\"{camera}\"");
    metrics
        .lines()
        .filter(|line| line.starts_with(&name) && line.contains(&label))
        .map(|line| {
            let value = line.rsplit(' ').next().expect("a value");
            value.parse().expect("a number")
        })
        .collect()
}

#[test]
fn no_task_outlives_its_connection() {
    let host = Host::start::<&str>([]);
    let tasks = || -> u64 {
        let metrics = get(host.web(), "/metrics").body;
        let line = metrics
            .lines()
            .find_map(|line| line.strip_prefix("rtmp_push_tasks "));
        line.expect("the number of tasks")
            .parse()
            .expect("a number")
    };
    let wait_for = |wanted: u64| {
        let deadline = Instant::now() + PATIENCE;
        while tasks() != wanted {
            assert!(Instant::now() < deadline, "never {wanted} tasks");
        }
    };
    let at_rest = tasks();
    let address = (Ipv4Addr::LOCALHOST, host.port());
    let silent = [(); 6].map(|()| TcpStream::connect(address).expect("a connection"));
    wait_for(at_rest + 6);
    drop(silent);
    wait_for(at_rest);
}

#[test]
fn updates_begin_with_what_there_is() {
    let host = Host::start::<&str>([]);
    let mut stream = TcpStream::connect(host.web()).expect("the page's server listens");
    write!(
        stream,
        "GET /api/updates HTTP/1.1\r\nHost: {}\r\n\r\n",
        host.web()
    )
    .expect("connected");
    let mut kinds = BufReader::new(stream)
        .lines()
        .map(|line| line.expect("text"))
        .filter_map(|line| line.strip_prefix("event: ").map(str::to_owned));
    assert_eq!(kinds.next().as_deref(), Some("reset"));
    assert!(kinds.any(|kind| kind == "cameras"), "the stream goes on");
}

#[test]
fn a_chosen_address_that_is_taken_ends_the_program() {
    let host = Host::start::<&str>([]);
    let output = crate::support::driver_host()
        .args(["--port", "0", "--bind", "127.0.0.1", "--web", host.web()])
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--web"));
}

#[test]
fn stream_keys_are_shown_to_who_asks_for_them_and_may() {
    let key = "s3cret&key";
    let option = format!("1=old,{key}");
    let host = Host::start(["--stream-key", &option]);
    let web = host.web();
    let cameras = get(web, "/api/cameras").body;
    assert!(!cameras.contains("s3cret"), "{cameras}");
    let cameras: Value = serde_json::from_str(&cameras).expect("JSON");
    assert_eq!(cameras[0]["needs_key"], true);
    assert_eq!(cameras[1]["needs_key"], false);
    let address = |answer: &Answer| {
        let shown: Value = serde_json::from_str(&answer.body).expect("JSON");
        assert!(shown["qr"].as_str().expect("an image").contains("<svg"));
        shown["push_ways"][0]["text"]
            .as_str()
            .expect("a text")
            .to_owned()
    };
    let shown = get(web, "/api/cameras/1/stream-key");
    assert!(shown.headers.contains("cache-control: no-store"));
    assert!(address(&shown).ends_with("/stream1?key=s3cret%26key"));
    assert_eq!(get(web, "/api/cameras/2/stream-key").status, 409);
    assert_eq!(get(web, "/api/cameras/17/stream-key").status, 404);

    let renew = |camera| {
        request(
            web,
            &format!("POST /api/cameras/{camera}/stream-key"),
            &[("Host", web)],
            "",
        )
    };
    let new = address(&renew(1));
    let (_, new_key) = new.split_once("?key=").expect("a key");
    assert!(new_key.len() == 22 && !new.contains("s3cret"), "{new}");
    assert_eq!(address(&get(web, "/api/cameras/1/stream-key")), new);
    assert_ne!(address(&renew(1)), new);
    assert_eq!(renew(17).status, 404);
    let settings = get(web, "/api/settings").body;
    assert!(!settings.contains(new_key) && !settings.contains("s3cret"));
}

/// Other machines can open the page: it has no login, so it shows no key unless it is told to.
#[test]
fn stream_keys_are_not_shown_to_other_machines() {
    for (options, expected) in [
        (vec!["--stream-key", "1=s3cret"], 403),
        (vec!["--stream-key", "1=s3cret", "--web-show-keys"], 200),
    ] {
        let host = Host::start_with_web("0.0.0.0:0", &options);
        let port = host.web().rsplit(':').next().expect("a port").to_owned();
        let web = format!("127.0.0.1:{port}");
        let answer = get(&web, "/api/cameras/1/stream-key");
        assert_eq!(answer.status, expected);
        assert_eq!(answer.body.contains("s3cret"), expected == 200);
    }
}
