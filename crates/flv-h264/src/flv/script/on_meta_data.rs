use alloc::borrow::ToOwned;
use alloc::string::String;

use amf0::{Decoder, ValueRef};

use crate::flv::audio::codec::AudioCodec;
use crate::flv::audio::fields::SoundFormat;
use crate::flv::four_cc::FourCc;
use crate::flv::video::codec::VideoCodec;
use crate::flv::video::fields::VideoCodecId;

/// What a source declares about itself in `onMetaData` (annex E.5 of the Video File Format
/// Specification 10.1, "Enhancing onMetaData" of Enhanced RTMP v2).
///
/// Advisory only: any field may be missing or wrong.
///
/// ```
/// use flv_h264::{VideoCodec, flv::OnMetaData};
///
/// // The array claims four billion entries and is not terminated.
/// let bytes = b"\x02\x00\x0AonMetaData\x08\xFF\xFF\xFF\xFF\
///     \x00\x05width\x00\x40\x9E\x00\x00\x00\x00\x00\x00\
///     \x00\x0Cvideocodecid\x00\x40\x1C\x00\x00\x00\x00\x00\x00";
/// let declared = OnMetaData::parse(bytes).expect("it is onMetaData");
/// assert_eq!(declared.width, Some(1920));
/// assert_eq!(declared.video_codec, Some(VideoCodec::Avc));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct OnMetaData {
    /// `encoder`: name and version of the sending software, the first 255 bytes.
    pub encoder: Option<String>,
    /// `width` in pixels.
    pub width: Option<u32>,
    /// `height` in pixels.
    pub height: Option<u32>,
    /// `framerate` in frames per second.
    pub frame_rate: Option<f64>,
    /// `videodatarate` in kilobits per second.
    pub video_data_rate: Option<f64>,
    /// `videocodecid`, a codec id, a FourCC as a number, or a name.
    pub video_codec: Option<VideoCodec>,
    /// `audiodatarate` in kilobits per second.
    pub audio_data_rate: Option<f64>,
    /// `audiosamplerate` in Hz.
    pub audio_sample_rate: Option<f64>,
    /// `audiocodecid`, a sound format, a FourCC as a number, or a name.
    pub audio_codec: Option<AudioCodec>,
}

/// So many properties are looked at: real ones are a few dozen, and a message has room for millions.
const MOST_PROPERTIES: usize = 4096;

/// The name of the data message.
const NAME: &str = "onMetaData";

/// AMF0 markers: text, values that have properties, and what ends those.
const STRING: u8 = 2;
const OBJECT: u8 = 3;
const ECMA_ARRAY: u8 = 8;
const OBJECT_END: u8 = 9;

impl OnMetaData {
    /// Reads the body of a data message or FLV script data tag as far as it goes: in front of the
    /// properties there may be `@setDataFrame`, numbers and nulls; counts do not matter, and an
    /// array that does not end, or breaks off, gives what it had until then.
    ///
    /// `None` if the body is not an `onMetaData` message.
    pub fn parse(body: &[u8]) -> Option<Self> {
        // The body of an AMF3 data message: a byte of 0, then AMF0.
        let amf0 = match body {
            [0, amf0 @ ..] if amf0.first() == Some(&STRING) => amf0,
            _ => body,
        };
        let mut decoder = Decoder::new(amf0);
        let mut named = false;
        loop {
            match decoder.remaining() {
                [OBJECT, properties @ ..] | [ECMA_ARRAY, _, _, _, _, properties @ ..] if named => {
                    return Some(Self::of_properties(properties));
                }
                _ => {}
            }
            match decoder.decode_ref() {
                Ok(Some(ValueRef::String(text))) => named |= text == NAME,
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => return named.then(Self::default),
            }
        }
    }

    fn of_properties(mut rest: &[u8]) -> Self {
        let mut declared = Self::default();
        for _ in 0..MOST_PROPERTIES {
            let Some((name, value, behind)) = property(rest) else {
                break;
            };
            declared.take(name, &value);
            rest = behind;
        }
        declared
    }

    fn take(&mut self, name: &[u8], value: &ValueRef<'_>) {
        match name {
            b"encoder" => self.encoder = value.as_str().map(|name| beginning(name).to_owned()),
            b"width" => self.width = pixels(value),
            b"height" => self.height = pixels(value),
            b"framerate" | b"videoframerate" => self.frame_rate = number(value),
            b"videodatarate" => self.video_data_rate = number(value),
            b"videocodecid" => self.video_codec = video_codec(value),
            b"audiodatarate" => self.audio_data_rate = number(value),
            b"audiosamplerate" => self.audio_sample_rate = number(value),
            b"audiocodecid" => self.audio_codec = audio_codec(value),
            _ => {}
        }
    }
}

/// A property's name and value, and what stands behind; `None` at the end of the object or where
/// it breaks off.
fn property(bytes: &[u8]) -> Option<(&[u8], ValueRef<'_>, &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    let (name, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
    if name.is_empty() && rest.first() == Some(&OBJECT_END) {
        return None;
    }
    let mut decoder = Decoder::new(rest);
    let value = decoder.decode_ref().ok()??;
    Some((name, value, decoder.remaining()))
}

/// As much of a text as anybody reads.
fn beginning(text: &str) -> &str {
    const READ: usize = 255;
    let end = (0..=READ.min(text.len())).rev();
    let mut ends = end.filter_map(|end| text.get(..end));
    ends.next().unwrap_or_default()
}

/// Some encoders write numbers as text.
fn number(value: &ValueRef<'_>) -> Option<f64> {
    value
        .as_f64()
        .or_else(|| value.as_str()?.trim().parse().ok())
        .filter(|number| number.is_finite() && *number >= 0.0)
}

fn pixels(value: &ValueRef<'_>) -> Option<u32> {
    number(value)
        .filter(|&number| number <= u32::MAX.into())
        .map(|number| number as u32)
}

fn video_codec(value: &ValueRef<'_>) -> Option<VideoCodec> {
    Some(match codec_id(value)? {
        CodecId::Legacy(id) => VideoCodecId(id).into(),
        CodecId::FourCc(code) => code.into(),
    })
}

fn audio_codec(value: &ValueRef<'_>) -> Option<AudioCodec> {
    Some(match codec_id(value)? {
        CodecId::Legacy(id) => SoundFormat(id).into(),
        CodecId::FourCc(code) => code.into(),
    })
}

enum CodecId {
    Legacy(u8),
    FourCc(FourCc),
}

fn codec_id(value: &ValueRef<'_>) -> Option<CodecId> {
    if let Some(text) = value.as_str()
        && let Ok(code) = <[u8; 4]>::try_from(text.as_bytes())
    {
        return Some(CodecId::FourCc(FourCc(code)));
    }
    let code = pixels(value)?;
    Some(match u8::try_from(code) {
        Ok(id) => CodecId::Legacy(id),
        Err(_) => CodecId::FourCc(FourCc::from_u32(code)),
    })
}
