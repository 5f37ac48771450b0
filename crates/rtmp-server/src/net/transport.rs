//! The socket, plain or encrypted.

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
#[cfg(feature = "tls")]
use tokio_rustls::server::TlsStream;

#[cfg(feature = "tls")]
use super::rationed::Rationed;
use super::turn::Turn;

/// How much is read at a time.
const SCRATCH_BYTES: usize = 64 << 10;

thread_local! {
    /// Connections have no read buffer of their own. Whoever reads borrows the one of its thread,
    /// and what it read has gone on into messages when it gives the buffer back: an idle connection
    /// costs nothing, and the buffer stays in the processor's cache.
    static SCRATCH: Cell<Option<Box<[u8]>>> = const { Cell::new(None) };
}

/// A connection's socket.
pub(super) enum Transport {
    Plain(TcpStream),
    #[cfg(feature = "tls")]
    Tls(Box<TlsStream<Rationed>>),
}

impl Transport {
    /// Reads once, and hands what was read to `consume` together with this transport's context. Nothing
    /// read means that the peer has closed its side. Pending while there [is more](Self::has_more), the
    /// task is not woken.
    pub(super) fn poll_read<R>(
        &mut self,
        cx: &mut Context<'_>,
        turn: &mut Turn,
        consume: impl FnOnce(&mut Context<'_>, &mut Turn, &[u8]) -> R,
    ) -> Poll<io::Result<R>> {
        let mut scratch = SCRATCH
            .take()
            .unwrap_or_else(|| vec![0; SCRATCH_BYTES].into());
        let mut buffer = ReadBuf::new(&mut scratch);
        let read = match self {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, &mut buffer),
            #[cfg(feature = "tls")]
            Self::Tls(stream) => poll_read_ration(stream, cx, turn, &mut buffer),
        };
        let consumed = read.map_ok(|()| consume(cx, turn, buffer.filled()));
        SCRATCH.set(Some(scratch));
        consumed
    }

    /// Whether the last read stopped because it had its ration, and not because there was nothing.
    pub(super) fn has_more(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            #[cfg(feature = "tls")]
            Self::Tls(stream) => stream.get_ref().0.is_used_up(),
        }
    }

    /// Writes some of `bytes`.
    pub(super) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            #[cfg(feature = "tls")]
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    /// Brings what was written into the kernel: TLS holds records of its own.
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            #[cfg(feature = "tls")]
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    /// Ends our side: the peer reads what is left, and then the end.
    pub(super) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            #[cfg(feature = "tls")]
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

/// Reads a ration at most. What of it is nobody's data is work all the same: a record need not hold any.
#[cfg(feature = "tls")]
fn poll_read_ration(
    stream: &mut TlsStream<Rationed>,
    cx: &mut Context<'_>,
    turn: &mut Turn,
    buffer: &mut ReadBuf<'_>,
) -> Poll<io::Result<()>> {
    stream.get_mut().0.give();
    let read = Pin::new(&mut *stream).poll_read(cx, buffer);
    let socket = stream.get_ref().0;
    turn.spend_bytes(socket.taken().saturating_sub(buffer.filled().len()));
    match read {
        // Many publishers close without a word of TLS. Nobody trusts the end of a stream here.
        Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Poll::Ready(Ok(()))
        }
        read => read,
    }
}
