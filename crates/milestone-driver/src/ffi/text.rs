//! Text that crosses the boundary.

use super::boundary::Failure;
use super::types::RTMP_PUSH_BUFFER_TOO_SMALL;

/// Longest text that a host may pass.
const LONGEST: usize = 1 << 20;

/// The host's text at `start`; nothing if its length is 0.
///
/// # Safety
/// If `start` is not null, `len` bytes are valid there for as long as the text is used.
pub(super) unsafe fn text_at<'a>(start: *const u8, len: usize) -> Result<&'a str, Failure> {
    if len == 0 {
        return Ok("");
    }
    if start.is_null() || len > LONGEST {
        return Err(Failure::invalid("a text is missing or too long"));
    }
    // SAFETY: not null, and `len` bytes are valid as this function demands.
    let bytes = unsafe { std::slice::from_raw_parts(start, len) };
    std::str::from_utf8(bytes)
        .map_err(|error| Failure::invalid(format!("a text is not UTF-8: {error}")))
}

/// A buffer of the host, and where it wants the length that is needed.
pub(super) struct TextBuffer {
    start: *mut u8,
    capacity: usize,
    needed: *mut usize,
}

impl TextBuffer {
    /// # Safety
    /// `start` is null, or `capacity` bytes are valid there; `needed` is null or valid. Nobody else uses them during
    /// the call.
    pub(super) unsafe fn new(
        start: *mut u8,
        capacity: usize,
        needed: *mut usize,
    ) -> Result<Self, Failure> {
        if !needed.is_null() && !needed.is_aligned() {
            return Err(Failure::invalid("a length is not aligned"));
        }
        let capacity = if start.is_null() { 0 } else { capacity };
        Ok(Self {
            start,
            capacity,
            needed,
        })
    }

    /// Stores `text` if it fits, and in any case its length in bytes. There is no terminating zero.
    pub(super) fn store(&mut self, text: &str) -> Result<(), Failure> {
        if !self.needed.is_null() {
            // SAFETY: valid as `new` was promised, aligned as it checked.
            unsafe { self.needed.write(text.len()) };
        }
        if text.len() > self.capacity {
            let message = format!("the text needs a buffer of {} bytes", text.len());
            return Err(Failure::new(RTMP_PUSH_BUFFER_TOO_SMALL, message));
        }
        if !text.is_empty() {
            // SAFETY: `capacity` bytes are valid as `new` was promised, and the text is not longer; a null buffer has
            // no capacity.
            unsafe { std::ptr::copy_nonoverlapping(text.as_ptr(), self.start, text.len()) };
        }
        Ok(())
    }
}
