//! What is measured, in the order of a frame's way.

mod access_units;
mod chunks;
mod commands;
mod ring;
mod session;
mod timeline;

use crate::Case;

/// All cases.
pub fn all() -> Vec<Case> {
    [
        commands::cases(),
        chunks::cases(),
        session::cases(),
        access_units::cases(),
        timeline::cases(),
        ring::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
