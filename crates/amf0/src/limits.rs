/// What a [`Decoder`](crate::Decoder) accepts at most from one run of bytes.
///
/// The defaults take every command and every `onMetaData` seen in practice, key frame indexes of
/// hour-long files included. Whoever reads from the network and expects commands alone may want
/// less:
///
/// ```
/// let limits = amf0::Limits::default().with_depth(8).with_values(1000);
/// assert_eq!(limits.depth, 8);
/// ```
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// How many objects and arrays may be open within each other. Never more than
    /// [`Limits::MAX_DEPTH`], whatever is written here. Default 32.
    pub depth: usize,
    /// How many values there may be in all, nested ones included. Default 131 072.
    pub values: usize,
    /// How many bytes may be read in all. Default 16 MiB.
    pub bytes: usize,
}

impl Limits {
    /// The deepest nesting that is ever decoded or encoded: the call stack stays small however
    /// the limits are set.
    pub const MAX_DEPTH: usize = 256;

    /// Sets [`Limits::depth`].
    #[must_use]
    pub const fn with_depth(mut self, depth: usize) -> Self {
        self.depth = depth;
        self
    }

    /// Sets [`Limits::values`].
    #[must_use]
    pub const fn with_values(mut self, values: usize) -> Self {
        self.values = values;
        self
    }

    /// Sets [`Limits::bytes`].
    #[must_use]
    pub const fn with_bytes(mut self, bytes: usize) -> Self {
        self.bytes = bytes;
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 32,
            values: 1 << 17,
            bytes: 16 << 20,
        }
    }
}
