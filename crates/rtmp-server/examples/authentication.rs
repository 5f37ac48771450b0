//! A server behind a stack of layers: publishes are traced, and need a token.
//!
//! ```text
//! cargo run -p rtmp-server --example authentication -- 1935
//! ffmpeg -re -i video.mp4 -c copy -f flv 'rtmp://localhost/live/camera?token=t0k3n'
//! ```
//!
//! The same layer with its tests is in the guide, `rtmp_server::service::guide`.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use rtmp_server::{
    Admission, AdmissionRefusal, EndReason, Incoming, Limits, Media, MediaSink, PublishCall,
    PublishRefusal, Server, TraceLayer, listen, service_fn,
};
use tower::ServiceBuilder;
use tower_layer::Layer;
use tower_service::Service;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .init();
    let port = std::env::args()
        .nth(1)
        .map_or(Ok(1935), |port| port.parse())?;

    let publish = ServiceBuilder::new()
        .layer(TraceLayer::new())
        .layer(TokenLayer {
            token: "t0k3n".into(),
        })
        .service(service_fn(|_: PublishCall| async {
            Ok::<Box<dyn MediaSink>, PublishRefusal>(Box::<Discard>::default())
        }));
    let admission = ServiceBuilder::new()
        .layer(TraceLayer::new())
        .service(service_fn(
            |incoming: Incoming| async move { admit(&incoming) },
        ));

    let ctrl_c = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    Server::builder()
        .limits(Arc::new(Limits::default()))
        .admission(admission)
        .publish(publish)
        .serve_with_shutdown([listen(None, port)?], ctrl_c)
        .await;
    Ok(())
}

/// Only the machine itself and private networks may connect.
fn admit(incoming: &Incoming) -> Result<Admission, AdmissionRefusal> {
    let local = match incoming.peer.ip() {
        std::net::IpAddr::V4(address) => address.is_private() || address.is_loopback(),
        std::net::IpAddr::V6(address) => address.is_unique_local() || address.is_loopback(),
    };
    if local {
        Ok(Admission::new())
    } else {
        Err(AdmissionRefusal::Other("not from here".into()))
    }
}

/// Publishes need `?token=…` behind the stream's name.
#[derive(Clone)]
struct TokenLayer {
    token: Arc<str>,
}

impl<S> Layer<S> for TokenLayer {
    type Service = TokenCheck<S>;

    fn layer(&self, inner: S) -> TokenCheck<S> {
        TokenCheck {
            inner,
            token: Arc::clone(&self.token),
        }
    }
}

#[derive(Clone)]
struct TokenCheck<S> {
    inner: S,
    token: Arc<str>,
}

impl<S> Service<PublishCall> for TokenCheck<S>
where
    S: Service<PublishCall, Response = Box<dyn MediaSink>, Error = PublishRefusal>,
    S::Future: Send + 'static,
{
    type Response = Box<dyn MediaSink>;
    type Error = PublishRefusal;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, call: PublishCall) -> Self::Future {
        let name = &call.request.stream_name;
        match name.split_once("?token=") {
            Some((_, token)) if token == &*self.token => Box::pin(self.inner.call(call)),
            _ => Box::pin(async {
                Err(PublishRefusal::rejected(
                    "The token in the stream key is wrong.",
                ))
            }),
        }
    }
}

/// Counts, and throws away.
#[derive(Default)]
struct Discard {
    messages: u64,
}

impl MediaSink for Discard {
    fn media(&mut self, _: Instant, _: Media) -> Result<(), PublishRefusal> {
        self.messages += 1;
        Ok(())
    }

    fn end(&mut self, _: Instant, reason: &EndReason) {
        println!("{} messages, {reason}", self.messages);
    }
}
