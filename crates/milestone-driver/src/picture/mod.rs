//! Offline pictures: what a camera shows while no video comes.
//!
//! A [`PictureState`] says what there is to tell, [`OfflinePictures`] turns it into a JPEG of
//! [`WIDTH`] × [`HEIGHT`] pixels and remembers it, so that a picture is drawn when the state changes and not once a
//! second. Each state has two [`Phase`]s, in which the broadcast sign is white and cyan: a person sees at a glance
//! that the camera is alive although its picture stands still.

mod cache;
mod canvas;
mod layout;
mod sign;
mod state;
mod text;

pub use cache::OfflinePictures;
pub use state::{OfflineInfo, Phase, PictureState, Problem};

/// Width of every offline picture in pixels.
pub const WIDTH: u16 = 1280;
/// Height of every offline picture in pixels.
pub const HEIGHT: u16 = 720;
