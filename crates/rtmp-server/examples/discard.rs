//! Accepts every publish and throws its media away: what the server itself costs.
//!
//! ```text
//! cargo run --release --example discard -- 1935
//! ```

use std::sync::Arc;
use std::time::Instant;

use rtmp_server::{
    EndReason, Limits, Media, MediaSink, PublishCall, PublishRefusal, Server, listen, service_fn,
};

struct Discard;

impl MediaSink for Discard {
    fn media(&mut self, _: Instant, _: Media) -> Result<(), PublishRefusal> {
        Ok(())
    }

    fn end(&mut self, _: Instant, _: &EndReason) {}
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port = std::env::args()
        .nth(1)
        .map_or(Ok(1935), |port| port.parse())?;
    let limits = Arc::new(Limits::default());
    limits.set_connections(2000);
    limits.set_rate_limit_enabled(false);

    let publish =
        service_fn(|_: PublishCall| async { Ok(Box::new(Discard) as Box<dyn MediaSink>) });
    let listener = listen(None, port)?;
    println!("listening on {}", listener.local_addr());
    let stop = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    Server::builder()
        .limits(limits)
        .publish(publish)
        .serve_with_shutdown([listener], stop)
        .await;
    Ok(())
}
