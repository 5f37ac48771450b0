//! `/api/settings`: the settings as the driver has them, and changes as the driver takes them.

use std::num::NonZeroUsize;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use milestone_driver::{
    CAMERAS, Change, Driver, SettingDescriptor, SettingError, SettingKind, SettingScope, Settings,
    camera_name,
};
use serde::{Deserialize, Serialize};

use super::Web;

/// How long a request waits for a new port to be listened on.
const IN_EFFECT: Duration = Duration::from_secs(10);

#[derive(Debug, Serialize)]
pub(super) struct SettingsPage {
    hardware: Vec<Setting>,
    paths: Vec<Setting>,
}

#[derive(Debug, Serialize)]
struct Setting {
    key: &'static str,
    /// Numbered from 1; none for settings of the hardware.
    camera: Option<usize>,
    name: String,
    kind: &'static str,
    value: String,
    min: Option<u16>,
    max: Option<u16>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Changes {
    changes: Vec<ChangeRequest>,
}

#[derive(Debug, Deserialize)]
struct ChangeRequest {
    key: String,
    camera: Option<NonZeroUsize>,
    value: String,
}

#[derive(Debug, Serialize)]
struct Refused {
    errors: Vec<RefusedSetting>,
}

#[derive(Debug, Serialize)]
struct RefusedSetting {
    key: String,
    camera: Option<usize>,
    message: String,
}

pub(super) async fn read(State(web): State<Web>) -> Json<SettingsPage> {
    Json(SettingsPage::of(&web.driver))
}

/// All of the changes or none. "OK" when they are in effect, "Accepted" if the listener needs longer.
pub(super) async fn change(
    State(web): State<Web>,
    Json(Changes { changes }): Json<Changes>,
) -> Response {
    let changes: Vec<_> = changes
        .into_iter()
        .map(ChangeRequest::into_change)
        .collect();
    let driver = web.driver.clone();
    let applied = tokio::task::spawn_blocking(move || {
        driver.apply(changes)?;
        Ok::<_, Vec<SettingError>>(driver.wait_until_settled(IN_EFFECT))
    })
    .await;
    match applied {
        Ok(Ok(true)) => read(State(web)).await.into_response(),
        Ok(Ok(false)) => (StatusCode::ACCEPTED, read(State(web)).await).into_response(),
        Ok(Err(errors)) => {
            let errors = errors.into_iter().map(RefusedSetting::from).collect();
            (StatusCode::UNPROCESSABLE_ENTITY, Json(Refused { errors })).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

impl SettingsPage {
    fn of(driver: &Driver) -> Self {
        let settings = driver.settings();
        let of_scope = |scope| {
            Settings::descriptors()
                .iter()
                .filter(move |setting| setting.scope == scope)
        };
        let hardware = of_scope(SettingScope::Hardware).map(|setting| {
            let mut shown = Setting::new(setting, None, &settings);
            // Nothing set means the port that is listened on.
            if shown.value.is_empty() && setting.key == "ServerPort" {
                shown.value = driver.port().to_string();
            }
            shown
        });
        let paths = of_scope(SettingScope::Camera)
            .flat_map(|setting| (0..CAMERAS).map(move |device| (setting, device)))
            .map(|(setting, device)| Setting::new(setting, Some(device), &settings));
        Self {
            hardware: hardware.collect(),
            paths: paths.collect(),
        }
    }
}

impl Setting {
    fn new(setting: &SettingDescriptor, device: Option<usize>, settings: &Settings) -> Self {
        let (kind, range) = match &setting.kind {
            SettingKind::Number(range) => ("integer", Some(range)),
            SettingKind::Switch => ("bool", None),
            SettingKind::Password => ("password", None),
            _ => ("text", None),
        };
        Self {
            key: setting.key,
            camera: device.map(|device| device + 1),
            name: device.map_or_else(|| setting.display_name.to_owned(), camera_name),
            kind,
            // Passwords go in, never out.
            value: match setting.kind {
                SettingKind::Password => String::new(),
                _ => settings.value(setting.key, device).unwrap_or_default(),
            },
            min: range.map(|range| *range.start()),
            max: range.map(|range| *range.end()),
        }
    }
}

impl ChangeRequest {
    fn into_change(self) -> Change {
        match self.camera {
            None => Change::new(self.key, self.value),
            Some(camera) => Change::of_camera(self.key, camera.get() - 1, self.value),
        }
    }
}

impl From<SettingError> for RefusedSetting {
    fn from(error: SettingError) -> Self {
        Self {
            message: error.to_string(),
            camera: error.device.map(|device| device + 1),
            key: error.key,
        }
    }
}
