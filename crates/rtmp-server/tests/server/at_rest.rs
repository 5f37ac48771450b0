//! What a connection at rest holds.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;

use parking_lot::Mutex;
use rtmp_server::{ConnectionHandle, Limits, Observer, Server, listen};
use tokio::task::yield_now;

use crate::common::Handshake;
use crate::running::soon;

const CONNECTIONS: usize = 64;

/// What a connection may hold that has shaken hands and says nothing more. The answer to the handshake alone has
/// three quarters of that.
const MOST_BYTES: i64 = 4096;

/// The connections of a server.
#[derive(Clone)]
struct Accepted(Arc<Mutex<Vec<ConnectionHandle>>>);

impl Observer for Accepted {
    fn accepted(&self, connection: &ConnectionHandle) {
        self.0.lock().push(connection.clone());
    }
}

impl Accepted {
    /// Ready when so many connections have shaken hands.
    async fn have_shaken_hands(&self, count: usize) {
        let bytes = Handshake::bytes().len() as u64;
        let so_far = || {
            let connections = self.0.lock();
            let done = connections
                .iter()
                .filter(|connection| connection.bytes_received() == bytes);
            done.count()
        };
        while so_far() < count {
            yield_now().await;
        }
    }
}

#[test]
fn a_connection_at_rest_holds_nothing_of_its_handshake() {
    let accepted = Accepted(Arc::new(Mutex::new(Vec::with_capacity(2 * CONNECTIONS))));
    let limits = Arc::new(Limits::default());
    limits.set_connections(2 * CONNECTIONS);
    limits.set_connections_per_ip(2 * CONNECTIONS);
    limits.set_unpublished_per_ip(2 * CONNECTIONS);
    limits.set_rate_limit_enabled(false);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let address = runtime.block_on(async {
        let listener = listen(Some(Ipv4Addr::LOCALHOST.into()), 0).expect("a free port");
        let address = listener.local_addr();
        let server = Server::builder()
            .limits(limits)
            .observer(accepted.clone())
            .build();
        tokio::spawn(server.serve([listener]));
        address
    });
    let mut peers = Vec::with_capacity(2 * CONNECTIONS);
    let mut shake_hands = |count: usize| {
        for _ in 0..count {
            peers.push(shake_hands(address));
        }
        runtime.block_on(soon(accepted.have_shaken_hands(peers.len())));
    };
    // What a server has anyway is there after that.
    shake_hands(1);
    let held = allocation_counter::measure(|| shake_hands(CONNECTIONS));
    let each = held.bytes_current / CONNECTIONS as i64;
    assert!(each <= MOST_BYTES, "a connection holds {each} bytes");
}

/// A client that sends its side of the handshake.
fn shake_hands(address: SocketAddr) -> TcpStream {
    let mut peer = TcpStream::connect(address).expect("a connection");
    peer.write_all(&Handshake::bytes()).expect("sent");
    peer
}
