//! What is measured.

use super::target::{DRIVER, DRIVER_WITH_SOUND, DRIVERS, Target};
use crate::args;

/// A load, and who has to bear it.
#[derive(Debug)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    publishers: usize,
    kind: Kind,
    tls: bool,
    /// Instead of what the server announces.
    chunk_size: Option<u32>,
    /// The first is what the others are compared with.
    pub(crate) targets: &'static [Target],
}

/// What publishers do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// They publish at the session's own pace.
    Paced,
    /// They publish as fast as they can.
    FlatOut,
    /// They shake hands, and say nothing more.
    Idle,
    /// There are none.
    Offline,
}

pub(crate) const PACED: &str = "16 paced";
pub(crate) const MANY_PACED: &str = "500 paced";
pub(crate) const FLAT_OUT: &str = "16 flat out";
pub(crate) const MEDIUM_CHUNKS: &str = "16 flat out, chunk size 4096";
pub(crate) const SMALL_CHUNKS: &str = "16 flat out, chunk size 128";
pub(crate) const ENCRYPTED: &str = "16 paced, RTMPS";
pub(crate) const IDLE: &str = "1000 idle";
pub(crate) const OFFLINE: &str = "16 offline cameras";

const SIXTEEN: Scenario = Scenario {
    name: PACED,
    publishers: 16,
    kind: Kind::Paced,
    tls: false,
    chunk_size: None,
    targets: &[Target::Sink, Target::HandOver, Target::Server, DRIVER],
};

/// In the order in which they run.
pub(crate) const SCENARIOS: [Scenario; 8] = [
    Scenario {
        targets: &[
            Target::Sink,
            Target::HandOver,
            Target::Server,
            DRIVER,
            DRIVER_WITH_SOUND,
        ],
        ..SIXTEEN
    },
    Scenario {
        name: MANY_PACED,
        publishers: 500,
        targets: &[Target::Sink, Target::HandOver, Target::Server, DRIVERS],
        ..SIXTEEN
    },
    Scenario {
        name: FLAT_OUT,
        kind: Kind::FlatOut,
        ..SIXTEEN
    },
    Scenario {
        name: MEDIUM_CHUNKS,
        kind: Kind::FlatOut,
        chunk_size: Some(4096),
        ..SIXTEEN
    },
    Scenario {
        name: SMALL_CHUNKS,
        kind: Kind::FlatOut,
        chunk_size: Some(128),
        ..SIXTEEN
    },
    Scenario {
        name: ENCRYPTED,
        tls: true,
        ..SIXTEEN
    },
    Scenario {
        name: IDLE,
        publishers: 1000,
        kind: Kind::Idle,
        targets: &[Target::Sink, Target::Server, DRIVER],
        ..SIXTEEN
    },
    Scenario {
        name: OFFLINE,
        publishers: 0,
        kind: Kind::Offline,
        targets: &[DRIVER],
        ..SIXTEEN
    },
];

/// Idle connections are closed after ten seconds, so they have to be counted before.
const IDLE_SECONDS: f64 = 6.0;

impl Scenario {
    /// The load on all of a target's addresses together.
    pub(crate) fn load(&self, options: &args::Compare) -> args::Publish {
        let seconds = match self.kind {
            Kind::Idle => IDLE_SECONDS,
            Kind::Paced | Kind::FlatOut | Kind::Offline => options.seconds,
        };
        let session = args::Session {
            chunk_size: self.chunk_size,
            ..options.session.clone()
        };
        args::Publish {
            fast: self.kind == Kind::FlatOut,
            tls: self.tls,
            idle: self.kind == Kind::Idle,
            ..args::Publish::paced(self.publishers, seconds, session)
        }
    }

    /// Whether media are published.
    pub(crate) fn has_media(&self) -> bool {
        matches!(self.kind, Kind::Paced | Kind::FlatOut)
    }

    /// Whether a server of somebody else can be measured as well: it listens without TLS.
    pub(crate) fn suits_others(&self) -> bool {
        !self.tls && self.kind != Kind::Offline
    }
}
