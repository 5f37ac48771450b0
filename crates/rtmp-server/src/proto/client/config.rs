//! How a client presents itself, and what it allows its server.

use core::fmt;
use std::time::Duration;

use rtmp_chunk::HandshakeKind;

use crate::proto::capabilities::EnhancedCapabilities;
use crate::proto::text::Redacted;

/// How a [`ClientSession`](super::ClientSession) presents itself, and what it allows its server.
///
/// [`Debug`](fmt::Debug) hides what can hold a stream key.
#[derive(Clone)]
#[non_exhaustive]
pub struct ClientConfig {
    /// The application's name, as it is sent with connect (RTMP 1.0 section 7.2.1.1).
    pub app: String,
    /// The URL of the application: `rtmp://host:port/app`.
    pub tc_url: String,
    /// What the client calls itself (`flashVer`). Some servers publish nobody who does not call
    /// himself `FMLE` first.
    pub flash_ver: String,
    /// What is declared by Enhanced RTMP; `None` declares nothing.
    pub capabilities: Option<EnhancedCapabilities>,
    /// The handshake that is offered.
    pub handshake: HandshakeKind,
    /// The size of the chunks that are sent.
    pub chunk_size: ClientChunkSize,
    /// Whether releaseStream, FCPublish and FCUnpublish go with a publish, as Flash Media Live Encoder
    /// sends them. No standard knows them; some servers want them, and the others are used to them.
    pub flash_calls: bool,
    /// The window by which the server's bytes are acknowledged until it names its own, in bytes: at
    /// half of it (RTMP 1.0 sections 5.4.3 and 5.4.4).
    pub window_ack_size: u32,
    /// The longest time that a byte of the server waits for its acknowledgement.
    pub acknowledgement_interval: Duration,
    /// What the server may cost.
    pub limits: ClientLimits,
    /// What the server may dawdle.
    pub timeouts: ClientTimeouts,
}

impl ClientConfig {
    /// A client that connects to this application.
    pub fn new(app: impl Into<String>, tc_url: impl Into<String>) -> Self {
        Self {
            app: app.into(),
            tc_url: tc_url.into(),
            flash_ver: "FMLE/3.0 (compatible; rtmp-server)".to_owned(),
            capabilities: None,
            handshake: HandshakeKind::Simple,
            chunk_size: ClientChunkSize::AsServer,
            flash_calls: true,
            window_ack_size: 2_500_000,
            acknowledgement_interval: Duration::from_secs(9),
            limits: ClientLimits::default(),
            timeouts: ClientTimeouts::default(),
        }
    }
}

impl fmt::Debug for ClientConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientConfig")
            .field("app", &Redacted(&self.app))
            .field("tc_url", &Redacted(&self.tc_url))
            .field("flash_ver", &self.flash_ver)
            .field("capabilities", &self.capabilities)
            .field("handshake", &self.handshake)
            .field("chunk_size", &self.chunk_size)
            .field("flash_calls", &self.flash_calls)
            .field("limits", &self.limits)
            .field("timeouts", &self.timeouts)
            .finish_non_exhaustive()
    }
}

/// The size of the chunks that a client sends (RTMP 1.0 section 5.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientChunkSize {
    /// That of the server, as FFmpeg does it, but no smaller than the 128 bytes that are the default.
    AsServer,
    /// So many bytes: 1 to 16777215, to which it is clamped.
    Bytes(u32),
}

/// Bounds on what a server can make a client hold or do.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ClientLimits {
    /// The longest message, and all partly received messages together, in bytes: a server has nothing
    /// to say to a publisher but commands.
    pub message_bytes: usize,
    /// How many chunk streams the server may use.
    pub chunk_streams: usize,
    /// Of each text of the server, as many bytes are kept.
    pub text_bytes: usize,
    /// How many messages may come at a time. As many come back in ten seconds, or with 640 kB of media
    /// that are sent: they may be acknowledged often.
    pub messages: usize,
    /// How many events may wait to be polled before input stops.
    pub queued_events: usize,
    /// How many bytes may wait to be sent before [`wants_media`](super::ClientSession::wants_media)
    /// says no, and before answers to the server wait.
    pub unsent_bytes: usize,
}

impl Default for ClientLimits {
    fn default() -> Self {
        Self {
            message_bytes: 128 << 10,
            chunk_streams: 64,
            text_bytes: 4096,
            messages: 10_000,
            queued_events: 16,
            unsent_bytes: 1 << 20,
        }
    }
}

/// How long a server may take.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ClientTimeouts {
    /// From the beginning to the answer to connect, handshake included. Bytes do not extend it.
    pub connect: Duration,
    /// From connect, or from the wish to publish if that comes later, to the answer to publish.
    pub publish: Duration,
    /// Without a single byte from the server. None by default: a server has nothing to say to a
    /// publisher, and need not acknowledge.
    pub idle: Option<Duration>,
    /// Without the server taking a single byte of those that wait for it. A slow link is for the
    /// application to judge: see [`wants_media`](super::ClientSession::wants_media).
    pub transmit: Duration,
    /// How long a window that the server set is waited for (RTMP 1.0 section 5.4.5). Who does not
    /// acknowledge in that time never does, and is not waited for again.
    pub acknowledgement: Duration,
    /// From the end of a session until it is closed, for the server to read the last of it; and from
    /// where nothing can be written any more, to read the last of what the server said.
    pub linger: Duration,
}

impl Default for ClientTimeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            publish: Duration::from_secs(10),
            idle: None,
            transmit: Duration::from_secs(10),
            acknowledgement: Duration::from_secs(2),
            linger: Duration::from_secs(2),
        }
    }
}
