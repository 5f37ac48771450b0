//! Many publishers at once.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde::Serialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf, split};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};
use tokio_rustls::TlsConnector;

use crate::args;
use crate::connection::{self, Duplex};
use crate::playback::{Frames, Pass, Playback};
use crate::session::Session;
use crate::tls;

/// Connections are spread over this time, unless there is to be a storm.
const RAMP: Duration = Duration::from_secs(1);
/// Who vanished or was refused connects again after so long.
const AWAY: Duration = Duration::from_millis(500);
/// How long a server may take to read what was sent and hang up.
pub(crate) const LAST_REPLIES: Duration = Duration::from_secs(5);
/// The most that is written at once when there is no pace.
const PIECE: usize = 256 * 1024;

/// What all publishers did together.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Outcome {
    /// Publishes that were accepted.
    pub(crate) publishes: u64,
    /// Connections that failed or were refused, by reason.
    pub(crate) failures: BTreeMap<String, u64>,
    /// Bytes of media written.
    pub(crate) bytes: u64,
    /// Video messages written whole.
    pub(crate) frames: u64,
    /// Audio messages written whole.
    pub(crate) sound_frames: u64,
    /// The same for each publish; those of one publisher come in their order.
    #[serde(skip)]
    pub(crate) frames_by_publish: Vec<u64>,
    /// How long it took, in seconds.
    pub(crate) seconds: f64,
    /// What was agreed on with servers that speak TLS.
    pub(crate) cipher_suites: BTreeSet<String>,
}

impl Outcome {
    fn fail(&mut self, error: &io::Error) {
        *self.failures.entry(error.to_string()).or_default() += 1;
    }

    /// So much was written.
    fn sent(&mut self, bytes: usize, frames: Frames) {
        self.bytes += bytes as u64;
        self.frames += frames.pictures;
        self.sound_frames += frames.sound;
    }

    /// Counts what other publishers did at the same time.
    pub(crate) fn add(&mut self, other: Outcome) {
        self.seconds = self.seconds.max(other.seconds);
        self.publishes += other.publishes;
        self.bytes += other.bytes;
        self.frames += other.frames;
        self.sound_frames += other.sound_frames;
        self.frames_by_publish.extend(other.frames_by_publish);
        self.cipher_suites.extend(other.cipher_suites);
        for (reason, count) in other.failures {
            *self.failures.entry(reason).or_default() += count;
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let megabits = self.bytes as f64 * 8.0 / 1e6 / self.seconds.max(0.001);
        write!(
            f,
            "{} publishes, {} frames, {:.1} MB in {:.1} s ({megabits:.1} Mbit/s)",
            self.publishes,
            self.frames,
            self.bytes as f64 / 1e6,
            self.seconds,
        )?;
        for suite in &self.cipher_suites {
            write!(f, ", {suite}")?;
        }
        for (reason, count) in &self.failures {
            write!(f, "\n{count} × {reason}")?;
        }
        Ok(())
    }
}

/// Publishers that have sent everything and are still connected, and what they did.
#[derive(Default)]
pub(crate) struct Published {
    pub(crate) outcome: Outcome,
    connections: Vec<Sent>,
}

impl Published {
    fn failed(error: &io::Error) -> Published {
        let mut published = Published::default();
        published.outcome.fail(error);
        published
    }

    /// Counts what other publishers did at the same time.
    pub(crate) fn add(&mut self, other: Published) {
        self.outcome.add(other.outcome);
        self.connections.extend(other.connections);
    }

    /// Disconnects all of them, and waits until the server has read everything.
    pub(crate) async fn hang_up(self) -> Outcome {
        let leaving: Vec<_> = self
            .connections
            .into_iter()
            .map(|connection| tokio::spawn(connection.hang_up()))
            .collect();
        let mut outcome = self.outcome;
        for connection in leaving {
            if let Err(error) = connection
                .await
                .map_err(io::Error::other)
                .and_then(|hung_up| hung_up)
            {
                outcome.fail(&error);
            }
        }
        outcome
    }
}

/// Runs the `publish` command.
pub(crate) fn run(options: &args::Publish) -> Result<(), String> {
    let session = Session::load(&options.session)?;
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    let outcome = runtime.block_on(async {
        let published = publish_all(options, Arc::new(session)).await;
        published.hang_up().await
    });
    if options.json {
        println!(
            "{}",
            serde_json::to_string(&outcome).map_err(|error| error.to_string())?
        );
    } else {
        println!("{outcome}");
    }
    if outcome.publishes == 0 && !options.idle {
        Err("nobody could publish".into())
    } else {
        Ok(())
    }
}

/// Lets all publishers publish until the time is over.
pub(crate) async fn publish_all(options: &args::Publish, session: Arc<Session>) -> Published {
    let mut published = Published::default();
    let start = Instant::now();
    for one in publish_each(options, session).await {
        published.add(one);
    }
    published.outcome.seconds = start.elapsed().as_secs_f64();
    published
}

/// Lets all publishers publish until the time is over. Each of them by itself, in the order of their numbers.
pub(crate) async fn publish_each(options: &args::Publish, session: Arc<Session>) -> Vec<Published> {
    let tls = match options.tls.then(tls::connector).transpose() {
        Ok(tls) => tls,
        Err(error) => return vec![Published::failed(&error)],
    };
    let start = Instant::now();
    let playbacks = Arc::new(Playbacks {
        session,
        encoded: Mutex::default(),
    });
    let publishers: Vec<_> = (0..options.publishers)
        .map(|number| {
            let fraction = if options.storm {
                0.0
            } else {
                number as f64 / options.publishers as f64
            };
            let publisher = Publisher {
                options: options.clone(),
                source: options
                    .per_source
                    .map(|count| connection::loopback(0, number / count.max(1))),
                path: options.path.replace("{}", &(number + 1).to_string()),
                tls: tls.clone(),
                playbacks: Arc::clone(&playbacks),
                begin: start + RAMP.mul_f64(fraction),
                end: start + Duration::from_secs_f64(options.seconds),
            };
            tokio::spawn(publisher.run())
        })
        .collect();
    let mut published = Vec::with_capacity(publishers.len());
    for publisher in publishers {
        published.push(
            publisher
                .await
                .unwrap_or_else(|error| Published::failed(&io::Error::other(error))),
        );
    }
    published
}

/// The encoded session, once for all publishers that use the same chunk size and message stream.
#[derive(Debug)]
struct Playbacks {
    session: Arc<Session>,
    encoded: Mutex<HashMap<(u32, u32), Arc<Playback>>>,
}

impl Playbacks {
    fn get(&self, chunk_size: u32, message_stream_id: u32) -> io::Result<Arc<Playback>> {
        let mut encoded = self.encoded.lock();
        if let Some(playback) = encoded.get(&(chunk_size, message_stream_id)) {
            return Ok(Arc::clone(playback));
        }
        let playback = Playback::encode(&self.session, chunk_size, message_stream_id)
            .map_err(io::Error::other)?;
        let playback = Arc::new(playback);
        encoded.insert((chunk_size, message_stream_id), Arc::clone(&playback));
        Ok(playback)
    }
}

/// One of them.
struct Publisher {
    options: args::Publish,
    /// The address to connect from, if it matters.
    source: Option<IpAddr>,
    path: String,
    tls: Option<TlsConnector>,
    playbacks: Arc<Playbacks>,
    begin: Instant,
    end: Instant,
}

impl Publisher {
    async fn run(self) -> Published {
        let mut published = Published::default();
        sleep_until(self.begin).await;
        loop {
            let until = match self.options.reconnect_every {
                Some(seconds) => (Instant::now() + Duration::from_secs_f64(seconds)).min(self.end),
                None => self.end,
            };
            match self.connect_until(until, &mut published.outcome).await {
                Ok(connection) if until >= self.end => {
                    published.connections.extend(connection);
                    return published;
                }
                Ok(_) => {}
                Err(error) => {
                    published.outcome.fail(&error);
                    if self.options.reconnect_every.is_none() {
                        return published;
                    }
                }
            }
            sleep(AWAY.min(self.end - Instant::now())).await;
            if Instant::now() >= self.end {
                return published;
            }
        }
    }

    /// Publishes until then. An idle connection has ended by then, and there is none.
    async fn connect_until(
        &self,
        until: Instant,
        outcome: &mut Outcome,
    ) -> io::Result<Option<Sent>> {
        let (server, tls) = (self.options.server, self.tls.as_ref());
        if self.options.idle {
            let connection = connection::shake_hands(server, self.source, tls).await?;
            outcome.cipher_suites.extend(connection.cipher_suite);
            sleep_until(until).await;
            return Ok(None);
        }
        let publishing = connection::publish(
            server,
            self.source,
            tls,
            &self.path,
            self.options.session.chunk_size,
        )
        .await?;
        outcome.publishes += 1;
        let chunk_size = publishing.session.chunk_size();
        let playback = self
            .playbacks
            .get(chunk_size, publishing.message_stream_id())?;
        let connection = publishing.connection;
        outcome.cipher_suites.extend(connection.cipher_suite);
        let frames_before = outcome.frames;
        let (replies, media) = split(connection.stream);
        let mut playing = Playing {
            connection: Sent {
                media,
                replies: tokio::spawn(drop_replies(replies)),
            },
            pace: !self.options.fast,
            until,
            outcome,
        };
        let played = playing.play(&playback).await;
        let Playing {
            connection,
            outcome,
            ..
        } = playing;
        let frames = outcome.frames - frames_before;
        outcome.frames_by_publish.push(frames);
        played.map(|()| Some(connection))
    }
}

/// A connection that media are sent on, or were. Dropped, it vanishes without a word.
struct Sent {
    media: WriteHalf<Box<dyn Duplex>>,
    replies: JoinHandle<()>,
}

impl Sent {
    /// Whoever closes while there is something to read takes back what the server has not read yet, so this waits
    /// until the server closes.
    async fn hang_up(mut self) -> io::Result<()> {
        self.media.shutdown().await?;
        let _ = timeout(LAST_REPLIES, &mut self.replies).await;
        Ok(())
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        self.replies.abort();
    }
}

/// Acknowledgements and pings; a publisher that did not read them would stall the server.
async fn drop_replies(mut replies: ReadHalf<Box<dyn Duplex>>) {
    let mut buffer = [0; 1024];
    while replies.read(&mut buffer).await.is_ok_and(|count| count > 0) {}
}

struct Playing<'a> {
    connection: Sent,
    pace: bool,
    until: Instant,
    outcome: &'a mut Outcome,
}

impl Playing<'_> {
    async fn play(&mut self, playback: &Playback) -> io::Result<()> {
        let mut start = Instant::now();
        let mut pass = &playback.first_pass;
        while Instant::now() < self.until {
            if self.pace {
                self.play_paced(pass, start).await?;
            } else {
                self.play_fast(pass).await?;
            }
            start += playback.duration;
            pass = &playback.later_pass;
        }
        Ok(())
    }

    /// Every message when it is due; messages that are due together in one write.
    async fn play_paced(&mut self, pass: &Pass, start: Instant) -> io::Result<()> {
        let mut messages = pass.messages.as_slice();
        while let Some(first) = messages.first() {
            let due = start + first.at;
            if due >= self.until {
                return Ok(());
            }
            sleep_until(due).await;
            let together = messages
                .iter()
                .take_while(|message| message.at == first.at)
                .count();
            let (now, later) = messages.split_at(together);
            let end = now.last().map_or(first.bytes.end, |last| last.bytes.end);
            let bytes = pass.bytes.get(first.bytes.start..end).unwrap_or_default();
            self.connection.media.write_all(bytes).await?;
            // TLS keeps what the socket does not take at once.
            self.connection.media.flush().await?;
            self.outcome.sent(bytes.len(), Frames::of(now));
            messages = later;
        }
        Ok(())
    }

    /// As much as the server takes, until the time is over.
    async fn play_fast(&mut self, pass: &Pass) -> io::Result<()> {
        let mut rest = pass.bytes.as_slice();
        let mut result = Ok(());
        while let Some(piece) = rest
            .get(..PIECE.min(rest.len()))
            .filter(|_| !rest.is_empty())
        {
            match timeout_at(self.until, self.connection.media.write(piece)).await {
                Ok(Ok(written)) => rest = rest.get(written..).unwrap_or_default(),
                Ok(Err(error)) => {
                    result = Err(error);
                    break;
                }
                Err(_) => break,
            }
        }
        let written = pass.bytes.len() - rest.len();
        self.outcome.sent(written, pass.frames_within(written));
        result
    }
}
