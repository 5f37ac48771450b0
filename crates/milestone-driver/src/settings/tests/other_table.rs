//! What a row of the table is enough for: settings that the driver does not have, a second one of each camera and an
//! enumeration among them.

use crate::identity::CAMERAS;
use crate::settings::change::{apply, plan, stored};
use crate::settings::table::{Table, settings};
use crate::settings::value::Choices;
use crate::settings::{
    Change, Choice, Secret, SettingEffect, SettingKind, SettingProblem, SettingScope,
};
use crate::stream_path::StreamPath;

/// Who is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    Open,
    Guarded,
    Shut,
}

impl Choices for Door {
    const VALUES: &'static [Self] = &[Self::Open, Self::Guarded, Self::Shut];
    const CHOICES: &'static [Choice] = &[
        Choice::new("Open", "Open to everybody"),
        Choice::new("Guarded", "Only with a key"),
        Choice::new("Shut", "Shut"),
    ];
}

settings! {
    /// Of a house.
    struct House;
    /// Of a room.
    struct Room;

    hardware {
        door: Door = Door::Open => {
            key: "Door",
            name: "Front Door",
            description: "Who is let in.",
            id: "3b9a6f04-0000-0000-0000-000000000000",
            kind: SettingKind::Choice(Door::CHOICES),
            effect: SettingEffect::Nothing,
        }
    }
    camera {
        name: StreamPath = StreamPath::default_of => {
            key: "Name",
            name: "Room Name",
            description: "On its door.",
            id: "c81d5e3f-0000-0000-0000-000000000000",
            kind: SettingKind::StreamPath,
            effect: SettingEffect::MovesCamera,
        }
        seats: u16 = |camera| 10 + camera as u16 => {
            key: "Seats",
            name: "Seats",
            description: "How many may sit down.",
            id: "95f2c7d8-0000-0000-0000-000000000000",
            kind: SettingKind::Number(0..=50),
            effect: SettingEffect::Nothing,
        }
        room_key: Secret = |_| Secret::default() => {
            key: "RoomKey",
            name: "Room Key",
            description: "Opens it.",
            id: "6d1c9f52-0000-0000-0000-000000000000",
            kind: SettingKind::Secret,
            effect: SettingEffect::Nothing,
        }
    }
}

fn seats(house: &House) -> Vec<u16> {
    house.cameras.iter().map(|room| room.seats).collect()
}

#[test]
fn each_camera_has_its_own_value() {
    let house = House::default();
    assert_eq!(seats(&house), (10..26).collect::<Vec<_>>());
    let key = |camera| Change::of_camera("RoomKey", camera, "s3same");
    let changes = [Change::of_camera("Seats", 3, "40"), key(0), key(15)];
    let changed = apply(&house, changes).expect("good changes");
    assert_eq!((seats(&changed)[3], seats(&changed)[4]), (40, 14));
    let keys: Vec<_> = changed
        .cameras
        .iter()
        .map(|room| room.room_key.expose())
        .collect();
    assert_eq!((keys[0], keys[1], keys[15]), ("s3same", "", "s3same"));
    // Two rooms with one key are no matter, two with one name are.
    let name = Change::of_camera("Name", 9, "/stream1");
    let errors = apply(&changed, [name]).expect_err("the name is taken");
    assert_eq!(errors[0].problem, SettingProblem::PathTaken { by: 0 });
    for (change, problem) in [
        (Change::new("Seats", "1"), SettingProblem::UnknownSetting),
        (
            Change::of_camera("Seats", CAMERAS, "1"),
            SettingProblem::UnknownCamera,
        ),
        (
            Change::of_camera("Door", 0, "Shut"),
            SettingProblem::UnknownSetting,
        ),
    ] {
        let errors = apply(&changed, [change]).expect_err("it has no such setting");
        assert_eq!(errors[0].problem, problem);
    }
}

#[test]
fn a_choice_is_one_of_those_there_are() {
    let house = House::default();
    let door = |text: &str| apply(&house, [Change::new("Door", text)]).map(|house| house.door);
    assert_eq!(door("Guarded"), Ok(Door::Guarded));
    assert_eq!(door(" shut "), Ok(Door::Shut));
    for unknown in ["", "Ajar", "1", "Open,Shut", "Open to everybody"] {
        let errors = door(unknown).expect_err("there is no such choice");
        assert_eq!(
            errors[0].to_string(),
            format!("Front Door: '{unknown}' is not known, allowed is Open, Guarded, Shut")
        );
    }
    for (value, choice) in Door::VALUES.iter().zip(Door::CHOICES) {
        let changed = apply(&house, [Change::new("Door", choice.key)]).expect("a choice");
        assert_eq!(changed.door, *value);
        let row = House::row("Door").expect("a row");
        assert_eq!(row.text(&changed, None).as_deref(), Some(choice.key));
    }
}

#[test]
fn what_is_stored_and_unknown_has_its_default() {
    let (house, errors) = stored::<House>([
        Change::new("Door", "RevolvingDoor"),
        Change::of_camera("Seats", 2, "51"),
        Change::of_camera("Seats", 1, "7"),
        Change::of_camera("RoomKey", 1, "s3same"),
    ]);
    assert_eq!(house.door, Door::Open);
    assert_eq!((house.cameras[1].seats, house.cameras[2].seats), (7, 12));
    assert_eq!(house.cameras[1].room_key.expose(), "s3same");
    let named: Vec<_> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        named,
        [
            "Front Door: 'RevolvingDoor' is not known, allowed is Open, Guarded, Shut",
            "Seats of Stream 3: '51' is out of range, allowed is 0 to 50",
        ]
    );
}

#[test]
fn a_secret_of_a_camera_goes_in_and_never_comes_out() {
    let key = Change::of_camera("RoomKey", 4, "s3same");
    let changed = apply(&House::default(), [key]).expect("a key");
    let row = House::row("RoomKey").expect("a row");
    assert_eq!(row.setting.scope, SettingScope::Camera);
    assert_eq!(row.text(&changed, Some(4)), None);
    assert!(!format!("{changed:?}").contains("s3same"));
    let told = plan(&House::default(), &changed);
    assert_eq!(told.changes, ["Room Key of Stream 5 is now another"]);
    assert!(told.moved.is_empty() && !told.restarts_listener);
    assert_eq!(plan(&changed, &changed).changes, [""; 0]);
    let misplaced = apply(&changed, [Change::new("RoomKey", "s3same")]).expect_err("of no camera");
    assert!(!format!("{misplaced:?} {}", misplaced[0]).contains("s3same"));
}
