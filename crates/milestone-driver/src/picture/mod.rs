//! Offline pictures: what a camera shows while no video comes.
//!
//! A [`PictureState`] says what is to be shown, a [`Drawer`] turns it into an [`OfflinePicture`], and that gives JPEGs
//! of [`WIDTH`] × [`HEIGHT`] pixels in two [`Phase`]s, in which the broadcast sign is white and cyan: a person sees at a
//! glance that the camera is alive although its picture stands still.
//!
//! The pictures of a process are much alike. So they are put together from parts that were drawn and
//! encoded once: cameras share everything but their names and addresses, and both phases everything but the sign.

mod canvas;
mod drawer;
mod layout;
mod scan;
mod sign;
mod state;
mod text;

pub use drawer::{Drawer, OfflinePicture};
pub use state::{OfflineInfo, Phase, PictureState, PublisherNeeds};

/// Width of every offline picture in pixels.
pub const WIDTH: u16 = 1280;
/// Height of every offline picture in pixels.
pub const HEIGHT: u16 = 720;
