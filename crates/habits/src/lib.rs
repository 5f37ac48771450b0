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
mod coded;
mod framing;
pub mod generated;
mod publish;
mod records;
mod session;
mod source;
mod timing;
mod wrapping;

pub use bits::BitWriter;
use check::files;
pub use check::{Difference, Source, deliver, sources};
pub use publish::{Coded, Content, Framing, Message, Picture, Publish, Record, RecordForm};
pub use session::{
    OF_SESSIONS, Received, Session, SessionHabit, compose_session, receive, recorded,
};
pub use source::{from_flv, from_session};

/// What a publisher does, changed in detail by a number.
pub type Habit = fn(&mut Publish, u32);

/// All habits by name.
pub const ALL: &[(&str, Habit)] = &[
    ("a message for each slice", coded::a_message_for_each_slice),
    ("a message for each unit", coded::a_message_for_each_unit),
    (
        "several pictures in a message",
        coded::several_pictures_in_a_message,
    ),
    ("a delimiter in front of each picture", coded::delimiters),
    (
        "parameter sets in front of each picture",
        coded::parameter_sets_everywhere,
    ),
    (
        "parameter sets in band alone",
        coded::parameter_sets_in_band_alone,
    ),
    ("empty units", coded::empty_units),
    ("filler behind each picture", coded::filler),
    ("lengths of another size", framing::lengths_of_another_size),
    ("start codes", framing::start_codes),
    (
        "start codes behind one length",
        framing::start_codes_behind_one_length,
    ),
    ("surplus bytes", framing::surplus_bytes),
    ("a sloppy record", records::sloppy),
    ("parameter sets in one entry", records::glued),
    ("a byte stream for a record", records::annex_b),
    (
        "something in front of the record",
        records::something_in_front,
    ),
    ("wrong counts in the record", records::wrong_counts),
    ("the record again and again", records::repeated),
    ("timestamps shifted", timing::shifted),
    ("timestamps frozen", timing::frozen),
    ("timestamps to and fro", timing::to_and_fro),
    ("an absurd composition time", timing::absurd_composition),
    ("FourCC instead of codec id", wrapping::four_cc),
    ("one of two tracks", wrapping::one_of_two_tracks),
    (
        "messages without a picture",
        wrapping::messages_without_a_picture,
    ),
];

/// Applies the habits at these places of [`ALL`], counted round, one after the other.
pub fn compose(publish: &mut Publish, habits: &[(u8, u32)]) {
    for (index, detail) in habits {
        let (_, habit) = ALL[usize::from(*index) % ALL.len()];
        habit(publish, *detail);
    }
}
