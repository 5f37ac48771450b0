//! Time: that of the world, and that of a publisher.
//!
//! A publisher's timestamps say how far frames are apart, untouched by the network; where they lie in UTC only their
//! arrival says. [`PublisherClock`] puts the two together.

mod decoding_order;
mod lateness;
mod publisher;
mod rising;
mod showing_order;
mod sound;
mod timestamp;
mod utc;

pub(crate) use publisher::{HEAD_ROOM, PublisherClock, TrackClock};
pub(crate) use rising::RisingTime;
pub(crate) use showing_order::ShowingOrder;
pub(crate) use sound::SoundClock;
pub(crate) use timestamp::Timestamp;
pub(crate) use utc::UtcClock;

#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
