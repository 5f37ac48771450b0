//! Time.

mod utc;

pub(crate) use utc::UtcClock;
