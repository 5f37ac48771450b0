//! Changing settings: one transaction, and what has to be done for it.

use std::fmt;

use super::Settings;
use super::descriptor::{SettingEffect, SettingKind};
use super::error::{SettingError, SettingProblem};
use super::table::{Row, Table};
use crate::identity::{CAMERAS, camera_name};

/// A new value for one setting.
#[derive(Clone, PartialEq, Eq)]
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

    /// A change of the setting that `name` names: `key`, or `key[camera]` for a camera's, where cameras are counted
    /// from 1. None if it is neither.
    ///
    /// ```
    /// use milestone_driver::Change;
    ///
    /// assert_eq!(Change::named("ServerPort", "1935"), Some(Change::new("ServerPort", "1935")));
    /// let path = Change::named("RtmpPushStreamPath[16]", "/yard");
    /// assert_eq!(path, Some(Change::of_camera("RtmpPushStreamPath", 15, "/yard")));
    /// assert_eq!(Change::named("RtmpPushStreamPath[0]", "/yard"), None);
    /// ```
    pub fn named(name: &str, value: impl Into<String>) -> Option<Self> {
        let of_camera = name
            .strip_suffix(']')
            .and_then(|name| name.rsplit_once('['));
        let Some((key, camera)) = of_camera else {
            return Some(Self::new(name, value));
        };
        let camera: usize = camera.parse().ok()?;
        Some(Self::of_camera(key, camera.checked_sub(1)?, value))
    }
}

/// Secrets are not shown, nor what may be one under a wrong key.
impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = Settings::row(&self.key).map(|row| &row.setting.kind);
        let mut change = f.debug_struct("Change");
        change.field("key", &self.key).field("device", &self.device);
        match kind {
            None | Some(SettingKind::Secret) => change.finish_non_exhaustive(),
            Some(_) => change.field("value", &self.value).finish(),
        }
    }
}

/// What has to be done for settings to be changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Each setting that is changed, with its new value unless it is a secret, for the log.
    pub(crate) changes: Vec<String>,
    /// The cameras that move, counted from 0.
    pub(crate) moved: Vec<usize>,
    /// The listener may have to be another one.
    pub(crate) restarts_listener: bool,
}

pub(super) fn apply<S: Table>(
    settings: &S,
    changes: impl IntoIterator<Item = Change>,
) -> Result<S, Vec<SettingError>> {
    let mut changed = settings.clone();
    let mut errors = read_all(&mut changed, changes);
    for row in rows_unique_to_cameras::<S>() {
        let taken = (0..CAMERAS)
            .filter_map(|camera| Some((camera, first_with_same(row, &changed, camera)?)))
            .map(|(second, first)| {
                // It is told of the one that was changed: the other one has its value already.
                let (camera, by) = match row.is_same(&changed, settings, Some(second)) {
                    true => (first, second),
                    false => (second, first),
                };
                path_taken(row, &changed, camera, by)
            });
        errors.extend(taken);
    }
    if errors.is_empty() {
        Ok(changed)
    } else {
        Err(errors)
    }
}

/// The defaults, with those `changes` made that can be, and why the others cannot.
pub(super) fn stored<S: Table>(
    changes: impl IntoIterator<Item = Change>,
) -> (S, Vec<SettingError>) {
    let defaults = S::default();
    let mut settings = defaults.clone();
    let mut errors = read_all(&mut settings, changes);
    for row in rows_unique_to_cameras::<S>() {
        // The defaults are all different: of two cameras with one value, at least one does not have its default.
        while let Some((first, second)) =
            (0..CAMERAS).find_map(|camera| Some((first_with_same(row, &settings, camera)?, camera)))
        {
            let (camera, by) = match row.is_same(&settings, &defaults, Some(second)) {
                true => (first, second),
                false => (second, first),
            };
            errors.push(path_taken(row, &settings, camera, by));
            let default = row.text(&defaults, Some(camera)).unwrap_or_default();
            if row.read(&mut settings, Some(camera), &default).is_err() {
                break;
            }
        }
    }
    (settings, errors)
}

pub(super) fn plan<S: Table>(before: &S, after: &S) -> Plan {
    let mut plan = Plan::default();
    for row in S::ROWS {
        let setting = &row.setting;
        for owner in setting.scope.owners() {
            if !row.differs(before, after, owner) {
                continue;
            }
            let camera = owner.map(|camera| format!(" of {}", camera_name(camera)));
            let value = row.text(after, owner);
            plan.changes.push(format!(
                "{}{} is now {}",
                setting.name,
                camera.unwrap_or_default(),
                match value.as_deref() {
                    Some("") => "empty",
                    Some(value) => value,
                    None => "another",
                }
            ));
            match setting.effect {
                SettingEffect::Nothing => {}
                SettingEffect::MovesCamera => plan.moved.extend(owner),
                SettingEffect::RestartsListener => plan.restarts_listener = true,
            }
        }
    }
    plan
}

/// Makes those changes that can be made by themselves, and says why the others cannot.
fn read_all<S: Table>(
    settings: &mut S,
    changes: impl IntoIterator<Item = Change>,
) -> Vec<SettingError> {
    let mut errors = Vec::new();
    for change in changes {
        let row = S::row(&change.key);
        let read = row
            .ok_or(SettingProblem::UnknownSetting)
            .and_then(|row| row.read(settings, change.device, &change.value));
        if let Err(problem) = read {
            errors.push(refusal(row, change, problem));
        }
    }
    errors
}

/// Settings of which no two cameras may have the same value.
fn rows_unique_to_cameras<S: Table>() -> impl Iterator<Item = &'static Row<S>> {
    S::ROWS
        .iter()
        .filter(|row| row.setting.kind == SettingKind::StreamPath)
}

/// The first camera before `camera` that has the same value.
fn first_with_same<S>(row: &Row<S>, settings: &S, camera: usize) -> Option<usize> {
    (0..camera).find(|first| row.is_shared(settings, *first, camera))
}

fn path_taken<S>(row: &Row<S>, settings: &S, camera: usize, by: usize) -> SettingError {
    let path = row.text(settings, Some(camera)).unwrap_or_default();
    let change = Change::of_camera(row.setting.key, camera, path);
    refusal(Some(row), change, SettingProblem::PathTaken { by })
}

fn refusal<S>(row: Option<&Row<S>>, change: Change, problem: SettingProblem) -> SettingError {
    let setting = row.map(|row| &row.setting);
    let is_secret = setting.is_some_and(|setting| setting.kind == SettingKind::Secret);
    SettingError {
        setting: setting.map_or_else(|| change.key.clone(), |setting| setting.name.to_owned()),
        value: Some(change.value).filter(|_| !is_secret),
        key: change.key,
        device: change.device,
        problem,
    }
}
