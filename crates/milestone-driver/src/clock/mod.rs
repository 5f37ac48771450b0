//! Time: that of the world, and that of a publisher.
//!
//! A publisher's timestamps say how far frames are apart, untouched by the network; where they lie in UTC only their
//! arrival says. [`PublisherClock`] puts the two together.

mod lateness;
mod order;
mod publisher;
mod sound;
mod sound_timestamps;
mod timestamp;
mod track_clock;
mod utc;

pub(crate) use order::{CountedIn, ShowingOrder};
pub(crate) use publisher::{HEAD_ROOM, PublisherClock};
pub(crate) use sound::SoundClock;
pub(crate) use timestamp::{RisingTime, Timestamp};
pub(crate) use track_clock::TrackClock;
pub(crate) use utc::UtcClock;

#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
