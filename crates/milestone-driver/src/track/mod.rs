//! The frames of one device: what is kept of them, and for whom.

pub(crate) mod budget;
pub(crate) mod latency;
mod place;
pub(crate) mod ring;
