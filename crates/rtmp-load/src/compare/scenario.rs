//! What is measured.

use std::net::SocketAddr;

use super::target::Target;
use crate::args;

/// A load, and who has to bear it.
#[derive(Debug)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) publishers: usize,
    fast: bool,
    idle: bool,
    /// Instead of what the server announces.
    chunk_size: Option<u32>,
    /// The first is what the others are compared with.
    pub(crate) targets: &'static [Target],
}

const PACED: Scenario = Scenario {
    name: "",
    publishers: 16,
    fast: false,
    idle: false,
    chunk_size: None,
    targets: &[],
};

/// In the order in which they run.
pub(crate) const SCENARIOS: [Scenario; 5] = [
    Scenario {
        name: "16 paced",
        targets: &[
            Target::Sink,
            Target::Server,
            Target::Driver { instances: 1 },
        ],
        ..PACED
    },
    Scenario {
        name: "500 paced",
        publishers: 500,
        targets: &[
            Target::Sink,
            Target::Server,
            Target::Driver { instances: 32 },
        ],
        ..PACED
    },
    Scenario {
        name: "16 flat out",
        fast: true,
        targets: &[
            Target::Sink,
            Target::Server,
            Target::Driver { instances: 1 },
        ],
        ..PACED
    },
    Scenario {
        name: "16 flat out, chunk size 128",
        fast: true,
        chunk_size: Some(128),
        targets: &[
            Target::Sink,
            Target::Server,
            Target::Driver { instances: 1 },
        ],
        ..PACED
    },
    Scenario {
        name: "1000 idle",
        publishers: 1000,
        idle: true,
        targets: &[
            Target::Sink,
            Target::Server,
            Target::Driver { instances: 1 },
        ],
        ..PACED
    },
];

/// Connections that may come from one address (Connection limits).
const PER_SOURCE: usize = 16;
/// Idle connections are shown the door after ten seconds, so they have to be counted before.
const IDLE_SECONDS: f64 = 6.0;

impl Scenario {
    /// The load on one of the target's addresses.
    pub(crate) fn load(
        &self,
        options: &args::Compare,
        server: SocketAddr,
        publishers: usize,
    ) -> args::Publish {
        args::Publish {
            server,
            publishers,
            path: "/stream{}".into(),
            seconds: if self.idle {
                IDLE_SECONDS
            } else {
                options.seconds
            },
            fast: self.fast,
            storm: false,
            reconnect_every: None,
            per_source: Some(PER_SOURCE),
            idle: self.idle,
            session: args::Session {
                chunk_size: self.chunk_size,
                ..options.session.clone()
            },
            json: false,
        }
    }

    /// Whether it is about memory alone.
    pub(crate) fn is_idle(&self) -> bool {
        self.idle
    }
}
