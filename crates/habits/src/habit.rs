use crate::publish::Publish;
use crate::{coded, framing, records, timing, wrapping};

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
    (
        "what is in front comes before",
        coded::what_is_in_front_comes_before,
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
    ("ends of sequences", coded::ends_of_sequences),
    ("empty units", coded::empty_units),
    ("filler behind each picture", coded::filler),
    ("lengths of another size", framing::lengths_of_another_size),
    ("start codes", framing::start_codes),
    (
        "start codes behind one length",
        framing::start_codes_behind_one_length,
    ),
    ("framing of every kind", framing::of_every_kind),
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
    ("ModEx packets", wrapping::mod_ex),
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
