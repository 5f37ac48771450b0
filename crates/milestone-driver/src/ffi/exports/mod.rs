//! The exported functions: arguments checked, results stored, everything else elsewhere.

mod cameras;
mod collecting;
mod core;
mod library;
mod sessions;

use std::time::Duration;

pub use self::cameras::*;
pub use self::collecting::*;
pub use self::core::*;
pub use self::library::*;
pub use self::sessions::*;

use super::boundary::Failure;
use super::types::RTMP_PUSH_OK;
use crate::identity::CAMERAS;

/// # Safety
/// `destination` is null or valid.
unsafe fn store_handle(
    destination: *mut u64,
    make: impl FnOnce() -> Result<u64, Failure>,
) -> Result<i32, Failure> {
    if destination.is_null() || !destination.is_aligned() {
        return Err(Failure::invalid("there is no place for the handle"));
    }
    let handle = make()?;
    // SAFETY: not null, aligned, and valid as this function demands.
    unsafe { destination.write(handle) };
    Ok(RTMP_PUSH_OK)
}

/// A time to wait as hosts give it.
fn wait(timeout_ms: i32) -> Duration {
    const LONGEST_MS: u64 = 60_000;
    Duration::from_millis(u64::try_from(timeout_ms).unwrap_or(0).min(LONGEST_MS))
}

/// The camera that hosts know by this number: they count from 1.
fn camera_at(camera: u32) -> Result<usize, Failure> {
    let index = (camera as usize).checked_sub(1);
    index
        .filter(|index| *index < CAMERAS)
        .ok_or_else(|| no_camera(camera))
}

fn no_camera(camera: u32) -> Failure {
    Failure::invalid(format!(
        "there is no camera {camera}, cameras are 1 to {CAMERAS}"
    ))
}
