//! Somebody who floods.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, split};
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use super::bars::Speed;
use crate::connection::{self, Duplex};
use crate::flood::Waves;

/// What is paced is written in pieces so often.
const PIECE_EVERY: Duration = Duration::from_millis(5);
/// Without a pace, so much is written at once.
const PIECE: usize = 256 * 1024;
/// Whoever is thrown out comes back after so long.
const AWAY: Duration = Duration::from_millis(150);

/// Somebody who floods, over one connection at a time.
pub(super) struct Flooder {
    pub(super) server: SocketAddr,
    pub(super) source: IpAddr,
    /// Without one, it floods before it publishes.
    pub(super) path: Option<String>,
    pub(super) waves: Arc<Waves>,
    pub(super) speed: Speed,
    pub(super) end: Instant,
}

impl Flooder {
    /// Floods until the end, and returns how many bytes were taken.
    pub(super) async fn run(self) -> u64 {
        let mut flooded = 0;
        while Instant::now() < self.end {
            // Whatever ended it: what counts is that the others do not notice.
            let _ = timeout_at(self.end, self.flood(&mut flooded)).await;
            sleep(AWAY.min(self.end.saturating_duration_since(Instant::now()))).await;
        }
        flooded
    }

    async fn flood(&self, flooded: &mut u64) -> io::Result<()> {
        let stream = self.connect().await?;
        let (mut replies, mut flood) = split(stream);
        let taking = async {
            // Who does not read the replies is held up by the server.
            let mut buffer = vec![0; 64 * 1024];
            while replies.read(&mut buffer).await? > 0 {}
            Ok(())
        };
        let flooding = async {
            flood.write_all(&self.waves.opening).await?;
            let mut start = Instant::now();
            let mut due = 0;
            loop {
                for piece in self.waves.wave.chunks(self.piece()) {
                    flood.write_all(piece).await?;
                    *flooded += piece.len() as u64;
                    if self.speed == Speed::Paced {
                        due += piece.len();
                        let seconds = due as f64 / Speed::PACED_BYTES_A_SECOND as f64;
                        sleep_until(start + Duration::from_secs_f64(seconds)).await;
                        // Who was held up does not make up for it.
                        if start + Duration::from_secs_f64(seconds) + AWAY < Instant::now() {
                            (start, due) = (Instant::now(), 0);
                        }
                    }
                }
            }
        };
        tokio::select! {
            ended = taking => ended,
            ended = flooding => ended,
        }
    }

    async fn connect(&self) -> io::Result<Box<dyn Duplex>> {
        let (server, source) = (self.server, Some(self.source));
        let connection = match &self.path {
            None => connection::shake_hands(server, source, None).await?,
            Some(path) => {
                connection::publish(server, source, None, path, None)
                    .await?
                    .connection
            }
        };
        Ok(connection.stream)
    }

    fn piece(&self) -> usize {
        match self.speed {
            Speed::Paced => {
                (Speed::PACED_BYTES_A_SECOND as f64 * PIECE_EVERY.as_secs_f64()) as usize
            }
            Speed::Full => PIECE,
        }
    }
}
