//! What the timestamps of sound are worth, by the sound itself.
//!
//! A piece of sound tells how long it lasts, and the next one cannot begin before that. Encoders that take several pieces
//! off their queue at once give all of them one timestamp; some give every piece the same, or count too slowly. Sound that
//! is of another sampling frequency than it says lasts wrongly as well: then its timestamps go as fast as time.

use super::timestamp::Timestamp;
use crate::time::Ticks;

/// The timestamps of a publish's sound.
#[derive(Debug, Default)]
pub(super) struct SoundTimestamps {
    before: Option<Piece>,
    /// How far behind its timestamp a piece lies that has that of those before.
    behind: i64,
    /// By how much the pieces so far have lasted longer than their timestamps advanced.
    overlap: i64,
    /// Since when they have, …
    since: Ticks,
    /// … and by how much timestamps have advanced since then.
    advanced: i64,
    /// Since when they are behind time as well.
    lost: Option<Ticks>,
    /// They are none.
    none: bool,
}

#[derive(Clone, Copy, Debug)]
struct Piece {
    timestamp: Timestamp,
    /// What was taken for that.
    taken: Timestamp,
    lasts: i64,
}

/// A step that is shorter than this part of a piece is one between pieces of one timestamp.
const ONE_TIMESTAMP: i64 = 4;
/// The clocks of sound cards and encoders differ by less than this part.
const DRIFT: i64 = 128;
/// Pieces of one timestamp last no longer together.
const LONGEST_OVERLAP: i64 = 2 * Ticks::PER_SECOND;
/// A clock that is behind time by so much, …
const LOST: i64 = Ticks::PER_SECOND;
/// … for so long, is not as fast as time: no network needs longer to bring what it has held back.
const LOST_FOR: i64 = 10 * Ticks::PER_SECOND;
/// What one step counts for at most: a pause, or a jump.
const LONGEST_STEP: i64 = Ticks::PER_SECOND;

impl SoundTimestamps {
    /// The timestamp of the next piece, which carries `told`, `lasts` so long and came at `arrival`.
    pub(super) fn next(&mut self, told: Timestamp, lasts: i64, arrival: Ticks) -> Timestamp {
        let taken = match self.before {
            Some(before) => self.behind(before, told, arrival),
            None => {
                self.since = arrival;
                told
            }
        };
        self.before = Some(Piece {
            timestamp: told,
            taken,
            lasts,
        });
        taken
    }

    /// Whether they are none, and pieces follow each other by how long they last.
    pub(super) fn are_none(&self) -> bool {
        self.none
    }

    fn behind(&mut self, before: Piece, told: Timestamp, arrival: Ticks) -> Timestamp {
        let step = told.ticks_since(before.timestamp);
        self.compare(before.lasts, step, arrival);
        if self.none {
            return before.taken.plus(before.lasts);
        }
        self.behind = match (0..before.lasts / ONE_TIMESTAMP).contains(&step) {
            true => self.behind + before.lasts - step,
            false => 0,
        };
        told.plus(self.behind)
    }

    /// Compares how long a piece lasts with the step behind it.
    fn compare(&mut self, lasts: i64, step: i64, arrival: Ticks) {
        // A clock that is set back says nothing.
        let step = if step < -LONGEST_STEP {
            0
        } else {
            step.min(LONGEST_STEP)
        };
        self.overlap = (self.overlap + lasts - step - step / DRIFT).clamp(0, LONGEST_OVERLAP);
        if self.overlap == 0 {
            self.since = arrival;
            self.advanced = 0;
        } else {
            self.advanced += step;
        }
        if arrival.since(self.since) - self.advanced <= LOST {
            self.lost = None;
            self.none = false;
            return;
        }
        let since = *self.lost.get_or_insert(arrival);
        self.none |= self.overlap == LONGEST_OVERLAP && arrival.since(since) > LOST_FOR;
    }
}
