//! A server behind a stack of layers: publishers log in.
//!
//! ```text
//! cargo run -p rtmp-server --example logins -- 1935 me:s3cret
//! ffmpeg -re -i video.mp4 -c copy -f flv 'rtmp://me:s3cret@localhost/live/camera'
//! ffmpeg -re -i video.mp4 -c copy -f flv 'rtmp://localhost/camera?user=me&pass=s3cret'
//! ```

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use rtmp_server::auth::Secret;
use rtmp_server::layer::{LoginLayer, UserLookup};
use rtmp_server::service::{AcceptAll, Admission, AdmissionRefusal};
use rtmp_server::{
    EndReason, Incoming, Limits, Media, MediaSink, PublishCall, Server, Status, listen, service_fn,
};
use tower::ServiceBuilder;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .init();
    let mut arguments = std::env::args().skip(1);
    let port = arguments.next().map_or(Ok(1935), |port| port.parse())?;
    let users: HashMap<_, _> = arguments
        .filter_map(|user| {
            let (user, password) = user.split_once(':')?;
            Some((user.to_owned(), Secret::from(password)))
        })
        .collect();

    let mut key = [0; 32];
    getrandom::fill(&mut key)?;
    let users = Arc::new(users);
    let find = service_fn(move |lookup: UserLookup| {
        let password = users.get(&lookup.user);
        let verifier = password.map(|password| lookup.verifier(password));
        async move { Ok::<_, Status>(verifier) }
    });
    let connect = ServiceBuilder::new()
        .layer(LoginLayer::new(key, Instant::now(), find))
        .service(AcceptAll::default());
    let publish = service_fn(|call: PublishCall| async move {
        println!("{} publishes", call.user.as_deref().unwrap_or_default());
        Ok::<_, Status>(Discard::default())
    });
    let admission = service_fn(|incoming: Incoming| async move { admit(&incoming) });

    let listener = listen(None, port)?;
    println!("listening on {}", listener.local_addr());
    let ctrl_c = async { tokio::signal::ctrl_c().await.unwrap_or_default() };
    Server::builder()
        .limits(Arc::new(Limits::default()))
        .admission(admission)
        .connect(connect)
        .publish(publish)
        .build()
        .serve_with_shutdown([listener], ctrl_c)
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

/// Counts, and throws away.
#[derive(Default)]
struct Discard {
    messages: u64,
}

impl MediaSink for Discard {
    fn media(&mut self, _: Instant, _: Media) -> Result<(), Status> {
        self.messages += 1;
        Ok(())
    }

    fn end(&mut self, _: Instant, reason: &EndReason) {
        println!("{} messages, {reason}", self.messages);
    }
}
