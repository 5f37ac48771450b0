//! The times of sound beside those of pictures.

use super::publisher::{PublisherClock, SET_BACK};
use super::sound_timestamps::SoundTimestamps;
use super::timestamp::{RisingTime, Timestamp};
use super::track_clock::TrackClock;
use crate::time::Ticks;

/// Where sound lies. It lies where the pictures of its publish say, and never says where they lie: it comes in other
/// packets, sooner or later than they do, and a camera's encoder may time it worse. Only where there are no pictures
/// yet, what they say cannot be, or its timestamps are none, it goes by itself and its arrival.
#[derive(Debug)]
pub(crate) struct SoundClock {
    /// Those that were given.
    times: RisingTime,
    timestamps: SoundTimestamps,
    own: PublisherClock,
    course: TrackClock,
}

impl SoundClock {
    /// Of sound that is later than `after`.
    pub(crate) fn starting_after(after: Option<Ticks>) -> Self {
        Self {
            times: RisingTime::after(after),
            timestamps: SoundTimestamps::default(),
            own: PublisherClock::default(),
            course: TrackClock::starting_after(None),
        }
    }

    /// The time of the next sound, which carries `timestamp`, `lasts` so long and came at `arrival`, beside `pictures`.
    pub(crate) fn place(
        &mut self,
        pictures: &PublisherClock,
        timestamp: Timestamp,
        lasts: i64,
        arrival: Ticks,
    ) -> Ticks {
        let latest = self.times.latest();
        if latest.is_some_and(|latest| latest.since(arrival) > SET_BACK) {
            self.times = RisingTime::default();
        }
        let timestamp = self.timestamps.next(timestamp, lasts, arrival);
        let own = self.own.place(&mut self.course, timestamp, arrival);
        let beside = match self.timestamps.are_none() {
            true => None,
            false => pictures.beside(timestamp, arrival),
        };
        self.times.next(beside.unwrap_or(own))
    }
}
