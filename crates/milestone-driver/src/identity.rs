//! What the Recording Server knows a hardware and its cameras by.

use sha2::{Digest, Sha256};

/// Cameras of a hardware.
pub const CAMERAS: usize = 16;

/// The port that is listened on if neither settings nor URI name one.
pub const DEFAULT_PORT: u16 = 8783;

/// The name of the camera `device`, counted from 0: "Stream 1" for the first.
#[must_use]
pub fn camera_name(device: usize) -> String {
    format!("Stream {}", device + 1)
}

/// MAC address and serial number of a hardware that has neither: made from its address, so that they never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HardwareIdentity {
    mac: [u8; 6],
}

impl HardwareIdentity {
    /// Of the hardware at `authority`, `host:port` of its URI; empty if it has no URI.
    ///
    /// ```
    /// use milestone_driver::HardwareIdentity;
    ///
    /// let identity = HardwareIdentity::of("localhost:8783");
    /// assert_eq!(identity.mac_address(), "02:2B:10:35:CD:B2");
    /// assert_eq!(identity.serial_number(), "35CDB2");
    /// ```
    #[must_use]
    pub fn of(authority: &str) -> Self {
        /// The address is a locally administered one.
        const LOCAL: u8 = 0x02;
        let mut mac = [LOCAL, 0, 0, 0, 0, 0];
        if !authority.is_empty() {
            mac[1..].copy_from_slice(&Sha256::digest(authority.as_bytes())[..5]);
        }
        Self { mac }
    }

    /// Such as `02:2B:10:35:CD:B2`; `02:00:00:00:00:00` without a URI.
    #[must_use]
    pub fn mac_address(&self) -> String {
        self.mac.map(|byte| format!("{byte:02X}")).join(":")
    }

    /// The last six digits of the MAC address.
    #[must_use]
    pub fn serial_number(&self) -> String {
        self.mac[3..]
            .iter()
            .map(|byte| format!("{byte:02X}"))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_uri_gives_the_empty_address() {
        let identity = HardwareIdentity::of("");
        assert_eq!(identity.mac_address(), "02:00:00:00:00:00");
        assert_eq!(identity.serial_number(), "000000");
    }

    #[test]
    fn the_port_is_part_of_it() {
        assert_ne!(
            HardwareIdentity::of("localhost:8783"),
            HardwareIdentity::of("localhost:8784")
        );
    }
}
