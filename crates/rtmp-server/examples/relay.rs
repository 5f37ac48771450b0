//! Passes every publish on to other servers, under its own name.
//!
//! ```text
//! cargo run -p rtmp-server --example relay -- 1935 localhost:1936 localhost:1937
//! ffmpeg -re -i video.mp4 -c copy -f flv rtmp://localhost/live/stream1
//! ```
//!
//! A server that is not there, refuses or is too slow misses it; nobody else notices.

use std::error::Error;
use std::time::Instant;

use rtmp_server::net::{Client, ClientError};
use rtmp_server::proto::PublishType;
use rtmp_server::{
    Capacity, ChannelSink, ClientConfig, EndReason, Media, MediaReceiver, MediaSink,
    OverflowPolicy, PublishCall, PublishRequest, Server, Status, listen, media_channel, service_fn,
};
use tokio::net::TcpStream;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let port = arguments.next().map_or(Ok(1935), |port| port.parse())?;
    let targets: Vec<_> = arguments.collect();

    let publish = service_fn(move |call: PublishCall| {
        let forwarded = |target: &String| forwarded_to(target.clone(), call.request.clone());
        let sinks = targets.iter().map(forwarded).collect();
        async { Ok(FanOut(sinks)) }
    });
    let listener = listen(None, port)?;
    println!("listening on {}", listener.local_addr());
    let stop = async { tokio::signal::ctrl_c().await.unwrap_or_default() };
    let server = Server::builder().publish(publish).build();
    server.serve_with_shutdown([listener], stop).await;
    Ok(())
}

/// The channels to the tasks that forward a publish.
struct FanOut(Vec<ChannelSink>);

/// Forwards a publish to `target`: what goes into the channel.
fn forwarded_to(target: String, request: PublishRequest) -> ChannelSink {
    let (sink, media) = media_channel(Capacity::messages(1024), OverflowPolicy::EndPublish);
    tokio::spawn(
        async move { println!("{target}: {:?}", forward(&target, &request, media).await) },
    );
    sink
}

impl MediaSink for FanOut {
    fn media(&mut self, now: Instant, media: Media) -> Result<(), Status> {
        self.0
            .retain_mut(|sink| sink.media(now, media.clone()).is_ok());
        Ok(())
    }

    fn end(&mut self, now: Instant, reason: &EndReason) {
        self.0.iter_mut().for_each(|sink| sink.end(now, reason));
    }
}

/// Publishes what comes out of the channel, until it ends.
async fn forward(
    target: &str,
    request: &PublishRequest,
    mut media: MediaReceiver,
) -> Result<(), ClientError> {
    let connection = TcpStream::connect(target).await?;
    connection.set_nodelay(true)?;
    let config = ClientConfig::new(&request.app, format!("rtmp://{target}/{}", request.app));
    let mut client = Client::connect(connection, config).await?;
    client
        .publish(&request.stream_name, PublishType::Live)
        .await?;
    loop {
        let next = tokio::select! {
            next = media.recv() => next,
            error = client.ended() => return Err(error),
        };
        let Some(next) = next else {
            return client.close().await;
        };
        let payload = next.payload.freeze();
        client.send(next.kind, next.timestamp, payload).await?;
    }
}
