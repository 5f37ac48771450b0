//! A server that runs out of file descriptors goes on when there are some again.
//!
//! The limit is one of a whole process, so the server is another one: this program again, in
//! another role.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rtmp_server::{Limits, MediaSink, Observer, PublishCall, Server, Status};
use rtmp_server::{listen, service_fn};

/// File descriptors of the server: enough for itself and a few connections.
const DESCRIPTORS: u32 = 20;
const PATIENCE: Duration = Duration::from_secs(60);

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("serve") => serve(),
        _ if cfg!(unix) => survives(),
        _ => println!("skipped: there is no such limit here"),
    }
}

struct Tell;

impl Observer for Tell {
    fn accept_failed(&self, error: &std::io::Error) {
        println!("failed {error}");
    }
}

fn serve() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(async {
        let limits = Arc::new(Limits::default());
        limits.set_connections(1000);
        limits.set_connections_per_ip(1000);
        limits.set_unpublished_per_ip(1000);
        limits.set_rate_limit_enabled(false);
        let publish = service_fn(|_: PublishCall| async {
            Err::<Box<dyn MediaSink>, _>(Status::bad_name("Nobody."))
        });
        let listener = listen(Some(Ipv4Addr::LOCALHOST.into()), 0).expect("a free port");
        println!("port {}", listener.local_addr().port());
        let server = Server::builder()
            .limits(limits)
            .observer(Tell)
            .publish(publish)
            .build();
        server.serve([listener]).await;
    });
}

fn survives() {
    let program = std::env::current_exe().expect("this program");
    let limited = format!("ulimit -n {DESCRIPTORS} && exec \"$0\" serve");
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(limited)
        .arg(program)
        .stdout(Stdio::piped());
    let mut server = Ended(command.spawn().expect("a server"));
    let mut lines = BufReader::new(server.0.stdout.take().expect("its output")).lines();
    let mut line = || lines.next().expect("the server runs").expect("a line");

    let port = line();
    let port = port
        .strip_prefix("port ")
        .and_then(|port| port.parse().ok())
        .expect("a port");
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let connect = || {
        let connection = TcpStream::connect(address).expect("the kernel accepts");
        connection
            .set_read_timeout(Some(PATIENCE))
            .expect("a time limit");
        connection
    };
    let crowd: Vec<_> = (0..2 * DESCRIPTORS).map(|_| connect()).collect();
    assert!(line().starts_with("failed "), "it has noticed");

    drop(crowd);
    let mut late = connect();
    late.write_all(&[&[3][..], &[0; 1536]].concat())
        .expect("sent");
    late.read_exact(&mut [0; 1 + 2 * 1536])
        .expect("a handshake");
    println!("ok");
}

/// A process that ends with the test.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
