//! What bearing a load costs a target.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::time::sleep;

use super::target::{Delivered, Running};
use crate::args;
use crate::publish::{self, Outcome, Published};
use crate::session::Session;

/// How often resident memory is looked at.
const MEMORY_SAMPLE: Duration = Duration::from_millis(200);

/// The time to read what publishers have sent at last.
const LATE_READS: Duration = Duration::from_millis(200);

/// What one target used under one load. Not finite: there were no bytes, or no connections, to divide by.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Measurement {
    /// CPU seconds for each gigabyte received.
    pub(crate) cpu_per_gigabyte: f64,
    /// The part of it that was not spent in the kernel.
    pub(crate) user_per_gigabyte: f64,
    /// CPU time for each second, connecting included: the part of a core that was busy.
    pub(crate) core_share: f64,
    /// CPU seconds before the first connection, to a hundredth.
    pub(crate) start_seconds: f64,
    /// Resident memory before the first connection, in KiB.
    pub(crate) base_kib: u64,
    /// What a connection added to it at most, in KiB.
    pub(crate) kib_per_connection: f64,
    /// The same without what a driver's host holds and what the driver keeps for its sessions; of drivers that are
    /// published to.
    pub(crate) kib_beyond_kept: Option<f64>,
    pub(crate) published: Outcome,
    /// Frames that were written whole, of the kinds that sessions are there for.
    pub(crate) frames_to_deliver: u64,
    /// What the target said at its end.
    pub(crate) delivered: Option<Delivered>,
}

/// Lets `load`'s publishers publish to a target, spread over its addresses. Without publishers it is watched at rest.
pub(crate) async fn measure(
    running: Running,
    load: &args::Publish,
    session: &Arc<Session>,
) -> Result<Measurement, String> {
    let before = running.settled().await?;
    let rest = running.memory()?;
    let start = Instant::now();
    let addresses = running.addresses().to_vec();
    let mut publishing = pin!(publish_everywhere(load, &addresses, session));
    let mut peak = rest;
    let published = loop {
        tokio::select! {
            outcome = &mut publishing => break outcome?,
            () = sleep(MEMORY_SAMPLE) => peak = peak.max(running.memory()?),
        }
    };
    // Reading the rest belongs to the cost; what a driver does when publishers leave, such as drawing pictures of
    // cameras without one, belongs to the end of a publish, which a long one has no more often than a short one.
    sleep(LATE_READS).await;
    let used = running.usage()?.since(&before);
    let seconds = start.elapsed().as_secs_f64();
    let published = published.hang_up().await;
    let gigabytes = published.bytes as f64 / 1e9;
    let kib_per_connection = |peak: u64, rest: u64| {
        let added = peak.saturating_sub(rest);
        added as f64 / load.publishers as f64
    };
    let beyond_kept = peak.beyond_kept_kib.zip(rest.beyond_kept_kib);
    Ok(Measurement {
        cpu_per_gigabyte: used.total.as_secs_f64() / gigabytes,
        user_per_gigabyte: used.user.as_secs_f64() / gigabytes,
        core_share: used.total.as_secs_f64() / seconds,
        start_seconds: before.whole_process().as_secs_f64(),
        base_kib: rest.resident_kib,
        kib_per_connection: kib_per_connection(peak.resident_kib, rest.resident_kib),
        kib_beyond_kept: beyond_kept.map(|(peak, rest)| kib_per_connection(peak, rest)),
        frames_to_deliver: match running.takes_sound() {
            true => published.frames + published.sound_frames,
            false => published.frames,
        },
        published,
        delivered: running.stop(),
    })
}

async fn publish_everywhere(
    load: &args::Publish,
    addresses: &[SocketAddr],
    session: &Arc<Session>,
) -> Result<Published, String> {
    if load.publishers == 0 {
        sleep(Duration::from_secs_f64(load.seconds)).await;
        return Ok(Published::default());
    }
    let (share, rest) = (
        load.publishers / addresses.len(),
        load.publishers % addresses.len(),
    );
    let loads: Vec<_> = addresses
        .iter()
        .enumerate()
        .map(|(number, server)| {
            let load = args::Publish {
                server: *server,
                publishers: share + usize::from(number < rest),
                ..load.clone()
            };
            let session = Arc::clone(session);
            tokio::spawn(async move { publish::publish_all(&load, session).await })
        })
        .collect();
    let mut published = Published::default();
    for load in loads {
        published.add(load.await.map_err(|error| error.to_string())?);
    }
    Ok(published)
}
