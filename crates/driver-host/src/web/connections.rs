//! The page's connections: how many, and for how long.
//!
//! The page shares its process, and the files that a process may open, with the driver. Whoever opens connections and
//! says nothing, or asks and does not read the answer, must not cost it publishers, nor other people their page.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_io_timeout::TimeoutStream;
use tower_http::add_extension::AddExtension;

/// What connections to the page may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Connections at a time; what is over it is closed at once.
    pub(super) connections: usize,
    /// Until the headers of a request have come, and between two requests.
    pub(super) headers: Duration,
    /// In which the other side takes nothing of what there is to send.
    pub(super) sending: Duration,
}

impl Default for Limits {
    /// A page has up to 6 connections besides its 16 pictures. The driver may want 1000 for publishers: a process that
    /// may open 1024 files, which is what many systems allow, has room for the 32 that are usual and for the page.
    fn default() -> Self {
        Self {
            connections: 256,
            headers: Duration::from_secs(10),
            sending: Duration::from_secs(10),
        }
    }
}

/// A place among the connections, free again when the last copy is dropped.
pub(super) type Slot = Arc<OwnedSemaphorePermit>;

/// After this the system may have what it lacked for another connection: descriptors, memory.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(100);

/// Serves `router` until the runtime ends.
pub(super) async fn serve(listener: TcpListener, router: Router, limits: Limits) -> Infallible {
    let slots = Arc::new(Semaphore::new(limits.connections));
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                if let Ok(slot) = Arc::clone(&slots).try_acquire_owned() {
                    tokio::spawn(serve_connection(
                        stream,
                        router.clone(),
                        limits,
                        Arc::new(slot),
                    ));
                }
            }
            Err(_) => tokio::time::sleep(PAUSE_AFTER_FAILURE).await,
        }
    }
}

/// One connection. A WebSocket that it becomes takes the slot along.
async fn serve_connection(stream: TcpStream, router: Router, limits: Limits, slot: Slot) {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(limits.sending));
    let service = AddExtension::new(router, Arc::clone(&slot));
    // How a connection to a page ends interests nobody.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.headers)
        .serve_connection(
            TokioIo::new(Box::pin(stream)),
            TowerToHyperService::new(service),
        )
        .with_upgrades()
        .await;
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{Ipv4Addr, SocketAddr, TcpStream};

    use axum::body::Body;
    use axum::routing::get;
    use bytes::Bytes;
    use tokio::runtime::{Builder, Runtime};
    use tokio_stream::StreamExt;

    use super::*;

    /// Shorter than a test may wait, and with room for two.
    const LIMITS: Limits = Limits {
        connections: 2,
        headers: Duration::from_millis(200),
        sending: Duration::from_millis(200),
    };
    const PATIENCE: Duration = Duration::from_secs(30);

    fn start() -> (Runtime, SocketAddr) {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let listener = runtime
            .block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
            .expect("a port");
        let address = listener.local_addr().expect("an address");
        let router = Router::new()
            .route("/", get(async || "here"))
            .route("/endless", get(endless));
        runtime.spawn(serve(listener, router, LIMITS));
        (runtime, address)
    }

    async fn endless() -> Body {
        let piece = Bytes::from_static(&[0; 64 * 1024]);
        Body::from_stream(tokio_stream::iter(std::iter::repeat(piece)).map(Ok::<_, Infallible>))
    }

    fn connect(address: SocketAddr) -> TcpStream {
        let stream = TcpStream::connect(address).expect("connected");
        stream.set_read_timeout(Some(PATIENCE)).expect("set");
        stream
    }

    /// Asks; a connection that was closed meanwhile is seen when the answer is read.
    fn ask(stream: &mut TcpStream, path: &str) {
        let _ = write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }

    /// Whether the server closes the connection before long, whatever it says first.
    fn is_closed(mut stream: &TcpStream) -> bool {
        let mut rest = [0; 4096];
        loop {
            match stream.read(&mut rest) {
                Ok(0) => return true,
                Ok(_) => {}
                Err(error) => return error.kind() == std::io::ErrorKind::ConnectionReset,
            }
        }
    }

    /// Whether a newcomer is answered before long.
    fn serves_again(address: SocketAddr) -> bool {
        let start = std::time::Instant::now();
        while start.elapsed() < PATIENCE {
            let mut stream = connect(address);
            ask(&mut stream, "/");
            if matches!(stream.read(&mut [0; 12]), Ok(12)) {
                return true;
            }
        }
        false
    }

    #[test]
    fn who_says_nothing_is_closed() {
        let (_runtime, address) = start();
        let silent = connect(address);
        let mut half = connect(address);
        half.write_all(b"GET / HTTP/1.1\r\nHost:").expect("sent");
        assert!(is_closed(&silent) && is_closed(&half));
    }

    #[test]
    fn who_says_nothing_more_is_closed() {
        let (_runtime, address) = start();
        let mut stream = connect(address);
        ask(&mut stream, "/");
        assert!(is_closed(&stream));
    }

    #[test]
    fn who_takes_nothing_of_its_answer_gives_the_slot_back() {
        let (_runtime, address) = start();
        let unread: Vec<_> = (0..LIMITS.connections)
            .map(|_| {
                let mut stream = connect(address);
                ask(&mut stream, "/endless");
                stream
            })
            .collect();
        assert!(serves_again(address));
        drop(unread);
    }

    #[test]
    fn what_is_over_the_limit_is_closed_at_once_and_others_go_on() {
        let (_runtime, address) = start();
        let mut served: Vec<_> = (0..LIMITS.connections)
            .map(|_| {
                let mut stream = connect(address);
                ask(&mut stream, "/endless");
                let mut answer = [0; 12];
                stream.read_exact(&mut answer).expect("an answer");
                assert_eq!(&answer, b"HTTP/1.1 200");
                stream
            })
            .collect();
        let mut one_more = connect(address);
        assert!(matches!(one_more.read(&mut [0; 1]), Ok(0) | Err(_)));
        for stream in &mut served {
            stream.read_exact(&mut [0; 256 * 1024]).expect("more");
        }
        drop(served);
        assert!(serves_again(address));
    }
}
