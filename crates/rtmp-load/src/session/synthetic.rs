//! A session like that of FFmpeg at 1080p30: H.264 with a key frame every second, and AAC.

use amf0::Encoder;
use rtmp_chunk::MessageType;

use super::{MediaMessage, Session};
use crate::noise::Noise;

const FRAMES_PER_SECOND: u32 = 30;
/// Whole frames of sound, so that the next pass follows on without a gap.
const SECONDS: u32 = 8;
/// A key frame is this many times as long as another frame.
const KEY_FRAME_WEIGHT: f64 = 8.0;
const SAMPLE_RATE: u32 = 48_000;
/// In an AAC frame.
const SAMPLES: u32 = 1024;
const AUDIO_FRAMES: u32 = SECONDS * SAMPLE_RATE / SAMPLES;
/// 128 kbit/s.
const AUDIO_BYTES: usize = 341;

/// AVC configuration record of x264, High profile, level 4.0, 1920×1080 (ISO/IEC 14496-15 section 5.3.3.1).
pub(crate) const AVC_CONFIGURATION: [u8; 48] = [
    1, 0x64, 0, 0x28, 0xFF, 0xE1, 0, 0x1B, 0x67, 0x64, 0, 0x28, 0xAC, 0xD9, 0x40, 0x78, 0x02, 0x27,
    0xE5, 0xC0, 0x44, 0, 0, 0x03, 0, 0x04, 0, 0, 0x03, 0, 0xF0, 0x3C, 0x60, 0xC6, 0x58, 1, 0, 6,
    0x68, 0xEB, 0xE3, 0xCB, 0x22, 0xC0, 0xFD, 0xF8, 0xF8, 0,
];
/// AAC-LC, 48 kHz, stereo.
const AAC_CONFIGURATION: [u8; 2] = [0x11, 0x90];

/// A few seconds of it, at this bit rate.
pub(super) fn session(megabits: f64) -> Session {
    let mut noise = Noise::new(0x9E37_79B9_7F4A_7C15);
    let audio_bits = f64::from(AUDIO_FRAMES) * AUDIO_BYTES as f64 * 8.0 / f64::from(SECONDS);
    let video_bytes_a_second = (megabits * 1e6 - audio_bits).max(1e5) / 8.0;
    let frame_bytes =
        video_bytes_a_second / (f64::from(FRAMES_PER_SECOND) - 1.0 + KEY_FRAME_WEIGHT);

    let video = (0..FRAMES_PER_SECOND * SECONDS).map(|frame| {
        let key = frame % FRAMES_PER_SECOND == 0;
        let weight = if key {
            KEY_FRAME_WEIGHT
        } else {
            noise.between(0.6, 1.4)
        };
        MediaMessage {
            milliseconds: frame * 1000 / FRAMES_PER_SECOND,
            message_type: MessageType::VIDEO,
            payload: picture(key, (frame_bytes * weight) as usize, &mut noise),
        }
    });
    let mut body: Vec<MediaMessage> = video.collect();
    body.extend((0..AUDIO_FRAMES).map(|frame| MediaMessage {
        milliseconds: frame * SAMPLES * 1000 / SAMPLE_RATE,
        message_type: MessageType::AUDIO,
        payload: sound(&mut noise),
    }));
    body.sort_by_key(|message| message.milliseconds);
    Session {
        headers: headers(megabits),
        body,
        duration: SECONDS * 1000,
    }
}

fn headers(megabits: f64) -> Vec<MediaMessage> {
    let mut metadata = Vec::new();
    Encoder::new(&mut metadata)
        .string("@setDataFrame")
        .string("onMetaData")
        .ecma_array(|array| {
            array
                .number("width", 1920.0)
                .number("height", 1080.0)
                .number("framerate", f64::from(FRAMES_PER_SECOND))
                .number("videodatarate", megabits * 1000.0)
                .number("videocodecid", 7.0)
                .number("audiocodecid", 10.0)
                .string("encoder", "rtmp-load");
        });
    let message = |message_type, payload| MediaMessage {
        milliseconds: 0,
        message_type,
        payload,
    };
    vec![
        message(MessageType::DATA_AMF0, metadata),
        message(
            MessageType::VIDEO,
            [&[0x17, 0, 0, 0, 0][..], &AVC_CONFIGURATION].concat(),
        ),
        message(
            MessageType::AUDIO,
            [&[0xAF, 0][..], &AAC_CONFIGURATION].concat(),
        ),
    ]
}

/// An FLV audio body with an AAC frame of `AUDIO_BYTES`: a channel pair, of which nobody looks at more than that.
fn sound(noise: &mut Noise) -> Vec<u8> {
    // ISO/IEC 14496-3 section 4.4.2.1: id_syn_ele 1 (CPE), element_instance_tag 0, common_window 1.
    let mut payload = vec![0xAF, 1, 0x21];
    payload.extend(noise.without_zeros(AUDIO_BYTES - 1));
    payload
}

/// An FLV video body with one slice whose length is `bytes`. Without zeros no start code is imitated.
pub(crate) fn picture(key: bool, bytes: usize, noise: &mut Noise) -> Vec<u8> {
    let (frame_type, nal_unit_type) = if key { (0x17, 0x65) } else { (0x27, 0x41) };
    let length = u32::try_from(bytes.max(16)).unwrap_or(u32::MAX);
    let mut payload = vec![frame_type, 1, 0, 0, 0];
    payload.extend(length.to_be_bytes());
    // A NAL unit header, then first_mb_in_slice 0 and slice_type 7 (I) or 5 (P), pic_parameter_set_id 0.
    payload.extend([nal_unit_type, if key { 0x88 } else { 0x9A }]);
    payload.extend(noise.without_zeros(length as usize - 2));
    payload
}

#[cfg(test)]
mod tests {
    use super::super::{Frame, is_key_frame};
    use super::*;

    #[test]
    fn the_bit_rate_is_what_was_asked_for() {
        for megabits in [1.0, 6.2, 20.0] {
            let session = session(megabits);
            let bytes: usize = session
                .body
                .iter()
                .map(|message| message.payload.len())
                .sum();
            let measured = bytes as f64 * 8.0 / f64::from(session.duration) / 1000.0;
            assert!(
                (measured / megabits - 1.0).abs() < 0.03,
                "{measured} instead of {megabits}"
            );
        }
    }

    #[test]
    fn it_begins_with_a_key_frame_and_has_one_every_second() {
        let session = session(6.2);
        assert!(is_key_frame(&session.body[0]));
        assert_eq!(
            session
                .body
                .iter()
                .filter(|message| is_key_frame(message))
                .count(),
            SECONDS as usize
        );
        let pictures = frames(&session, Frame::Picture);
        assert_eq!(pictures.len(), (SECONDS * FRAMES_PER_SECOND) as usize);
    }

    #[test]
    fn sound_comes_as_steadily_as_it_is_played() {
        let session = session(6.2);
        let mut sound = frames(&session, Frame::Sound);
        // The next pass begins there.
        sound.push(session.duration);
        let apart = sound.windows(2).map(|pair| pair[1] - pair[0]);
        assert!(apart.clone().all(|apart| (21..=22).contains(&apart)));
        assert_eq!(
            f64::from(SECONDS) * 1000.0 / apart.count() as f64,
            f64::from(SAMPLES) * 1000.0 / f64::from(SAMPLE_RATE)
        );
    }

    /// When they are due.
    fn frames(session: &Session, of: Frame) -> Vec<u32> {
        let frames = session
            .body
            .iter()
            .filter(|message| message.frame() == Some(of));
        frames.map(|message| message.milliseconds).collect()
    }
}
