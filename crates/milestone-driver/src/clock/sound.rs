//! The times of sound beside those of pictures.

use super::publisher::{PublisherClock, SET_BACK};
use super::timestamp::{RisingTime, Timestamp};
use super::track_clock::TrackClock;
use crate::time::Ticks;

/// Where sound lies. It lies where the pictures of its publish say, and never says where they lie: it comes in other
/// packets, sooner or later than they do, and a camera's encoder may time it worse. Only where there are no pictures
/// yet, or what they say cannot be, it goes by its own timestamps and arrival.
#[derive(Debug)]
pub(crate) struct SoundClock {
    /// Those that were given.
    times: RisingTime,
    own: PublisherClock,
    course: TrackClock,
}

impl SoundClock {
    /// Of sound that is later than `after`.
    pub(crate) fn starting_after(after: Option<Ticks>) -> Self {
        Self {
            times: RisingTime::after(after),
            own: PublisherClock::default(),
            course: TrackClock::starting_after(None),
        }
    }

    /// The time of the next sound, which carries `timestamp` and came at `arrival`, beside `pictures`.
    pub(crate) fn place(
        &mut self,
        pictures: &PublisherClock,
        timestamp: Timestamp,
        arrival: Ticks,
    ) -> Ticks {
        let latest = self.times.latest();
        if latest.is_some_and(|latest| latest.since(arrival) > SET_BACK) {
            self.times = RisingTime::default();
        }
        let own = self.own.place(&mut self.course, timestamp, arrival);
        self.times
            .next(pictures.beside(timestamp, arrival).unwrap_or(own))
    }
}
