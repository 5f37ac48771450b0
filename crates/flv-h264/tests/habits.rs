//! Recorded and generated publishes as publishers with habits send them: what comes out is what
//! went in. `crates/habits` has the habits.

use habits::{ALL, sources};
use proptest::prelude::*;

#[test]
fn every_habit_by_itself_changes_nothing() {
    for source in sources() {
        for habit in 0..ALL.len() {
            for detail in 0..8 {
                let habit = (habit as u8, detail * 0x101);
                source.check(&[habit], 256).unwrap_or_else(|difference| {
                    panic!("{difference}");
                });
            }
        }
    }
}

/// The number of the habit of that name.
fn habit(name: &str) -> u8 {
    let at = ALL.iter().position(|(known, _)| *known == name);
    at.expect("a habit") as u8
}

#[test]
fn sets_that_change_within_a_message_are_those_of_the_pictures_behind_them() {
    let [in_band, several, before] = [
        "parameter sets in band alone",
        "several pictures in a message",
        "what is in front comes before",
    ]
    .map(habit);
    let changing = sources()
        .iter()
        .filter(|source| source.name.starts_with("another size"));
    for source in changing {
        for (another, detail) in (0..ALL.len()).flat_map(|it| (0..3).map(move |at| (it, at))) {
            let another = (another as u8, detail * 0x101);
            for habits in [
                [(in_band, detail), (several, detail), another],
                [(in_band, detail), another, (several, detail)],
                [(in_band, detail), (before, detail), another],
                [(in_band, detail), another, (before, detail)],
                [(in_band, detail), (before, detail), (several, detail)],
            ] {
                source.check(&habits, 256).unwrap_or_else(|difference| {
                    panic!("{difference}");
                });
            }
        }
    }
}

#[test]
fn there_are_recordings_and_generated_streams_of_every_kind() {
    let names: Vec<&str> = sources()
        .iter()
        .map(|source| source.name.as_str())
        .collect();
    for part in [
        "slices.flv",
        "interlaced.flv",
        "obs.rtmp",
        "rtmp2sink.rtmp",
        "fields: true",
        "hevc_open_gop.flv",
        "hevc_slices.flv",
        "HevcStream { slices: 4, dependent: true",
    ] {
        assert!(
            names.iter().any(|name| name.contains(part)),
            "{part} in {names:?}"
        );
    }
}

#[test]
fn every_habit_is_one() {
    for (index, (name, _)) in ALL.iter().enumerate() {
        let changes = sources().iter().any(|source| {
            let mut publish = source.publish.clone();
            habits::compose(&mut publish, &[(index as u8, 5)]);
            !publish.bodies().eq(source.publish.bodies())
        });
        assert!(changes, "{name} changes nothing");
    }
}

proptest! {
    #[test]
    fn up_to_three_habits_change_nothing(
        source in any::<prop::sample::Index>(),
        habits in prop::collection::vec(any::<(u8, u32)>(), 0..=3),
        room in prop::sample::select(vec![0_usize, 5, 256]),
    ) {
        let checked = source.get(sources()).check(&habits, room);
        prop_assert!(checked.is_ok(), "{}", checked.unwrap_err());
    }
}
