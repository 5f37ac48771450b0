//! Accepts every publish and throws its media away: what the server itself costs.
//!
//! ```text
//! cargo run --release -p rtmp-server --features pkcs12 --example discard -- 1935
//! ```
//!
//! For RTMPS, a PKCS#12 file and its password follow the port.

use std::sync::Arc;
use std::time::Instant;

use rtmp_server::{
    EndReason, Limits, Media, MediaSink, PublishCall, ReloadingTls, Server, Status, listen,
    service_fn,
};

struct Discard;

impl MediaSink for Discard {
    fn media(&mut self, _: Instant, _: Media) -> Result<(), Status> {
        Ok(())
    }

    fn end(&mut self, _: Instant, _: &EndReason) {}
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let port = arguments.next().map_or(Ok(1935), |port| port.parse())?;
    let tls = arguments
        .next()
        .map(|file| {
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            ReloadingTls::open(file, arguments.next().unwrap_or_default(), provider)
        })
        .transpose()?;
    let limits = Arc::new(Limits::default());
    limits.set_connections(2000);
    limits.set_rate_limit_enabled(false);

    let publish = service_fn(|_: PublishCall| async { Ok(Discard) });
    let listener = listen(None, port)?;
    println!("listening on {}", listener.local_addr());
    let stop = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    let mut server = Server::builder().limits(limits).publish(publish);
    if let Some(tls) = tls {
        server = server.certificate(tls);
    }
    server.build().serve_with_shutdown([listener], stop).await;
    Ok(())
}
