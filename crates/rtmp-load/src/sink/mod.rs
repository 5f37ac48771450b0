//! A TCP server that reads and drops: what the kernel and tokio cost alone, with rustls, or with a thread for each
//! connection that takes what was read.

mod hand_over;
mod replies;

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime;
use tokio_rustls::TlsAcceptor;

use self::hand_over::Recipient;
use crate::args;
use crate::tls;

/// How much is read at once, as servers do.
const READ_BUFFER: usize = 64 * 1024;

/// Runs until it is killed. Prints the address first.
pub(crate) fn run(options: &args::Sink) -> Result<(), String> {
    // With recipients it is compared with the driver, which reads on one thread as well.
    let runtime = match options.hand_over {
        false => runtime::Runtime::new(),
        true => runtime::Builder::new_current_thread().enable_io().build(),
    };
    runtime
        .map_err(|error| error.to_string())?
        .block_on(listen(options))
        .map_err(|error| format!("{}: {error}", options.listen))
}

async fn listen(options: &args::Sink) -> io::Result<()> {
    let tls = options.tls.then(tls::acceptor).transpose()?;
    let listener = TcpListener::bind(options.listen).await?;
    println!("listening on {}", listener.local_addr()?);
    let replies = replies::canned(options.chunk_size).map_err(io::Error::other)?;
    let replies: &'static [u8] = replies.leak();
    loop {
        let (stream, _) = listener.accept().await?;
        let tls = tls.clone();
        let recipient = options.hand_over.then(Recipient::start).transpose()?;
        tokio::spawn(async move {
            // Publishers may go away at any time.
            let _ = serve(stream, tls, replies, recipient).await;
        });
    }
}

async fn serve(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    replies: &[u8],
    recipient: Option<Recipient>,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    match tls {
        None => swallow(stream, replies, recipient).await,
        Some(tls) => swallow(tls.accept(stream).await?, replies, recipient).await,
    }
}

async fn swallow(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    replies: &[u8],
    recipient: Option<Recipient>,
) -> io::Result<()> {
    let mut c0_c1 = vec![0; 1 + 1536];
    stream.read_exact(&mut c0_c1).await?;
    // S0 and S1 are like C0 and C1, S2 echoes C1.
    stream.write_all(&c0_c1).await?;
    stream.write_all(&c0_c1[1..]).await?;
    drop(c0_c1);
    stream.write_all(replies).await?;
    stream.flush().await?;
    let mut buffer = vec![0; READ_BUFFER];
    loop {
        let count = stream.read(&mut buffer).await?;
        if count == 0 {
            return Ok(());
        }
        if let Some(recipient) = &recipient {
            recipient.give(buffer.get(..count).unwrap_or_default());
        }
    }
}
