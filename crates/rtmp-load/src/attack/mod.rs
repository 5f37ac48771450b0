//! Hostile peers, many kinds at once. What they do is bounded: a number of peers, a time, and a pause after every try.

mod hostile;
mod poison;
mod tally;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use clap::ValueEnum;
use parking_lot::Mutex;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout_at};

use self::hostile::{End, Hostile};
pub(crate) use self::tally::Tally;
use crate::args;
use crate::connection;
use crate::kinds::Kind;

/// Between two tries of a peer.
const PAUSE: Duration = Duration::from_millis(200);
/// Whoever has had the free path for itself leaves it to others for so long.
const REST: Duration = Duration::from_secs(3);

/// Hostile peers come from 127.1.0.2 and so on: none of the addresses that publishers use.
pub(crate) const HOSTILE_NET: u8 = 1;

/// Runs the `attack` command.
pub(crate) fn run(options: &args::Attack) -> Result<(), String> {
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    let tally = runtime.block_on(attack(options))?;
    if options.json {
        let json = serde_json::to_string(&tally).map_err(|error| error.to_string())?;
        println!("{json}");
    } else {
        println!("{tally}");
    }
    Ok(())
}

/// Attacks until the time is over. Whoever is connected then is gone at once.
pub(crate) async fn attack(options: &args::Attack) -> Result<Tally, String> {
    let is_loopback = |address: IpAddr| address.is_ipv4() && address.is_loopback();
    if !is_loopback(options.server.ip()) {
        return Err(format!(
            "{} is not in 127.0.0.0/8: only servers on this machine are attacked",
            options.server
        ));
    }
    let homeless = options.kinds.iter().find(|kind| kind.takes_path());
    if let (Some(kind), None) = (homeless, &options.free_path) {
        return Err(format!("{kind} publishes: it needs a --free-path"));
    }
    let tally = Arc::new(Mutex::new(Tally::new()));
    let end = Instant::now() + Duration::from_secs_f64(options.seconds);
    let mut attackers = JoinSet::new();
    for (number, kinds) in orders(options).into_iter().enumerate() {
        let attacker = Attacker {
            kinds,
            hostile: Hostile {
                server: options.server,
                source: connection::loopback(HOSTILE_NET, number),
                held_path: options.held_path.clone(),
                free_path: options.free_path.clone(),
                seed: 0,
            },
            tally: Arc::clone(&tally),
        };
        attackers.spawn(timeout_at(end, attacker.run(number as u64)));
    }
    while let Some(ended) = attackers.join_next().await {
        if let Err(panicked) = ended {
            return Err(panicked.to_string());
        }
    }
    let tally = tally.lock();
    Ok(tally.clone())
}

/// What each peer does in turn. They begin at different kinds; one peer alone takes the free path.
fn orders(options: &args::Attack) -> Vec<Vec<Kind>> {
    let wanted = Kind::value_variants()
        .iter()
        .copied()
        .filter(|kind| options.kinds.is_empty() || options.kinds.contains(kind));
    let (taking, elsewhere): (Vec<_>, Vec<_>) = wanted.partition(|kind| kind.takes_path());
    let mut orders = Vec::new();
    if options.free_path.is_some() && !taking.is_empty() {
        orders.push(taking);
    }
    while !elsewhere.is_empty() && orders.len() < usize::from(options.peers) {
        let mut order = elsewhere.clone();
        order.rotate_left(orders.len() % elsewhere.len());
        orders.push(order);
    }
    orders
}

struct Attacker {
    kinds: Vec<Kind>,
    hostile: Hostile,
    tally: Arc<Mutex<Tally>>,
}

impl Attacker {
    async fn run(mut self, number: u64) {
        let mut order = self.kinds.clone().into_iter().cycle();
        let mut next = order.next();
        for round in 1.. {
            let Some(kind) = next else { return };
            self.hostile.seed = (number << 32) + round;
            self.count(|tally| tally.begin(kind));
            let end = self.hostile.misbehave(kind).await;
            self.count(|tally| tally.end(kind, end));
            // Who finds the free path taken asks again.
            let is_refused = kind.takes_path() && end == End::Refused;
            sleep(if kind.takes_path() && !is_refused {
                REST
            } else {
                PAUSE
            })
            .await;
            if !is_refused {
                next = order.next();
            }
        }
    }

    fn count(&self, count: impl FnOnce(&mut Tally)) {
        count(&mut self.tally.lock());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(server: &str, free_path: Option<&str>) -> args::Attack {
        args::Attack {
            server: server.parse().unwrap(),
            peers: 3,
            seconds: 0.0,
            kinds: Vec::new(),
            held_path: "/stream1".into(),
            free_path: free_path.map(Into::into),
            json: false,
        }
    }

    #[tokio::test]
    async fn other_machines_are_not_attacked() {
        for server in [
            "192.0.2.1:1935",
            "0.0.0.0:1935",
            "[::1]:1935",
            "[2001:db8::1]:1935",
        ] {
            let refusal = attack(&options(server, None)).await.unwrap_err();
            assert!(
                refusal.contains("only servers on this machine"),
                "{refusal}"
            );
        }
    }

    #[tokio::test]
    async fn who_is_to_publish_needs_a_path() {
        let mut options = options("127.0.0.1:1", None);
        options.kinds = vec![Kind::Silent, Kind::SlowPublish];
        let refusal = attack(&options).await.unwrap_err();
        assert_eq!(refusal, "slow-publish publishes: it needs a --free-path");
        options.free_path = Some("/stream16".into());
        assert!(attack(&options).await.is_ok());
    }

    #[test]
    fn without_a_free_path_nobody_takes_one() {
        let orders = orders(&options("127.0.0.1:1", None));
        assert_eq!(orders.len(), 3);
        assert!(orders.iter().flatten().all(|kind| !kind.takes_path()));
    }

    #[test]
    fn one_peer_alone_takes_the_free_path() {
        let orders = orders(&options("127.0.0.1:1", Some("/stream16")));
        assert_eq!(orders.len(), 3);
        assert!(orders[0].iter().all(|kind| kind.takes_path()));
        assert!(orders[1..].iter().flatten().all(|kind| !kind.takes_path()));
    }
}
