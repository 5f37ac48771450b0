//! What all connections of a server share: the services that decide, with their types erased.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use tower::ServiceExt as _;
use tower::util::{BoxCloneSyncService, BoxService, Oneshot};

use super::Observer;
use crate::proto::{SessionConfig, Status};
use crate::service::{
    Admission, AdmissionRefusal, ConnectAcceptance, ConnectCall, Incoming, PublishCall,
};
use crate::sink::MediaSink;
#[cfg(feature = "tls")]
use crate::tls::TlsConfig;

pub(super) type AdmissionService = BoxService<Incoming, Admission, AdmissionRefusal>;
pub(super) type ConnectService = BoxCloneSyncService<ConnectCall, ConnectAcceptance, Status>;
pub(super) type PublishService = BoxCloneSyncService<PublishCall, Box<dyn MediaSink>, Status>;

/// The decision on a connect command, to come.
pub(super) type ConnectDecision = Pin<Box<Oneshot<ConnectService, ConnectCall>>>;
/// The decision on a publish, to come.
pub(super) type PublishDecision = Pin<Box<Oneshot<PublishService, PublishCall>>>;

/// What all connections of a server share.
pub(super) struct Services {
    pub(super) session: Arc<SessionConfig>,
    #[cfg(feature = "tls")]
    pub(super) tls: Option<TlsConfig>,
    pub(super) observer: Arc<dyn Observer>,
    pub(super) connect: ConnectService,
    pub(super) publish: PublishService,
}

impl Services {
    /// Asks a clone of the service, as every connection does.
    pub(super) fn decide_connect(&self, call: ConnectCall) -> ConnectDecision {
        Box::pin(self.connect.clone().oneshot(call))
    }

    /// Asks a clone of the service, as every connection does.
    pub(super) fn decide_publish(&self, call: PublishCall) -> PublishDecision {
        Box::pin(self.publish.clone().oneshot(call))
    }
}

impl fmt::Debug for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Services")
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}
