//! The kinds of trouble that there are: what the command line offers.

mod attack;
mod flood;

pub(crate) use attack::Kind;
pub(crate) use flood::{Flood, Group};
