//! What `compare` measures against: publishers get through to the sink, which says everything at once.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Ended with the test, however that ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(arguments: &[&str]) -> Running {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rtmp-load"));
    command.args(arguments).stdout(Stdio::piped());
    Running(command.spawn().expect("it starts"))
}

/// The first line that it prints.
fn first_line(running: &mut Running) -> String {
    let output = running.0.stdout.take().expect("a pipe");
    let (sender, line) = mpsc::channel();
    thread::spawn(move || {
        let mut line = String::new();
        let read = BufReader::new(output).read_line(&mut line);
        let _ = sender.send(read.map(|_| line));
    });
    let line = line.recv_timeout(Duration::from_secs(60));
    line.expect("a line in time").expect("a line")
}

#[test]
fn publishers_get_through_to_a_sink() {
    let mut sink = start(&["sink", "--listen", "127.0.0.1:0"]);
    let line = first_line(&mut sink);
    let address = line
        .trim()
        .strip_prefix("listening on ")
        .expect("an address");
    let mut publishers = start(&[
        "publish",
        "--server",
        address,
        "-n",
        "2",
        "--seconds",
        "0.2",
    ]);
    let told = first_line(&mut publishers);
    assert!(told.starts_with("2 publishes, "), "{told}");
}
