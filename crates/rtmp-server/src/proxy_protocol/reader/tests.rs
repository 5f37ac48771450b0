use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use proptest::prelude::*;
use proxy_header::{SslInfo, Tlv};

use super::*;

const BEHIND: &[u8] = b"\x03 what comes behind";

/// What a reader says to `bytes`, which come in these pieces, and how many it takes.
fn read_in_pieces<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Result<Option<ProxyHeader>, ProxyHeaderError>, usize) {
    let mut reader = ProxyHeaderReader::default();
    let mut taken = 0;
    for piece in pieces {
        let mut rest = piece;
        let outcome = reader.read(&mut rest);
        taken += piece.len() - rest.len();
        if outcome != Ok(None) {
            return (outcome, taken);
        }
        assert!(rest.is_empty(), "all is taken until there is something");
    }
    (Ok(None), taken)
}

/// What a reader says to `bytes`, however they come.
fn read(bytes: &[u8]) -> (Result<Option<ProxyHeader>, ProxyHeaderError>, usize) {
    let whole = read_in_pieces([bytes]);
    assert_eq!(read_in_pieces(bytes.chunks(1)), whole);
    for split in 0..bytes.len() {
        let (head, tail) = bytes.split_at(split);
        assert_eq!(read_in_pieces([head, tail]), whole, "split at {split}");
    }
    whole
}

/// `header` is a header, which says this, and nothing behind it is taken.
fn assert_header(header: &[u8], expected: ProxyHeader) {
    let with_more = [header, BEHIND].concat();
    assert_eq!(read(&with_more), (Ok(Some(expected)), header.len()));
    let (outcome, _) = read(&header[..header.len() - 1]);
    assert_eq!(outcome, Ok(None));
}

fn relayed(source: &str, destination: &str) -> ProxyHeader {
    ProxyHeader::Relayed {
        source: source.parse().unwrap(),
        destination: destination.parse().unwrap(),
    }
}

/// A header of version 2 with this command, this family and these bytes.
fn binary(command: u8, family: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).unwrap().to_be_bytes();
    [SIGNATURE, &[command, family], &length, body].concat()
}

fn refused(bytes: &[u8]) -> ProxyHeaderError {
    read(bytes).0.expect_err("no header")
}

#[test]
fn version_1() {
    assert_header(
        b"PROXY TCP4 203.0.113.7 192.0.2.1 50000 1935\r\n",
        relayed("203.0.113.7:50000", "192.0.2.1:1935"),
    );
    assert_header(
        b"PROXY TCP6 2001:db8::7 2001:db8::1 50000 1935\r\n",
        relayed("[2001:db8::7]:50000", "[2001:db8::1]:1935"),
    );
    assert_header(
        b"PROXY TCP6 ::ffff:203.0.113.7 ::ffff:192.0.2.1 1 2\r\n",
        relayed("203.0.113.7:1", "192.0.2.1:2"),
    );
    assert_header(
        b"PROXY TCP4 0.0.0.0 255.255.255.255 0 65535\r\n",
        relayed("0.0.0.0:0", "255.255.255.255:65535"),
    );
    let longest = "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff \
                   ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n";
    let address = "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535";
    assert_header(longest.as_bytes(), relayed(address, address));
}

#[test]
fn version_1_of_an_unknown_family() {
    assert_header(b"PROXY UNKNOWN\r\n", ProxyHeader::Local);
    let longest = "PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff \
                   ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n";
    assert_eq!(longest.len(), line::MAX_BYTES);
    assert_header(longest.as_bytes(), ProxyHeader::Local);
}

#[test]
fn version_1_is_not_longer_than_107_bytes() {
    let mut endless = b"PROXY UNKNOWN ".to_vec();
    endless.resize(1000, b'x');
    assert_eq!(
        read(&endless),
        (Err(ProxyHeaderError::TooLong), line::MAX_BYTES)
    );
    // Nor if its end is there at the same time.
    let too_long = format!("PROXY UNKNOWN {}\r\n", "x".repeat(92));
    assert_eq!(too_long.len(), line::MAX_BYTES + 1);
    assert_eq!(refused(too_long.as_bytes()), ProxyHeaderError::TooLong);
}

#[test]
fn version_1_that_cannot_be_read() {
    for line in [
        "PROXY \r\n",
        "PROXY TCP4\r\n",
        "PROXY TCP4 203.0.113.7 192.0.2.1 50000\r\n",
        "PROXY TCP4 203.0.113.7 192.0.2.1 50000 1935 1\r\n",
        "PROXY TCP4 203.0.113.7 192.0.2.1 50000 65536\r\n",
        "PROXY TCP4 203.0.113.7 192.0.2.1  50000 1935\r\n",
        "PROXY TCP4 203.0.113.7 192.0.2.1 50000 1935\n",
        "PROXY TCP4 203.0.113.7 192.0.2.1 50000 1935\r\r\n",
        "PROXY TCP4 2001:db8::7 2001:db8::1 50000 1935\r\n",
        "PROXY TCP6 203.0.113.7 192.0.2.1 50000 1935\r\n",
        "PROXY UDP4 203.0.113.7 192.0.2.1 50000 1935\r\n",
        "PROXY TCP4 localhost 192.0.2.1 50000 1935\r\n",
        "PROXY TCP4 \u{e9}\u{e9}\u{e9}\u{e9} 192.0.2.1 50000 1935\r\n",
        "PROXY \n",
        "PROXY UNKNOWN\n",
        "PROXY UNKNOWN 203.0.113.7\n",
        // Another family than any that there is.
        "PROXY UNKNOWNX\r\n",
        "PROXY unknown\r\n",
        "PROXY TCP 203.0.113.7 192.0.2.1 50000 1935\r\n",
        // Numbers as some programs read them.
        "PROXY TCP4 203.0.113.7 192.0.2.1 +50000 1935\r\n",
        "PROXY TCP4 203.0.113.7 192.0.2.1 050000 1935\r\n",
        "PROXY TCP4 203.0.113.7 192.0.2.1 50000 00\r\n",
        "PROXY TCP4 203.0.113.7 192.0.2.1 50000 -1\r\n",
        "PROXY TCP4 203.0.113.7 192.0.2.1 50000 0x50\r\n",
        "PROXY TCP4 203.0.113.7 192.0.2.1 50000 \r\n",
        "PROXY TCP4 203.0.113.07 192.0.2.1 50000 1935\r\n",
        "PROXY TCP4 203.0.113.0x7 192.0.2.1 50000 1935\r\n",
        "PROXY TCP4 3405803783 192.0.2.1 50000 1935\r\n",
        "PROXY TCP4 203.113.7 192.0.2.1 50000 1935\r\n",
        "PROXY TCP6 fe80::7%1 2001:db8::1 50000 1935\r\n",
        "PROXY TCP6 [2001:db8::7] 2001:db8::1 50000 1935\r\n",
        "PROXY TCP6 2001:00db8::7 2001:db8::1 50000 1935\r\n",
    ] {
        assert_eq!(
            refused(line.as_bytes()),
            ProxyHeaderError::Malformed,
            "{line:?}"
        );
    }
}

#[test]
fn version_2() {
    let addresses = [203, 0, 113, 7, 192, 0, 2, 1, 0xC3, 0x50, 7, 0x8F];
    let expected = relayed("203.0.113.7:50000", "192.0.2.1:1935");
    assert_header(&binary(0x21, 0x11, &addresses), expected);

    let source: Ipv6Addr = "2001:db8::7".parse().unwrap();
    let destination = Ipv4Addr::new(192, 0, 2, 1).to_ipv6_mapped();
    let ports = [0xC3, 0x50, 7, 0x8F];
    let addresses = [&source.octets()[..], &destination.octets(), &ports].concat();
    let expected = relayed("[2001:db8::7]:50000", "192.0.2.1:1935");
    assert_header(&binary(0x21, 0x21, &addresses), expected);
}

#[test]
fn what_version_2_says_besides_is_skipped() {
    let addresses = ProxiedAddress::stream(
        "203.0.113.7:50000".parse().unwrap(),
        "192.0.2.1:1935".parse().unwrap(),
    );
    let mut tls = SslInfo::new(true, true, true, 0);
    tls.append_tlv(Tlv::SslVersion("TLSv1.3".into()));
    let certificate = vec![0x30; ProxyHeaderReader::MAX_BYTES - 200];
    let told = [
        Tlv::Authority("rtmp.example".into()),
        Tlv::Crc32c(0xDEAD_BEEF),
        Tlv::Ssl(tls),
        Tlv::Custom(0xEE, certificate.into()),
    ];
    let mut header = Vec::new();
    let encoded = proxy_header::ProxyHeader::with_tlvs(Some(addresses), told);
    encoded.encode_v2(&mut header).unwrap();
    let expected = relayed("203.0.113.7:50000", "192.0.2.1:1935");
    assert_header(&header, expected);

    // Also what makes no sense.
    let body = [
        203, 0, 113, 7, 192, 0, 2, 1, 0xC3, 0x50, 7, 0x8F, 1, 0xFF, 0xFF,
    ];
    assert_header(&binary(0x21, 0x11, &body), expected);
}

#[test]
fn connections_of_the_proxy_itself() {
    assert_header(&binary(LOCAL, 0x00, &[]), ProxyHeader::Local);
    // "The receiver must ignore the family", whatever it is.
    for family in [0x00, 0x11, 0x21, 0x31, 0x7F, 0xFF] {
        assert_header(&binary(LOCAL, family, &[]), ProxyHeader::Local);
        assert_header(&binary(LOCAL, family, &[7; 300]), ProxyHeader::Local);
    }
}

#[test]
fn families_without_addresses() {
    assert_header(&binary(0x21, 0x00, &[]), ProxyHeader::Local);
    assert_header(&binary(0x21, 0x00, &[1; 20]), ProxyHeader::Local);
    assert_header(&binary(0x21, 0x31, &[b'x'; 216]), ProxyHeader::Local);
}

#[test]
fn version_2_that_cannot_be_read() {
    for header in [
        binary(0x11, 0x11, &[0; 12]),
        binary(0x31, 0x11, &[0; 12]),
        binary(0x22, 0x11, &[0; 12]),
        binary(0x21, 0x11, &[0; 11]),
        binary(0x21, 0x21, &[0; 35]),
        binary(0x21, 0x31, &[0; 215]),
        binary(0x21, 0x41, &[0; 12]),
        binary(0x21, 0x13, &[0; 12]),
        // Of UDP.
        binary(0x21, 0x12, &[0; 12]),
        binary(0x21, 0x22, &[0; 36]),
    ] {
        assert_eq!(refused(&header), ProxyHeaderError::Malformed, "{header:x?}");
    }
}

#[test]
fn version_2_has_a_limit() {
    let most = ProxyHeaderReader::MAX_BYTES - FIXED_BYTES;
    assert_header(&binary(LOCAL, 0, &vec![0; most]), ProxyHeader::Local);
    // Nothing is waited for, nor is room made for it.
    let mut reader = ProxyHeaderReader::default();
    let declared = [SIGNATURE, &[0x21, 0x11, 0xFF, 0xFF]].concat();
    let mut rest = &declared[..];
    assert_eq!(reader.read(&mut rest), Err(ProxyHeaderError::TooLong));
    assert!(reader.received.capacity() < 100);
    let one_more = binary(LOCAL, 0, &vec![0; most + 1]);
    assert_eq!(
        read(&one_more),
        (Err(ProxyHeaderError::TooLong), FIXED_BYTES)
    );
}

#[test]
fn what_is_no_header_is_known_by_its_first_byte_that_is_none() {
    for (bytes, first) in [
        (&b"\x03 RTMP"[..], 1),
        (b"\x16\x03\x01 TLS", 1),
        (b"POST / HTTP/1.1\r\n", 2),
        (b"PROXY\r\n", 6),
        (b"proxy ", 1),
        (b"\r\n\r\n\0\r\nQUIT\r\n", 12),
        (b"\r\n\r\n\x00\x0D\x0A\x51\x55\x49\x54\x0B", 12),
        (b"\0", 1),
    ] {
        assert_eq!(
            read(bytes),
            (Err(ProxyHeaderError::Missing), first),
            "{bytes:x?}"
        );
        assert!(begins_header(&bytes[..first - 1]) && !begins_header(&bytes[..first]));
    }
}

fn addresses() -> impl Strategy<Value = (SocketAddr, SocketAddr)> {
    prop_oneof![
        any::<([u8; 4], u16, [u8; 4], u16)>().prop_map(|(from, port, to, at)| (
            SocketAddr::from((from, port)),
            SocketAddr::from((to, at))
        )),
        any::<([u16; 8], u16, [u16; 8], u16)>().prop_map(|(from, port, to, at)| (
            SocketAddr::from((from, port)),
            SocketAddr::from((to, at))
        )),
    ]
}

proptest! {
    #[test]
    fn whatever_a_proxy_writes_is_read(
        (source, destination) in addresses(),
        padding in 0_usize..500,
        behind in prop::collection::vec(any::<u8>(), 0..40),
        split in any::<prop::sample::Index>(),
    ) {
        let addresses = ProxiedAddress::stream(source, destination);
        let expected = ProxyHeader::Relayed {
            source: canonical(source),
            destination: canonical(destination),
        };
        let mut text = Vec::new();
        proxy_header::ProxyHeader::with_address(addresses.clone()).encode_v1(&mut text).unwrap();
        let mut binary = Vec::new();
        proxy_header::ProxyHeader::with_tlvs(Some(addresses), [Tlv::Noop(padding)]).encode_v2(&mut binary).unwrap();
        for header in [text, binary] {
            let bytes = [&header[..], &behind].concat();
            let (head, tail) = bytes.split_at(split.index(bytes.len()));
            prop_assert_eq!(read_in_pieces([head, tail]), (Ok(Some(expected)), header.len()));
        }
    }

    #[test]
    fn whatever_comes_is_the_same_in_any_pieces(
        version in 0_usize..3,
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        text in "[TCPUNKOW46 0-9a-f.:\r\n]{0,120}",
    ) {
        let bytes = match version {
            0 => bytes,
            1 => [line::START, text.as_bytes()].concat(),
            _ => [SIGNATURE, &bytes].concat(),
        };
        let (outcome, taken) = read(&bytes);
        prop_assert!(taken <= bytes.len());
        prop_assert!(outcome == Ok(None) || taken <= ProxyHeaderReader::MAX_BYTES);
    }
}
