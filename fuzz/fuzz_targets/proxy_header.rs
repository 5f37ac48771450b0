//! Whatever begins a connection, and whatever is written into the list of proxies: no panic; the same header however it
//! is cut, not a byte behind it is taken, and nothing is read that is no header. The first byte is the length of the
//! pieces.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtmp_server::proxy_protocol::{Networks, ProxyHeader, ProxyHeaderError, ProxyHeaderReader};

fuzz_target!(|bytes: &[u8]| {
    let [piece, stream @ ..] = bytes else {
        return;
    };
    let (whole, taken) = read([stream]);
    assert_eq!(read(stream.chunks(usize::from(*piece) + 1)), (whole, taken));
    assert!(taken <= stream.len() && taken <= ProxyHeaderReader::MAX_BYTES);
    if let Ok(Some(_)) = whole {
        let header = &stream[..taken];
        assert!(header.starts_with(b"PROXY ") || header.starts_with(b"\r\n\r\n\0\r\nQUIT\n"));
        assert_eq!(read([header]), (whole, taken));
    }

    if let Ok(text) = std::str::from_utf8(stream)
        && let Ok(networks) = text.parse::<Networks>()
    {
        assert_eq!(networks.to_string().parse(), Ok(networks));
    }
});

/// What is read of what comes in these pieces, and how many bytes were taken.
fn read<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Result<Option<ProxyHeader>, ProxyHeaderError>, usize) {
    let (mut reader, mut taken) = (ProxyHeaderReader::default(), 0);
    for piece in pieces {
        let mut rest = piece;
        let header = reader.read(&mut rest);
        taken += piece.len() - rest.len();
        if header != Ok(None) {
            return (header, taken);
        }
    }
    (Ok(None), taken)
}
