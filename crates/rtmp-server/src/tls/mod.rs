//! RTMPS: a configuration of rustls, which can be replaced while the server runs, or (feature
//! `pkcs12`) certificates and keys from PKCS#12 files that are looked after.
//!
//! TLS protects the transport. It authenticates the server if publishers check its certificate, and
//! it does not authenticate publishers.
#![deny(clippy::expect_used, clippy::unwrap_used)]
#![deny(clippy::indexing_slicing, clippy::panic)]
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

#[cfg(feature = "pkcs12")]
mod certificate;
#[cfg(feature = "pkcs12")]
mod chain;
mod config;
mod failure;
#[cfg(feature = "pkcs12")]
mod identity;
#[cfg(feature = "pkcs12")]
mod key;
#[cfg(feature = "pkcs12")]
mod partial;
#[cfg(feature = "pkcs12")]
mod pkcs12;
#[cfg(feature = "pkcs12")]
mod reload;
#[cfg(test)]
#[cfg(feature = "pkcs12")]
mod tests;

#[cfg(feature = "pkcs12")]
pub use certificate::IdentityWarning;
pub use config::TlsConfig;
pub(crate) use failure::in_words as failure_in_words;
#[cfg(feature = "pkcs12")]
pub use identity::{TlsIdentity, TlsIdentityError, Validity};
#[cfg(feature = "pkcs12")]
pub use reload::{Refreshed, ReloadingTls};
