//! RTMPS: certificates and keys from PKCS#12 files, and their replacement while the server runs.
//!
//! TLS protects the transport. It authenticates the server if publishers check its certificate, and
//! it does not authenticate publishers.
#![deny(clippy::expect_used, clippy::unwrap_used)]
#![deny(clippy::indexing_slicing, clippy::panic)]
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod certificate;
mod chain;
mod failure;
mod identity;
mod key;
mod partial;
mod pkcs12;
mod reload;
#[cfg(test)]
mod tests;

pub use certificate::IdentityWarning;
pub(crate) use failure::in_words as failure_in_words;
pub use identity::{TlsIdentity, TlsIdentityError, Validity};
pub use reload::{Refreshed, ReloadingTls};
