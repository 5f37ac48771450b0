//! What there is to set: keys, names, ranges, defaults.

use std::ops::RangeInclusive;

use super::Settings;
use crate::stream_path::StreamPath;

/// One setting, as a user interface needs to know it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SettingDescriptor {
    /// The key that XProtect stores it by.
    pub key: &'static str,
    /// The name that people see.
    pub display_name: &'static str,
    /// Of the hardware or of each camera.
    pub scope: SettingScope,
    /// What values it takes.
    pub kind: SettingKind,
    pub(super) id: SettingId,
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
    /// Each owner of a setting: the hardware as None, or the cameras.
    pub(super) fn devices(self) -> impl Iterator<Item = Option<usize>> {
        let (hardware, cameras) = match self {
            Self::Hardware => (Some(None), 0),
            Self::Camera => (None, crate::identity::CAMERAS),
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
    /// Any text.
    Text,
    /// A text that is not to be shown.
    Password,
    /// A [`StreamPath`].
    StreamPath,
}

/// Which setting it is. What has to be done with a setting is matched on this, so that a new one is not forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SettingId {
    Hardware(HardwareSetting),
    Camera(CameraSetting),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HardwareSetting {
    ServerPort,
    ShowOfflineInfo,
    MaxConnections,
    RateLimitEnabled,
    RateLimitMaxRequests,
    EnableTls,
    TlsCertificatePassword,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CameraSetting {
    StreamPath,
}

impl SettingDescriptor {
    /// The value in `settings`, as a change takes it: of the hardware, or of the camera `device`.
    pub(super) fn value(&self, settings: &Settings, device: Option<usize>) -> Option<String> {
        match self.id {
            SettingId::Hardware(setting) => setting.value(settings),
            SettingId::Camera(setting) => setting.value(settings, device?),
        }
    }
}

impl HardwareSetting {
    fn value(self, settings: &Settings) -> Option<String> {
        Some(match self {
            Self::ServerPort => settings.server_port?.to_string(),
            Self::ShowOfflineInfo => settings.show_offline_info.to_string(),
            Self::MaxConnections => settings.max_connections.to_string(),
            Self::RateLimitEnabled => settings.rate_limit_enabled.to_string(),
            Self::RateLimitMaxRequests => settings.rate_limit_max_requests.to_string(),
            Self::EnableTls => settings.enable_tls.to_string(),
            Self::TlsCertificatePassword => settings.tls_certificate_password.clone(),
        })
    }
}

impl CameraSetting {
    fn value(self, settings: &Settings, device: usize) -> Option<String> {
        match self {
            Self::StreamPath => settings.stream_paths.get(device).map(StreamPath::to_string),
        }
    }
}

pub(super) const ALL: &[SettingDescriptor] = &[
    hardware(
        HardwareSetting::ServerPort,
        "ServerPort",
        "Server Port",
        SettingKind::Number(1..=65535),
    ),
    hardware(
        HardwareSetting::ShowOfflineInfo,
        "ShowOfflineInfo",
        "Show Stream Offline Info",
        SettingKind::Switch,
    ),
    hardware(
        HardwareSetting::MaxConnections,
        "MaxConnections",
        "Max Concurrent Connections",
        SettingKind::Number(1..=1000),
    ),
    hardware(
        HardwareSetting::RateLimitEnabled,
        "RateLimitEnabled",
        "Enable Rate Limiter",
        SettingKind::Switch,
    ),
    hardware(
        HardwareSetting::RateLimitMaxRequests,
        "RateLimitMaxRequests",
        "Rate Limit Max Requests Per Second",
        SettingKind::Number(1..=1000),
    ),
    hardware(
        HardwareSetting::EnableTls,
        "EnableTls",
        "TLS Enable (RTMPS)",
        SettingKind::Switch,
    ),
    hardware(
        HardwareSetting::TlsCertificatePassword,
        "TlsCertificatePassword",
        "TLS Certificate Password",
        SettingKind::Password,
    ),
    SettingDescriptor {
        key: "RtmpPushStreamPath",
        display_name: "RTMP Push Stream Path",
        scope: SettingScope::Camera,
        kind: SettingKind::StreamPath,
        id: SettingId::Camera(CameraSetting::StreamPath),
    },
];

const fn hardware(
    setting: HardwareSetting,
    key: &'static str,
    display_name: &'static str,
    kind: SettingKind,
) -> SettingDescriptor {
    SettingDescriptor {
        key,
        display_name,
        scope: SettingScope::Hardware,
        kind,
        id: SettingId::Hardware(setting),
    }
}

pub(super) fn find(key: &str) -> Option<&'static SettingDescriptor> {
    ALL.iter().find(|setting| setting.key == key)
}
