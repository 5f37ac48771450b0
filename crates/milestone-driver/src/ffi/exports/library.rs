//! The library: its version, the latest failure, and what does not depend on a core.

use crate::Settings;
use crate::ffi::boundary::{self, call};
use crate::ffi::setting_table;
use crate::ffi::sized::Answer;
use crate::ffi::text::{TextBuffer, text_at};
use crate::ffi::types::*;
use crate::identity::HardwareIdentity;

/// `RTMP_PUSH_ABI_VERSION` of the library. A host that was made for another major version (the upper 16 bits) must not
/// go on.
#[unsafe(no_mangle)]
pub extern "C" fn rtmp_push_abi_version() -> u32 {
    RTMP_PUSH_ABI_VERSION
}

/// Why the latest call on this thread failed, for people.
///
/// # Safety
/// `buffer` has room for `capacity` bytes or is null; `needed` is valid or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtmp_push_v1_last_error(
    buffer: *mut u8,
    capacity: usize,
    needed: *mut usize,
) -> i32 {
    let stored = boundary::contain(|| {
        // SAFETY: as this function demands.
        unsafe { TextBuffer::new(buffer, capacity, needed) }?.store(&boundary::last_error())
    });
    // The message is not replaced by one about itself.
    stored.map_or_else(|failure| failure.code, |()| RTMP_PUSH_OK)
}

/// A row of the table of settings, counted from 0, in the order in which people should see them:
/// `RTMP_PUSH_RECEIVED`, or `RTMP_PUSH_OK` behind the last one. The text holds lines: `key`, `name`, `description`, `id`
/// (a GUID), `default` (`default[camera]` of each camera; none of a secret, nor of what has no value until it is set)
/// and `choice[KEY]=NAME` for each choice.
///
/// # Safety
/// `setting` is a valid struct; `buffer` has room for `capacity` bytes or is null; `needed` is valid or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtmp_push_v1_setting(
    index: u32,
    setting: *mut RtmpPushSetting,
    buffer: *mut u8,
    capacity: usize,
    needed: *mut usize,
) -> i32 {
    call(|| {
        // SAFETY: as this function demands.
        let mut answer = unsafe { Answer::new(setting, buffer, capacity, needed) }?;
        let Some(setting) = setting_table::at(index) else {
            return Ok(RTMP_PUSH_OK);
        };
        let texts = setting_table::write_texts(setting, &Settings::default());
        answer.store(setting_table::numbers(setting), &texts)?;
        Ok(RTMP_PUSH_RECEIVED)
    })
}

/// The MAC address that a hardware is known by, such as `02:5A:…`; `authority` is `host:port` of its URI, empty for a
/// hardware without URI.
///
/// # Safety
/// `authority` points to `authority_len` bytes; `buffer` has room for `capacity` bytes or is null; `needed` is valid or
/// null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtmp_push_v1_hardware_mac(
    authority: *const u8,
    authority_len: usize,
    buffer: *mut u8,
    capacity: usize,
    needed: *mut usize,
) -> i32 {
    let of = HardwareIdentity::mac_address;
    // SAFETY: as this function demands.
    unsafe { store_identity(authority, authority_len, buffer, capacity, needed, of) }
}

/// The serial number that goes with the MAC address.
///
/// # Safety
/// As of `rtmp_push_v1_hardware_mac`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtmp_push_v1_hardware_serial(
    authority: *const u8,
    authority_len: usize,
    buffer: *mut u8,
    capacity: usize,
    needed: *mut usize,
) -> i32 {
    let of = HardwareIdentity::serial_number;
    // SAFETY: as this function demands.
    unsafe { store_identity(authority, authority_len, buffer, capacity, needed, of) }
}

/// Stores what `of` takes from the identity that goes with an authority.
///
/// # Safety
/// As of `rtmp_push_v1_hardware_mac`.
unsafe fn store_identity(
    authority: *const u8,
    authority_len: usize,
    buffer: *mut u8,
    capacity: usize,
    needed: *mut usize,
    of: fn(&HardwareIdentity) -> String,
) -> i32 {
    call(|| {
        // SAFETY: as this function demands.
        let authority = unsafe { text_at(authority, authority_len) }?;
        // SAFETY: as this function demands.
        let mut buffer = unsafe { TextBuffer::new(buffer, capacity, needed) }?;
        buffer.store(&of(&HardwareIdentity::of(authority)))?;
        Ok(RTMP_PUSH_OK)
    })
}
