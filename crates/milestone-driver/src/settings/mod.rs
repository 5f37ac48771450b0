//! The settings of a hardware and its cameras.
//!
//! [`Settings`] are always valid: they start as the defaults, or as what of the stored ones can be read
//! ([`Settings::stored`]), and change by [`Settings::with`], one transaction that is taken whole or not at all.

mod change;
mod descriptor;
mod error;

use std::fmt;

pub use change::Change;
pub use descriptor::{SettingDescriptor, SettingKind, SettingScope};
pub use error::{SettingError, SettingProblem};

use crate::identity::{CAMERAS, camera_name};
use crate::stream_path::StreamPath;

/// What an administrator can set: seven settings of the hardware and the stream path of each camera.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// `ServerPort`. Without it the port of the hardware's URI counts, else [`DEFAULT_PORT`](crate::DEFAULT_PORT).
    pub server_port: Option<u16>,
    /// `ShowOfflineInfo`: offline pictures tell what there is to know instead of being dark.
    pub show_offline_info: bool,
    /// `MaxConnections`, in all.
    pub max_connections: u16,
    /// `RateLimitEnabled`.
    pub rate_limit_enabled: bool,
    /// `RateLimitMaxRequests`: new connections per second and IP address.
    pub rate_limit_max_requests: u16,
    /// `EnableTls`: RTMPS instead of RTMP.
    pub enable_tls: bool,
    /// `TlsCertificatePassword`, of `rtmp.pfx`.
    pub tls_certificate_password: String,
    /// `RtmpPushStreamPath` of each camera; no two are equal.
    pub stream_paths: [StreamPath; CAMERAS],
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            server_port: None,
            show_offline_info: true,
            max_connections: 32,
            rate_limit_enabled: true,
            rate_limit_max_requests: 10,
            enable_tls: false,
            tls_certificate_password: String::new(),
            stream_paths: std::array::from_fn(StreamPath::default_of),
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
    #[must_use]
    pub fn descriptors() -> &'static [SettingDescriptor] {
        descriptor::ALL
    }

    /// The value of the setting `key` as text, as a [`Change`] takes it: of the hardware, or of the camera `device`.
    #[must_use]
    pub fn value(&self, key: &str, device: Option<usize>) -> Option<String> {
        descriptor::find(key).and_then(|setting| setting.value(self, device))
    }

    /// Each setting that is another than in `earlier`, with its value, for the log.
    pub(crate) fn differences_to(&self, earlier: &Self) -> Vec<String> {
        let mut differences = Vec::new();
        for setting in descriptor::ALL {
            for device in setting.scope.devices() {
                let value = setting.value(self, device);
                if value != setting.value(earlier, device) {
                    let camera = device.map(|device| format!(" of {}", camera_name(device)));
                    let value = value.filter(|_| setting.kind != SettingKind::Password);
                    differences.push(format!(
                        "{}{} is now {}",
                        setting.display_name,
                        camera.unwrap_or_default(),
                        value.as_deref().unwrap_or("another")
                    ));
                }
            }
        }
        differences
    }
}

/// The certificate's password is not shown.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("server_port", &self.server_port)
            .field("show_offline_info", &self.show_offline_info)
            .field("max_connections", &self.max_connections)
            .field("rate_limit_enabled", &self.rate_limit_enabled)
            .field("rate_limit_max_requests", &self.rate_limit_max_requests)
            .field("enable_tls", &self.enable_tls)
            .field("stream_paths", &self.stream_paths)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
