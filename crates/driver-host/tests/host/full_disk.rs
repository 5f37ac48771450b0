//! What is recorded when no more can be written. A limit on the size of files stands in for a full disk: a `write`
//! takes what there is room for, and fails then.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use mp4_atom::{Any, Decode};

use crate::support::{data, replay};

/// 512 bytes each: less than the publish.
const BLOCKS: usize = 48;

#[test]
fn a_full_disk_is_named_and_leaves_whole_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let record = folder.path().to_str().expect("UTF-8");
    let limited = format!("trap '' XFSZ; ulimit -f {BLOCKS}; exec \"$@\"");
    let mut host = Command::new("sh")
        .args(["-c", &limited, "sh", env!("CARGO_BIN_EXE_driver-host")])
        .args(["--json", "--port", "0", "--bind", "127.0.0.1", "--no-web"])
        .args(["--record", record])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut told = BufReader::new(host.stdout.take().expect("piped")).lines();
    let mut next = || -> serde_json::Value {
        let line = told.next().expect("a line").expect("UTF-8");
        serde_json::from_str(&line).expect("JSON")
    };
    let port = next()["port"].as_u64().expect("a port");

    let published = data("publish.rtmp");
    assert!(
        published.len() > BLOCKS * 512 * 2,
        "more than there is room for"
    );
    replay(port.try_into().expect("a port"), &published);
    while next()["event"] != "stream_stopped" {}
    let sent = Command::new("kill")
        .args(["-INT", &host.id().to_string()])
        .status();
    assert!(sent.expect("kill is there").success());
    let mut text = String::new();
    let mut stderr = host.stderr.take().expect("piped");
    stderr.read_to_string(&mut text).expect("UTF-8");
    assert_eq!(host.wait().expect("it ends").code(), Some(1));

    let stream = folder.path().join("camera1-1.h264");
    let failures: Vec<_> = text
        .lines()
        .filter(|line| line.contains("Stream 1 is not recorded"))
        .collect();
    assert_eq!(failures.len(), 1, "{text}");
    let named = format!("Stream 1 is not recorded: {record}/camera1-1.");
    assert!(failures[0].contains(&named), "{text}");
    assert!(
        text.contains(&format!("{} and camera1-1.mp4 with ", stream.display())),
        "{text}"
    );

    let mut mp4 = &std::fs::read(folder.path().join("camera1-1.mp4")).expect("a file")[..];
    let mut samples = 0;
    while !mp4.is_empty() {
        if let Any::Moof(fragment) = Any::decode(&mut mp4).expect("a whole box") {
            let runs = fragment.traf.iter().flat_map(|track| &track.trun);
            samples += runs.map(|run| run.samples.len()).sum::<usize>();
        }
    }
    assert!(samples > 0);
    let size = std::fs::metadata(&stream).expect("a file").len();
    assert!(size > 0 && size <= (BLOCKS * 512) as u64, "{size} bytes");
}
