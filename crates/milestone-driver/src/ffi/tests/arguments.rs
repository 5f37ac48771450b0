//! What calls are given and what they answer.

use std::ptr::{null, null_mut};
use std::thread;

use super::*;

#[test]
fn the_version_has_a_major_part() {
    assert_eq!(rtmp_push_abi_version() >> 16, 1);
}

#[test]
fn urls_and_statistics_are_there_for_each_camera() {
    let core = started();
    let session = open(core, 16);
    let (code, url) = text_of!(rtmp_push_v1_core_push_url(core, 16));
    assert_eq!(code, RTMP_PUSH_OK);
    assert!(
        url.starts_with("rtmp://") && url.ends_with("/stream16"),
        "{url}"
    );
    // SAFETY: any bytes are valid, and zeros are plain numbers.
    let mut stats: RtmpPushStats = unsafe { std::mem::zeroed() };
    stats.size = size_of_u32::<RtmpPushStats>();
    let (code, text) = text_of!(rtmp_push_v1_core_stats(core, 16, &mut stats));
    assert_eq!(
        (code, stats.sessions, stats.flags),
        (RTMP_PUSH_OK, 1, RTMP_PUSH_CAMERA_OPEN)
    );
    assert_eq!(text, "path=/stream16\n");
    assert_eq!(
        text_of!(rtmp_push_v1_core_stats(core, 17, &mut stats)).0,
        RTMP_PUSH_INVALID_ARGUMENT
    );
    for nobody in [0, 17, u32::MAX] {
        let (code, _) = text_of!(rtmp_push_v1_core_push_url(core, nobody));
        assert_eq!(code, RTMP_PUSH_INVALID_ARGUMENT);
        assert_eq!(
            abi!(rtmp_push_v1_session_open(
                core,
                RTMP_PUSH_DEVICE_CAMERA,
                nobody,
                &mut 0
            )),
            RTMP_PUSH_INVALID_ARGUMENT
        );
        assert!(last_error().contains("1 to 16"), "{}", last_error());
    }
    rtmp_push_v1_session_destroy(session);
    rtmp_push_v1_core_destroy(core);
}

#[test]
fn the_hardware_identity_depends_on_the_authority() {
    let mac = |authority: &str| {
        text_of!(rtmp_push_v1_hardware_mac(
            authority.as_ptr(),
            authority.len()
        ))
    };
    let serial = |authority: &str| {
        text_of!(rtmp_push_v1_hardware_serial(
            authority.as_ptr(),
            authority.len()
        ))
    };
    assert_eq!(
        mac("localhost:8783"),
        (RTMP_PUSH_OK, "02:2B:10:35:CD:B2".to_owned())
    );
    assert_eq!(
        serial("localhost:8783"),
        (RTMP_PUSH_OK, "35CDB2".to_owned())
    );
    assert_eq!(
        text_of!(rtmp_push_v1_hardware_mac(null(), 0)).1,
        "02:00:00:00:00:00"
    );
}

#[test]
fn bad_arguments_are_refused() {
    let core = create();
    assert_eq!(
        abi!(rtmp_push_v1_core_create(null(), &mut 0)),
        RTMP_PUSH_INVALID_ARGUMENT
    );
    assert_eq!(
        abi!(rtmp_push_v1_core_create(&config(), null_mut())),
        RTMP_PUSH_INVALID_ARGUMENT
    );
    let mut small = config();
    small.size -= 1;
    assert_eq!(
        abi!(rtmp_push_v1_core_create(&small, &mut 0)),
        RTMP_PUSH_WRONG_SIZE
    );
    let mut no_text = config();
    no_text.uri_len = 5;
    assert_eq!(
        abi!(rtmp_push_v1_core_create(&no_text, &mut 0)),
        RTMP_PUSH_INVALID_ARGUMENT
    );
    no_text.uri = null::<u8>().wrapping_add(1);
    no_text.uri_len = usize::MAX;
    assert_eq!(
        abi!(rtmp_push_v1_core_create(&no_text, &mut 0)),
        RTMP_PUSH_INVALID_ARGUMENT
    );
    assert_eq!(apply(core, "ServerPort\n"), RTMP_PUSH_INVALID_ARGUMENT);
    assert_eq!(
        abi!(rtmp_push_v1_core_apply_settings(
            core,
            b"\xFF".as_ptr(),
            1,
            0
        )),
        RTMP_PUSH_INVALID_ARGUMENT
    );
    assert_eq!(
        abi!(rtmp_push_v1_session_open(
            core,
            RTMP_PUSH_DEVICE_CAMERA,
            1,
            &mut 0
        )),
        RTMP_PUSH_BAD_STATE,
        "not started"
    );
    assert_eq!(
        text_of!(rtmp_push_v1_core_next_event(core, 0, null_mut())).0,
        RTMP_PUSH_INVALID_ARGUMENT
    );
    assert_eq!(
        abi!(rtmp_push_v1_frame_release(null_mut())),
        RTMP_PUSH_INVALID_ARGUMENT
    );
    rtmp_push_v1_core_destroy(core);
    for stale in [0, 1, core, u64::MAX] {
        assert_eq!(start(stale), RTMP_PUSH_CLOSED);
        assert_eq!(rtmp_push_v1_session_close(stale), RTMP_PUSH_CLOSED);
        assert_eq!(next_frame(stale, 60_000).0, RTMP_PUSH_CLOSED);
    }
}

#[test]
fn a_newer_host_with_a_larger_struct_is_served() {
    #[repr(C)]
    struct Newer {
        line: RtmpPushLogLine,
        more: u64,
    }
    let core = started();
    let mut newer = Newer {
        line: log_line(),
        more: 42,
    };
    newer.line.size = size_of_u32::<Newer>();
    let line = (&raw mut newer).cast::<RtmpPushLogLine>();
    assert_eq!(
        text_of!(rtmp_push_v1_core_next_log(core, PATIENT_MS, line)).0,
        RTMP_PUSH_RECEIVED
    );
    assert_eq!(
        (newer.line.size, newer.more),
        (size_of_u32::<RtmpPushLogLine>(), 42)
    );
    assert!(newer.line.time > 0);
    rtmp_push_v1_core_destroy(core);
}

#[test]
fn the_message_belongs_to_the_thread() {
    assert_eq!(start(0), RTMP_PUSH_CLOSED);
    assert!(!last_error().is_empty());
    thread::spawn(|| assert_eq!(last_error(), ""))
        .join()
        .unwrap();
}
