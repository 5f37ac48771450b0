//! What the process holds: memory, threads, descriptors, connections.

use std::fs;
use std::time::Duration;

use super::host::Host;
use super::metrics::Metrics;
use crate::usage::Usage;

/// The name of threads that tokio lends to work that blocks, and ends when they had nothing to do for 10 s. They are
/// there or not as chance has it.
const POOL: &str = "tokio-rt-worker";

/// One look at driver-host.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    /// From the start of the soak.
    pub(super) at: Duration,
    pub(super) resident_kib: u64,
    /// But for those of [`POOL`].
    pub(super) threads: u64,
    pub(super) descriptors: u64,
    pub(super) connections: u64,
    /// Of the driver's runtime.
    pub(super) tasks: u64,
}

impl Sample {
    pub(super) const COLUMNS: &str =
        "second\tresident_kib\tthreads\tdescriptors\tconnections\ttasks\n";

    pub(super) async fn take(host: &Host, at: Duration) -> Result<Sample, String> {
        let process = host.process();
        // Descriptors come before the look at the metrics, which takes one itself.
        let descriptors = entries(process, "fd")?.count() as u64;
        let threads = threads(process)?;
        let resident_kib = Usage::of(process)?.resident_kib;
        let metrics = Metrics::scrape(host.web).await?;
        let connections = metrics.connections().ok_or("/metrics: no connections")?;
        let tasks = metrics.tasks().ok_or("/metrics: no tasks")?;
        Ok(Sample {
            at,
            resident_kib,
            threads,
            descriptors,
            connections: connections as u64,
            tasks: tasks as u64,
        })
    }

    /// What is more than it was before anybody came, in words.
    pub(super) fn left_over(&self, before: &Sample) -> Vec<String> {
        let figures = [
            ("connections", before.connections, self.connections),
            ("tasks", before.tasks, self.tasks),
            ("descriptors", before.descriptors, self.descriptors),
            ("threads", before.threads, self.threads),
        ];
        figures
            .into_iter()
            .filter(|(_, before, after)| after > before)
            .map(|(name, before, after)| {
                format!("{after} {name} are left, {before} were there before")
            })
            .collect()
    }

    pub(super) fn row(&self) -> String {
        format!(
            "{}\t{}\t{}\t{}\t{}\t{}\n",
            self.at.as_secs(),
            self.resident_kib,
            self.threads,
            self.descriptors,
            self.connections,
            self.tasks
        )
    }
}

fn threads(process: u32) -> Result<u64, String> {
    // A thread that has ended since it was listed has no name any more.
    let names = entries(process, "task")?
        .filter_map(|thread| fs::read_to_string(thread.ok()?.path().join("comm")).ok());
    Ok(names.filter(|name| name.trim_end() != POOL).count() as u64)
}

/// The entries of a folder of the process (proc(5)).
fn entries(process: u32, folder: &str) -> Result<fs::ReadDir, String> {
    let path = format!("/proc/{process}/{folder}");
    fs::read_dir(&path).map_err(|error| format!("{path}: {error}"))
}
