//! Protocol control messages (RTMP 1.0 section 5.4) and user control messages (sections 6.2 and 7.1.7).

mod error;
mod protocol;
mod user;

pub use error::ControlError;
pub use protocol::{LimitType, ProtocolControl};
pub use user::UserControl;

use error::take;
