//! What codecs are called in file names and by `--json`.

use milestone_driver::{AudioEncoding, Codec};

/// `None` for what has no name here yet.
pub(crate) fn of_picture(codec: Codec) -> Option<&'static str> {
    match codec {
        Codec::Jpeg => Some("jpeg"),
        Codec::H264 => Some("h264"),
        Codec::H265 => Some("h265"),
        _ => None,
    }
}

pub(crate) fn of_sound(encoding: AudioEncoding) -> &'static str {
    match encoding {
        AudioEncoding::Aac => "aac",
        AudioEncoding::ALaw => "alaw",
        AudioEncoding::MuLaw => "mulaw",
        AudioEncoding::Pcm => "pcm",
    }
}
