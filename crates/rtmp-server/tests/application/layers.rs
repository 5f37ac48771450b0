//! The limiting layers, with time and addresses made by hand.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rtmp_server::{
    Admission, AdmissionRefusal, AdmitAll, ConnectionLimitLayer, Incoming, Limits, PerIpLimitLayer,
    RateLimitLayer, TraceLayer, service_fn,
};
use tower_layer::Layer;
use tower_service::Service;

fn from(address: &str, at: Instant) -> Incoming {
    let address: IpAddr = address.parse().expect("an address");
    let local = SocketAddr::new(address, 1935);
    Incoming::new(SocketAddr::new(address, 50_000), local, at)
}

/// The decision of a service that decides at once.
fn ask<S>(service: &mut S, incoming: Incoming) -> Result<Admission, AdmissionRefusal>
where
    S: Service<Incoming, Response = Admission, Error = AdmissionRefusal>,
{
    let mut decision = std::pin::pin!(service.call(incoming));
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    match decision.as_mut().poll(&mut cx) {
        std::task::Poll::Ready(decision) => decision,
        std::task::Poll::Pending => panic!("it decides at once"),
    }
}

#[test]
fn an_admission_holds_its_place_until_it_is_dropped() {
    let limits = Arc::new(Limits::default());
    limits.set_connections(2);
    let now = Instant::now();
    let mut service = ConnectionLimitLayer::new(Arc::clone(&limits)).layer(AdmitAll);
    let first = ask(&mut service, from("192.0.2.1", now)).unwrap();
    let _second = ask(&mut service, from("192.0.2.2", now)).unwrap();
    let refusal = ask(&mut service, from("192.0.2.3", now)).unwrap_err();
    assert_eq!(refusal, AdmissionRefusal::ConnectionLimit { limit: 2 });
    assert_eq!(
        refusal.to_string(),
        "the limit of 2 concurrent connections is reached"
    );

    drop(first);
    let third = ask(&mut service, from("192.0.2.3", now)).unwrap();
    limits.set_connections(1);
    drop(third);
    ask(&mut service, from("192.0.2.3", now)).expect_err("the second is still there");
}

#[test]
fn services_of_one_layer_share_its_count() {
    let limits = Arc::new(Limits::default());
    limits.set_connections(1);
    let layer = ConnectionLimitLayer::new(limits);
    let now = Instant::now();
    let _held = ask(&mut layer.layer(AdmitAll), from("192.0.2.1", now)).unwrap();
    ask(&mut layer.layer(AdmitAll), from("192.0.2.1", now)).expect_err("shared");
}

#[test]
fn addresses_count_apart_and_an_ipv6_64_as_one() {
    let limits = Arc::new(Limits::default());
    limits.set_connections_per_ip(2);
    let mut service = PerIpLimitLayer::new(limits).layer(AdmitAll);
    let now = Instant::now();
    let held: Vec<_> = [
        "192.0.2.1",
        "192.0.2.1",
        "192.0.2.2",
        "2001:db8::1",
        "2001:db8::2",
    ]
    .map(|address| ask(&mut service, from(address, now)).unwrap())
    .into();
    for full in ["192.0.2.1", "::ffff:192.0.2.1", "2001:db8::ffff:0:0:3"] {
        let refusal = ask(&mut service, from(full, now)).unwrap_err();
        let address = full.parse().unwrap();
        assert_eq!(refusal, AdmissionRefusal::PerIpLimit { limit: 2, address });
    }
    ask(&mut service, from("2001:db8:0:1::1", now)).expect("another /64");
    drop(held);
    ask(&mut service, from("2001:db8::3", now)).expect("free again");
}

#[test]
fn what_the_inner_service_refuses_holds_no_place() {
    let limits = Arc::new(Limits::default());
    limits.set_connections(1);
    limits.set_connections_per_ip(1);
    let refuse = service_fn(|_: Incoming| async {
        Err::<Admission, _>(AdmissionRefusal::Other("closed today".into()))
    });
    let layer = ConnectionLimitLayer::new(Arc::clone(&limits));
    let mut service = layer.layer(PerIpLimitLayer::new(limits).layer(refuse));
    let now = Instant::now();
    for _ in 0..3 {
        let refusal = ask(&mut service, from("192.0.2.1", now)).unwrap_err();
        assert_eq!(refusal, AdmissionRefusal::Other("closed today".into()));
    }
}

#[test]
fn a_rate_is_kept_per_address_and_refuses_at_once() {
    let limits = Arc::new(Limits::default());
    limits.set_rate_per_second(10);
    let mut service = RateLimitLayer::new(limits).layer(AdmitAll);
    let start = Instant::now();
    let mut admitted_within = |address: &str, at: Duration| {
        (0..20)
            .filter(|_| ask(&mut service, from(address, start + at)).is_ok())
            .count()
    };
    assert_eq!(admitted_within("192.0.2.1", Duration::ZERO), 10);
    assert_eq!(admitted_within("192.0.2.2", Duration::ZERO), 10);
    assert_eq!(admitted_within("2001:db8::1", Duration::ZERO), 10);
    assert_eq!(admitted_within("2001:db8::2", Duration::ZERO), 0);
    assert_eq!(admitted_within("192.0.2.1", Duration::from_millis(99)), 0);
    assert_eq!(admitted_within("192.0.2.1", Duration::from_millis(500)), 5);
    assert_eq!(admitted_within("192.0.2.1", Duration::from_secs(60)), 10);
}

#[test]
fn a_rate_changes_while_running() {
    let limits = Arc::new(Limits::default());
    limits.set_rate_per_second(1);
    let mut service = RateLimitLayer::new(Arc::clone(&limits)).layer(AdmitAll);
    let now = Instant::now();
    let mut ask = || ask(&mut service, from("192.0.2.1", now));
    ask().unwrap();
    let address = [192, 0, 2, 1].into();
    assert_eq!(
        ask().unwrap_err(),
        AdmissionRefusal::RateLimit {
            per_second: 1,
            address
        }
    );
    limits.set_rate_per_second(3);
    assert_eq!((0..9).filter(|_| ask().is_ok()).count(), 3);
    limits.set_rate_limit_enabled(false);
    assert_eq!((0..9).filter(|_| ask().is_ok()).count(), 9);
    limits.set_rate_limit_enabled(true);
    assert_eq!((0..9).filter(|_| ask().is_ok()).count(), 3);
    limits.set_rate_per_second(0);
    assert_eq!(
        (0..9).filter(|_| ask().is_ok()).count(),
        1,
        "never none at all"
    );
}

#[test]
fn tracing_changes_no_decision() {
    let limits = Arc::new(Limits::default());
    limits.set_connections(1);
    let traced = TraceLayer::new().layer(ConnectionLimitLayer::new(limits).layer(AdmitAll));
    let mut service = traced;
    let now = Instant::now();
    let _held = ask(&mut service, from("192.0.2.1", now)).unwrap();
    ask(&mut service, from("192.0.2.1", now)).expect_err("full");
}
