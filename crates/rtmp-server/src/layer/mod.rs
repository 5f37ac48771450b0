//! Layers around the services of the control plane.
//!
//! The limits are read from a shared [`Limits`], which can be changed while the server runs. What
//! is over a limit is refused at once and never queued; what is admitted holds its permit until the
//! connection has ended.

mod connections;
mod limit;
mod limits;
#[cfg(feature = "auth")]
mod login;
#[cfg(feature = "governor")]
mod rate;

pub use crate::address_group::AddressGroup;
pub use limit::{Limit, LimitLayer, Limiting};
pub use limits::Limits;
#[cfg(feature = "auth")]
pub use login::{Login, LoginFailure, LoginLayer, LoginRefusal, Logins, UserLookup};
