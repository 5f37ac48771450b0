//! What a setting is.

use std::ops::RangeInclusive;

use crate::identity::CAMERAS;

/// One setting, as a user interface needs to know it. Its default is what
/// [`Settings::default`](super::Settings) has.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SettingDescriptor {
    /// The key that XProtect stores it by.
    pub key: &'static str,
    /// The name that people see.
    pub name: &'static str,
    /// What it is for, in a sentence or two.
    pub description: &'static str,
    /// The identifier (a GUID) that XProtect refers to it by.
    pub id: &'static str,
    /// Of the hardware or of each camera.
    pub scope: SettingScope,
    /// What values it takes.
    pub kind: SettingKind,
    /// What a change does to those who publish.
    pub effect: SettingEffect,
}

impl SettingDescriptor {
    /// What names the setting of the hardware, or that of the camera `device`, counted from 0:
    /// [`Change::named`](super::Change::named) takes it.
    #[must_use]
    pub fn name_of(&self, device: Option<usize>) -> String {
        match device {
            None => self.key.to_owned(),
            Some(device) => format!("{}[{}]", self.key, device + 1),
        }
    }
}

/// What a setting belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingScope {
    /// The hardware.
    Hardware,
    /// Each camera has its own.
    Camera,
}

impl SettingScope {
    /// Each owner of a setting: the hardware as None, or the cameras, counted from 0.
    pub fn owners(self) -> impl Iterator<Item = Option<usize>> {
        let (hardware, cameras) = match self {
            Self::Hardware => (Some(None), 0),
            Self::Camera => (None, CAMERAS),
        };
        hardware.into_iter().chain((0..cameras).map(Some))
    }
}

/// What values a setting takes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SettingKind {
    /// A whole number in a range.
    Number(RangeInclusive<u16>),
    /// Yes or no.
    Switch,
    /// A text that goes in and never comes out: no text, log, page or message shows it.
    Secret,
    /// A [`StreamPath`](crate::StreamPath), another one for each camera.
    StreamPath,
    /// [`Networks`](super::Networks): addresses and networks, separated by commas.
    Networks,
    /// One of these.
    Choice(&'static [Choice]),
}

/// One of the values that a setting can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Choice {
    /// The value as text.
    pub key: &'static str,
    /// The name that people see.
    pub name: &'static str,
}

impl Choice {
    /// The value `key`, which people see as `name`.
    #[must_use]
    pub const fn new(key: &'static str, name: &'static str) -> Self {
        Self { key, name }
    }
}

/// What a change of a setting does to those who publish. It takes effect at once, whatever it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SettingEffect {
    /// They notice nothing.
    Nothing,
    /// The camera's publisher is dropped, nobody else's.
    MovesCamera,
    /// The listener is restarted, every publisher is dropped.
    RestartsListener,
}
