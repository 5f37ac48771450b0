//! Settings and details as text: `key=value` lines.
//!
//! A setting of a camera carries the camera's number: `RtmpPushStreamPath[1]=/stream1` is the first one's. In values, `\n`, `\r` and `\\`
//! stand for line feed, carriage return and backslash. Everything else is taken as it is, blanks too.

use super::boundary::Failure;
use crate::log::{Escaped, cut};
use crate::{CameraStatistics, Change, DriverEvent, Settings};

/// The changes that `text` asks for. Settings of other people's making, which hosts keep beside ours, are passed over.
pub(super) fn parse_changes(text: &str) -> Result<Vec<Change>, Failure> {
    let malformed = |_: &str| {
        Failure::invalid("a line of the settings is neither key=value nor key[camera]=value")
    };
    changes(text)
        .map(|change| change.map_err(malformed))
        .collect()
}

/// The settings that a host has stored, as far as they can be read, and the names on the lines that cannot.
pub(super) fn parse_stored(text: &str) -> (Vec<Change>, Vec<String>) {
    let (mut readable, mut unreadable) = (Vec::new(), Vec::new());
    for change in changes(text) {
        match change {
            Ok(change) => readable.push(change),
            Err(line) => unreadable.push(name_on(line)),
        }
    }
    (readable, unreadable)
}

/// What stands before the value, which may be a secret.
fn name_on(line: &str) -> String {
    let name = line.split('=').next().unwrap_or_default();
    cut(&Escaped::foreign(name).to_string(), 100).into_owned()
}

/// A change for each line of a setting that is known; what is on a line that is none.
fn changes(text: &str) -> impl Iterator<Item = Result<Change, &str>> {
    text.split('\n')
        .filter(|line| !line.is_empty())
        .map(|line| parse_change(line).ok_or(line))
        .filter(|change| change.as_ref().map_or(true, is_known))
}

fn is_known(change: &Change) -> bool {
    Settings::descriptors().any(|setting| setting.key == change.key)
}

/// None if the line is neither `key=value` nor `key[camera]=value`.
fn parse_change(line: &str) -> Option<Change> {
    let (name, value) = line.split_once('=')?;
    Change::named(name, unescape(value)?)
}

/// All settings that have a value and are no secrets, in the form that [`parse_changes`] reads.
pub(super) fn write_settings(settings: &Settings) -> String {
    let mut text = String::new();
    for setting in Settings::descriptors() {
        for owner in setting.scope.owners() {
            if let Some(value) = settings.value(setting.key, owner) {
                write_line(&mut text, &setting.name_of(owner), &value);
            }
        }
    }
    text
}

/// What there is to say about an event beside its kind, camera and time.
pub(super) fn write_event(event: &DriverEvent) -> String {
    let mut text = String::new();
    let mut line = |key: &str, value: &dyn ToString| write_line(&mut text, key, &value.to_string());
    match event {
        DriverEvent::StreamStarted { path, peer, .. } => {
            line("path", path);
            line("peer", peer);
        }
        DriverEvent::StreamStopped {
            path,
            reason,
            frames,
            ..
        } => {
            line("path", path);
            line("reason", reason);
            line("frames", frames);
        }
        DriverEvent::PublishRefused {
            path, peer, reason, ..
        } => {
            line("path", path);
            line("peer", peer);
            line("reason", reason);
        }
    }
    text
}

/// What there is to say about a camera beside its numbers.
pub(super) fn write_statistics(statistics: &CameraStatistics) -> String {
    let mut text = String::new();
    let mut line = |key: &str, value: &dyn ToString| write_line(&mut text, key, &value.to_string());
    line("path", &statistics.path);
    if let Some(problem) = &statistics.problem {
        line("problem", problem);
    }
    let Some(publisher) = &statistics.publisher else {
        return text;
    };
    line("peer", &publisher.peer);
    line("tls", &publisher.tls);
    if let Some(encoder) = &publisher.encoder {
        line("encoder", encoder);
    }
    if let Some(declared) = &publisher.declared {
        line("declared", declared);
    }
    if let Some(video) = &publisher.video {
        line("codec", &video.codec.name());
        line("profile", &video.profile);
        line("level", &video.level);
    }
    let sound = &statistics.sound.described;
    if sound.format.is_some() || sound.left_out.is_some() {
        line("sound", sound);
    }
    text
}

pub(super) fn write_line(text: &mut String, key: &str, value: &str) {
    text.push_str(key);
    text.push('=');
    for character in value.chars() {
        match character {
            '\\' => text.push_str(r"\\"),
            '\n' => text.push_str(r"\n"),
            '\r' => text.push_str(r"\r"),
            other => text.push(other),
        }
    }
    text.push('\n');
}

fn unescape(value: &str) -> Option<String> {
    let mut plain = String::with_capacity(value.len());
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        plain.push(match character {
            '\\' => match characters.next()? {
                '\\' => '\\',
                'n' => '\n',
                'r' => '\r',
                _ => return None,
            },
            other => other,
        });
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_are_changes() {
        let changes = parse_changes(
            "ServerPort=1935\nRtmpPushStreamPath[16]=/a=b\nTlsCertificatePassword= \\\\\\n \n",
        );
        let expected = [
            Change::new("ServerPort", "1935"),
            Change::of_camera("RtmpPushStreamPath", 15, "/a=b"),
            Change::new("TlsCertificatePassword", " \\\n "),
        ];
        assert_eq!(changes.unwrap(), expected);
    }

    #[test]
    fn settings_of_others_are_passed_over() {
        assert_eq!(
            parse_changes("Colour=red\nDeviceName[3]=Gate\n").unwrap(),
            []
        );
    }

    #[test]
    fn malformed_lines_are_refused() {
        for text in [
            "ServerPort",
            "RtmpPushStreamPath[x]=/a",
            "RtmpPushStreamPath[0]=/a",
            "ServerPort=\\",
            "ServerPort=\\x",
        ] {
            assert!(parse_changes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn of_stored_lines_those_that_can_be_read_count() {
        let (changes, unreadable) = parse_stored(
            "ServerPort\nMaxConnections=7\nRtmpPushStreamPath[x]=/a\nTlsCertificatePassword=s3cret\\\nColour=red\n",
        );
        assert_eq!(changes, [Change::new("MaxConnections", "7")]);
        assert_eq!(
            unreadable,
            [
                "ServerPort",
                "RtmpPushStreamPath[x]",
                "TlsCertificatePassword"
            ]
        );
    }

    #[test]
    fn the_settings_are_read_as_they_are_written_without_secrets() {
        let settings = Settings::default()
            .with([
                Change::new("ServerPort", "1935"),
                Change::of_camera("RtmpPushStreamPath", 15, "/a\\n=b"),
            ])
            .unwrap();
        let text = write_settings(&settings);
        assert!(
            text.contains("ShowOfflineInfo=true\n")
                && text.contains("RtmpPushStreamPath[1]=/stream1\n")
        );
        let secret = settings.with([Change::new("TlsCertificatePassword", "s3cret")]);
        assert_eq!(write_settings(&secret.unwrap()), text);
        let read = Settings::default().with(parse_changes(&text).unwrap());
        assert_eq!(read, Ok(settings));
    }

    proptest! {
        #[test]
        fn any_value_survives(value in ".*") {
            let mut text = String::new();
            write_line(&mut text, "TlsCertificatePassword", &value);
            prop_assert_eq!(parse_changes(&text).unwrap(), [Change::new("TlsCertificatePassword", value)]);
        }

        #[test]
        fn any_text_is_parsed_or_refused(text in ".*") {
            let _ = parse_changes(&text);
        }
    }
}
