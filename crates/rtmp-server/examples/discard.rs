//! Accepts every publish and throws its media away; prints what happens to connections.
//!
//! ```text
//! cargo run --example discard -- 1935
//! ```

use std::sync::Arc;
use std::time::Instant;

use rtmp_server::{
    ConnectionHandle, ConnectionSummary, EndReason, Limits, Media, MediaSink, Observer,
    PublishCall, PublishRefusal, PublishRequest, Server, listen, service_fn,
};

struct Discard {
    messages: u64,
}

impl MediaSink for Discard {
    fn media(&mut self, _: Instant, _: Media) -> Result<(), PublishRefusal> {
        self.messages += 1;
        Ok(())
    }

    fn end(&mut self, _: Instant, _: &EndReason) {
        println!("{} messages", self.messages);
    }
}

struct Log;

impl Observer for Log {
    fn accepted(&self, connection: &ConnectionHandle) {
        println!("{}: connected", connection.peer());
    }

    fn publish_ended(&self, connection: &ConnectionHandle, _: &PublishRequest, reason: &EndReason) {
        println!("{}: {reason}", connection.peer());
    }

    fn closed(&self, connection: &ConnectionHandle, summary: &ConnectionSummary) {
        println!(
            "{}: closed after {:?}: {}",
            connection.peer(),
            summary.duration,
            summary.end
        );
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port = std::env::args()
        .nth(1)
        .map_or(Ok(1935), |port| port.parse())?;
    let limits = Arc::new(Limits::default());
    limits.set_connections(2000);
    limits.set_connections_per_ip(2000);
    limits.set_rate_limit_enabled(false);

    let publish = service_fn(|_: PublishCall| async {
        Ok::<Box<dyn MediaSink>, PublishRefusal>(Box::new(Discard { messages: 0 }))
    });
    let listener = listen(None, port)?;
    println!("listening on {}", listener.local_addr());
    let stop = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    Server::builder()
        .limits(limits)
        .observer(Log)
        .publish(publish)
        .serve_with_shutdown([listener], stop)
        .await;
    Ok(())
}
