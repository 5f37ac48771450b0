//! What a session has done.

/// Running totals of a session. They only grow, and saturate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Bytes taken from the peer, the handshake included.
    pub bytes_received: u64,
    /// Messages received, of whatever type. An aggregate counts once, and so does each message in
    /// it.
    pub messages: u64,
    /// Command messages among them.
    pub commands: u64,
    /// Messages that were ignored: of an unknown type, or media that belong to no publish.
    pub ignored_messages: u64,
    /// Acknowledgements sent.
    pub acknowledgements_sent: u64,
}
