/// How much of its largest message so far a peer is trusted to send again.
const MAX_TRUST: usize = 1024 * 1024;

/// What the unfinished messages of a connection hold and reserve, over all chunk streams together.
#[derive(Debug)]
pub(super) struct Budget {
    limit: usize,
    held: usize,
    reserved: usize,
    largest_message: usize,
}

impl Budget {
    pub(super) const fn new(limit: usize) -> Self {
        Self {
            limit,
            held: 0,
            reserved: 0,
            largest_message: 0,
        }
    }

    pub(super) const fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    pub(super) const fn held(&self) -> usize {
        self.held
    }

    /// Whether `bytes` more may be held.
    pub(super) const fn admits(&self, bytes: usize) -> bool {
        self.held.saturating_add(bytes) <= self.limit
    }

    pub(super) const fn hold(&mut self, bytes: usize) {
        self.held = self.held.saturating_add(bytes);
    }

    pub(super) const fn reserve(&mut self, bytes: usize) {
        self.reserved = self.reserved.saturating_add(bytes);
    }

    /// A buffer of `length` bytes, and `capacity` for more, has left.
    pub(super) fn release(&mut self, length: usize, capacity: usize) {
        self.held = self.held.saturating_sub(length);
        self.reserved = self.reserved.saturating_sub(capacity);
        self.largest_message = self.largest_message.max(length).min(MAX_TRUST);
    }

    /// How many bytes may be reserved for a message beyond what it has, when `available` bytes wait in the input: those,
    /// or as many as the peer has sent in one message before, less what is reserved and not filled already. So what is
    /// reserved never exceeds a small multiple of what was received, however many messages are begun.
    pub(super) fn ahead(&self, available: usize) -> usize {
        let unfilled = self.reserved.saturating_sub(self.held);
        available.max(self.largest_message).saturating_sub(unfilled)
    }
}
