//! Nobody waits for somebody else: what one connection has brought does not keep the others of its
//! thread from their turn.

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rtmp_chunk::MessageType;
use rtmp_server::net::note_arrivals;
use rtmp_server::{EndReason, Media, MediaSink, Status};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::peer::Peer;
use crate::running::{Running, Setup, soon};

/// Messages of a turn, should the clock stand still.
const TURN: usize = 2048;
/// How long the sink takes for the flood's first message.
const SLOW: Duration = Duration::from_millis(5);
/// Far more than a turn has.
const FLOOD: usize = 60_000;

/// What the sinks of a server have seen, in their order.
#[derive(Default)]
struct Seen {
    hostile: usize,
    /// What the innocent publisher sends as soon as the flood has begun.
    innocent: Option<(TcpStream, Vec<u8>)>,
    /// When it was sent.
    sent_at: Option<Instant>,
}

/// The innocent publisher's picture.
struct Delivered {
    /// Messages of the flood that came first.
    after: usize,
    sent_at: Instant,
    first_byte_at: Option<Instant>,
}

enum Sink {
    Hostile(Arc<Mutex<Seen>>),
    Innocent(Arc<Mutex<Seen>>, UnboundedSender<Delivered>),
}

impl MediaSink for Sink {
    fn media(&mut self, _: Instant, media: Media) -> Result<(), Status> {
        match self {
            Self::Hostile(seen) => {
                let mut seen = seen.lock().expect("nobody panicked");
                seen.hostile += 1;
                if let Some((mut socket, picture)) = seen.innocent.take() {
                    socket.write_all(&picture).expect("sent");
                    seen.sent_at = Some(Instant::now());
                    // A sink should not, but some take their time.
                    while seen.sent_at.is_some_and(|sent| sent.elapsed() < SLOW) {}
                }
            }
            Self::Innocent(seen, told) => {
                let seen = seen.lock().expect("nobody panicked");
                let _ = told.send(Delivered {
                    after: seen.hostile,
                    sent_at: seen.sent_at.expect("it was sent"),
                    first_byte_at: media.first_byte_at,
                });
            }
        }
        Ok(())
    }

    fn end(&mut self, _: Instant, _: &EndReason) {}
}

/// Sends `flood` on a publish. When its first message is delivered, an innocent publisher sends a
/// picture, and waits for it to be delivered.
async fn innocent_beside(flood: impl FnOnce(&mut Peer) -> Vec<u8>) -> Delivered {
    let seen = Arc::<Mutex<Seen>>::default();
    let (told, mut delivered) = unbounded_channel();
    let of_sinks = Arc::clone(&seen);
    let server: Running = Setup::default().run_into(move |call| {
        let seen = Arc::clone(&of_sinks);
        match call.request.stream_name.as_str() {
            "innocent" => Sink::Innocent(seen, told.clone()),
            _ => Sink::Hostile(seen),
        }
    });
    let mut innocent = Peer::connect(server.address).await;
    innocent.publish("innocent").await;
    let picture = innocent.client.video(1, 40, b"a picture of somebody");
    let socket = innocent.socket.into_std().expect("a socket");
    socket.set_nonblocking(false).expect("a blocking socket");
    seen.lock().expect("nobody panicked").innocent = Some((socket, picture));

    let mut hostile = Peer::connect(server.address).await;
    hostile.publish("hostile").await;
    let flood = flood(&mut hostile);
    tokio::spawn(async move {
        hostile.send(&flood).await;
        hostile.rest().await
    });
    soon(delivered.recv()).await.expect("the picture")
}

fn aggregate(hostile: &mut Peer) -> Vec<u8> {
    let message = [&[9, 0, 0, 1][..], &[0; 7], &[7], &[0, 0, 0, 12]].concat();
    let body = message.repeat(FLOOD);
    let aggregate = MessageType::AGGREGATE;
    hostile.client.message(6, aggregate, 1, 0, &body)
}

fn messages(hostile: &mut Peer) -> Vec<u8> {
    (0..FLOOD as u32)
        .flat_map(|time| hostile.client.video(1, time, &[7; 16]))
        .collect()
}

#[tokio::test]
async fn an_aggregate_gives_way() {
    let Delivered { after, .. } = innocent_beside(aggregate).await;
    assert!(after <= 2 * TURN, "{after} messages came first");
}

#[tokio::test]
async fn many_messages_give_way() {
    let Delivered { after, .. } = innocent_beside(messages).await;
    assert!(after <= 2 * TURN, "{after} messages came first");
}

/// A latency that counted from the read would not see what others do to a publisher.
#[test]
fn waiting_for_others_can_be_told() {
    let runtime = note_arrivals(&mut tokio::runtime::Builder::new_current_thread())
        .enable_all()
        .build()
        .expect("a runtime");
    let delivered = runtime.block_on(innocent_beside(aggregate));
    let first_byte_at = delivered.first_byte_at.expect("it came over a socket");
    assert!(
        first_byte_at <= delivered.sent_at + SLOW / 2,
        "{:?} after it was sent",
        first_byte_at - delivered.sent_at
    );
}
