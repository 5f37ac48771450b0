//! The settings of a hardware and its cameras.
//!
//! There is one table of them, below: what a setting is, and what everybody makes of it (the C ABI, the adapter, the
//! page, texts) comes from there. [`Settings`] are always valid: they start as the defaults, or as what of the stored
//! ones can be read ([`Settings::stored`]), and change by [`Settings::with`], one transaction that is taken whole or not
//! at all.

mod authentication;
mod change;
mod descriptor;
mod error;
mod table;
mod value;

pub use authentication::PublisherAuthentication;
pub use change::Change;
pub(crate) use change::Plan;
pub use descriptor::{Choice, SettingDescriptor, SettingEffect, SettingKind, SettingScope};
pub use error::{SettingError, SettingProblem};
pub use rtmp_server::auth::Secret;
pub use rtmp_server::proxy_protocol::{Networks, NetworksError};

use crate::stream_path::StreamPath;
use table::{Table, settings};
use value::Choices as _;

settings! {
    /// What an administrator can set.
    pub struct Settings;
    /// What an administrator can set of a camera.
    pub struct CameraSettings;

    hardware {
        // Without it the port of the hardware's address counts, else the product's default.
        server_port: Option<u16> = None => {
            key: "ServerPort",
            name: "Server Port",
            description: "Publishers push to it. Default: the port of the hardware's address, else 8783.",
            id: "a3f7c8b1-2d4e-4a6f-b8c9-1e3d5f7a9b0c",
            kind: SettingKind::Number(1..=65535),
            effect: SettingEffect::RestartsListener,
        }
        show_offline_info: bool = true => {
            key: "ShowOfflineInfo",
            name: "Show Stream Offline Info",
            description: "Offline pictures tell where to push to, and what is wrong, instead of being dark.",
            id: "b4e8d9c2-3f5a-4b7e-c9d0-1f3e6a8b0d1e",
            kind: SettingKind::Switch,
            effect: SettingEffect::Nothing,
        }
        max_connections: u16 = 32 => {
            key: "MaxConnections",
            name: "Max Concurrent Connections",
            description: "In all; at most 16 from one address before they publish.",
            id: "e7b1a2c3-6d8e-4f0a-c2d3-5e7f9a1b3c4d",
            kind: SettingKind::Number(1..=1000),
            effect: SettingEffect::Nothing,
        }
        rate_limit_enabled: bool = true => {
            key: "RateLimitEnabled",
            name: "Enable Rate Limiter",
            description: "Against publishers that reconnect in a tight loop.",
            id: "c5f9e0d3-4a6b-4c8f-a0e1-3a5b7c9d1e2f",
            kind: SettingKind::Switch,
            effect: SettingEffect::Nothing,
        }
        rate_limit_max_requests: u16 = 10 => {
            key: "RateLimitMaxRequests",
            name: "Rate Limit Max Requests Per Second",
            description: "New connections from one address (IPv6: from one /64).",
            id: "d6a0f1e4-5b7c-4d9a-b1f2-4c6d8e0f2a3b",
            kind: SettingKind::Number(1..=1000),
            effect: SettingEffect::Nothing,
        }
        enable_tls: bool = false => {
            key: "EnableTls",
            name: "TLS Enable (RTMPS)",
            description: "RTMPS instead of RTMP, with rtmp.pfx.",
            id: "f8c2b3d4-7e9a-4a1b-d4e5-6f0a1b2c3d4e",
            kind: SettingKind::Switch,
            effect: SettingEffect::RestartsListener,
        }
        tls_certificate_password: Secret = Secret::default() => {
            key: "TlsCertificatePassword",
            name: "TLS Certificate Password",
            description: "Of rtmp.pfx.",
            id: "b0e4d5f6-9a1c-4c3d-f6a7-8b2c3d4e5f6a",
            kind: SettingKind::Secret,
            effect: SettingEffect::RestartsListener,
        }
        publisher_authentication: PublisherAuthentication = PublisherAuthentication::None => {
            key: "PublisherAuthentication",
            name: "Publisher Authentication",
            description: "What publishers need: the path of a camera, its stream key, or the user name and password of the hardware.",
            id: "3b9a6f04-7c2d-4d85-a1e9-58f0c6b7d241",
            kind: SettingKind::Choice(PublisherAuthentication::CHOICES),
            effect: SettingEffect::Nothing,
        }
        proxy_protocol_from: Networks = Networks::default() => {
            key: "ProxyProtocolFrom",
            name: "PROXY Protocol From",
            description: "Addresses and networks of load balancers in front, separated by commas: they have to say by the PROXY protocol who publishes, and are believed. Empty: nobody does.",
            id: "95f2c7d8-1e6b-4a30-8d4f-a06c3be57912",
            kind: SettingKind::Networks,
            effect: SettingEffect::Nothing,
        }
    }
    camera {
        stream_path: StreamPath = StreamPath::default_of => {
            key: "RtmpPushStreamPath",
            name: "RTMP Push Stream Path",
            description: "The path that the camera's publisher pushes to, different for each camera.",
            id: "b4e8d9c2-3f5a-4b7e-c9d0-2f4e6a8b0d1e",
            kind: SettingKind::StreamPath,
            effect: SettingEffect::MovesCamera,
        }
        stream_key: Secret = |_| Secret::default() => {
            key: "StreamKey",
            name: "Stream Key",
            description: "What publishers need if Publisher Authentication is StreamKey; two, separated by a comma, for changing over. Empty: none is needed.",
            id: "c81d5e3f-20a7-46b9-93cc-7e4f1b8a6d50",
            kind: SettingKind::Secret,
            effect: SettingEffect::Nothing,
        }
    }
}

impl Settings {
    /// These settings with `changes` made, all of them or none.
    ///
    /// Of several changes to one setting the last counts. Changes are judged together: two cameras can swap their
    /// paths.
    ///
    /// ```
    /// use milestone_driver::{Change, Settings};
    ///
    /// let settings = Settings::default();
    /// let changed = settings.with([Change::new("ServerPort", "1935"), Change::of_camera("RtmpPushStreamPath", 0, "/yard")]);
    /// assert_eq!(changed.map(|settings| settings.server_port), Ok(Some(1935)));
    ///
    /// let errors = settings.with([Change::new("MaxConnections", "5000")]).unwrap_err();
    /// assert_eq!(errors[0].to_string(), "Max Concurrent Connections: '5000' is out of range, allowed is 1 to 1000");
    /// ```
    ///
    /// # Errors
    /// One error for each change that is refused. The settings stay what they were.
    pub fn with(
        &self,
        changes: impl IntoIterator<Item = Change>,
    ) -> Result<Self, Vec<SettingError>> {
        change::apply(self, changes)
    }

    /// The settings that a host has stored, and what of it cannot be: that has its default.
    ///
    /// For the start, when there is nobody who could correct a value: one bad value never keeps a hardware from
    /// starting. Of two cameras on one path the first keeps it, unless it is the other one's default.
    ///
    /// ```
    /// use milestone_driver::{Change, Settings};
    ///
    /// let (settings, errors) = Settings::stored([Change::new("MaxConnections", "5000"), Change::new("EnableTls", "yes")]);
    /// assert!(settings.enable_tls);
    /// assert_eq!((settings.max_connections, errors.len()), (32, 1));
    /// ```
    #[must_use]
    pub fn stored(changes: impl IntoIterator<Item = Change>) -> (Self, Vec<SettingError>) {
        change::stored(changes)
    }

    /// What there is to set, in the order in which people should see it.
    pub fn descriptors() -> impl Iterator<Item = &'static SettingDescriptor> {
        Self::ROWS.iter().map(|row| &row.setting)
    }

    /// The value of the setting `key` as text, as a [`Change`] takes it: of the hardware, or of the camera `device`,
    /// counted from 0. None if nothing is set, there is no such setting, or it is a secret.
    #[must_use]
    pub fn value(&self, key: &str, device: Option<usize>) -> Option<String> {
        Self::row(key)?.text(self, device)
    }

    /// Whether the setting `key` has the value that it has when nobody sets it: a secret is empty then. None if there is
    /// no such setting.
    #[must_use]
    pub fn is_default(&self, key: &str, device: Option<usize>) -> Option<bool> {
        let row = Self::row(key)?;
        let there_is_one = (row.value)(self, device).is_some();
        there_is_one.then(|| row.is_same(self, &Self::default(), device))
    }

    /// What has to be done for a hardware that has these settings to have `changed`.
    pub(crate) fn plan(&self, changed: &Self) -> Plan {
        change::plan(self, changed)
    }
}

#[cfg(test)]
mod tests;
