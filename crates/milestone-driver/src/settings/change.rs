//! Changing settings: one transaction.

use std::ops::RangeInclusive;

use super::descriptor::{self, CameraSetting, HardwareSetting, SettingId, SettingKind};
use super::{SettingError, SettingProblem, Settings};
use crate::identity::CAMERAS;
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

/// The defaults, with those `changes` made that can be, and why the others cannot.
pub(super) fn stored(changes: impl IntoIterator<Item = Change>) -> (Settings, Vec<SettingError>) {
    let mut settings = Settings::default();
    let mut errors = Vec::new();
    for change in changes {
        if let Err(problem) = apply_one(&mut settings, &change) {
            errors.push(refusal(change, problem));
        }
    }
    // The defaults are all different: of two cameras on one path, at least one is not on its default.
    while let Some((first, second)) = doubled_path(&settings.stream_paths) {
        let is_default = settings.stream_paths[second] == StreamPath::default_of(second);
        let (camera, by) = match is_default {
            true => (first, second),
            false => (second, first),
        };
        errors.push(path_taken(&settings, camera, by));
        settings.stream_paths[camera] = StreamPath::default_of(camera);
    }
    (settings, errors)
}

fn apply_one(settings: &mut Settings, change: &Change) -> Result<(), SettingProblem> {
    let setting = descriptor::find(&change.key).ok_or(SettingProblem::UnknownSetting)?;
    match (setting.id, change.device) {
        (SettingId::Hardware(id), None) => {
            apply_to_hardware(settings, id, &setting.kind, &change.value)
        }
        (SettingId::Camera(id), Some(device)) => {
            apply_to_camera(settings, id, device, &change.value)
        }
        (SettingId::Hardware(_), Some(_)) | (SettingId::Camera(_), None) => {
            Err(SettingProblem::UnknownSetting)
        }
    }
}

fn apply_to_hardware(
    settings: &mut Settings,
    setting: HardwareSetting,
    kind: &SettingKind,
    value: &str,
) -> Result<(), SettingProblem> {
    let number = || number(value, kind);
    match setting {
        HardwareSetting::ServerPort => settings.server_port = Some(number()?),
        HardwareSetting::ShowOfflineInfo => settings.show_offline_info = switch(value)?,
        HardwareSetting::MaxConnections => settings.max_connections = number()?,
        HardwareSetting::RateLimitEnabled => settings.rate_limit_enabled = switch(value)?,
        HardwareSetting::RateLimitMaxRequests => settings.rate_limit_max_requests = number()?,
        HardwareSetting::EnableTls => settings.enable_tls = switch(value)?,
        HardwareSetting::TlsCertificatePassword => {
            value.clone_into(&mut settings.tls_certificate_password)
        }
    }
    Ok(())
}

fn apply_to_camera(
    settings: &mut Settings,
    setting: CameraSetting,
    device: usize,
    value: &str,
) -> Result<(), SettingProblem> {
    match setting {
        CameraSetting::StreamPath => {
            let path = settings
                .stream_paths
                .get_mut(device)
                .ok_or(SettingProblem::UnknownCamera)?;
            *path = StreamPath::new(value).map_err(SettingProblem::NotAPath)?;
        }
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

/// A refusal for each camera that has the path of one before it.
fn doubled_paths(settings: &Settings) -> Vec<SettingError> {
    (0..CAMERAS)
        .filter_map(|device| Some((device, first_of_same_path(&settings.stream_paths, device)?)))
        .map(|(device, by)| path_taken(settings, device, by))
        .collect()
}

/// Two cameras that have the same path.
fn doubled_path(paths: &[StreamPath; CAMERAS]) -> Option<(usize, usize)> {
    (0..CAMERAS).find_map(|device| Some((first_of_same_path(paths, device)?, device)))
}

/// The first camera before `device` that has the same path.
fn first_of_same_path(paths: &[StreamPath; CAMERAS], device: usize) -> Option<usize> {
    paths[..device]
        .iter()
        .position(|path| *path == paths[device])
}

fn path_taken(settings: &Settings, device: usize, by: usize) -> SettingError {
    let path = settings.stream_paths[device].to_string();
    let change = Change::of_camera("RtmpPushStreamPath", device, path);
    refusal(change, SettingProblem::PathTaken { by })
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
