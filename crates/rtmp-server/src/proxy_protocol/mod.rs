//! The PROXY protocol of a load balancer in front, versions 1 and 2: sans-IO.
//!
//! A TCP load balancer hides who connects: every connection comes from its own address. So it writes
//! a header in front of each connection's first byte, in front of TLS, too, that says where the
//! connection came from ("The PROXY protocol", HAProxy, sections 2.1 and 2.2; nginx, Envoy and the
//! load balancers of clouds write the same). Anybody can write one, so it is believed from known
//! addresses only: [`Networks`]. [`ProxyHeaderReader`] reads it.
#![deny(clippy::expect_used, clippy::unwrap_used)]
#![deny(clippy::indexing_slicing, clippy::panic)]
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod header;
mod line;
mod networks;
mod reader;

#[cfg(feature = "net")]
pub(crate) use header::canonical;
pub use header::{ProxyHeader, ProxyHeaderError};
pub use networks::{NetworkProblem, Networks, NetworksError};
pub use reader::ProxyHeaderReader;
#[cfg(feature = "net")]
pub(crate) use reader::begins_header;
