//! An RTMP server on plain threads: the sans-IO session, and nothing of the runtime around it.
//!
//! ```text
//! cargo run -p rtmp-server --example plain_threads -- 127.0.0.1:8783 --login me:s3cret
//! ffmpeg -re -i video.mp4 -c copy -f flv rtmp://me:s3cret@127.0.0.1:8783/live/stream1
//! ```
//!
//! Every stream name but `nobody` is accepted; what arrives is counted. With `--login` publishers have
//! to log in. With a file name as second argument the bytes of the first connection are written to
//! that file, and the program ends with that connection: this is how the sessions in `tests/sessions`
//! were recorded.

use std::fs::File;
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, ErrorKind, Read as _, Write};
use std::net::{IpAddr, Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rtmp_server::auth::{Authenticator, Failures, LoginText, Turn, Verdict, Verifier};
use rtmp_server::{
    ConnectRequest, EnhancedCapabilities, Event, ServerSession, SessionConfig, Status, StatusCode,
};

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or("127.0.0.1:8783".to_owned());
    let (mut recording, mut logins) = (None, None);
    match (arguments.next(), arguments.next()) {
        (Some(option), Some(user)) if option == "--login" => {
            logins = Some(Arc::new(Logins::new(&user)?));
        }
        (file, _) => recording = file.map(File::create).transpose()?,
    }

    let listener = TcpListener::bind(address)?;
    println!("listening on {}", listener.local_addr()?);
    let config = Arc::new(SessionConfig::default());
    if let Some(recording) = recording {
        let (socket, _) = listener.accept()?;
        return Connection::new(socket, config, None)?
            .recorded_to(recording)
            .run();
    }
    for socket in listener.incoming() {
        let connection = Connection::new(socket?, Arc::clone(&config), logins.clone())?;
        thread::spawn(move || connection.run());
    }
    Ok(())
}

/// The one user who may publish.
struct Logins {
    user: String,
    verifier: Verifier,
    authenticator: Mutex<Authenticator>,
    failures: Mutex<Failures>,
}

impl Logins {
    /// For `USER:PASSWORD`.
    fn new(user: &str) -> io::Result<Self> {
        let (user, password) = user.split_once(':').ok_or(ErrorKind::InvalidInput)?;
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(io::Error::other)?;
        let authenticator = Authenticator::new(key, Instant::now());
        Ok(Self {
            user: user.to_owned(),
            verifier: Verifier::new(user, &password.into(), authenticator.salt(user)),
            authenticator: Mutex::new(authenticator),
            failures: Mutex::new(Failures::new(Instant::now())),
        })
    }

    /// Decides on a login; it may take a while if `peer` has failed too often. The error is what it
    /// is told.
    fn decide(&self, request: &ConnectRequest, peer: IpAddr) -> Result<(), String> {
        const POISONED: &str = "no thread panics with it";
        let text = LoginText::read(request.queries());
        let mut turn = Turn::Now;
        if text.may_be_wrong() {
            turn = self
                .failures
                .lock()
                .expect(POISONED)
                .turn(Instant::now(), peer);
        }
        let known = (text.user() == Some(&self.user)).then_some(&self.verifier);
        let decide = || {
            let mut authenticator = self.authenticator.lock().expect(POISONED);
            authenticator.decide(Instant::now(), peer, &text, known)
        };
        let verdict = match turn {
            Turn::Now => decide(),
            Turn::After(wait) => {
                thread::sleep(wait);
                decide()
            }
            Turn::Never => Verdict::denied(),
        };
        match verdict {
            Verdict::Granted => Ok(()),
            Verdict::GoOn(description) => Err(description),
            Verdict::Denied(description) => {
                let mut failures = self.failures.lock().expect(POISONED);
                println!(
                    "{peer}: {text:?} failed, {:?}",
                    failures.record(Instant::now(), peer)
                );
                Err(description)
            }
        }
    }
}

/// A session and the socket it is for.
struct Connection {
    session: ServerSession,
    socket: TcpStream,
    peer: IpAddr,
    logins: Option<Arc<Logins>>,
    recording: Option<File>,
    messages: u64,
}

impl Connection {
    fn new(
        socket: TcpStream,
        config: Arc<SessionConfig>,
        logins: Option<Arc<Logins>>,
    ) -> io::Result<Self> {
        socket.set_nodelay(true)?;
        let state = RandomState::new();
        let random = std::array::from_fn(|index| state.hash_one(index) as u8);
        Ok(Self {
            session: ServerSession::new(config, Instant::now(), &random),
            peer: socket.peer_addr()?.ip(),
            socket,
            logins,
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

    fn answer_connect(&mut self, request: &ConnectRequest) {
        let decision = match &self.logins {
            Some(logins) => logins.decide(request, self.peer),
            None => Ok(()),
        };
        let now = Instant::now();
        match decision {
            Ok(()) => {
                let nothing = EnhancedCapabilities::none();
                self.session.accept_connect(now, &nothing);
            }
            Err(description) => {
                let status = Status::new(StatusCode::CONNECT_REJECTED, description);
                self.session.refuse_connect(now, status);
            }
        }
    }

    fn report(&mut self) {
        while let Some(event) = self.session.poll_event() {
            match event {
                Event::ConnectRequested(request) => self.answer_connect(&request),
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
