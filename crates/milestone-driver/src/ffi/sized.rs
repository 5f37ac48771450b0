//! Structs that may grow: they begin with their size, and both sides use what both know.

use super::boundary::Failure;
use super::text::TextBuffer;
use super::types::{
    RtmpPushConfig, RtmpPushEvent, RtmpPushFrame, RtmpPushLogLine, RtmpPushSetting, RtmpPushStats,
    RtmpPushStatus,
};

/// A struct that begins with its size in bytes as a `u32`.
///
/// # Safety
/// The type is `repr(C)`, its first field is that `u32`, and any bytes are a valid value of it.
pub(super) unsafe trait SizedStruct: Copy {
    /// Its size in the first version of the ABI.
    const FIRST_SIZE: u32;
}

macro_rules! sized_structs {
    ($($name:ident: $first_size:literal),* $(,)?) => {$(
        // SAFETY: declared so in `types`: plain numbers and raw pointers behind a `size`.
        unsafe impl SizedStruct for $name {
            const FIRST_SIZE: u32 = $first_size;
        }
    )*};
}

sized_structs! {
    RtmpPushConfig: 56,
    RtmpPushFrame: 72,
    RtmpPushStatus: 48,
    RtmpPushStats: 144,
    RtmpPushEvent: 24,
    RtmpPushLogLine: 16,
    RtmpPushSetting: 24,
}

/// A struct of the host that is to be filled.
pub(super) struct Destination<T> {
    start: *mut T,
    size: u32,
}

impl<T: SizedStruct> Destination<T> {
    /// # Safety
    /// `start` is null, or as many bytes as the struct there says are valid and used by nobody else during the call.
    pub(super) unsafe fn new(start: *mut T) -> Result<Self, Failure> {
        // SAFETY: as this function demands.
        let size = unsafe { checked_size(start) }?;
        Ok(Self { start, size })
    }

    /// Stores as much of `value` as the host's version of the struct has; its size says how much that is.
    pub(super) fn store(&mut self, value: T) {
        let size = self.size.min(size_of::<T>() as u32);
        // SAFETY: `new` was promised that `self.size` bytes are valid, and `size` is neither more than those nor more
        // than `value` has.
        unsafe {
            std::ptr::copy_nonoverlapping(
                (&raw const value).cast::<u8>(),
                self.start.cast::<u8>(),
                size as usize,
            )
        };
        // SAFETY: aligned and valid as above; the struct begins with its size.
        unsafe { self.start.cast::<u32>().write(size) };
    }
}

/// What a call answers with: a struct, and what there is to say in words.
pub(super) struct Answer<T> {
    destination: Destination<T>,
    buffer: TextBuffer,
}

impl<T: SizedStruct> Answer<T> {
    /// # Safety
    /// As of [`Destination::new`] and [`TextBuffer::new`].
    pub(super) unsafe fn new(
        start: *mut T,
        buffer: *mut u8,
        capacity: usize,
        needed: *mut usize,
    ) -> Result<Self, Failure> {
        Ok(Self {
            // SAFETY: as this function demands.
            destination: unsafe { Destination::new(start) }?,
            // SAFETY: as this function demands.
            buffer: unsafe { TextBuffer::new(buffer, capacity, needed) }?,
        })
    }

    /// Stores both; the struct also if the buffer is too small.
    pub(super) fn store(&mut self, value: T, text: &str) -> Result<(), Failure> {
        self.destination.store(value);
        self.buffer.store(text)
    }
}

/// What the host's struct says, as far as it goes; `default` for the rest.
///
/// # Safety
/// `start` is null, or as many bytes as the struct there says are valid.
pub(super) unsafe fn load<T: SizedStruct>(start: *const T, default: T) -> Result<T, Failure> {
    // SAFETY: as this function demands.
    let size = unsafe { checked_size(start) }?.min(size_of::<T>() as u32);
    let mut value = default;
    // SAFETY: `size` bytes are valid at `start` and fit into `value`, of which any bytes are a valid value.
    unsafe {
        std::ptr::copy_nonoverlapping(
            start.cast::<u8>(),
            (&raw mut value).cast::<u8>(),
            size as usize,
        )
    };
    Ok(value)
}

/// # Safety
/// `start` is null, or a struct that begins with its size is there.
unsafe fn checked_size<T: SizedStruct>(start: *const T) -> Result<u32, Failure> {
    if start.is_null() || !start.is_aligned() {
        return Err(Failure::invalid("a struct is missing or not aligned"));
    }
    // SAFETY: not null, aligned, and the struct begins with its size.
    let size = unsafe { start.cast::<u32>().read() };
    if size < T::FIRST_SIZE {
        return Err(Failure::wrong_size(size));
    }
    Ok(size)
}
