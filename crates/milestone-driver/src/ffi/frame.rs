//! Frames that are lent to the host.

use bytes::Bytes;

use super::border::Failure;
use super::registry::{Kind, Registry};
use super::types::{
    RTMP_PUSH_CODEC_H264, RTMP_PUSH_CODEC_JPEG, RTMP_PUSH_FRAME_DISCONTINUITY, RTMP_PUSH_FRAME_KEY,
    RTMP_PUSH_FRAME_PLACEHOLDER, RtmpPushFrame,
};
use crate::{Codec, Frame};

/// The data of frames that the host holds.
static FRAMES: Registry<Bytes> = Registry::new(Kind::Frame);

/// What a released frame looks like.
pub(super) const NO_FRAME: RtmpPushFrame = RtmpPushFrame {
    size: size_of::<RtmpPushFrame>() as u32,
    codec: 0,
    len: 0,
    time: 0,
    sync_time: 0,
    flags: 0,
    reserved: 0,
    data: std::ptr::null(),
    owner: std::ptr::null_mut(),
};

/// Lends `frame` to the host until [`release`].
pub(super) fn lend(frame: Frame) -> RtmpPushFrame {
    let flag = |set: bool, flag: u32| if set { flag } else { 0 };
    let (data, len) = (frame.data.as_ptr(), frame.data.len() as u64);
    let owner = FRAMES.insert(frame.data);
    RtmpPushFrame {
        size: size_of::<RtmpPushFrame>() as u32,
        codec: match frame.codec {
            Codec::Jpeg => RTMP_PUSH_CODEC_JPEG,
            Codec::H264 => RTMP_PUSH_CODEC_H264,
        },
        len,
        time: frame.time.0,
        sync_time: frame.sync_time.0,
        flags: flag(frame.key, RTMP_PUSH_FRAME_KEY)
            | flag(frame.discontinuity, RTMP_PUSH_FRAME_DISCONTINUITY)
            | flag(frame.placeholder, RTMP_PUSH_FRAME_PLACEHOLDER),
        reserved: 0,
        data,
        owner: std::ptr::without_provenance_mut(owner as usize),
    }
}

/// Takes a frame back.
pub(super) fn release(frame: &RtmpPushFrame) -> Result<(), Failure> {
    FRAMES.remove(frame.owner.addr() as u64).map(drop)
}

/// Frames that the host holds.
pub(super) fn held() -> u64 {
    FRAMES.len() as u64
}
