//! What driver-host tells, line by line: who publishes, and every frame that is delivered.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use serde::Deserialize;

/// A line of `driver-host --json --frames`, as far as it matters here.
#[derive(Debug, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(super) enum Line {
    Listening {
        port: u16,
        web: String,
    },
    StreamStarted {
        camera: usize,
        peer: SocketAddr,
    },
    StreamStopped {
        camera: usize,
        frames: u64,
    },
    Frame {
        camera: usize,
        codec: String,
    },
    #[serde(other)]
    Other,
}

/// All that was told.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    cameras: BTreeMap<usize, CameraLedger>,
    /// Lines that are not what driver-host promises.
    unreadable: u64,
}

/// What was told of a camera.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct CameraLedger {
    /// H.264 frames that its live session delivered.
    pub(super) delivered: u64,
    /// Frames that its publishers brought, as told when they stopped.
    pub(super) received: u64,
    /// Of each publish that is over and was not of a hostile peer, the frames it brought.
    pub(super) received_by_publish: Vec<u64>,
    /// Publishers that are not hostile.
    pub(super) publishes: u64,
    /// Hostile ones.
    pub(super) hostile_publishes: u64,
    /// Starts without a stop before, and stops without a start.
    pub(super) out_of_turn: u64,
    pub(super) is_publishing: bool,
    /// A hostile peer publishes.
    pub(super) is_held_by_hostile: bool,
}

impl Ledger {
    /// Reads a line. Hostile peers are known by where they come from.
    pub(super) fn read(&mut self, line: &str, is_hostile: impl Fn(IpAddr) -> bool) -> Option<Line> {
        let Ok(line) = serde_json::from_str(line) else {
            self.unreadable += 1;
            return None;
        };
        match &line {
            Line::StreamStarted { camera, peer } => {
                let camera = self.cameras.entry(*camera).or_default();
                camera.out_of_turn += u64::from(camera.is_publishing);
                camera.is_publishing = true;
                camera.is_held_by_hostile = is_hostile(peer.ip());
                if camera.is_held_by_hostile {
                    camera.hostile_publishes += 1;
                } else {
                    camera.publishes += 1;
                }
            }
            Line::StreamStopped { camera, frames } => {
                let camera = self.cameras.entry(*camera).or_default();
                camera.out_of_turn += u64::from(!camera.is_publishing);
                camera.is_publishing = false;
                camera.received += frames;
                if !camera.is_held_by_hostile {
                    camera.received_by_publish.push(*frames);
                }
            }
            Line::Frame { camera, codec } if codec == "h264" => {
                self.cameras.entry(*camera).or_default().delivered += 1;
            }
            Line::Frame { .. } | Line::Listening { .. } | Line::Other => {}
        }
        Some(line)
    }

    pub(super) fn camera(&self, number: usize) -> CameraLedger {
        self.cameras.get(&number).cloned().unwrap_or_default()
    }

    pub(super) fn unreadable(&self) -> u64 {
        self.unreadable
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STARTED: &str =
        r#"{"event":"stream_started","camera":2,"path":"/stream2","peer":"127.0.0.1:5000"}"#;
    const HOSTILE: &str =
        r#"{"event":"stream_started","camera":2,"path":"/stream2","peer":"127.1.0.2:5000"}"#;
    const STOPPED: &str =
        r#"{"event":"stream_stopped","camera":2,"path":"/stream2","reason":"x","frames":1}"#;
    const FRAME: &str = r#"{"event":"frame","camera":2,"codec":"h264","key":true,"bytes":9,"time":"","sync_time":""}"#;
    const PICTURE: &str = r#"{"event":"frame","camera":2,"codec":"jpeg","key":true,"bytes":9,"time":"","sync_time":""}"#;

    fn ledger(lines: &[&str]) -> CameraLedger {
        let mut ledger = Ledger::default();
        for line in lines {
            let read = ledger.read(line, |address| address != IpAddr::from([127, 0, 0, 1]));
            assert!(read.is_some(), "{line}");
        }
        ledger.camera(2)
    }

    #[test]
    fn frames_and_publishes_are_counted() {
        let camera = ledger(&[PICTURE, STARTED, FRAME, STOPPED, HOSTILE, STOPPED]);
        let expected = CameraLedger {
            delivered: 1,
            received: 2,
            received_by_publish: vec![1],
            publishes: 1,
            hostile_publishes: 1,
            out_of_turn: 0,
            is_publishing: false,
            is_held_by_hostile: true,
        };
        assert_eq!(camera, expected);
    }

    #[test]
    fn events_that_do_not_alternate_are_noticed() {
        assert_eq!(ledger(&[STARTED, STARTED]).out_of_turn, 1);
        assert_eq!(ledger(&[STOPPED]).out_of_turn, 1);
        assert_eq!(ledger(&[STARTED, STOPPED, STOPPED, STARTED]).out_of_turn, 1);
        assert!(ledger(&[STARTED]).is_publishing);
    }
}
