//! Listening sockets.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rtmp_server::{MediaSink, PublishCall, Status, service_fn};
use rtmp_server::{Server, listen};

use crate::peer::Peer;

#[tokio::test]
async fn a_port_in_use_is_named() {
    let first = listen(Some(Ipv4Addr::LOCALHOST.into()), 0).expect("a free port");
    let port = first.local_addr().port();
    let error = listen(Some(Ipv4Addr::LOCALHOST.into()), port).expect_err("in use");
    assert!(error.is_in_use());
    assert_eq!(error.port(), port);
    assert_eq!(
        error.to_string(),
        format!("port {port} is in use by another program")
    );
}

#[tokio::test]
async fn an_address_of_another_machine_is_named() {
    let elsewhere: IpAddr = [192, 0, 2, 1].into();
    let error = listen(Some(elsewhere), 0).expect_err("not ours");
    assert_eq!(
        error.to_string(),
        "192.0.2.1 is not an address of this machine"
    );
}

#[tokio::test]
async fn one_listener_serves_ipv4_and_ipv6() {
    let listener = listen(None, 0).expect("a free port");
    let local = listener.local_addr();
    let mut loopbacks = vec![IpAddr::from(Ipv4Addr::LOCALHOST)];
    if local.is_ipv6() {
        loopbacks.push(Ipv6Addr::LOCALHOST.into());
    }
    // Every publisher is told the address that it is known by.
    let publish = service_fn(|call: PublishCall| async move {
        Err::<Box<dyn MediaSink>, _>(Status::bad_name(call.peer.ip().to_string()))
    });
    let server = tokio::spawn(Server::builder().publish(publish).build().serve([listener]));
    for loopback in loopbacks {
        let mut peer = Peer::connect((loopback, local.port()).into()).await;
        let opening = peer.client.opening("live", "camera");
        peer.send(&opening).await;
        let status = peer.status().await;
        assert_eq!(
            status.information("description"),
            Some(loopback.to_string())
        );
    }
    server.abort();
}
