//! Innocent publishers: 30 frames a second each, of which each is told from the others.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};
use rtmp_server::{MediaKind, Timestamp};
use tokio::io::AsyncWriteExt;
use tokio::sync::watch::{self, Sender};
use tokio::task::JoinSet;
use tokio::time::{sleep_until, timeout};

use super::delays::Delays;
use super::host::Host;
use crate::connection::{self, Publishing};
use crate::noise::Noise;
use crate::session::{AVC_CONFIGURATION, picture};

const FRAMES_A_SECOND: u32 = 30;
/// As of 1080p at 6 Mbit/s.
const FRAME_BYTES: usize = 20_000;
const KEY_FRAME_BYTES: usize = 120_000;
/// A frame that has not come after so long never will.
const LOST: Duration = Duration::from_secs(10);
/// A driver may wait for the second picture to see how pictures are cut into messages. Nobody floods so early.
const FIRST_FRAMES: u32 = 2;
const STARTING: Duration = Duration::from_secs(10);

/// Publishers, and those who wait for their frames.
pub(super) struct Innocents {
    books: Vec<Arc<Book>>,
    over: Arc<AtomicBool>,
    publishing: JoinHandle<Result<(), String>>,
    watching: Vec<JoinHandle<()>>,
}

/// When the frames of a publisher were sent, and how long they took.
#[derive(Debug, Default)]
struct Book(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    sent: Vec<Instant>,
    taken: Vec<Duration>,
    /// Of the first frames, which do not count.
    first_taken: usize,
    /// When the last was sent.
    closed: Option<Instant>,
}

impl Entries {
    /// Frames that have not come.
    fn missing(&self) -> usize {
        self.sent.len() - self.taken.len() - self.first_taken
    }
}

impl Book {
    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock()
    }

    /// The number of a frame that is sent now.
    fn send(&self) -> u32 {
        let mut entries = self.entries();
        entries.sent.push(Instant::now());
        entries.sent.len() as u32 - 1
    }

    fn deliver(&self, number: u32, now: Instant) {
        let mut entries = self.entries();
        if number < FIRST_FRAMES {
            entries.first_taken += 1;
        } else if let Some(sent) = entries.sent.get(number as usize).copied() {
            entries.taken.push(now.saturating_duration_since(sent));
        }
    }

    fn close(&self) {
        self.entries().closed = Some(Instant::now());
    }

    /// Whether a frame may still come.
    fn is_open(&self) -> bool {
        let entries = self.entries();
        entries
            .closed
            .is_none_or(|closed| entries.missing() > 0 && closed.elapsed() < LOST)
    }
}

impl Innocents {
    /// Starts so many, and waits until each has had a frame delivered. Frames count from then on.
    pub(super) fn start(host: &Host, count: usize) -> Result<Innocents, String> {
        let books: Vec<Arc<Book>> = (0..count).map(|_| Arc::default()).collect();
        let mut watching = Vec::with_capacity(count);
        for (camera, book) in books.iter().enumerate() {
            let book = Arc::clone(book);
            watching.push(host.watch(camera, move |frame| {
                let now = Instant::now();
                if let Some(number) = frame.and_then(|frame| number_of(&frame.data)) {
                    book.deliver(number, now);
                }
                book.is_open()
            })?);
        }
        let over = Arc::<AtomicBool>::default();
        let (server, to_publish, told) = (host.server, books.clone(), Arc::clone(&over));
        let (ready, mut readiness) = watch::channel(0);
        // A thread of their own: whoever floods is busy enough.
        let publishing = thread::spawn(move || publish_all(server, to_publish, &told, &ready));
        let starting = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .map_err(|error| error.to_string())?;
        let all_ready = readiness.wait_for(|ready| *ready == count);
        starting
            .block_on(async { tokio::time::timeout(STARTING, all_ready).await.is_ok() })
            .then_some(())
            .ok_or("the innocent could not publish")?;
        Ok(Innocents {
            books,
            over,
            publishing,
            watching,
        })
    }

    /// Ends them, and returns how long their frames took.
    pub(super) fn stop(self) -> Result<Delays, String> {
        self.over.store(true, Ordering::Relaxed);
        let published = self.publishing.join();
        published.map_err(|_| "a publisher panicked")??;
        for watching in self.watching {
            watching.join().map_err(|_| "a session's thread panicked")?;
        }
        let (mut delivered, mut lost) = (Vec::new(), 0);
        for book in self.books {
            let entries = book.entries();
            lost += entries.missing();
            delivered.extend(entries.taken.iter());
        }
        Ok(Delays::new(delivered, lost))
    }
}

fn publish_all(
    server: SocketAddr,
    books: Vec<Arc<Book>>,
    over: &Arc<AtomicBool>,
    ready: &Sender<usize>,
) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    let count = books.len() as u32;
    let published: io::Result<()> = runtime.block_on(async {
        let publishing: JoinSet<_> = books
            .into_iter()
            .zip(0..)
            .map(|(book, number)| {
                let innocent = Innocent {
                    number,
                    begin: tokio::time::Instant::now() + interval() * number / count,
                    book,
                    over: Arc::clone(over),
                    ready: ready.clone(),
                };
                innocent.publish(server)
            })
            .collect();
        publishing.join_all().await.into_iter().collect()
    });
    published.map_err(|error| format!("an innocent publisher: {error}"))
}

/// One of them.
struct Innocent {
    number: u32,
    /// They do not send all at the same time.
    begin: tokio::time::Instant,
    book: Arc<Book>,
    over: Arc<AtomicBool>,
    ready: Sender<usize>,
}

impl Innocent {
    async fn publish(self, server: SocketAddr) -> io::Result<()> {
        let path = format!("/stream{}", self.number + 1);
        let mut publishing = connection::publish(server, None, None, &path, None).await?;
        let header = [&[0x17, 0, 0, 0, 0][..], &AVC_CONFIGURATION].concat();
        send(&mut publishing, 0, header).await?;

        let mut noise = Noise::new(u64::from(self.number) + 1);
        let key_frame = picture(true, KEY_FRAME_BYTES, &mut noise);
        let frame = picture(false, FRAME_BYTES, &mut noise);
        let mut frames = 0_u32;
        let ended = loop {
            tokio::select! {
                received = publishing.receive() => if received.is_err() {
                    break received;
                },
                () = sleep_until(self.begin + interval() * frames) => {
                    if self.over.load(Ordering::Relaxed) {
                        break Ok(());
                    }
                    let mut body = match frames % FRAMES_A_SECOND {
                        0 => key_frame.clone(),
                        _ => frame.clone(),
                    };
                    mark(&mut body, self.book.send());
                    let milliseconds = frames * 1000 / FRAMES_A_SECOND;
                    let sent = send(&mut publishing, milliseconds, body).await;
                    if sent.is_err() {
                        break sent;
                    }
                    if frames == FIRST_FRAMES {
                        self.ready.send_modify(|ready| *ready += 1);
                    }
                    frames += 1;
                }
            }
        };
        self.book.close();
        // Who hangs up at once takes back what the server has not read.
        publishing.connection.stream.shutdown().await?;
        let until_closed = async { while publishing.receive().await.is_ok() {} };
        let _ = timeout(LOST, until_closed).await;
        ended
    }
}

async fn send(publishing: &mut Publishing, milliseconds: u32, body: Vec<u8>) -> io::Result<()> {
    let sent = publishing.session.send(
        Instant::now(),
        MediaKind::Video,
        Timestamp(milliseconds),
        body.into(),
    );
    sent.map_err(io::Error::other)?;
    publishing.transmit().await
}

fn interval() -> Duration {
    Duration::from_secs(1) / FRAMES_A_SECOND
}

const NIBBLES: usize = 8;

/// Writes a number over the last bytes of a picture, without a zero that would need an escape.
fn mark(body: &mut [u8], number: u32) {
    let end = body.iter_mut().rev().take(NIBBLES);
    for (byte, nibble) in end.zip(0..) {
        *byte = 0x80 | (number >> (4 * nibble) & 0xF) as u8;
    }
}

fn number_of(picture: &[u8]) -> Option<u32> {
    let end = picture.get(picture.len().checked_sub(NIBBLES)?..)?;
    let number = end
        .iter()
        .fold(0, |number, byte| number << 4 | u32::from(byte & 0xF));
    end.iter().all(|byte| byte & 0xF0 == 0x80).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_keeps_its_number() {
        let mut body = picture(false, 100, &mut Noise::new(1));
        for number in [0, 1, 0x1234_5678, u32::MAX] {
            mark(&mut body, number);
            assert_eq!(number_of(&body), Some(number));
        }
        assert_eq!(number_of(&[1; 100]), None);
        assert_eq!(number_of(&[]), None);
    }
}
