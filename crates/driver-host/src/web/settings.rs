//! `/api/settings`: the settings as the driver has them, and changes as the driver takes them.

use std::num::NonZeroUsize;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use milestone_driver::{
    Change, Driver, SettingDescriptor, SettingError, SettingKind, SettingScope, Settings,
    camera_name,
};
use serde::{Deserialize, Serialize};

use super::Web;

/// How long a request waits for a new port to be listened on: it is answered before the server gives up on it.
const IN_EFFECT: Duration = Duration::from_secs(5);

#[derive(Debug, Serialize)]
pub(super) struct SettingsPage {
    hardware: Vec<Setting>,
    /// One after the other of all cameras.
    cameras: Vec<Setting>,
    /// Why nobody can publish by these settings, if nobody can.
    problem: Option<String>,
}

#[derive(Debug, Serialize)]
struct Setting {
    key: &'static str,
    /// Numbered from 1; none for settings of the hardware.
    camera: Option<usize>,
    name: &'static str,
    /// The name of a field for it among those of the same setting: the camera's, if it has one.
    label: String,
    description: &'static str,
    #[serde(flatten)]
    kind: Kind,
    value: String,
    /// Of a secret: whether there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    set: Option<bool>,
}

/// Which field takes the value.
#[derive(Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Kind {
    Integer { min: u16, max: u16 },
    Bool,
    Password,
    Choice { choices: Vec<Choice> },
    Text,
}

#[derive(Debug, PartialEq, Serialize)]
struct Choice {
    key: &'static str,
    name: &'static str,
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
        let status = driver.status();
        let problem = status.problem.filter(|_| !status.listening);
        let mut settings = driver.settings();
        // Nothing set means the port that is listened on.
        settings.server_port.get_or_insert_with(|| driver.port());
        let of_scope = |scope| {
            let of_scope = Settings::descriptors().filter(|setting| setting.scope == scope);
            let owned = of_scope.flat_map(|setting| {
                let owners = setting.scope.owners();
                owners.map(move |owner| (setting, owner))
            });
            owned
                .map(|(setting, owner)| Setting::new(setting, owner, &settings))
                .collect()
        };
        Self {
            hardware: of_scope(SettingScope::Hardware),
            cameras: of_scope(SettingScope::Camera),
            problem: problem.as_ref().map(ToString::to_string),
        }
    }
}

impl Setting {
    fn new(
        setting: &'static SettingDescriptor,
        device: Option<usize>,
        settings: &Settings,
    ) -> Self {
        let has_default = settings.is_default(setting.key, device);
        let is_set = has_default.map(|has_default| !has_default);
        Self {
            key: setting.key,
            camera: device.map(|device| device + 1),
            name: setting.name,
            label: device.map_or_else(|| setting.name.to_owned(), camera_name),
            description: setting.description,
            kind: Kind::from(&setting.kind),
            // Of a secret there is none.
            value: settings.value(setting.key, device).unwrap_or_default(),
            set: is_set.filter(|_| setting.kind == SettingKind::Secret),
        }
    }
}

impl From<&SettingKind> for Kind {
    fn from(kind: &SettingKind) -> Self {
        match kind {
            SettingKind::Number(range) => Self::Integer {
                min: *range.start(),
                max: *range.end(),
            },
            SettingKind::Switch => Self::Bool,
            SettingKind::Secret => Self::Password,
            SettingKind::Choice(choices) => Self::Choice {
                choices: choices
                    .iter()
                    .map(|choice| Choice {
                        key: choice.key,
                        name: choice.name,
                    })
                    .collect(),
            },
            _ => Self::Text,
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

#[cfg(test)]
mod tests {
    use milestone_driver::Choice;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_field_is_told_what_it_needs_to_know() {
        const DOORS: &[Choice] = &[
            Choice::new("Open", "Open to all"),
            Choice::new("Shut", "Shut"),
        ];
        for (kind, expected) in [
            (
                SettingKind::Number(1..=9),
                json!({ "kind": "integer", "min": 1, "max": 9 }),
            ),
            (SettingKind::Switch, json!({ "kind": "bool" })),
            (SettingKind::Secret, json!({ "kind": "password" })),
            (SettingKind::StreamPath, json!({ "kind": "text" })),
            (SettingKind::Networks, json!({ "kind": "text" })),
            (
                SettingKind::Choice(DOORS),
                json!({ "kind": "choice", "choices": [
                    { "key": "Open", "name": "Open to all" }, { "key": "Shut", "name": "Shut" }
                ] }),
            ),
        ] {
            let kind = serde_json::to_value(Kind::from(&kind)).expect("serialisable");
            assert_eq!(kind, expected);
        }
    }
}
