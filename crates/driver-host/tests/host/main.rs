//! The program from outside: as people, programs and publishers use it.

mod command_line;
#[cfg(unix)]
mod full_disk;
#[cfg(unix)]
mod recorded_publish;
mod support;
mod web;
