//! Frames that are lent to the host.

use bytes::Bytes;
use flv_h264::AudioEncoding;

use super::boundary::Failure;
use super::registry::{Kind, Registry};
use super::types::*;
use crate::{Codec, Frame, SoundFrame};

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
    kind: 0,
    data: std::ptr::null(),
    owner: std::ptr::null_mut(),
    sample_rate: 0,
    channels: 0,
    samples: 0,
    reserved: 0,
};

/// Lends `frame` to the host until [`release`].
pub(super) fn lend(frame: Frame) -> RtmpPushFrame {
    let flag = |set: bool, flag: u32| if set { flag } else { 0 };
    RtmpPushFrame {
        codec: match frame.codec {
            Codec::Jpeg => RTMP_PUSH_CODEC_JPEG,
            Codec::H264 => RTMP_PUSH_CODEC_H264,
            Codec::H265 => RTMP_PUSH_CODEC_H265,
        },
        time: frame.time.0,
        sync_time: frame.sync_time.0,
        flags: flag(frame.key, RTMP_PUSH_FRAME_KEY)
            | flag(frame.discontinuity, RTMP_PUSH_FRAME_DISCONTINUITY)
            | flag(frame.offline_picture, RTMP_PUSH_FRAME_OFFLINE_PICTURE),
        kind: RTMP_PUSH_DEVICE_CAMERA,
        ..lent(frame.data)
    }
}

/// The same of sound.
pub(super) fn lend_sound(frame: SoundFrame) -> RtmpPushFrame {
    let discontinuity = match frame.discontinuity {
        true => RTMP_PUSH_FRAME_DISCONTINUITY,
        false => 0,
    };
    RtmpPushFrame {
        codec: match frame.format.encoding {
            AudioEncoding::Aac => RTMP_PUSH_CODEC_AAC,
            AudioEncoding::ALaw => RTMP_PUSH_CODEC_ALAW,
            AudioEncoding::MuLaw => RTMP_PUSH_CODEC_MULAW,
            AudioEncoding::Pcm => RTMP_PUSH_CODEC_PCM,
        },
        time: frame.time.0,
        sync_time: frame.time.0,
        flags: RTMP_PUSH_FRAME_KEY | discontinuity,
        kind: RTMP_PUSH_DEVICE_MICROPHONE,
        sample_rate: frame.format.sample_rate,
        channels: frame.format.channels.into(),
        samples: frame.samples,
        ..lent(frame.data)
    }
}

/// A frame with nothing but its data.
fn lent(data: Bytes) -> RtmpPushFrame {
    let (pointer, len) = (data.as_ptr(), data.len() as u64);
    let owner = FRAMES.insert(data);
    RtmpPushFrame {
        len,
        data: pointer,
        owner: std::ptr::without_provenance_mut(owner as usize),
        ..NO_FRAME
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
