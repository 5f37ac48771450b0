//! What a session allows its peer, and for how long.

use std::time::Duration;

use rtmp_chunk::DecoderLimits;

/// How a [`ServerSession`](super::ServerSession) presents itself, and what it allows its peer.
///
/// The default suits a public ingest server.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SessionConfig {
    /// The chunk size announced to the peer and used for everything sent, in bytes
    /// (RTMP 1.0 section 5.4.1).
    ///
    /// Several publishers adopt the server's chunk size for what they send, so a large one saves
    /// chunk headers on both sides.
    pub chunk_size: u32,
    /// The window announced to the peer, in bytes (RTMP 1.0 sections 5.4.4 and 5.4.5). It is also
    /// the window by which the peer's bytes are acknowledged until the peer names its own: at half
    /// of it.
    ///
    /// A large one gives fewer reasons to send: a publisher that closes its socket while the kernel
    /// still holds some of its video loses that if anything comes for it.
    pub window_ack_size: u32,
    /// The longest time that a byte of the peer waits for its acknowledgement, however few bytes come:
    /// some publishers give up when they have not heard of the server for long.
    pub acknowledgement_interval: Duration,
    /// What the peer may cost.
    pub limits: SessionLimits,
    /// What the peer may dawdle.
    pub timeouts: Timeouts,
    /// Free room kept in front of the body of every video message, in bytes, so that its consumer
    /// can put parameter sets there without moving the picture.
    pub video_headroom: usize,
    /// The same of audio messages, for a header such as that of ADTS.
    pub audio_headroom: usize,
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            chunk_size: 65_536,
            window_ack_size: 10_000_000,
            acknowledgement_interval: Duration::from_secs(9),
            limits: SessionLimits::default(),
            timeouts: Timeouts::default(),
            video_headroom: 256,
            audio_headroom: 16,
        }
    }
}

/// Bounds on what one peer can make a session hold or do.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SessionLimits {
    /// The longest message, in bytes. A 4K key frame can pass one MiB.
    pub message_bytes: usize,
    /// All partly received messages together, in bytes.
    pub buffered_bytes: usize,
    /// The same two bounds while the peer publishes nothing, in bytes: commands are short.
    pub unpublished_bytes: usize,
    /// How many chunk streams the peer may use.
    pub chunk_streams: usize,
    /// The longest command message, in bytes.
    pub command_bytes: usize,
    /// The longest application name, stream name or URL, in bytes.
    pub name_bytes: usize,
    /// How many streams the peer may publish at a time.
    pub publishes: usize,
    /// How many messages may carry no media, or fewer than 16 bytes, at a time. As many come back in
    /// ten seconds, or with 640 kB of media: an ordinary peer sends a few a second.
    pub small_messages: usize,
    /// How many events may wait to be polled before input stops.
    pub queued_events: usize,
    /// How many bytes of media may wait to be polled before input stops. One message more than
    /// this can be held.
    pub queued_bytes: usize,
    /// How many bytes may wait to be sent before input stops: a peer that does not read its
    /// answers gets no more of them.
    pub unsent_bytes: usize,
}

impl Default for SessionLimits {
    fn default() -> Self {
        Self {
            message_bytes: 16 << 20,
            buffered_bytes: 20 << 20,
            unpublished_bytes: 128 << 10,
            chunk_streams: 64,
            command_bytes: 64 << 10,
            name_bytes: 4096,
            publishes: 16,
            small_messages: 10_000,
            queued_events: 16,
            queued_bytes: 1 << 20,
            unsent_bytes: 64 << 10,
        }
    }
}

impl SessionLimits {
    /// Commands are short: who publishes nothing cannot make the server hold much.
    pub(super) fn while_unpublished(&self) -> DecoderLimits {
        self.while_publishing()
            .with_message_bytes(self.message_bytes.min(self.unpublished_bytes))
            .with_buffered_bytes(self.buffered_bytes.min(self.unpublished_bytes))
    }

    pub(super) fn while_publishing(&self) -> DecoderLimits {
        DecoderLimits::default()
            .with_message_bytes(self.message_bytes)
            .with_buffered_bytes(self.buffered_bytes)
            .with_chunk_streams(self.chunk_streams)
    }
}

/// How long a peer may take. The time in which its input is
/// [held](super::ServerSession::hold_input) does not count for [`publish`](Self::publish),
/// [`first_video`](Self::first_video) and [`idle`](Self::idle).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Timeouts {
    /// From accepting the connection to a successful publish, TLS and handshake included. The
    /// limit is absolute: bytes do not extend it. A connection whose last publish ended has as
    /// long for its next one.
    pub publish: Duration,
    /// From a successful publish to its first video message of which the
    /// [application says](super::ServerSession::set_has_video) that it may become a picture.
    pub first_video: Duration,
    /// Without a single byte from the peer. After half of it the peer is asked for a sign of life
    /// with a Ping Request. A consumer that [holds](super::ServerSession::hold_input) the peer's
    /// input has as long, each time.
    pub idle: Duration,
    /// Until the peer has taken the bytes that wait for it.
    pub transmit: Duration,
    /// From the end of a session until it is closed, for the peer to read why. Absolute.
    pub linger: Duration,
    /// The same where an accepted publish was ended for what it brings, or does not bring: a codec
    /// that is not taken, no video. Many publishers look for an answer only when they send, and some
    /// encoders take seconds to their first picture.
    pub linger_publisher: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            publish: Duration::from_secs(10),
            first_video: Duration::from_secs(15),
            idle: Duration::from_secs(30),
            transmit: Duration::from_secs(10),
            linger: Duration::from_secs(2),
            linger_publisher: Duration::from_secs(10),
        }
    }
}
