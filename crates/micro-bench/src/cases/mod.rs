//! What is measured, in the order of a frame's way.

mod access_units;
mod chunks;
mod clock;
mod commands;
mod ring;
mod session;

use crate::Case;

/// All cases.
pub fn all() -> Vec<Case> {
    [
        commands::cases(),
        chunks::cases(),
        session::cases(),
        access_units::cases(),
        clock::cases(),
        ring::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
