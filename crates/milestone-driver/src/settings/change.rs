//! Changing settings: one transaction.

use std::ops::RangeInclusive;

use super::descriptor::{self, SettingDescriptor, SettingId, SettingKind, SettingScope};
use super::{SettingError, SettingProblem, Settings};
use crate::CAMERAS;
use crate::stream_path::StreamPath;

/// A new value for one setting.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// The setting's key.
    pub key: String,
    /// The camera, counted from 0, for settings that cameras have.
    pub device: Option<usize>,
    /// The value as text.
    pub value: String,
}

impl Change {
    /// A change of the hardware setting `key`.
    pub fn new(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            device: None,
            value: value.into(),
        }
    }

    /// A change of the setting `key` of the camera `device`, counted from 0.
    pub fn of_camera(key: impl Into<String>, device: usize, value: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            device: Some(device),
            value: value.into(),
        }
    }
}

pub(super) fn apply(
    settings: &Settings,
    changes: impl IntoIterator<Item = Change>,
) -> Result<Settings, Vec<SettingError>> {
    let mut changed = settings.clone();
    let mut errors = Vec::new();
    for change in changes {
        if let Err(problem) = apply_one(&mut changed, &change) {
            errors.push(refusal(change, problem));
        }
    }
    errors.extend(doubled_paths(&changed));
    if errors.is_empty() {
        Ok(changed)
    } else {
        Err(errors)
    }
}

fn apply_one(settings: &mut Settings, change: &Change) -> Result<(), SettingProblem> {
    let setting = descriptor::find(&change.key).ok_or(SettingProblem::UnknownSetting)?;
    let value = change.value.as_str();
    match (setting.scope, change.device) {
        (SettingScope::Hardware, None) => apply_to_hardware(settings, setting, value),
        (SettingScope::Camera, Some(device)) => {
            let path = settings
                .stream_paths
                .get_mut(device)
                .ok_or(SettingProblem::UnknownCamera)?;
            *path = StreamPath::new(value).map_err(SettingProblem::NotAPath)?;
            Ok(())
        }
        (SettingScope::Hardware, Some(_)) | (SettingScope::Camera, None) => {
            Err(SettingProblem::UnknownSetting)
        }
    }
}

fn apply_to_hardware(
    settings: &mut Settings,
    setting: &SettingDescriptor,
    value: &str,
) -> Result<(), SettingProblem> {
    let number = || number(value, &setting.kind);
    match setting.id {
        SettingId::ServerPort => settings.server_port = Some(number()?),
        SettingId::ShowOfflineInfo => settings.show_offline_info = switch(value)?,
        SettingId::MaxConnections => settings.max_connections = number()?,
        SettingId::RateLimitEnabled => settings.rate_limit_enabled = switch(value)?,
        SettingId::RateLimitMaxRequests => settings.rate_limit_max_requests = number()?,
        SettingId::EnableTls => settings.enable_tls = switch(value)?,
        SettingId::TlsCertificatePassword => {
            value.clone_into(&mut settings.tls_certificate_password)
        }
        SettingId::StreamPath => return Err(SettingProblem::UnknownSetting),
    }
    Ok(())
}

fn number(value: &str, kind: &SettingKind) -> Result<u16, SettingProblem> {
    let range: RangeInclusive<u16> = match kind {
        SettingKind::Number(range) => range.clone(),
        _ => return Err(SettingProblem::UnknownSetting),
    };
    let digits = value.trim();
    let digits = digits.strip_prefix(['-', '+']).unwrap_or(digits);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(SettingProblem::NotANumber(range));
    }
    match value.trim().parse::<u16>() {
        Ok(number) if range.contains(&number) => Ok(number),
        _ => Err(SettingProblem::OutOfRange(range)),
    }
}

fn switch(value: &str) -> Result<bool, SettingProblem> {
    match value.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" => Ok(true),
        "false" | "no" | "0" => Ok(false),
        _ => Err(SettingProblem::NotASwitch),
    }
}

fn doubled_paths(settings: &Settings) -> Vec<SettingError> {
    let paths = &settings.stream_paths;
    (0..CAMERAS)
        .filter_map(|device| {
            let by = paths[..device]
                .iter()
                .position(|path| *path == paths[device])?;
            let change = Change::of_camera("RtmpPushStreamPath", device, paths[device].to_string());
            Some(refusal(change, SettingProblem::PathTaken { by }))
        })
        .collect()
}

fn refusal(change: Change, problem: SettingProblem) -> SettingError {
    let setting = descriptor::find(&change.key);
    SettingError {
        setting: setting.map_or_else(
            || change.key.clone(),
            |setting| setting.display_name.to_owned(),
        ),
        value: match setting.map(|setting| &setting.kind) {
            Some(SettingKind::Password) => String::new(),
            _ => change.value,
        },
        key: change.key,
        device: change.device,
        problem,
    }
}
