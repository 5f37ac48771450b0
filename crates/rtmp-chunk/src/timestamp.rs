use core::fmt;

/// A time in milliseconds since an epoch that the sender chose (RTMP 1.0 section 4).
///
/// Times are 32 bits long and wrap every 49 days, so there is no total order: use [`since`](Self::since), which
/// compares by serial number arithmetic as the standard asks.
///
/// ```
/// # use rtmp_chunk::Timestamp;
/// let before_the_wrap = Timestamp(u32::MAX - 9);
/// let after = before_the_wrap.wrapping_add(40);
/// assert_eq!(after, Timestamp(30));
/// assert_eq!(after.since(before_the_wrap), 40);
/// assert_eq!(before_the_wrap.since(after), -40);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Timestamp(pub u32);

impl Timestamp {
    /// This time plus `milliseconds`, modulo 2³².
    #[must_use]
    pub const fn wrapping_add(self, milliseconds: u32) -> Self {
        Self(self.0.wrapping_add(milliseconds))
    }

    /// The milliseconds from `earlier` to this time; negative if `earlier` is the later one of the two.
    ///
    /// Right as long as both lie within 2³¹ − 1 ms (24 days) of each other.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i32 {
        self.0.wrapping_sub(earlier.0).cast_signed()
    }
}

impl From<u32> for Timestamp {
    fn from(milliseconds: u32) -> Self {
        Self(milliseconds)
    }
}

impl From<Timestamp> for u32 {
    fn from(timestamp: Timestamp) -> Self {
        timestamp.0
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ms", self.0)
    }
}
