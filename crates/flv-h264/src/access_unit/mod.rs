//! From video messages to Annex B access units, whatever encoders do to the messages.

mod assembly;
mod body;
mod builder;
mod counters;
mod event;
mod framing;
mod held;
mod known_sets;
mod message;
mod parameter_sets;
mod survey;

pub use builder::AccessUnitBuilder;
pub use counters::Counters;
pub use event::{AccessUnit, SyncPoint, VideoEvent};
pub use parameter_sets::{ParameterSets, SpsSummary};
