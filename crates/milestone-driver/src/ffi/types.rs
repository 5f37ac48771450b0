//! What crosses the boundary.

use std::ffi::c_void;

/// Version of the ABI: `major << 16 | minor`. A host refuses another major version.
pub const RTMP_PUSH_ABI_VERSION: u32 = 1 << 16;

/// Cameras of a core: they are numbered from 1 to this.
pub const RTMP_PUSH_CAMERAS: u32 = 16;

/// Done; of the functions that wait for something: nothing came in time.
pub const RTMP_PUSH_OK: i32 = 0;
/// A frame, an event or a log line came.
pub const RTMP_PUSH_RECEIVED: i32 = 1;
/// Accepted, and not yet in effect: it takes longer than the call was to wait.
pub const RTMP_PUSH_PENDING: i32 = 2;
/// An argument is null, misaligned, out of range, not UTF-8, or a setting was refused.
pub const RTMP_PUSH_INVALID_ARGUMENT: i32 = -1;
/// A struct is smaller than the first version of it.
pub const RTMP_PUSH_WRONG_SIZE: i32 = -2;
/// The handle is stale, or its core was stopped.
pub const RTMP_PUSH_CLOSED: i32 = -3;
/// The port cannot be listened on, or another failure of the operating system.
pub const RTMP_PUSH_IO: i32 = -4;
/// The TLS certificate is missing or unusable.
pub const RTMP_PUSH_TLS: i32 = -5;
/// The buffer is too small; the length needed was stored, nothing is lost.
pub const RTMP_PUSH_BUFFER_TOO_SMALL: i32 = -6;
/// Not now: not started yet, started already, or another thread waits for the session's next frame.
pub const RTMP_PUSH_BAD_STATE: i32 = -7;
/// A defect in the driver. The core is of no further use; destroy it.
pub const RTMP_PUSH_PANICKED: i32 = -99;

/// A JPEG file: an offline picture.
pub const RTMP_PUSH_CODEC_JPEG: u32 = 1;
/// An H.264 access unit with 4-byte start codes.
pub const RTMP_PUSH_CODEC_H264: u32 = 2;
/// An H.265 access unit with 4-byte start codes.
pub const RTMP_PUSH_CODEC_H265: u32 = 3;

/// AAC behind a header of ADTS of 7 bytes: of HE-AAC, its core.
pub const RTMP_PUSH_CODEC_AAC: u32 = 16;
/// G.711 A-law.
pub const RTMP_PUSH_CODEC_ALAW: u32 = 17;
/// G.711 mu-law.
pub const RTMP_PUSH_CODEC_MULAW: u32 = 18;
/// Linear PCM of 16 bits, signed, little endian; channels interleaved.
pub const RTMP_PUSH_CODEC_PCM: u32 = 19;

/// Pictures of a camera.
pub const RTMP_PUSH_DEVICE_CAMERA: u32 = 1;
/// The sound that belongs to them.
pub const RTMP_PUSH_DEVICE_MICROPHONE: u32 = 2;

/// Decoding can start at this frame.
pub const RTMP_PUSH_FRAME_KEY: u32 = 1;
/// Frames are missing before this one, or the source is another one.
pub const RTMP_PUSH_FRAME_DISCONTINUITY: u32 = 2;
/// A picture of the driver, not of the camera.
pub const RTMP_PUSH_FRAME_OFFLINE_PICTURE: u32 = 4;

/// "RTMP Stream Started".
pub const RTMP_PUSH_EVENT_STREAM_STARTED: u32 = 1;
/// "RTMP Stream Stopped".
pub const RTMP_PUSH_EVENT_STREAM_STOPPED: u32 = 2;
/// Somebody was not allowed to publish; of no camera.
pub const RTMP_PUSH_EVENT_PUBLISH_REFUSED: u32 = 3;

/// For people who look for a fault in the driver.
pub const RTMP_PUSH_LOG_DEBUG: u32 = 0;
/// Normal operation.
pub const RTMP_PUSH_LOG_INFO: u32 = 1;
/// Somebody may want to do something.
pub const RTMP_PUSH_LOG_WARNING: u32 = 2;
/// Something does not work.
pub const RTMP_PUSH_LOG_ERROR: u32 = 3;

/// Created and not started.
pub const RTMP_PUSH_STATE_IDLE: u32 = 0;
/// Publishers can connect.
pub const RTMP_PUSH_STATE_LISTENING: u32 = 1;
/// Started, but not listening: the text of the status says why. It is tried again until it works.
pub const RTMP_PUSH_STATE_FAILED: u32 = 2;
/// Stopped, or stopping.
pub const RTMP_PUSH_STATE_STOPPED: u32 = 3;
/// Started, and about to listen.
pub const RTMP_PUSH_STATE_STARTING: u32 = 4;

/// The path takes publishers.
pub const RTMP_PUSH_CAMERA_OPEN: u32 = 1;
/// Somebody publishes.
pub const RTMP_PUSH_CAMERA_PUBLISHING: u32 = 2;
/// Something keeps video from coming: the text of the statistics says what.
pub const RTMP_PUSH_CAMERA_PROBLEM: u32 = 4;

/// A setting of the hardware.
pub const RTMP_PUSH_SCOPE_HARDWARE: u32 = 1;
/// A setting that each camera has.
pub const RTMP_PUSH_SCOPE_CAMERA: u32 = 2;

/// A whole number from `min` to `max`.
pub const RTMP_PUSH_KIND_NUMBER: u32 = 1;
/// `true` or `false`.
pub const RTMP_PUSH_KIND_SWITCH: u32 = 2;
/// A text.
pub const RTMP_PUSH_KIND_TEXT: u32 = 3;
/// A text that goes in and never comes out; a host does well not to show it either.
pub const RTMP_PUSH_KIND_SECRET: u32 = 4;
/// One of the choices that the setting's text lists.
pub const RTMP_PUSH_KIND_CHOICE: u32 = 5;

/// A change of the setting drops nobody.
pub const RTMP_PUSH_EFFECT_NOTHING: u32 = 0;
/// A change drops the camera's publisher.
pub const RTMP_PUSH_EFFECT_MOVES_CAMERA: u32 = 1;
/// A change restarts the listener and drops all publishers.
pub const RTMP_PUSH_EFFECT_RESTARTS_LISTENER: u32 = 2;

/// One hardware. Never 0, never negative as a signed number.
pub type RtmpPushCore = u64;

/// A stream of frames from one camera or microphone. Never 0, never negative as a signed number.
pub type RtmpPushSession = u64;

/// What a core is created with.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RtmpPushConfig {
    /// Size of this struct in bytes.
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// Address of the hardware as it was typed, such as `http://localhost:8783/`; null if there is none.
    pub uri: *const u8,
    /// Length of `uri` in bytes.
    pub uri_len: usize,
    /// Folder in which `rtmp.pfx` lies.
    pub data_dir: *const u8,
    /// Length of `data_dir` in bytes.
    pub data_dir_len: usize,
    /// The settings that the host has stored, as lines; null if there are none.
    pub settings: *const u8,
    /// Length of `settings` in bytes.
    pub settings_len: usize,
}

/// A frame. The data belongs to the library and stays valid until the frame is released, whatever becomes of session
/// and core.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RtmpPushFrame {
    /// Size of this struct in bytes.
    pub size: u32,
    /// One of `RTMP_PUSH_CODEC_…`.
    pub codec: u32,
    /// Length of the data in bytes.
    pub len: u64,
    /// UTC time in 100 ns since 0001-01-01, in whole milliseconds: each frame of a session at least one later than the
    /// frame before.
    pub time: i64,
    /// Time of the latest frame at which decoding can start: equal to `time` on key frames, as all sound is.
    pub sync_time: i64,
    /// A sum of `RTMP_PUSH_FRAME_…`.
    pub flags: u32,
    /// Which kind of device it is from: one of `RTMP_PUSH_DEVICE_…`.
    pub kind: u32,
    /// The data.
    pub data: *const u8,
    /// What keeps the data; not to be looked at.
    pub owner: *mut c_void,
    /// Of sound: samples a second. Else 0.
    pub sample_rate: u32,
    /// Of sound: how many channels. Else 0.
    pub channels: u32,
    /// Of sound: samples in every channel. Else 0.
    pub samples: u32,
    /// 0.
    pub reserved: u32,
}

/// How a core is doing.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RtmpPushStatus {
    /// Size of this struct in bytes.
    pub size: u32,
    /// One of `RTMP_PUSH_STATE_…`.
    pub state: u32,
    /// `RTMP_PUSH_OK`, or what kind of failure keeps it from listening.
    pub error: i32,
    /// The port that is listened on, or is to be listened on.
    pub port: u32,
    /// 1 for RTMPS, 0 for RTMP.
    pub tls: u32,
    /// Connections at this moment.
    pub connections: u32,
    /// Frames that the host was given and has not released, of all cores.
    pub frames_held: u64,
    /// Bytes that cameras and microphones keep for sessions, of all cores.
    pub kept_bytes: u64,
    /// 1 while something that was accepted is not yet in effect.
    pub pending: u32,
    /// Connections of load balancers that have yet to say whose they are; not among `connections`.
    pub awaiting_header: u32,
}

/// State and counters of a camera. Counters count from the start of the running publish, or of the last one.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RtmpPushStats {
    /// Size of this struct in bytes.
    pub size: u32,
    /// A sum of `RTMP_PUSH_CAMERA_…`.
    pub flags: u32,
    /// Open sessions.
    pub sessions: u32,
    /// Width of the video in pixels, 0 while it is not known.
    pub width: u32,
    /// Height of the video in pixels, 0 while it is not known.
    pub height: u32,
    /// Frames that wait for the slowest session.
    pub queue_depth: u32,
    /// How long it is published, in milliseconds.
    pub uptime_ms: u64,
    /// Frames from the publisher.
    pub frames_in: u64,
    /// Bytes of these frames.
    pub bytes_in: u64,
    /// Frames among these that decoding can start at.
    pub key_frames_in: u64,
    /// Frames to the sessions, all together.
    pub frames_out: u64,
    /// Bytes of these frames.
    pub bytes_out: u64,
    /// Frames that a session was too slow for, counted for each session.
    pub dropped_slow_session: u64,
    /// Frames before the first key frame.
    pub dropped_before_key_frame: u64,
    /// Video messages that carried no picture or a broken one.
    pub unusable_messages: u64,
    /// Frames of sound from the publisher that can be delivered.
    pub sound_frames_in: u64,
    /// Bytes of these frames.
    pub sound_bytes_in: u64,
    /// Frames of sound to the sessions, all together.
    pub sound_frames_out: u64,
    /// Frames of sound that a session was too slow for, counted for each session.
    pub sound_dropped_slow_session: u64,
    /// Audio messages that cannot be delivered.
    pub sound_left_out: u64,
    /// Half of the frames took longer from the socket to a session that waited, in microseconds; 0 without frames.
    pub latency_p50_us: u32,
    /// One in a hundred took longer.
    pub latency_p99_us: u32,
}

/// Something that happened.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RtmpPushEvent {
    /// Size of this struct in bytes.
    pub size: u32,
    /// One of `RTMP_PUSH_EVENT_…`.
    pub kind: u32,
    /// The camera, or 0 if it is of none.
    pub camera: u32,
    /// 0.
    pub reserved: u32,
    /// UTC time in 100 ns since 0001-01-01.
    pub time: i64,
}

/// A line of the log.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RtmpPushLogLine {
    /// Size of this struct in bytes.
    pub size: u32,
    /// One of `RTMP_PUSH_LOG_…`.
    pub level: u32,
    /// UTC time in 100 ns since 0001-01-01.
    pub time: i64,
}

/// What there is to know of a setting, beside its texts.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RtmpPushSetting {
    /// Size of this struct in bytes.
    pub size: u32,
    /// One of `RTMP_PUSH_SCOPE_…`.
    pub scope: u32,
    /// One of `RTMP_PUSH_KIND_…`. There may be more of them one day; every kind can be shown as a text.
    pub kind: u32,
    /// One of `RTMP_PUSH_EFFECT_…`.
    pub effect: u32,
    /// The smallest number.
    pub min: u32,
    /// The largest number.
    pub max: u32,
}

const _: () = {
    assert!(RTMP_PUSH_CAMERAS as usize == crate::identity::CAMERAS);
    assert!(size_of::<RtmpPushFrame>() == 72);
    assert!(size_of::<RtmpPushConfig>() == 56);
    assert!(size_of::<RtmpPushStatus>() == 48);
    assert!(size_of::<RtmpPushStats>() == 144);
    assert!(size_of::<RtmpPushEvent>() == 24);
    assert!(size_of::<RtmpPushLogLine>() == 16);
    assert!(size_of::<RtmpPushSetting>() == 24);
};
