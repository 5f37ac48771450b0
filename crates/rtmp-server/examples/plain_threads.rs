//! An RTMP server on plain threads: the sans-IO session, and nothing of the runtime around it.
//!
//! ```text
//! cargo run -p rtmp-server --example plain_threads -- 127.0.0.1:8783
//! ffmpeg -re -i video.mp4 -c copy -f flv rtmp://127.0.0.1:8783/live/stream1
//! ```
//!
//! Every stream name but `nobody` is accepted; what arrives is counted. With a file name as
//! second argument the bytes of the first connection are written to that file, and the program
//! ends with that connection: this is how the sessions in `tests/sessions` were recorded.

use std::fs::File;
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, ErrorKind, Read as _, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rtmp_server::{EnhancedCapabilities, Event, ServerSession, SessionConfig, Status};

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or("127.0.0.1:8783".to_owned());
    let recording = arguments.next().map(File::create).transpose()?;

    let listener = TcpListener::bind(address)?;
    println!("listening on {}", listener.local_addr()?);
    let config = Arc::new(SessionConfig::default());
    if let Some(recording) = recording {
        let (socket, _) = listener.accept()?;
        return Connection::new(socket, config)?
            .recorded_to(recording)
            .run();
    }
    for socket in listener.incoming() {
        let connection = Connection::new(socket?, Arc::clone(&config))?;
        thread::spawn(move || connection.run());
    }
    Ok(())
}

/// A session and the socket it is for.
struct Connection {
    session: ServerSession,
    socket: TcpStream,
    recording: Option<File>,
    messages: u64,
}

impl Connection {
    fn new(socket: TcpStream, config: Arc<SessionConfig>) -> io::Result<Self> {
        socket.set_nodelay(true)?;
        let state = RandomState::new();
        let random = std::array::from_fn(|index| state.hash_one(index) as u8);
        Ok(Self {
            session: ServerSession::new(config, Instant::now(), &random),
            socket,
            recording: None,
            messages: 0,
        })
    }

    fn recorded_to(self, recording: File) -> Self {
        Self {
            recording: Some(recording),
            ..self
        }
    }

    /// Until the session is closed: wait for bytes or for the next deadline, whichever is first.
    fn run(mut self) -> io::Result<()> {
        let mut buffer = vec![0; 64 * 1024];
        while !self.session.is_closed() {
            match self.wait_for_bytes(&mut buffer) {
                Ok(0) => self.session.handle_disconnect(),
                Ok(length) => self.take(&buffer[..length])?,
                Err(error) if is_timeout(&error) => {
                    // The same is reported as an event.
                    let _ = self.session.handle_timeout(Instant::now());
                }
                Err(_) => self.session.handle_disconnect(),
            }
            self.report();
            self.write();
        }
        self.report();
        Ok(())
    }

    fn wait_for_bytes(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let timeout = self.session.poll_timeout().map(|at| {
            let left = at.saturating_duration_since(Instant::now());
            left.max(Duration::from_millis(1))
        });
        self.socket.set_read_timeout(timeout)?;
        self.socket.read(buffer)
    }

    fn take(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        if let Some(recording) = &mut self.recording {
            recording.write_all(bytes)?;
        }
        while !bytes.is_empty() {
            // An error is reported as an event, too, and the session takes everything after it.
            let taken = self.session.handle_input(Instant::now(), bytes);
            bytes = &bytes[taken.unwrap_or(bytes.len())..];
            self.report();
            self.write();
        }
        Ok(())
    }

    fn write(&mut self) {
        while let Some(bytes) = self.session.poll_transmit() {
            match self.socket.write_all(&bytes) {
                Ok(()) => self.session.handle_transmitted(Instant::now(), bytes.len()),
                Err(_) => self.session.handle_disconnect(),
            }
        }
        if self.session.has_ended() {
            // It fails if the peer has closed the connection, which is as good.
            let _ = self.socket.shutdown(Shutdown::Write);
        }
    }

    fn report(&mut self) {
        while let Some(event) = self.session.poll_event() {
            match event {
                Event::ConnectRequested(_) => {
                    self.session
                        .accept_connect(Instant::now(), &EnhancedCapabilities::none());
                }
                Event::PublishRequested(request) if request.stream_name == "nobody" => {
                    let status = Status::bad_name("Nobody waits for this stream.");
                    self.session
                        .refuse_publish(Instant::now(), request.id, status);
                }
                Event::PublishRequested(request) => {
                    println!("publishing: {request:?}");
                    self.session.accept_publish(Instant::now(), request.id);
                }
                Event::Media { .. } => self.messages += 1,
                Event::PublishEnded { reason, .. } => {
                    println!("{} messages, then {reason}", self.messages);
                }
                other => println!("{other:?}"),
            }
        }
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
