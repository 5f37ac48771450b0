//! Recorded and generated sessions as programs with habits send them: the same messages come, and
//! the same pictures. `crates/habits` has the habits.

use habits::{ALL, OF_SESSIONS, compose_session, recorded, sources};
use proptest::prelude::*;

#[test]
fn every_habit_of_sessions_by_itself_changes_nothing() {
    for (name, session) in recorded() {
        for habit in 0..OF_SESSIONS.len() {
            let details = if name == "ffmpeg_short.rtmp" {
                0..32
            } else {
                3..4
            };
            for detail in details {
                let checked = session.check(&[(habit as u8, detail * 0x101)]);
                checked.unwrap_or_else(|difference| panic!("{name}: {difference}"));
            }
        }
    }
}

#[test]
fn every_habit_of_sessions_is_one() {
    for (index, (name, _)) in OF_SESSIONS.iter().enumerate() {
        let changes = recorded().iter().any(|(_, session)| {
            (0..4).any(|detail| {
                let mut changed = session.clone();
                compose_session(&mut changed, &[(index as u8, detail)]);
                changed.arrivals() != session.arrivals()
            })
        });
        assert!(changes, "{name} changes nothing");
    }
}

fn habits_of(count: usize) -> impl Strategy<Value = Vec<(u8, u32)>> {
    prop::collection::vec(any::<(u8, u32)>(), 0..=count)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn up_to_three_habits_of_sessions_change_nothing(
        session in any::<prop::sample::Index>(),
        habits in habits_of(3),
    ) {
        let (name, session) = session.get(recorded());
        let checked = session.check(&habits);
        prop_assert!(checked.is_ok(), "{name}: {}", checked.unwrap_err());
    }

    #[test]
    fn habits_of_media_and_of_sessions_leave_the_pictures_as_they_are(
        source in any::<prop::sample::Index>(),
        habits in habits_of(2),
        of_session in habits_of(2),
    ) {
        let checked = source.get(sources()).check_all_the_way(&habits, &of_session);
        prop_assert!(checked.is_ok(), "{}", checked.unwrap_err());
    }
}

#[test]
fn every_habit_of_media_goes_all_the_way() {
    for source in sources() {
        for habit in 0..ALL.len() {
            let checked = source.check_all_the_way(&[(habit as u8, 5)], &[]);
            checked.unwrap_or_else(|difference| panic!("{difference}"));
        }
    }
}
