//! Logins when a publisher connects, with addresses made by hand and time that is not waited for.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rtmp_server::auth::Verifier;
use rtmp_server::layer::{LoginLayer, UserLookup};
use rtmp_server::service::{AcceptAll, ConnectAcceptance};
use rtmp_server::{ConnectCall, ConnectRequest, ConnectionHandle, Status, StatusCode, service_fn};
use tower::util::BoxCloneService;
use tower_layer::Layer as _;
use tower_service::Service as _;

type Service = BoxCloneService<ConnectCall, ConnectAcceptance, Status>;

/// A connect service with one user, `me`.
fn service() -> Service {
    let users = service_fn(|lookup: UserLookup| async move { find(&lookup) });
    let layer = LoginLayer::new([7; 32], Instant::now(), users);
    BoxCloneService::new(layer.layer(AcceptAll::default()))
}

fn find(lookup: &UserLookup) -> Result<Option<Verifier>, Status> {
    if lookup.user == "unreadable" {
        return Err(Status::rejected("The users cannot be read."));
    }
    let known = lookup.user == "me";
    Ok(known.then(|| lookup.verifier(&"s3cret".into())))
}

fn from(address: &str, app: &str) -> ConnectCall {
    let peer = SocketAddr::new(address.parse().expect("an address"), 50_000);
    let now = Instant::now();
    let request = ConnectRequest::new(app, format!("rtmp://host/{app}"));
    ConnectCall::new(request, ConnectionHandle::new(peer, now), now)
}

const WRONG: &str = "live?user=me&pass=guess";
const RIGHT: &str = "live?user=me&pass=s3cret";

#[tokio::test]
async fn who_has_logged_in_goes_with_the_connection() {
    let mut service = service();
    let acceptance = service.call(from("192.0.2.1", RIGHT)).await.unwrap();
    assert_eq!(acceptance.user.as_deref(), Some("me"));
}

#[tokio::test]
async fn without_a_login_nobody_connects() {
    let mut service = service();
    for (app, expected) in [
        (
            "live",
            "[ AccessManager.Reject ] : [ code=403 need auth; authmod=adobe ] : ",
        ),
        (
            WRONG,
            "[ AccessManager.Reject ] : [ authmod=adobe ] : ?reason=authfailed&opaque=",
        ),
        (
            "live?user=you&pass=s3cret",
            "[ AccessManager.Reject ] : [ authmod=adobe ] : ?reason=authfailed&opaque=",
        ),
    ] {
        let refusal = service.call(from("192.0.2.1", app)).await.unwrap_err();
        assert_eq!(refusal, Status::new(StatusCode::CONNECT_REJECTED, expected));
    }
    let challenge = service
        .call(from("192.0.2.1", "live?authmod=adobe&user=me"))
        .await;
    assert!(
        challenge
            .unwrap_err()
            .description
            .contains("?reason=needauth&user=me&salt=")
    );
}

#[tokio::test]
async fn where_users_cannot_be_read_nobody_gets_in() {
    let refusal = service()
        .call(from("192.0.2.1", "live?user=unreadable&pass=x"))
        .await;
    assert_eq!(
        refusal.unwrap_err().description,
        "The users cannot be read."
    );
}

#[tokio::test(start_paused = true)]
async fn a_hundred_failures_slow_their_address_down() {
    let service = service();
    for _ in 0..21 {
        assert_eq!(ask(&service, "192.0.2.1", WRONG).await, (false, 0));
    }
    // Legs that claim nothing are answered at once: three connections are one login.
    let leg = ask(&service, "192.0.2.1", "live?authmod=adobe&user=me").await;
    assert_eq!(leg, (false, 0));
    let many: Vec<_> = (0..100)
        .map(|_| ask(&service, "192.0.2.1", RIGHT))
        .collect();
    let other = ask(&service, "192.0.2.2", RIGHT);
    assert_eq!(other.await, (true, 0), "nobody else waits");
    let mut answers = Vec::new();
    for answer in many {
        answers.push(answer.await);
    }
    let granted = answers
        .iter()
        .filter(|answer| answer.0)
        .map(|answer| answer.1);
    assert_eq!(granted.collect::<Vec<_>>(), [2, 4, 6]);
    assert!(answers.iter().all(|answer| answer.1 >= 2), "{answers:?}");
    tokio::time::advance(Duration::from_secs(10)).await;
    assert_eq!(
        ask(&service, "192.0.2.1", RIGHT).await,
        (true, 0),
        "it passes"
    );
}

/// Asks at once; whether it is granted, and after how many seconds.
fn ask(service: &Service, address: &str, app: &str) -> impl Future<Output = (bool, u64)> + use<> {
    let start = tokio::time::Instant::now();
    let mut call = from(address, app);
    call.at = start.into_std();
    let answer = service.clone().call(call);
    let answer = tokio::spawn(async move { (answer.await.is_ok(), start.elapsed().as_secs()) });
    async move { answer.await.expect("no panic") }
}
