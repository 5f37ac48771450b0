//! How a table of settings becomes a struct of typed values.
//!
//! [`settings!`] takes the table: of each row it makes a field, and what user interfaces, hosts and texts need to know of
//! it. The rest of this module works on any such table; the driver's own is in [`super`].

use super::descriptor::{SettingDescriptor, SettingKind, SettingScope};
use super::error::SettingProblem;
use super::value::Value;

/// A row of a table of settings `S`: what a setting is, and where its value is.
pub(super) struct Row<S> {
    pub(super) setting: SettingDescriptor,
    /// None if there is no such owner.
    pub(super) value: fn(&S, Option<usize>) -> Option<&dyn Value>,
    pub(super) value_mut: fn(&mut S, Option<usize>) -> Option<&mut dyn Value>,
}

/// Settings that were made by [`settings!`].
pub(super) trait Table: Clone + Default + 'static {
    /// In the order in which people should see them.
    const ROWS: &'static [Row<Self>];

    /// The row of the setting `key`.
    fn row(key: &str) -> Option<&'static Row<Self>> {
        Self::ROWS.iter().find(|row| row.setting.key == key)
    }
}

impl<S> Row<S> {
    /// The value as text, unless there is none or it is a secret.
    pub(super) fn text(&self, settings: &S, owner: Option<usize>) -> Option<String> {
        match self.setting.kind {
            SettingKind::Secret => None,
            _ => (self.value)(settings, owner)?.text(),
        }
    }

    /// The value is the same one, however it is written.
    pub(super) fn is_same(&self, one: &S, other: &S, owner: Option<usize>) -> bool {
        match ((self.value)(one, owner), (self.value)(other, owner)) {
            (Some(one), Some(other)) => one.is(other),
            (one, other) => one.is_none() && other.is_none(),
        }
    }

    /// The value is another one, or written in another way.
    pub(super) fn differs(&self, one: &S, other: &S, owner: Option<usize>) -> bool {
        !self.is_same(one, other, owner) || self.text(one, owner) != self.text(other, owner)
    }

    /// Two cameras have the same value.
    pub(super) fn is_shared(&self, settings: &S, one: usize, other: usize) -> bool {
        let value = |camera| (self.value)(settings, Some(camera));
        matches!((value(one), value(other)), (Some(one), Some(other)) if one.is(other))
    }

    /// Gives `owner` the value that `text` says.
    pub(super) fn read(
        &self,
        settings: &mut S,
        owner: Option<usize>,
        text: &str,
    ) -> Result<(), SettingProblem> {
        let nobody = match (self.setting.scope, owner) {
            (SettingScope::Camera, Some(_)) => SettingProblem::UnknownCamera,
            _ => SettingProblem::UnknownSetting,
        };
        (self.value_mut)(settings, owner)
            .ok_or(nobody)?
            .read(text, &self.setting.kind)
    }
}

/// Makes two structs of typed values, the hardware's and a camera's, from a table of settings.
///
/// A row is a field with its type, its default (a camera's depends on the camera, counted from 0), and what a
/// [`SettingDescriptor`] says. Types are those that implement [`Value`].
macro_rules! settings {
    (
        $(#[$doc:meta])* $visibility:vis struct $Settings:ident;
        $(#[$camera_doc:meta])* $camera_visibility:vis struct $CameraSettings:ident;
        hardware {$(
            $field:ident: $Type:ty = $default:expr => {
                key: $key:literal,
                name: $name:literal,
                description: $description:literal,
                $($more:tt)*
            }
        )*}
        camera {$(
            $camera_field:ident: $CameraType:ty = $camera_default:expr => {
                key: $camera_key:literal,
                name: $camera_name:literal,
                description: $camera_description:literal,
                $($camera_more:tt)*
            }
        )*}
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        $visibility struct $Settings {
            $(
                #[doc = concat!("`", $key, "`. ", $description)]
                pub $field: $Type,
            )*
            /// Those of each camera.
            pub cameras: [$CameraSettings; $crate::identity::CAMERAS],
        }

        $(#[$camera_doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        $camera_visibility struct $CameraSettings {
            $(
                #[doc = concat!("`", $camera_key, "`. ", $camera_description)]
                pub $camera_field: $CameraType,
            )*
        }

        impl Default for $Settings {
            fn default() -> Self {
                Self {
                    $($field: $default,)*
                    cameras: std::array::from_fn(|camera| $CameraSettings {
                        $($camera_field: {
                            let default: fn(usize) -> $CameraType = $camera_default;
                            default(camera)
                        },)*
                    }),
                }
            }
        }

        impl $crate::settings::table::Table for $Settings {
            const ROWS: &'static [$crate::settings::table::Row<Self>] = &[
                $($crate::settings::table::Row {
                    setting: $crate::settings::SettingDescriptor {
                        key: $key,
                        name: $name,
                        description: $description,
                        scope: $crate::settings::SettingScope::Hardware,
                        $($more)*
                    },
                    value: |settings, owner| match owner {
                        None => Some(&settings.$field),
                        Some(_) => None,
                    },
                    value_mut: |settings, owner| match owner {
                        None => Some(&mut settings.$field),
                        Some(_) => None,
                    },
                },)*
                $($crate::settings::table::Row {
                    setting: $crate::settings::SettingDescriptor {
                        key: $camera_key,
                        name: $camera_name,
                        description: $camera_description,
                        scope: $crate::settings::SettingScope::Camera,
                        $($camera_more)*
                    },
                    value: |settings, owner| Some(&settings.cameras.get(owner?)?.$camera_field),
                    value_mut: |settings, owner| {
                        Some(&mut settings.cameras.get_mut(owner?)?.$camera_field)
                    },
                },)*
            ];
        }
    };
}
pub(super) use settings;
