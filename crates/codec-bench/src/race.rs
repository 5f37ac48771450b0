//! Contenders take turns, so that whatever else the machine does hits all of them; the best turn
//! of each counts.

use std::time::{Duration, Instant};

/// One way to do the work, which tells whether all of it was done.
pub struct Contender<'a> {
    pub name: &'static str,
    /// A published crate that the others are compared with.
    pub is_peer: bool,
    work: Box<dyn FnMut() -> bool + 'a>,
}

impl<'a> Contender<'a> {
    pub fn ours(name: &'static str, work: impl FnMut() -> bool + 'a) -> Self {
        Self {
            name,
            is_peer: false,
            work: Box::new(work),
        }
    }

    /// What the machine can do at best.
    pub fn baseline(name: &'static str, work: impl FnMut() -> bool + 'a) -> Self {
        Self::ours(name, work)
    }

    pub fn peer(name: &'static str, work: impl FnMut() -> bool + 'a) -> Self {
        Self {
            is_peer: true,
            ..Self::ours(name, work)
        }
    }
}

/// How long a contender took for the work once.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    pub name: &'static str,
    pub is_peer: bool,
    /// `None`: it cannot do the work.
    pub nanos: Option<f64>,
}

/// How long a turn takes, at least.
const TURN: Duration = Duration::from_millis(5);
const TURNS: usize = 60;
/// Who is so slow that all turns would take longer has fewer.
const PATIENCE: Duration = Duration::from_secs(3);

/// Lets everybody work, in turns, who can do the work at all.
pub fn race(contenders: Vec<Contender<'_>>) -> Vec<Outcome> {
    let mut racing: Vec<Racer<'_>> = contenders.into_iter().map(Racer::new).collect();
    // Back and forth: what one leaves in the caches is a help or a burden for the next.
    for _ in 0..TURNS / 2 {
        racing.iter_mut().for_each(Racer::take_turn);
        racing.iter_mut().rev().for_each(Racer::take_turn);
    }
    racing.iter().map(Racer::outcome).collect()
}

struct Racer<'a> {
    contender: Contender<'a>,
    can: bool,
    /// How often the work is done in a turn.
    repeats: u32,
    best: Duration,
    /// What all turns took so far.
    spent: Duration,
}

impl<'a> Racer<'a> {
    fn new(mut contender: Contender<'a>) -> Self {
        let can = (contender.work)();
        let mut racer = Self {
            contender,
            can,
            repeats: 1,
            best: Duration::MAX,
            spent: Duration::ZERO,
        };
        while racer.can && racer.work() < TURN {
            racer.repeats *= 2;
        }
        racer
    }

    fn take_turn(&mut self) {
        if self.can && self.spent < PATIENCE {
            let turn = self.work();
            self.spent += turn;
            self.best = self.best.min(turn);
        }
    }

    fn work(&mut self) -> Duration {
        let start = Instant::now();
        for _ in 0..self.repeats {
            (self.contender.work)();
        }
        start.elapsed()
    }

    fn outcome(&self) -> Outcome {
        let nanos = self.best.as_nanos() as f64 / f64::from(self.repeats);
        Outcome {
            name: self.contender.name,
            is_peer: self.contender.is_peer,
            nanos: self.can.then_some(nanos),
        }
    }
}
