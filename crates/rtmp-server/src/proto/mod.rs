//! The RTMP session without sockets, clocks or threads: the server's side here, the publisher's in
//! `client` (feature `client`), by the same contract.
//!
//! [`ServerSession`] is a state machine for one connection. Bytes and time go in; bytes, events
//! and deadlines come out. Whoever owns the socket drives it:
//!
//! | when | call |
//! |---|---|
//! | bytes arrived, and [`wants_input`] | [`handle_input`] |
//! | the peer closed the connection | [`handle_disconnect`] |
//! | the time of [`poll_timeout`] has come | [`handle_timeout`] |
//! | the socket took bytes | [`handle_transmitted`] |
//! | a connect request is decided | [`accept_connect`] or [`refuse_connect`] |
//! | a publish request is decided | [`accept_publish`] or [`refuse_publish`] |
//! | a publish is to end | [`end_publish`] |
//! | the server goes down | [`shutdown`] |
//!
//! After each of them:
//! 1. [`poll_event`] until there is none;
//! 2. [`poll_transmit`] until there is nothing, and write it;
//! 3. if [`handle_input`] took less than it was given, and [`wants_input`] is true again, give it
//!    the rest;
//! 4. ask [`poll_timeout`] how long to wait.
//!
//! A session ends with [`Event::Closed`]. Then [`has_ended`] is true: write what is left, close
//! the sending side of the connection, and go on as before, for the peer needs a moment to read
//! why, until [`is_closed`]: then drop the connection. Dropping it earlier can destroy what the
//! peer has not read yet.
//!
//! # Driving a session
//! Over a blocking socket, a thread for each:
//!
//! ```no_run
//! use std::io::{self, ErrorKind, Read as _, Write as _};
//! use std::net::{Shutdown, TcpStream};
//! use std::time::{Duration, Instant};
//!
//! use rtmp_server::{Event, ServerSession, SessionConfig};
//! use rtmp_server::proto::EnhancedCapabilities;
//!
//! fn serve(mut socket: TcpStream) -> io::Result<()> {
//!     let mut session = ServerSession::new(SessionConfig::default(), Instant::now(), &[7; 1528]);
//!     let mut buffer = [0; 16 * 1024];
//!     while !session.is_closed() {
//!         let timeout = session.poll_timeout().map(|at| {
//!             let left = at.saturating_duration_since(Instant::now());
//!             left.max(Duration::from_millis(1))
//!         });
//!         socket.set_read_timeout(timeout)?;
//!         match socket.read(&mut buffer) {
//!             Ok(0) => session.handle_disconnect(),
//!             Ok(length) => {
//!                 let mut rest = &buffer[..length];
//!                 while !rest.is_empty() {
//!                     let taken = session.handle_input(Instant::now(), rest);
//!                     // An error is reported as an event, too.
//!                     rest = &rest[taken.unwrap_or(rest.len())..];
//!                     settle(&mut session, &mut socket)?;
//!                 }
//!             }
//!             Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
//!                 let _ = session.handle_timeout(Instant::now());
//!             }
//!             Err(_) => session.handle_disconnect(),
//!         }
//!         settle(&mut session, &mut socket)?;
//!     }
//!     Ok(())
//! }
//!
//! /// Deals with what happened, and sends what is to be sent.
//! fn settle(session: &mut ServerSession, socket: &mut TcpStream) -> io::Result<()> {
//!     while let Some(event) = session.poll_event() {
//!         match event {
//!             Event::ConnectRequested(_) => {
//!                 session.accept_connect(Instant::now(), &EnhancedCapabilities::none());
//!             }
//!             Event::PublishRequested(request) => {
//!                 session.accept_publish(Instant::now(), request.id);
//!             }
//!             Event::Media { media, .. } => println!("{:?}: {} bytes", media.kind, media.payload.len()),
//!             Event::Closed(reason) => println!("{reason}"),
//!             _ => {}
//!         }
//!     }
//!     while let Some(bytes) = session.poll_transmit() {
//!         socket.write_all(&bytes)?;
//!         session.handle_transmitted(Instant::now(), bytes.len());
//!     }
//!     if session.has_ended() {
//!         socket.shutdown(Shutdown::Write)?;
//!     }
//!     Ok(())
//! }
//! ```
//!
//! # Testing in virtual time
//! No clock is ever asked, so that a test can let ten seconds pass in no time:
//!
//! ```
//! use std::time::{Duration, Instant};
//! use rtmp_server::{Event, ServerSession, SessionConfig};
//! use rtmp_server::proto::{CloseReason, Deadline, SessionError};
//!
//! let accepted_at = Instant::now();
//! let mut session = ServerSession::new(SessionConfig::default(), accepted_at, &[7; 1528]);
//! let ten_seconds = accepted_at + Duration::from_secs(10);
//! assert_eq!(session.poll_timeout(), Some(ten_seconds));
//!
//! let too_late = SessionError::Timeout(Deadline::Publish);
//! assert_eq!(session.handle_timeout(ten_seconds), Err(too_late));
//! assert!(matches!(
//!     session.poll_event(),
//!     Some(Event::Closed(CloseReason::Failed(error))) if error == too_late
//! ));
//! assert!(session.is_closed());
//! ```
//!
//! [`wants_input`]: ServerSession::wants_input
//! [`handle_input`]: ServerSession::handle_input
//! [`handle_disconnect`]: ServerSession::handle_disconnect
//! [`handle_timeout`]: ServerSession::handle_timeout
//! [`handle_transmitted`]: ServerSession::handle_transmitted
//! [`accept_connect`]: ServerSession::accept_connect
//! [`refuse_connect`]: ServerSession::refuse_connect
//! [`accept_publish`]: ServerSession::accept_publish
//! [`refuse_publish`]: ServerSession::refuse_publish
//! [`end_publish`]: ServerSession::end_publish
//! [`shutdown`]: ServerSession::shutdown
//! [`poll_event`]: ServerSession::poll_event
//! [`poll_transmit`]: ServerSession::poll_transmit
//! [`poll_timeout`]: ServerSession::poll_timeout
//! [`has_ended`]: ServerSession::has_ended
//! [`is_closed`]: ServerSession::is_closed
#![deny(clippy::expect_used, clippy::unwrap_used)]
#![deny(clippy::indexing_slicing, clippy::panic)]
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod acknowledgement;
mod address;
mod backlog;
mod capabilities;
#[cfg(feature = "client")]
pub mod client;
mod command;
mod config;
mod connect;
mod error;
mod event;
mod publishes;
mod reply;
mod request;
mod session;
mod small_messages;
mod status;
mod text;
mod transmit;

/// How many messages a session handles before its caller is asked whether it has anything else to do.
const MESSAGES_PER_CALL: usize = 64;

pub use address::{Query, StreamAddress};
pub use capabilities::{CapsEx, EnhancedCapabilities, FourCcInfo};
pub use config::{SessionConfig, SessionLimits, Timeouts};
pub use error::{Deadline, Limit, Misbehaviour, SessionError};
pub use event::{CloseReason, Counters, EndReason, Event, Media, MediaKind};
pub use request::{ConnectRequest, PublishRequest, PublishType, RequestId, StreamId};
pub use session::ServerSession;
pub use status::{Status, StatusCode};
