//! Who does what, where, and for how long.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::args;
use crate::attack::HOSTILE_NET;

/// Cameras 1 to 12: somebody publishes there all the time.
pub(super) const STEADY: usize = 12;
/// Cameras 13 to 15: a publisher that vanishes and comes back, over and over.
pub(super) const RESTARTING: usize = 3;
/// Camera 16: the same, and hostile peers take its path when they can.
pub(super) const CONTESTED: usize = 1;

const STEADY_PATH: &str = "/stream{}";
const RESTARTING_PATH: &str = "/restarting{}";
const CONTESTED_PATH: &str = "/contested{}";
const RESTART_SECONDS: f64 = 7.0;
const CONTESTED_RESTART_SECONDS: f64 = 3.0;

const HOSTILE_PEERS: u16 = 32;
/// Publishers that are there first are not locked out by who publishes to their paths.
pub(super) const HEAD_START: Duration = Duration::from_secs(3);
/// Hostile peers stop before the publishers do.
const EARLY_END: Duration = Duration::from_secs(2);
/// How long somebody publishes afterwards, to see that all is well.
const HEALTH: Duration = Duration::from_secs(3);

/// Settings of driver-host. The limits for each address stay in force; that for all connections together leaves room
/// for every hostile peer at its worst and the publishers, since it cannot tell one from the other.
pub(super) fn host_options() -> Vec<String> {
    let mut options = vec![
        "--set".to_owned(),
        "RateLimitEnabled=true".to_owned(),
        "--set".to_owned(),
        "MaxConnections=600".to_owned(),
    ];
    let restarting = (1..=RESTARTING).map(|number| (STEADY + number, RESTARTING_PATH, number));
    let contested =
        (1..=CONTESTED).map(|number| (STEADY + RESTARTING + number, CONTESTED_PATH, number));
    for (camera, path, number) in restarting.chain(contested) {
        options.push("--path".to_owned());
        options.push(format!(
            "{camera}={}",
            path.replace("{}", &number.to_string())
        ));
    }
    options
}

/// Hostile peers have addresses of their own.
pub(super) fn is_hostile(address: IpAddr) -> bool {
    matches!(address, IpAddr::V4(address) if matches!(address.octets(), [127, HOSTILE_NET, ..]))
}

/// The publishers of a soak.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) options: &'a args::Soak,
    pub(super) server: SocketAddr,
    pub(super) duration: Duration,
}

impl Plan<'_> {
    pub(super) fn steady(&self) -> args::Publish {
        // The rate limit holds for them too: few connections come from each address.
        args::Publish {
            per_source: Some(4),
            ..self.publish(STEADY, STEADY_PATH, self.duration, None)
        }
    }

    pub(super) fn restarting(&self) -> args::Publish {
        self.publish(
            RESTARTING,
            RESTARTING_PATH,
            self.duration,
            Some(RESTART_SECONDS),
        )
    }

    pub(super) fn contested(&self) -> args::Publish {
        let every = Some(CONTESTED_RESTART_SECONDS);
        self.publish(CONTESTED, CONTESTED_PATH, self.duration, every)
    }

    pub(super) fn health(&self) -> args::Publish {
        self.publish(1, STEADY_PATH, HEALTH, None)
    }

    pub(super) fn attack(&self) -> args::Attack {
        args::Attack {
            server: self.server,
            peers: HOSTILE_PEERS,
            seconds: self
                .duration
                .saturating_sub(HEAD_START + EARLY_END)
                .as_secs_f64(),
            kinds: Vec::new(),
            held_path: STEADY_PATH.replace("{}", "1"),
            free_path: Some(CONTESTED_PATH.replace("{}", "1")),
            json: false,
        }
    }

    fn publish(
        &self,
        publishers: usize,
        path: &str,
        duration: Duration,
        reconnect_every: Option<f64>,
    ) -> args::Publish {
        let session = self.options.session.clone();
        args::Publish {
            server: self.server,
            path: path.to_owned(),
            reconnect_every,
            per_source: None,
            ..args::Publish::paced(publishers, duration.as_secs_f64(), session)
        }
    }
}
