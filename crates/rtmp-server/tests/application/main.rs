//! What an application meets besides sessions and sockets: layers, publications, media channels; in
//! virtual time.

#![allow(unreachable_pub, reason = "nothing is public in a test binary")]

mod layers;
mod media_channels;
mod publications;
