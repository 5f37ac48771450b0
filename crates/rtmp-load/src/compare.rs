//! Sink, library and driver in turn.
use crate::args;
pub(crate) fn run(_: &args::Compare) -> Result<(), String> {
    Ok(())
}
