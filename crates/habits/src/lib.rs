//! Publishes, and what publishers make of them.
//!
//! A [`Publish`] is the video of a recorded session, of an FLV file, or of [`generated`] slices. A
//! habit is a function that changes how it is sent, but not what it shows: one message for each
//! slice, start codes where lengths belong, a damaged record. Whoever receives it has to get the
//! same pictures in the same order, with the same sync points: [`Publish::pictures`] says which.
//! [`ALL`] has the habits by name, to be composed at random; a new one is one function more.
//!
//! A [`Session`] is what a client sends from the handshake on, and [`OF_SESSIONS`] has what programs
//! make of that: of commands, messages, chunks, and the arrival of their bytes.
//!
//! For the tests and the fuzz targets of this project; panics where a program would return errors.

mod bits;
mod check;
mod codec;
mod coded;
mod decoding;
mod framing;
pub mod generated;
pub mod generated_h265;
mod habit;
mod publish;
mod recordings;
mod records;
mod session;
mod source;
mod timing;
mod wrapping;

pub use bits::BitWriter;
pub use check::{Difference, Source, deliver, sources};
pub use codec::Codec;
pub use habit::{ALL, Habit, compose};
pub use publish::{Coded, Content, Framing, Message, Picture, Publish, Record, RecordForm};
pub use session::{
    OF_SESSIONS, Received, Session, SessionHabit, compose_session, receive, recorded,
};
pub use source::{from_flv, from_session};
