//! How the attempts of each kind ended.

use crate::kinds::Kind;
use std::fmt;

use clap::ValueEnum;
use serde::Serialize;

use super::hostile::End;

/// All attempts, by kind.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Tally {
    kinds: Vec<KindTally>,
}

/// All attempts of a kind.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct KindTally {
    kind: String,
    /// How often it was begun.
    tries: u64,
    /// Its publish was refused by the server.
    refused: u64,
    /// Closed by the server.
    closed: u64,
    /// Gone by itself, as the kind does.
    left: u64,
    /// Not ended by the server, although it should have.
    overstayed: u64,
    /// Could not even connect.
    unreachable: u64,
    /// Still open when the time was over.
    open: u64,
}

impl Tally {
    pub(super) fn new() -> Tally {
        let kinds = Kind::value_variants().iter().map(|kind| KindTally {
            kind: kind.to_string(),
            ..KindTally::default()
        });
        Tally {
            kinds: kinds.collect(),
        }
    }

    pub(super) fn begin(&mut self, kind: Kind) {
        let tally = self.of(kind);
        tally.tries += 1;
        tally.open += 1;
    }

    pub(super) fn end(&mut self, kind: Kind, end: End) {
        let tally = self.of(kind);
        tally.open -= 1;
        match end {
            End::Refused => tally.refused += 1,
            End::Closed => tally.closed += 1,
            End::Left => tally.left += 1,
            End::Overstayed => tally.overstayed += 1,
            End::Unreachable => tally.unreachable += 1,
        }
    }

    fn of(&mut self, kind: Kind) -> &mut KindTally {
        // The variants of a fieldless enumeration count from 0, and so does the list.
        &mut self.kinds[kind as usize]
    }

    /// Of all kinds.
    pub(crate) fn total(&self) -> KindTally {
        let mut total = KindTally {
            kind: "all".into(),
            ..KindTally::default()
        };
        for one in &self.kinds {
            total.tries += one.tries;
            total.refused += one.refused;
            total.closed += one.closed;
            total.left += one.left;
            total.overstayed += one.overstayed;
            total.unreachable += one.unreachable;
            total.open += one.open;
        }
        total
    }

    /// The kinds that never got to misbehave. Who misbehaves on a path of its own has not begun when it is refused.
    pub(crate) fn untried(&self) -> impl Iterator<Item = Kind> {
        let kinds = Kind::value_variants().iter().copied().zip(&self.kinds);
        let untried = kinds.filter(|(kind, one)| {
            let in_vain = if kind.takes_path() { one.refused } else { 0 };
            one.tries == in_vain
        });
        untried.map(|(kind, _)| kind)
    }
}

impl KindTally {
    pub(crate) fn tries(&self) -> u64 {
        self.tries
    }

    pub(crate) fn overstayed(&self) -> u64 {
        self.overstayed
    }

    pub(crate) fn unreachable(&self) -> u64 {
        self.unreachable
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:27} {:>7} {:>7} {:>7} {:>7} {:>10} {:>11} {:>5}",
            "kind", "tries", "refused", "closed", "left", "overstayed", "unreachable", "open"
        )?;
        let tried = self.kinds.iter().filter(|one| one.tries > 0).cloned();
        for one in tried.chain([self.total()]) {
            write!(
                f,
                "\n{:27} {:>7} {:>7} {:>7} {:>7} {:>10} {:>11} {:>5}",
                one.kind,
                one.tries,
                one.refused,
                one.closed,
                one.left,
                one.overstayed,
                one.unreachable,
                one.open
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_whose_path_was_refused_was_not_tried() {
        let mut tally = Tally::new();
        for kind in Kind::value_variants() {
            tally.begin(*kind);
            tally.end(*kind, End::Refused);
        }
        assert!(tally.untried().eq(taking_a_path()));
        for kind in taking_a_path() {
            tally.begin(kind);
        }
        assert_eq!(tally.untried().next(), None);
    }

    fn taking_a_path() -> impl Iterator<Item = Kind> {
        let kinds = Kind::value_variants().iter().copied();
        kinds.filter(|kind| kind.takes_path())
    }

    #[test]
    fn at_first_nothing_was_tried() {
        let untried = Tally::new().untried().count();
        assert_eq!(untried, Kind::value_variants().len());
    }
}
