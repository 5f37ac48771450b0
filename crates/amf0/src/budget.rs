use crate::error::DecodeErrorKind;
use crate::limits::Limits;
use crate::reader::{Fault, Reader};

const MAX_DEPTH: u16 = Limits::MAX_DEPTH as u16;

/// How much nesting and how many values are still allowed.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Budget {
    /// Small, so that all of it fits into two registers.
    depth: u16,
    values: usize,
    /// Strings need not be text.
    any_text: bool,
}

impl Budget {
    pub(crate) const fn new(limits: Limits) -> Self {
        Self {
            depth: if limits.depth < Limits::MAX_DEPTH {
                limits.depth as u16
            } else {
                MAX_DEPTH
            },
            values: limits.values,
            any_text: false,
        }
    }

    pub(crate) const fn with_any_text(mut self) -> Self {
        self.any_text = true;
        self
    }

    pub(crate) const fn any_text(&self) -> bool {
        self.any_text
    }

    /// For spans that were checked before.
    pub(crate) const fn checked() -> Self {
        Self {
            depth: MAX_DEPTH,
            values: usize::MAX,
            any_text: true,
        }
    }

    #[inline]
    pub(crate) fn spend_value(&mut self, reader: &Reader<'_>) -> Result<(), Fault> {
        match self.values.checked_sub(1) {
            Some(left) => {
                self.values = left;
                Ok(())
            }
            None => Err(reader.fault(DecodeErrorKind::TooManyValues)),
        }
    }

    /// Runs `read` one level deeper.
    #[inline]
    pub(crate) fn nested<'a, T>(
        &mut self,
        reader: &mut Reader<'a>,
        read: impl FnOnce(&mut Reader<'a>, &mut Self) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let depth = self.depth;
        let Some(deeper) = depth.checked_sub(1) else {
            return Err(reader.fault(DecodeErrorKind::TooDeep));
        };
        self.depth = deeper;
        let result = read(reader, self);
        self.depth = depth;
        result
    }
}
