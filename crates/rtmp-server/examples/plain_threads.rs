//! An RTMP server on plain threads: the sans-IO session, and nothing of the runtime around it. It needs none of the
//! crate's features.
//!
//! ```text
//! cargo run -p rtmp-server --no-default-features --example plain_threads -- 127.0.0.1:8783
//! ffmpeg -re -i video.mp4 -c copy -f flv rtmp://127.0.0.1:8783/live/stream1
//! ```
//!
//! What arrives is counted. With a file name as second argument the bytes of the first connection are written to that
//! file, and the program ends with it: this is how the sessions in `tests/sessions` were recorded.

use std::fs::File;
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use rtmp_server::proto::EnhancedCapabilities;
use rtmp_server::{Event, ServerSession, SessionConfig};

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or("127.0.0.1:8783".to_owned());
    let recording = arguments.next().map(File::create).transpose()?;

    let listener = TcpListener::bind(address)?;
    println!("listening on {}", listener.local_addr()?);
    if recording.is_some() {
        return serve(listener.accept()?.0, recording);
    }
    for socket in listener.incoming() {
        let socket = socket?;
        thread::spawn(move || serve(socket, None));
    }
    Ok(())
}

/// Until the session is closed: wait for bytes or for the next deadline, whichever is first.
fn serve(mut socket: TcpStream, mut recording: Option<File>) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let state = RandomState::new();
    let random = std::array::from_fn(|index| state.hash_one(index) as u8);
    let config = SessionConfig::default();
    let mut session = ServerSession::new(config, Instant::now(), &random);
    let (mut buffer, mut messages) = (vec![0; 64 * 1024], 0);
    while !session.is_closed() {
        let timeout = session.poll_timeout().map(|at| {
            let left = at.saturating_duration_since(Instant::now());
            left.max(Duration::from_millis(1))
        });
        socket.set_read_timeout(timeout)?;
        match socket.read(&mut buffer) {
            Ok(length @ 1..) => {
                let mut bytes = &buffer[..length];
                if let Some(recording) = &mut recording {
                    recording.write_all(bytes)?;
                }
                while !bytes.is_empty() {
                    // An error is an event, too, and the session takes everything after it.
                    let taken = session.handle_input(Instant::now(), bytes);
                    bytes = &bytes[taken.unwrap_or(bytes.len())..];
                    decide(&mut session, &mut messages);
                    write(&mut session, &mut socket);
                }
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                // So is this one.
                let _ = session.handle_timeout(Instant::now());
            }
            _ => session.handle_disconnect(),
        }
        decide(&mut session, &mut messages);
        write(&mut session, &mut socket);
    }
    decide(&mut session, &mut messages);
    Ok(())
}

fn write(session: &mut ServerSession, socket: &mut TcpStream) {
    while let Some(bytes) = session.poll_transmit() {
        match socket.write_all(&bytes) {
            Ok(()) => session.handle_transmitted(Instant::now(), bytes.len()),
            Err(_) => session.handle_disconnect(),
        }
    }
    if session.has_ended() {
        // It fails if the peer has closed the connection, which is as good.
        let _ = socket.shutdown(Shutdown::Write);
    }
}

/// Takes what comes, and counts it.
fn decide(session: &mut ServerSession, messages: &mut u64) {
    let now = Instant::now();
    while let Some(event) = session.poll_event() {
        match event {
            Event::ConnectRequested(_) => {
                session.accept_connect(now, &EnhancedCapabilities::none());
            }
            Event::PublishRequested(request) => {
                session.accept_publish(now, request.id);
            }
            Event::Media { .. } => *messages += 1,
            Event::PublishEnded { reason, .. } => println!("{messages} messages, then {reason}"),
            other => println!("{other:?}"),
        }
    }
}
