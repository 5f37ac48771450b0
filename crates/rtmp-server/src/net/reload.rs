//! Looks after the certificate while the server runs.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use super::Observer;
use super::panics;
use crate::tls::{Refreshed, ReloadingTls};

/// How often the certificate's file is looked at.
const INTERVAL: Duration = Duration::from_secs(2);

/// Picks up changes of the certificate's file, for as long as it is polled.
pub(super) async fn watch(tls: Option<ReloadingTls>, observer: Arc<dyn Observer>) -> Infallible {
    let Some(tls) = tls.filter(ReloadingTls::watches_a_file) else {
        return pending().await;
    };
    loop {
        tokio::time::sleep(INTERVAL).await;
        let refreshing = tls.clone();
        match tokio::task::spawn_blocking(move || refreshing.refresh()).await {
            Ok(Ok(Refreshed::Replaced(identity))) => {
                tracing::info!(?identity, "the certificate was reloaded");
                panics::catch(async { observer.certificate_reloaded(&identity) }).await;
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "the changed certificate cannot be used; the one before stays");
                panics::catch(async { observer.certificate_rejected(&error) }).await;
            }
            Ok(Ok(Refreshed::Unchanged)) | Err(_) => {}
        }
    }
}
