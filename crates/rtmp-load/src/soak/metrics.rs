//! What driver-host counts itself: its `/metrics`.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(10);

/// One look at `/metrics`.
#[derive(Debug, Clone)]
pub(super) struct Metrics(String);

impl Metrics {
    pub(super) async fn scrape(web: SocketAddr) -> Result<Metrics, String> {
        match timeout(ANSWER, Metrics::fetch(web)).await {
            Ok(fetched) => fetched.map_err(|error| format!("/metrics: {error}")),
            Err(_) => Err(format!("/metrics: no answer after {ANSWER:?}")),
        }
    }

    async fn fetch(web: SocketAddr) -> io::Result<Metrics> {
        let mut stream = TcpStream::connect(web).await?;
        let request = format!("GET /metrics HTTP/1.1\r\nHost: {web}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(Metrics(answer))
    }

    /// Connections of publishers at that moment.
    pub(super) fn connections(&self) -> Option<f64> {
        self.value("rtmp_push_connections")
    }

    /// Tasks of the driver at that moment.
    pub(super) fn tasks(&self) -> Option<f64> {
        self.value("rtmp_push_tasks")
    }

    /// Frames of a camera's latest publish that were dropped, whatever the reason.
    pub(super) fn dropped(&self, camera: usize) -> Option<f64> {
        let of_camera = format!("rtmp_push_camera_dropped_frames_total{{camera=\"{camera}\",");
        let mut lines = self
            .0
            .lines()
            .filter(|line| line.starts_with(&of_camera))
            .peekable();
        lines.peek()?;
        lines.map(value).sum()
    }

    fn value(&self, name: &str) -> Option<f64> {
        let is_named = |line: &&str| line.split(' ').next() == Some(name);
        self.0.lines().find(is_named).and_then(value)
    }
}

fn value(line: &str) -> Option<f64> {
    line.rsplit(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    #[tokio::test(start_paused = true)]
    async fn a_host_that_does_not_answer_is_not_waited_for() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let web = listener.local_addr().unwrap();
        let error = Metrics::scrape(web).await.unwrap_err();
        assert!(error.contains("no answer"), "{error}");
    }

    #[test]
    fn values_are_found_by_name_and_camera() {
        let metrics = Metrics(
            "# HELP rtmp_push_connections Connections of publishers.\n\
             rtmp_push_connections 17\n\
             rtmp_push_camera_dropped_frames_total{camera=\"1\",reason=\"slow_session\"} 2\n\
             rtmp_push_camera_dropped_frames_total{camera=\"1\",reason=\"unusable\"} 3\n\
             rtmp_push_camera_dropped_frames_total{camera=\"11\",reason=\"unusable\"} 7\n"
                .into(),
        );
        assert_eq!(metrics.connections(), Some(17.0));
        assert_eq!(metrics.dropped(1), Some(5.0));
        assert_eq!(metrics.dropped(2), None);
    }
}
