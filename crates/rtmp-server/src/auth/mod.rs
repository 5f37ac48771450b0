//! Who may publish: logins and stream keys, without sockets, clocks or a random generator.
//!
//! | who may publish | what decides |
//! |---|---|
//! | a user with a password: by RTMP's own login (Adobe's, of FFmpeg, OBS, GStreamer), or by `?user=…&pass=…` | [`Authenticator`], when a publisher connects |
//! | who knows a stream's key: `?key=…`, `?token=…`, or the last segment of the path | [`StreamKeys`], when it publishes |
//! | who has an address that somebody signed who knows the key: `?expires=…&signature=…` | the same |
//!
//! [`Failures`] slows down who guesses.
//!
//! # Adobe's login
//! It has three legs, each a connection of its own, as each ends with a refusal but the last:
//!
//! 1. The publisher connects, and is told that a login is needed.
//! 2. It names its user (`?authmod=adobe&user=…`), and gets a salt and a challenge.
//! 3. It answers with MD5s over user, salt, password and challenge.
//!
//! What it is told is the description of the status that its connect is refused with, code
//! [`StatusCode::CONNECT_REJECTED`](crate::StatusCode::CONNECT_REJECTED). The password does not go
//! over the network; everything else does, and MD5 is no match for somebody who reads it and guesses
//! passwords. Use TLS.
//!
//! ```
//! use std::time::Instant;
//!
//! use rtmp_server::ConnectRequest;
//! use rtmp_server::auth::{Authenticator, LoginText, Verdict, Verifier};
//!
//! let now = Instant::now();
//! # let random = [7; 32];
//! let mut authenticator = Authenticator::new(random, now);
//! let me = Verifier::new("me", &"s3cret".into(), authenticator.salt("me"));
//! let mut connect = |request: ConnectRequest| {
//!     let text = LoginText::read(request.queries());
//!     let known = (text.user() == Some("me")).then_some(&me);
//!     authenticator.decide(now, [192, 0, 2, 1].into(), &text, known)
//! };
//!
//! let without = ConnectRequest::new("live", "rtmp://host/live");
//! assert!(matches!(connect(without), Verdict::GoOn(description) if description.contains("need auth")));
//! let right = ConnectRequest::new("live?user=me&pass=s3cret", "rtmp://host/live");
//! assert_eq!(connect(right), Verdict::Granted);
//! let wrong = ConnectRequest::new("live?user=me&pass=guess", "rtmp://host/live");
//! assert!(matches!(connect(wrong), Verdict::Denied(_)));
//! ```
//!
//! # What is promised
//! - A challenge is good once, for half a minute, for one user at one address. Nothing is kept for
//!   who asks for one.
//! - Whether a user exists cannot be told from an answer or from how long it takes: the same is done
//!   and said. Secrets are compared in constant time.
//! - Secrets are not shown by `Debug`, and overwritten when they are dropped.
//! - What is kept is bounded, in all and by address.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)
)]

mod authenticator;
mod challenge;
mod failures;
mod keys;
mod login_text;
mod secret;
mod verifier;

pub use authenticator::{Authenticator, Verdict};
pub use challenge::CHALLENGE_LIFETIME;
pub use failures::{Failures, Report, Turn};
pub use keys::{PresentedKey, StreamKeys, sign, signed_query};
pub use login_text::{LoginText, Response};
pub use secret::Secret;
pub use verifier::{Salt, Verifier};
