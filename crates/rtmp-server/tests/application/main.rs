//! What an application meets besides sessions and sockets: layers, claims, media channels; in
//! virtual time.

#![allow(unreachable_pub, reason = "nothing is public in a test binary")]

mod claims;
mod layers;
mod logins;
mod media_channels;
