//! What every call goes through: failures become codes, panics stop, messages are kept for the caller.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::types::{
    RTMP_PUSH_BAD_STATE, RTMP_PUSH_CLOSED, RTMP_PUSH_INVALID_ARGUMENT, RTMP_PUSH_PANICKED,
    RTMP_PUSH_WRONG_SIZE,
};

/// A call that failed: one of the negative codes, and a message for people.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) code: i32,
    pub(super) message: String,
}

impl Failure {
    pub(super) fn new(code: i32, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(RTMP_PUSH_INVALID_ARGUMENT, message)
    }

    pub(super) fn wrong_size(size: u32) -> Self {
        Self::new(
            RTMP_PUSH_WRONG_SIZE,
            format!("a struct of {size} bytes is too small"),
        )
    }

    pub(super) fn stale_handle() -> Self {
        Self::new(RTMP_PUSH_CLOSED, "the handle is stale")
    }

    pub(super) fn stopped() -> Self {
        Self::new(RTMP_PUSH_CLOSED, "the driver was stopped")
    }

    pub(super) fn bad_state(message: impl Into<String>) -> Self {
        Self::new(RTMP_PUSH_BAD_STATE, message)
    }

    pub(super) fn panicked() -> Self {
        Self::new(RTMP_PUSH_PANICKED, "a defect in the driver stopped it")
    }

    pub(super) fn is_panic(&self) -> bool {
        self.code == RTMP_PUSH_PANICKED
    }
}

thread_local! {
    /// Message of this thread's latest failure.
    static LAST_ERROR: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs the body of an exported function.
pub(super) fn call(body: impl FnOnce() -> Result<i32, Failure>) -> i32 {
    let failure = match contain(body) {
        Ok(code) => return code,
        Err(failure) => failure,
    };
    // A thread that is ending may have lost its message already: the code remains.
    let _ = LAST_ERROR.try_with(|last| last.replace(failure.message));
    failure.code
}

/// Runs `body`; a panic in it is a failure.
pub(super) fn contain<T>(body: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    // What a panic may have left half done is a core, and that is given up.
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|_| Err(Failure::panicked()))
}

/// Message of this thread's latest failure.
pub(super) fn last_error() -> String {
    LAST_ERROR
        .try_with(|last| last.borrow().clone())
        .unwrap_or_default()
}
