//! From video messages to Annex B access units, whatever encoders do to the messages.

mod assembly;
mod body;
mod builder;
mod codec;
mod composition;
mod continuity;
pub(crate) mod counters;
mod early;
mod event;
mod framing;
mod habits;
mod held;
mod intra_start;
mod known_sets;
mod message;
mod ordinary;
mod output;
mod pace;
mod picture;
mod sighting;
mod stream;
mod units;

pub use builder::AccessUnitBuilder;
pub use counters::Counters;
pub use event::{AccessUnit, Habit, SyncPoint, VideoEvent};
