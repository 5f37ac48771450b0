//! The limiting layers, with time and addresses made by hand.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rtmp_server::layer::LimitLayer;
use rtmp_server::service::{Admission, AdmissionRefusal, AdmitAll};
use rtmp_server::{
    ConnectionHandle, Incoming, Limits, MediaSink, PublishCall, PublishRequest, Status, StatusCode,
    service_fn,
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

/// Limits that a test narrows, without one on how often somebody comes.
fn limits() -> Arc<Limits> {
    let limits = Arc::new(Limits::default());
    limits.set_rate_limit_enabled(false);
    limits
}

#[test]
fn an_admission_holds_its_place_until_it_is_dropped() {
    let limits = limits();
    limits.set_connections(2);
    let now = Instant::now();
    let mut service = LimitLayer::new(Arc::clone(&limits)).layer(AdmitAll);
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
    let limits = limits();
    limits.set_connections(1);
    let layer = LimitLayer::new(limits);
    let now = Instant::now();
    let _held = ask(&mut layer.layer(AdmitAll), from("192.0.2.1", now)).unwrap();
    ask(&mut layer.layer(AdmitAll), from("192.0.2.1", now)).expect_err("shared");
}

#[test]
fn addresses_count_apart_and_an_ipv6_64_as_one() {
    let limits = limits();
    limits.set_connections_per_ip(2);
    let mut service = LimitLayer::new(limits).layer(AdmitAll);
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
fn who_publishes_leaves_the_places_of_those_who_do_not() {
    let limits = limits();
    limits.set_unpublished_per_ip(2);
    let mut service = LimitLayer::new(limits).layer(AdmitAll);
    let now = Instant::now();
    let mut ask = |incoming: &Incoming| ask(&mut service, incoming.clone());
    let first = from("192.0.2.1", now);
    let _first = ask(&first).unwrap();
    let _second = ask(&from("192.0.2.1", now)).unwrap();
    let address = [192, 0, 2, 1].into();
    assert_eq!(
        ask(&from("192.0.2.1", now)).unwrap_err(),
        AdmissionRefusal::UnpublishedPerIpLimit { limit: 2, address }
    );
    let _other = ask(&from("192.0.2.2", now)).expect("another address");

    first.connection.record_publish();
    let _third = ask(&from("192.0.2.1", now)).expect("the first publishes");
    ask(&from("192.0.2.1", now)).expect_err("two wait again");
    first.connection.record_publish_end();
    ask(&from("192.0.2.1", now)).expect_err("and the first no longer publishes");
    first.connection.record_publish();
    ask(&from("192.0.2.1", now)).expect_err("still two");
}

/// Connections that publish, admitted by `service`, last heard of at `now`.
fn publishers<S>(service: &mut S, address: &str, count: usize, now: Instant) -> Vec<Publisher>
where
    S: Service<Incoming, Response = Admission, Error = AdmissionRefusal>,
{
    let admitted = (0..count).map(|_| {
        let incoming = from(address, now);
        let admission = ask(service, incoming.clone()).expect("within the limits");
        incoming.connection.record_publish();
        Publisher {
            connection: incoming.connection,
            admission,
        }
    });
    admitted.collect()
}

struct Publisher {
    connection: ConnectionHandle,
    #[expect(dead_code, reason = "it is held")]
    admission: Admission,
}

const SILENCE: Duration = ConnectionHandle::SILENCE;

#[test]
fn a_silent_publisher_makes_room_for_the_one_that_takes_over() {
    type Narrow = fn(&Limits);
    let narrow: [Narrow; 2] = [
        |limits| limits.set_connections(16),
        |limits| limits.set_connections_per_ip(16),
    ];
    for narrow in narrow {
        let limits = limits();
        narrow(&limits);
        let mut service = LimitLayer::new(limits).layer(AdmitAll);
        let start = Instant::now();
        let publishers = publishers(&mut service, "192.0.2.1", 16, start);
        let later = start + SILENCE;
        for publisher in &publishers[1..] {
            publisher.connection.record_received(later, 1);
        }
        let mut ask = |incoming: &Incoming| ask(&mut service, incoming.clone());
        ask(&from("192.0.2.1", later - Duration::from_millis(1)))
            .expect_err("nobody is silent yet");

        let back = from("192.0.2.1", later);
        let _back = ask(&back).expect("the first is silent");
        ask(&from("192.0.2.1", later)).expect_err("it makes room for one");

        // It takes over: the first is told to go, and holds nobody's place any more.
        publishers[0]
            .connection
            .disconnect(Status::bad_name("Taken over."));
        back.connection.record_publish();
        back.connection.record_received(later, 1);
        ask(&from("192.0.2.1", later)).expect_err("sixteen as before");
        drop(publishers);
        ask(&from("192.0.2.1", later)).expect("one is left");
    }
}

#[test]
fn a_silent_publisher_makes_no_room_for_strangers() {
    let limits = limits();
    limits.set_connections(2);
    let mut service = LimitLayer::new(limits).layer(AdmitAll);
    let start = Instant::now();
    let _silent = publishers(&mut service, "192.0.2.1", 2, start);
    let later = start + 10 * SILENCE;
    ask(&mut service, from("192.0.2.2", later)).expect_err("another address");
    let _first = ask(&mut service, from("192.0.2.1", later)).expect("one");
    let _second = ask(&mut service, from("192.0.2.1", later)).expect("the other");
    ask(&mut service, from("192.0.2.1", later)).expect_err("as many as there are silent ones");
}

/// Somebody who publishes, under ever other names, and goes silent each time.
#[test]
fn whoever_falls_silent_again_and_again_gets_as_many_places_again_and_no_more() {
    type Narrow = fn(&Limits);
    let narrow: [Narrow; 2] = [
        |limits| limits.set_connections(4),
        |limits| {
            limits.set_connections(1000);
            limits.set_connections_per_ip(4);
        },
    ];
    for narrow in narrow {
        let limits = limits();
        limits.set_connections_per_ip(1000);
        narrow(&limits);
        let mut service = LimitLayer::new(limits).layer(AdmitAll);
        let start = Instant::now();
        let admitted: Vec<_> = (0..100)
            .filter_map(|round| {
                let incoming = from("192.0.2.1", start + round * SILENCE);
                let admission = ask(&mut service, incoming.clone()).ok()?;
                incoming.connection.record_publish();
                Some(admission)
            })
            .collect();
        assert_eq!(admitted.len(), 8);
    }
}

#[test]
fn whoever_has_taken_over_can_be_taken_over() {
    let limits = limits();
    limits.set_connections(2);
    let mut service = LimitLayer::new(limits).layer(AdmitAll);
    let start = Instant::now();
    let mut publishers = publishers(&mut service, "192.0.2.1", 2, start);
    for round in 1..10 {
        let now = start + round * SILENCE;
        let back: Vec<_> = (0..2)
            .map(|_| from("192.0.2.1", now))
            .map(|incoming| Publisher {
                admission: ask(&mut service, incoming.clone()).expect("both are silent"),
                connection: incoming.connection,
            })
            .collect();
        ask(&mut service, from("192.0.2.1", now)).expect_err("one for one");
        for (lost, back) in publishers.iter().zip(&back) {
            lost.connection.disconnect(Status::bad_name("Taken over."));
            back.connection.record_publish();
        }
        // Those that were taken over may take their time to end.
        publishers = back;
    }
}

#[test]
fn cameras_of_many_addresses_come_back_at_once() {
    let limits = limits();
    limits.set_connections(16);
    let mut service = LimitLayer::new(limits).layer(AdmitAll);
    let start = Instant::now();
    let address = |camera: usize| format!("192.0.2.{}", camera + 1);
    let _lost: Vec<_> = (0..16)
        .map(|camera| publishers(&mut service, &address(camera), 1, start))
        .collect();
    let later = start + SILENCE;
    let _back: Vec<_> = (0..16)
        .map(|camera| ask(&mut service, from(&address(camera), later)).expect("it was here before"))
        .collect();
    ask(&mut service, from("192.0.2.99", later)).expect_err("this one was not");
}

#[test]
fn a_silent_connection_that_publishes_nothing_makes_no_room() {
    let limits = limits();
    limits.set_connections(2);
    let mut service = LimitLayer::new(limits).layer(AdmitAll);
    let start = Instant::now();
    let _waiting = ask(&mut service, from("192.0.2.1", start)).unwrap();
    let stopped = publishers(&mut service, "192.0.2.1", 1, start);
    stopped[0].connection.record_publish_end();
    ask(&mut service, from("192.0.2.1", start + 10 * SILENCE)).expect_err("nothing to take over");
}

#[test]
fn what_the_inner_service_refuses_holds_no_place() {
    let limits = limits();
    limits.set_connections(1);
    limits.set_connections_per_ip(1);
    limits.set_unpublished_per_ip(1);
    let refuse = service_fn(|_: Incoming| async {
        Err::<Admission, _>(AdmissionRefusal::Other("closed today".into()))
    });
    let mut service = LimitLayer::new(limits).layer(refuse);
    let now = Instant::now();
    for _ in 0..3 {
        let refusal = ask(&mut service, from("192.0.2.1", now)).unwrap_err();
        assert_eq!(refusal, AdmissionRefusal::Other("closed today".into()));
    }
}

#[test]
fn an_admission_that_is_given_up_holds_no_place() {
    let limits = limits();
    limits.set_connections(1);
    let never =
        service_fn(|_: Incoming| std::future::pending::<Result<Admission, AdmissionRefusal>>());
    let layer = LimitLayer::new(limits);
    let now = Instant::now();
    let undecided = layer.layer(never).call(from("192.0.2.1", now));
    let mut service = layer.layer(AdmitAll);
    ask(&mut service, from("192.0.2.1", now)).expect_err("its place is taken");
    drop(undecided);
    ask(&mut service, from("192.0.2.1", now)).expect("free again");
}

#[test]
fn a_rate_is_kept_per_address_and_refuses_at_once() {
    let limits = Arc::new(Limits::default());
    limits.set_rate_per_second(10);
    let mut service = LimitLayer::new(limits).layer(AdmitAll);
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
    let mut service = LimitLayer::new(Arc::clone(&limits)).layer(AdmitAll);
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

/// The decision on a publish of `connection`, and the publish is accepted if it is.
fn publish<S>(service: &mut S, connection: &ConnectionHandle, at: Instant) -> Result<(), Status>
where
    S: Service<PublishCall, Response = Box<dyn MediaSink>, Error = Status>,
{
    let request = PublishRequest::new("live", "camera");
    let mut decision =
        std::pin::pin!(service.call(PublishCall::new(request, connection.clone(), at)));
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(decision) = decision.as_mut().poll(&mut cx) else {
        panic!("it decides at once");
    };
    decision.map(|_sink| connection.record_publish())
}

#[test]
fn a_publish_counts_as_a_connection_but_for_the_first_of_its_connection() {
    let limits = Arc::new(Limits::default());
    limits.set_rate_per_second(10);
    let layer = LimitLayer::new(Arc::clone(&limits));
    let accept = service_fn(|_: PublishCall| async {
        let (sink, _) = rtmp_server::media_channel(
            rtmp_server::Capacity::messages(1),
            rtmp_server::OverflowPolicy::DropNewest,
        );
        Ok::<Box<dyn MediaSink>, Status>(Box::new(sink))
    });
    let mut publishing = layer.layer(accept);
    let now = Instant::now();
    let looping = from("192.0.2.1", now);
    let _looping = ask(&mut layer.layer(AdmitAll), looping.clone()).unwrap();
    let accepted = (0..100)
        .filter(|_| publish(&mut publishing, &looping.connection, now).is_ok())
        .count();
    assert_eq!(accepted, 10, "the first with its connection, nine others");
    let refusal = publish(&mut publishing, &looping.connection, now).unwrap_err();
    assert_eq!(refusal.code, StatusCode::REJECTED);
    assert!(
        refusal.description.contains("10 times per second"),
        "{refusal}"
    );
    ask(&mut layer.layer(AdmitAll), from("192.0.2.1", now)).expect_err("one count for both");

    // Who connects as often as is allowed publishes as often.
    for _ in 0..10 {
        let neighbour = from("192.0.2.2", now);
        let _neighbour = ask(&mut layer.layer(AdmitAll), neighbour.clone()).unwrap();
        publish(&mut publishing, &neighbour.connection, now).unwrap();
    }
    publish(
        &mut publishing,
        &looping.connection,
        now + Duration::from_millis(100),
    )
    .unwrap();
    limits.set_rate_limit_enabled(false);
    for _ in 0..100 {
        publish(&mut publishing, &looping.connection, now).unwrap();
    }
}
