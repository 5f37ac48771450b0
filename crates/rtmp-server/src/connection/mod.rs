//! What is known of a connection, whoever runs it: a handle on it, how it is encrypted, how it ended.

mod end;
mod handle;
mod info;

pub use end::{ConnectionEnd, ConnectionSummary};
pub use handle::{ConnectionHandle, ConnectionId};
pub use info::{TlsInfo, TlsVersion};
