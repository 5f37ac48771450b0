//! Layers around the services of the control plane.
//!
//! The limits are read from a shared [`Limits`], which can be changed while the server runs. What
//! is over a limit is refused at once and never queued; what is admitted holds its permit until the
//! connection has ended.

mod address_group;
mod admitting;
mod connection_limit;
mod limits;
mod per_ip_limit;
mod rate_limit;
mod trace;

pub use address_group::AddressGroup;
pub use admitting::Admitting;
pub use connection_limit::{ConnectionLimit, ConnectionLimitLayer};
pub use limits::Limits;
pub use per_ip_limit::{PerIpLimit, PerIpLimitLayer};
pub use rate_limit::{RateLimit, RateLimitLayer};
pub use trace::{Trace, TraceLayer, Tracing};
