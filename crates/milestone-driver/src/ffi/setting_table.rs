//! The table of settings, as hosts read it.

use super::lines::write_line;
use super::types::*;
use crate::{SettingDescriptor, SettingEffect, SettingKind, SettingScope, Settings};

/// The setting that is `index` rows down the table.
pub(super) fn at(index: u32) -> Option<&'static SettingDescriptor> {
    Settings::descriptors().nth(index as usize)
}

/// What has a number.
pub(super) fn numbers(setting: &SettingDescriptor) -> RtmpPushSetting {
    let (min, max) = match &setting.kind {
        SettingKind::Number(range) => (*range.start(), *range.end()),
        _ => (0, 0),
    };
    RtmpPushSetting {
        size: size_of::<RtmpPushSetting>() as u32,
        scope: match setting.scope {
            SettingScope::Hardware => RTMP_PUSH_SCOPE_HARDWARE,
            SettingScope::Camera => RTMP_PUSH_SCOPE_CAMERA,
        },
        kind: match setting.kind {
            SettingKind::Number(_) => RTMP_PUSH_KIND_NUMBER,
            SettingKind::Switch => RTMP_PUSH_KIND_SWITCH,
            SettingKind::Secret => RTMP_PUSH_KIND_SECRET,
            SettingKind::StreamPath | SettingKind::Networks => RTMP_PUSH_KIND_TEXT,
            SettingKind::Choice(_) => RTMP_PUSH_KIND_CHOICE,
        },
        effect: match setting.effect {
            SettingEffect::Nothing => RTMP_PUSH_EFFECT_NOTHING,
            SettingEffect::MovesCamera => RTMP_PUSH_EFFECT_MOVES_CAMERA,
            SettingEffect::RestartsListener => RTMP_PUSH_EFFECT_RESTARTS_LISTENER,
        },
        min: min.into(),
        max: max.into(),
    }
}

/// What is text. Defaults are those of the setting's owners in `defaults`.
pub(super) fn write_texts(setting: &SettingDescriptor, defaults: &Settings) -> String {
    let mut text = String::new();
    for (key, value) in [
        ("key", setting.key),
        ("name", setting.name),
        ("description", setting.description),
        ("id", setting.id),
    ] {
        write_line(&mut text, key, value);
    }
    for owner in setting.scope.owners() {
        let camera = owner.map(|camera| format!("[{}]", camera + 1));
        let key = format!("default{}", camera.unwrap_or_default());
        if let Some(default) = defaults.value(setting.key, owner) {
            write_line(&mut text, &key, &default);
        }
    }
    if let SettingKind::Choice(choices) = setting.kind {
        for choice in choices {
            write_line(&mut text, &format!("choice[{}]", choice.key), choice.name);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Choice;

    #[test]
    fn a_row_is_told_with_all_that_a_host_needs() {
        let port = at(0).expect("a setting");
        let row = numbers(port);
        assert_eq!(
            (row.scope, row.kind, row.effect, row.min, row.max),
            (
                RTMP_PUSH_SCOPE_HARDWARE,
                RTMP_PUSH_KIND_NUMBER,
                RTMP_PUSH_EFFECT_RESTARTS_LISTENER,
                1,
                65535
            )
        );
        let path = Settings::descriptors()
            .find(|setting| setting.kind == SettingKind::StreamPath)
            .expect("a setting");
        assert_eq!(numbers(path).scope, RTMP_PUSH_SCOPE_CAMERA);
        let text = write_texts(path, &Settings::default());
        let expected = [
            "key=RtmpPushStreamPath",
            "name=RTMP Push Stream Path",
            "id=b4e8d9c2-3f5a-4b7e-c9d0-2f4e6a8b0d1e",
            "default[1]=/stream1",
            "default[16]=/stream16",
        ];
        for line in expected {
            assert!(text.lines().any(|it| it == line), "{line}: {text}");
        }
        assert_eq!(text.lines().count(), 4 + crate::identity::CAMERAS);
        assert!(at(Settings::descriptors().count() as u32).is_none());
        assert!(at(u32::MAX).is_none());
    }

    #[test]
    fn choices_and_secrets_are_told_as_such() {
        const DOORS: &[Choice] = &[
            Choice::new("Open", "Open to all"),
            Choice::new("Shut", "A\\B"),
        ];
        let mut setting = at(0).expect("a setting").clone();
        setting.kind = SettingKind::Choice(DOORS);
        assert_eq!(numbers(&setting).kind, RTMP_PUSH_KIND_CHOICE);
        let text = write_texts(&setting, &Settings::default());
        assert!(
            text.ends_with("choice[Open]=Open to all\nchoice[Shut]=A\\\\B\n"),
            "{text}"
        );

        let secret = Settings::descriptors()
            .find(|setting| setting.kind == SettingKind::Secret)
            .expect("a secret");
        assert_eq!(numbers(secret).kind, RTMP_PUSH_KIND_SECRET);
        let changed = Settings::default()
            .with([crate::Change::new(secret.key, "s3cret")])
            .unwrap();
        assert!(!write_texts(secret, &changed).contains("default"));
    }
}
