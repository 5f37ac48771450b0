//! What a driver is started with.

use std::net::IpAddr;
use std::path::PathBuf;

use super::access::PublisherLogin;
use crate::settings::Settings;

/// What a driver is started with. The default listens on the settings' port of all addresses.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DriverConfig {
    /// The URI of the hardware as XProtect stores it, such as `http://localhost:8783/`: gives the port, unless the
    /// settings do, and must name this machine.
    pub uri: Option<String>,
    /// The settings to begin with.
    pub settings: Settings,
    /// What publishers log in with, where the settings ask for a login.
    pub login: Option<PublisherLogin>,
    /// The driver's folder: `rtmp.pfx` is looked for here.
    pub data_dir: PathBuf,
    /// The address to listen on; all of the machine's, IPv4 and IPv6, without one.
    pub bind: Option<IpAddr>,
    /// Listen on a port that the system chooses, unless the settings name one.
    /// [`Driver::port`](crate::Driver::port) tells which.
    pub any_port: bool,
}

impl Default for DriverConfig {
    fn default() -> Self {
        Self {
            uri: None,
            settings: Settings::default(),
            login: None,
            data_dir: PathBuf::from("."),
            bind: None,
            any_port: false,
        }
    }
}

impl DriverConfig {
    /// The default.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}
