//! Who may connect to which application: refusals, logins in several legs, answers that take time.

use std::sync::{Arc, Mutex};

use rtmp_server::connection::ConnectionEnd;
use rtmp_server::proto::{CloseReason, EnhancedCapabilities, FourCcInfo};
use rtmp_server::service::{AcceptAll, ConnectAcceptance};
use rtmp_server::{ConnectCall, MediaSink, PublishCall, ServerBuilder, Status, service_fn};
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::common::{Answer, Handshake};
use crate::peer::Peer;
use crate::running::{Running, Setup, Told, decide, soon};

/// What a peer is told in answer to its connect command, and everything up to the end.
async fn refused(server: &Running, app: &str) -> String {
    let mut peer = Peer::connect(server.address).await;
    let connect = peer.client.connect(app);
    // In a hurry: what comes behind must not turn the answer into a reset.
    let behind = peer.client.video(1, 0, &[0x17; 100_000]);
    peer.send(&[Handshake::bytes(), connect, behind].concat())
        .await;
    let rest = peer.rest().await;
    let [answer @ Answer::Command { name, .. }] = &rest[..] else {
        panic!("{rest:?}");
    };
    assert_eq!(name, "_error");
    assert_eq!(
        answer.code().as_deref(),
        Some("NetConnection.Connect.Rejected")
    );
    answer.information("description").expect("a description")
}

/// A server that asks `connect` who may connect, and accepts every publish.
fn run<F, Fut>(connect: F) -> Running
where
    F: Fn(ConnectCall) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<ConnectAcceptance, Status>> + Send + 'static,
{
    Setup::default().run_with(|told| {
        move |builder: ServerBuilder| {
            let publish = service_fn(move |call: PublishCall| {
                let told = told.clone();
                async move { decide(&call, told) }
            });
            builder.connect(service_fn(connect)).publish(publish)
        }
    })
}

#[tokio::test]
async fn a_refused_peer_reads_why_and_publishes_nothing() {
    let mut server = run(|call| async move {
        assert_eq!(call.peer, call.connection.peer());
        assert!(call.tls.is_none());
        match call.request.app.as_str() {
            "live" => Ok(ConnectAcceptance::new()),
            other => Err(Status::connect_rejected(format!(
                "There is no application {other}."
            ))),
        }
    });
    assert_eq!(
        refused(&server, "elsewhere").await,
        "There is no application elsewhere."
    );
    let told = server
        .next_that(|told| match told {
            Told::ConnectRefused(status) => Some(status),
            _ => None,
        })
        .await;
    assert_eq!(told.description, "There is no application elsewhere.");
    let end = server.closed().await;
    assert!(
        matches!(end, ConnectionEnd::Session(CloseReason::ConnectRefused(_))),
        "{end:?}"
    );

    let mut peer = Peer::connect(server.address).await;
    assert_eq!(peer.publish("camera").await, "NetStream.Publish.Start");
}

#[tokio::test]
async fn whoever_declares_capabilities_is_told_those_of_the_application() {
    let server = Setup::default().run_with(|_| {
        |builder: ServerBuilder| {
            let mut ours = EnhancedCapabilities::none();
            ours.video_four_cc = vec![("hvc1".to_owned(), FourCcInfo::CAN_FORWARD)];
            let publish = service_fn(|_: PublishCall| async {
                Err::<Box<dyn MediaSink>, _>(Status::bad_name("Nobody."))
            });
            builder
                .connect(AcceptAll::with_capabilities(ours))
                .publish(publish)
        }
    });
    let mut peer = Peer::connect(server.address).await;
    let connect = peer.client.connect_with("live", [("capsEx", 0.0.into())]);
    let publish = peer.client.publish(1, "camera");
    peer.send(&[Handshake::bytes(), connect, publish].concat())
        .await;
    let answers = peer.rest().await;
    let declared = answers.iter().find_map(|answer| match answer {
        Answer::Command {
            name, arguments, ..
        } if name == "_result" => arguments.last()?.get("videoFourCcInfoMap"),
        _ => None,
    });
    assert_eq!(declared.and_then(|map| map.get("hvc1")), Some(&4.0.into()));
}

/// Each leg is a connection of its own, and what the legs have in common is with the application.
#[tokio::test]
async fn a_login_in_three_legs() {
    let challenges = Arc::new(Mutex::new(Vec::new()));
    let login = {
        let challenges = Arc::clone(&challenges);
        move |call: ConnectCall| {
            let challenges = Arc::clone(&challenges);
            async move {
                let query = call.request.queries().next().unwrap_or_default();
                let value = |wanted: &str| {
                    let mut pairs = query.pairs();
                    pairs.find_map(|(name, value)| (name == wanted).then(|| value.to_owned()))
                };
                let mut challenges = challenges.lock().unwrap();
                match (value("user"), value("response")) {
                    (None, _) => Err(Status::connect_rejected(
                        "code=403 need auth; authmod=adobe",
                    )),
                    (Some(user), None) => {
                        let challenge = format!("c{}", challenges.len());
                        challenges.push(challenge.clone());
                        Err(Status::connect_rejected(format!(
                            "?reason=needauth&user={user}&challenge={challenge}"
                        )))
                    }
                    (Some(user), Some(response)) => {
                        let asked = challenges.iter().position(|it| *it == response);
                        let asked =
                            asked.ok_or_else(|| Status::connect_rejected("?reason=authfailed"))?;
                        challenges.remove(asked);
                        Ok(ConnectAcceptance::new().with_user(user))
                    }
                }
            }
        }
    };
    let (teller, mut users) = unbounded_channel();
    let server = Setup::default().run_with(|_| {
        move |builder: ServerBuilder| {
            let publish = service_fn(move |call: PublishCall| {
                teller.send(call.user).unwrap();
                async { Err::<Box<dyn MediaSink>, _>(Status::bad_name("Nobody.")) }
            });
            builder.connect(service_fn(login)).publish(publish)
        }
    });
    assert_eq!(
        refused(&server, "live").await,
        "code=403 need auth; authmod=adobe"
    );
    assert_eq!(
        refused(&server, "live?authmod=adobe&user=me").await,
        "?reason=needauth&user=me&challenge=c0"
    );
    let mut peer = Peer::connect(server.address).await;
    let opening = peer
        .client
        .opening("live?authmod=adobe&user=me&response=c0", "camera");
    peer.send(&opening).await;
    peer.publish_code().await;
    assert_eq!(soon(users.recv()).await.unwrap().as_deref(), Some("me"));

    assert_eq!(
        refused(&server, "live?authmod=adobe&user=me&response=c0").await,
        "?reason=authfailed",
        "an answer is good once"
    );
}

#[tokio::test]
async fn an_answer_that_takes_time_holds_nobody_else_up() {
    let decided = Arc::new(Notify::new());
    let mut server = run({
        let decided = Arc::clone(&decided);
        move |call| {
            let decided = Arc::clone(&decided);
            async move {
                if call.request.app.contains("slow") {
                    decided.notified().await;
                }
                Ok(ConnectAcceptance::new())
            }
        }
    });
    let mut slow = Peer::connect(server.address).await;
    let opening = slow.client.opening("slow", "camera");
    let video = slow.client.video(1, 0, b"sent in a hurry");
    slow.send(&[opening, video].concat()).await;

    let mut other = Peer::connect(server.address).await;
    assert_eq!(other.publish("other").await, "NetStream.Publish.Start");
    other.video(0, b"a picture").await;
    assert_eq!(server.media().await.payload[..], *b"a picture");

    decided.notify_one();
    assert_eq!(slow.publish_code().await, "NetStream.Publish.Start");
    assert_eq!(server.media().await.payload[..], *b"sent in a hurry");
}

/// What became of a decision.
#[derive(Debug, PartialEq)]
enum Decision {
    Asked,
    Dropped,
}

/// Tells when it is asked, and when it is dropped.
struct Deciding(UnboundedSender<Decision>);

impl Deciding {
    fn new(teller: UnboundedSender<Decision>) -> Self {
        let _ = teller.send(Decision::Asked);
        Self(teller)
    }
}

impl Drop for Deciding {
    fn drop(&mut self) {
        let _ = self.0.send(Decision::Dropped);
    }
}

#[tokio::test]
async fn an_answer_that_never_comes_is_not_waited_for() {
    let (teller, mut decisions) = unbounded_channel();
    let mut setup = Setup::default();
    setup.session.timeouts.publish = std::time::Duration::from_millis(300);
    let mut server = setup.run_with(|told| {
        move |builder: ServerBuilder| {
            let connect = service_fn(move |_: ConnectCall| {
                let deciding = Deciding::new(teller.clone());
                async move {
                    std::future::pending::<()>().await;
                    drop(deciding);
                    Ok(ConnectAcceptance::new())
                }
            });
            let publish = service_fn(move |call: PublishCall| {
                let told = told.clone();
                async move { decide(&call, told) }
            });
            builder.connect(connect).publish(publish)
        }
    });
    let mut peer = Peer::connect(server.address).await;
    let opening = peer.client.opening("live", "camera");
    peer.send(&opening).await;
    peer.hung_up().await;
    let end = server.closed().await;
    assert_eq!(
        end.to_string(),
        "the connection did not start to publish in time"
    );
    assert_eq!(soon(decisions.recv()).await, Some(Decision::Asked));
    assert_eq!(soon(decisions.recv()).await, Some(Decision::Dropped));

    // Nor when the server goes down.
    let mut peer = Peer::connect(server.address).await;
    let opening = peer.client.opening("live", "camera");
    peer.send(&opening).await;
    assert_eq!(soon(decisions.recv()).await, Some(Decision::Asked));
    server.ask_to_shut_down();
    assert_eq!(soon(decisions.recv()).await, Some(Decision::Dropped));
    peer.hung_up().await;
}

#[tokio::test]
async fn a_connect_service_that_panics() {
    let mut server = run(|call| {
        assert!(call.request.app != "panic", "as the peer wished");
        async { Ok(ConnectAcceptance::new()) }
    });
    let mut peer = Peer::connect(server.address).await;
    let opening = peer.client.opening("panic", "camera");
    peer.send(&opening).await;
    peer.hung_up().await;
    let end = server.closed().await;
    assert!(matches!(end, ConnectionEnd::Panicked), "{end:?}");
    let mut next = Peer::connect(server.address).await;
    assert_eq!(next.publish("camera").await, "NetStream.Publish.Start");
}
