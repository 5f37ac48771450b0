//! What sessions read from.

mod drawing_queue;
mod offline_screen;

pub(crate) use drawing_queue::DrawingQueue;
pub(crate) use offline_screen::{Notice, Offer, OfflineScreen};
