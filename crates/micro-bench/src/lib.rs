//! The parts of the way of a frame, each alone and with fixed input. What is measured, and how, is in the README.

mod case;
mod cases;

pub use case::Case;
pub use cases::all;
