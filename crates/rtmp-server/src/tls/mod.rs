//! RTMPS: certificates and keys, and their replacement while the server runs.

mod identity;
mod info;
mod reload;

pub use identity::{TlsIdentity, TlsIdentityError};
pub use info::{TlsInfo, TlsVersion};
pub use reload::ReloadingTls;
