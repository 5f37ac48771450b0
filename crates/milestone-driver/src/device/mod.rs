//! Devices: what sessions read from, each with its [`Track`](crate::track::Track).
//!
//! A publish point has devices, which are the same to the host as long as it runs; publishers come and go.

mod camera;
mod drawing_queue;
mod feed;
mod offline_screen;
mod sessions;
mod sound;
mod video;

pub(crate) use camera::{Camera, Notice};
pub(crate) use drawing_queue::DrawingQueue;
pub(crate) use feed::{End, Feed};
pub(crate) use offline_screen::Offer;
pub(crate) use sessions::Sessions;
pub(crate) use sound::Sound;
pub(crate) use video::Video;
