//! What publishers do and say, in words for the log.

use flv_h264::{AudioHabit, Habit, flv::OnMetaData};

use crate::log::{Escaped, LogLevel, cut};

/// What a person may want to know about a publisher, and how important it is.
pub(super) fn in_words(habit: Habit) -> (LogLevel, String) {
    match habit {
        Habit::OtherLengthSize { declared, found } => (
            LogLevel::Warning,
            format!(
                "the sequence header says that NAL lengths have {} byte(s), but they have {}: read as they are",
                declared.get(),
                found.get()
            ),
        ),
        Habit::StartCodes => (
            LogLevel::Info,
            "the encoder sends start codes (Annex B) where NAL lengths belong: read as they are".to_owned(),
        ),
        Habit::StartCodesBehindLengths => (
            LogLevel::Info,
            "the encoder puts several NAL units behind one length, with start codes in between: taken apart".to_owned(),
        ),
        Habit::SplitPictures => (
            LogLevel::Info,
            "the encoder sends a picture in several messages: put together, which delays each by up to one frame \
             interval"
                .to_owned(),
        ),
        Habit::SeveralPictures => (
            LogLevel::Info,
            "the encoder sends several pictures in one message: taken apart, their times are estimated".to_owned(),
        ),
        Habit::IntraPictures => (
            LogLevel::Warning,
            "the encoder sends key frames that are no IDR pictures and have no recovery point: video starts at \
             them, and may look wrong for a moment; let the encoder send IDR pictures (closed GOP) if it can"
                .to_owned(),
        ),
        Habit::UnflaggedRecoveryPoints => (
            LogLevel::Info,
            "the encoder refreshes pictures bit by bit (intra refresh), and flags no key frames: video starts where it \
             tells a recovery point, and looks right a moment later"
                .to_owned(),
        ),
        _ => (LogLevel::Info, format!("{habit:?}")),
    }
}

/// The same of its sound.
pub(super) fn sound_in_words(habit: AudioHabit) -> (LogLevel, String) {
    let said = match habit {
        AudioHabit::AdtsHeaders => {
            "the encoder sends AAC with ADTS headers, where raw AAC belongs: read as it is"
                .to_owned()
        }
        AudioHabit::SeveralFrames => {
            "the encoder sends several frames of AAC in one message: taken apart".to_owned()
        }
        _ => format!("{habit:?}"),
    };
    (LogLevel::Info, said)
}

/// The longest line that a source can say about itself, in bytes.
const MAX_LINE: usize = 200;

/// What a source says about itself, in a line.
pub(super) fn in_a_line(declared: &OnMetaData) -> String {
    let size = declared.width.zip(declared.height);
    let items = [
        declared.video_codec.map(|codec| codec.to_string()),
        size.map(|(width, height)| format!("{width}x{height}")),
        declared.frame_rate.map(|rate| format!("{rate:.2} fps")),
        declared
            .video_data_rate
            .map(|rate| format!("{rate:.0} kbit/s")),
        declared.audio_codec.map(|codec| format!("audio {codec}")),
        declared
            .encoder
            .as_ref()
            .map(|encoder| format!("encoder {}", cut(encoder, MAX_LINE))),
    ];
    let line = items.into_iter().flatten().collect::<Vec<_>>().join(", ");
    cut(
        &Escaped::foreign(&cut(&line, MAX_LINE)).to_string(),
        MAX_LINE,
    )
    .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_before_it_is_escaped() {
        let mut declared = OnMetaData::default();
        declared.encoder = Some("\u{1}".repeat(10_000_000));
        let line = in_a_line(&declared);
        assert!(line.len() <= MAX_LINE, "{line}");
        declared.encoder = Some("\u{1}".repeat(MAX_LINE));
        assert_eq!(in_a_line(&declared), line);
    }
}
