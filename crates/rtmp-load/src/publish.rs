//! Many publishers at once.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};

use crate::args;
use crate::connection::{self, Publishing};
use crate::playback::{Pass, Playback};
use crate::session::Session;

/// Connections are spread over this time, unless there is to be a storm.
const RAMP: Duration = Duration::from_secs(1);
/// Who vanished or was refused connects again after so long.
const AWAY: Duration = Duration::from_millis(500);
/// How long a server may take to notice that a publisher has finished.
const PARTING: Duration = Duration::from_secs(5);

/// What all publishers did together.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Outcome {
    /// Publishes that were accepted.
    pub(crate) publishes: u64,
    /// Connections that failed or were refused, by reason.
    pub(crate) failures: Vec<(String, u64)>,
    /// Bytes of media written.
    pub(crate) bytes: u64,
    /// Video messages written whole.
    pub(crate) frames: u64,
    /// How long it took, in seconds.
    pub(crate) seconds: f64,
}

impl Outcome {
    fn fail(&mut self, error: &io::Error) {
        let reason = error.to_string();
        match self.failures.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, count)) => *count += 1,
            None => self.failures.push((reason, 1)),
        }
    }

    /// Counts what other publishers did at the same time.
    pub(crate) fn add(&mut self, other: Outcome) {
        self.seconds = self.seconds.max(other.seconds);
        self.publishes += other.publishes;
        self.bytes += other.bytes;
        self.frames += other.frames;
        for (reason, count) in other.failures {
            match self.failures.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, known)) => *known += count,
                None => self.failures.push((reason, count)),
            }
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
        for (reason, count) in &self.failures {
            write!(f, "\n{count} × {reason}")?;
        }
        Ok(())
    }
}

/// Runs the `publish` command.
pub(crate) fn run(options: &args::Publish) -> Result<(), String> {
    let session = Session::load(&options.session)?;
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    let outcome = runtime.block_on(publish_all(options, Arc::new(session)));
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

/// Lets all publishers publish until the time is over, and adds up what they did.
pub(crate) async fn publish_all(options: &args::Publish, session: Arc<Session>) -> Outcome {
    let start = Instant::now();
    let mut outcome = Outcome::default();
    for one in publish_each(options, session).await {
        outcome.add(one);
    }
    outcome.seconds = start.elapsed().as_secs_f64();
    outcome
}

/// Lets all publishers publish until the time is over. What each of them did, in the order of their numbers.
pub(crate) async fn publish_each(options: &args::Publish, session: Arc<Session>) -> Vec<Outcome> {
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
                    .map(|count| loopback(number / count.max(1))),
                path: options.path.replace("{}", &(number + 1).to_string()),
                playbacks: Arc::clone(&playbacks),
                begin: start + RAMP.mul_f64(fraction),
                end: start + Duration::from_secs_f64(options.seconds),
            };
            tokio::spawn(publisher.run())
        })
        .collect();
    let mut outcomes = Vec::with_capacity(publishers.len());
    for publisher in publishers {
        outcomes.push(publisher.await.unwrap_or_else(|error| {
            let mut outcome = Outcome::default();
            outcome.fail(&io::Error::other(error));
            outcome
        }));
    }
    outcomes
}

/// 127.0.0.2 and so on.
fn loopback(number: usize) -> IpAddr {
    let [.., high, low] = (number + 2).to_be_bytes();
    IpAddr::from([127, 0, high, low])
}

/// The encoded session, once for all publishers that use the same chunk size and message stream.
#[derive(Debug)]
struct Playbacks {
    session: Arc<Session>,
    encoded: Mutex<HashMap<(u32, u32), Arc<Playback>>>,
}

impl Playbacks {
    fn get(&self, chunk_size: u32, message_stream_id: u32) -> io::Result<Arc<Playback>> {
        let mut encoded = self.encoded.lock().unwrap_or_else(PoisonError::into_inner);
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
#[derive(Debug)]
struct Publisher {
    options: args::Publish,
    /// The address to connect from, if it matters.
    source: Option<IpAddr>,
    path: String,
    playbacks: Arc<Playbacks>,
    begin: Instant,
    end: Instant,
}

impl Publisher {
    async fn run(self) -> Outcome {
        let mut outcome = Outcome::default();
        sleep_until(self.begin).await;
        loop {
            let until = match self.options.reconnect_every {
                Some(seconds) => (Instant::now() + Duration::from_secs_f64(seconds)).min(self.end),
                None => self.end,
            };
            if let Err(error) = self.connect_until(until, &mut outcome).await {
                outcome.fail(&error);
                if self.options.reconnect_every.is_none() {
                    return outcome;
                }
            }
            sleep(AWAY.min(self.end - Instant::now())).await;
            if Instant::now() >= self.end {
                return outcome;
            }
        }
    }

    async fn connect_until(&self, until: Instant, outcome: &mut Outcome) -> io::Result<()> {
        let server = self.options.server;
        if self.options.idle {
            let stream = connection::shake_hands(server, self.source).await?;
            sleep_until(until).await;
            drop(stream);
            return Ok(());
        }
        let Publishing {
            stream,
            server_chunk_size,
            message_stream_id,
        } = connection::publish(
            server,
            self.source,
            &self.path,
            self.options.session.chunk_size,
        )
        .await?;
        outcome.publishes += 1;
        let playback = self.playbacks.get(server_chunk_size, message_stream_id)?;
        let (replies, media) = stream.into_split();
        let mut replies = tokio::spawn(drop_replies(replies));
        let mut playing = Playing {
            media,
            pace: !self.options.fast,
            until,
            outcome,
        };
        let played = playing.play(&playback).await;
        drop(playing);
        if until >= self.end {
            // A connection that is closed with replies unread is reset, and what the server has not read yet may be lost.
            let _ = timeout(PARTING, &mut replies).await;
        }
        replies.abort();
        played
    }
}

/// Acknowledgements and pings; a publisher that did not read them would stall the server.
async fn drop_replies(mut replies: OwnedReadHalf) {
    let mut buffer = [0; 1024];
    while replies.read(&mut buffer).await.is_ok_and(|count| count > 0) {}
}

struct Playing<'a> {
    media: OwnedWriteHalf,
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
            self.write(pass.bytes.get(first.bytes.start..end).unwrap_or_default())
                .await?;
            self.outcome.frames += now.iter().filter(|message| message.is_frame).count() as u64;
            messages = later;
        }
        Ok(())
    }

    async fn play_fast(&mut self, pass: &Pass) -> io::Result<()> {
        for piece in pass.bytes.chunks(256 * 1024) {
            match timeout_at(self.until, self.media.write_all(piece)).await {
                Ok(written) => written?,
                Err(_) => return Ok(()),
            }
            self.outcome.bytes += piece.len() as u64;
        }
        self.outcome.frames += pass.frames() as u64;
        Ok(())
    }

    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.media.write_all(bytes).await?;
        self.outcome.bytes += bytes.len() as u64;
        Ok(())
    }
}
