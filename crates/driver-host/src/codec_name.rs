//! What codecs are called in file names and by `--json`.

use milestone_driver::AudioEncoding;

pub(crate) fn of_sound(encoding: AudioEncoding) -> &'static str {
    match encoding {
        AudioEncoding::Aac => "aac",
        AudioEncoding::ALaw => "alaw",
        AudioEncoding::MuLaw => "mulaw",
        AudioEncoding::Pcm => "pcm",
    }
}
