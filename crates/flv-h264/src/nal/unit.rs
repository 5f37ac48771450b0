use core::fmt;

/// One NAL unit: its header and payload, without length field or start code.
///
/// May be empty, since empty units come over the wire.
#[derive(Copy, Clone, Default, PartialEq, Eq, Hash)]
pub struct NalUnit<'a>(pub &'a [u8]);

impl<'a> NalUnit<'a> {
    /// Whether there is not even a header.
    pub const fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// Header and payload, as they came.
    pub const fn bytes(self) -> &'a [u8] {
        self.0
    }

    /// What stands behind a header of so many bytes, emulation prevention bytes included.
    pub(crate) fn behind(self, header: usize) -> &'a [u8] {
        self.0.get(header..).unwrap_or_default()
    }
}

impl fmt::Debug for NalUnit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NalUnit")
            .field("header", &self.0.first())
            .field("len", &self.0.len())
            .finish()
    }
}
