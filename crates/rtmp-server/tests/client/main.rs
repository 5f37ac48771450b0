//! The publisher's side against the server's, in virtual time, and against servers that are up to no
//! good.

#[path = "../common/mod.rs"]
mod common;
mod deadlines;
mod hostile;
mod links;
mod pair;
mod properties;
mod publishing;
mod scripted;
mod splits;
