//! From audio messages to frames, whatever encoders do to the messages.

mod builder;
mod counters;
mod event;
mod format;
mod left_out;
mod message;
mod time;

pub use builder::AudioFrameBuilder;
pub use counters::AudioCounters;
pub use event::{AudioEvent, AudioFrame, AudioHabit};
pub use format::{AudioEncoding, AudioFormat};
pub use left_out::LeftOut;
