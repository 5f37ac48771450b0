//! AMF0: how OBS connects.

use std::hint::black_box;

use amf0::{Decoder, ValueRef};
use codec_bench::recording::connect_command;

use crate::Case;

/// Few instructions each: many, for the counts to be steady.
const COMMANDS: usize = 1000;

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("amf0/connect", |value| {
            black_box(value);
        }),
        case("amf0/connect-read", read),
    ]
}

fn case(name: &'static str, look_at: fn(ValueRef<'_>)) -> Case {
    let command = connect_command();
    Case::new(name, "command", COMMANDS, move || {
        (0..COMMANDS)
            .filter(|_| {
                let mut decoder = Decoder::new(black_box(&command));
                while let Ok(Some(value)) = decoder.decode_ref() {
                    look_at(value);
                }
                decoder.remaining().is_empty()
            })
            .count()
    })
}

/// Looks at a value and at all that is inside it.
fn read(value: ValueRef<'_>) {
    black_box(&value);
    for (name, property) in value.as_object().into_iter().flatten() {
        black_box(name);
        read(property);
    }
}
