//! Values of settings: what texts mean them, and how they are written.

use std::any::Any;

use rtmp_server::auth::Secret;

use super::Networks;
use super::descriptor::{Choice, SettingKind};
use super::error::SettingProblem;
use crate::stream_path::StreamPath;

/// A type that a setting can have.
pub(super) trait Value: Any {
    /// As [`read`](Self::read) takes it; None if there is no value.
    fn text(&self) -> Option<String>;

    /// Becomes what `text` says, or stays what it is.
    fn read(&mut self, text: &str, kind: &SettingKind) -> Result<(), SettingProblem>;

    /// Both are the same value, however they are written.
    fn is(&self, other: &dyn Value) -> bool;
}

/// Whether two values of settings are equal; those of different types are not.
fn equal<T: Eq + 'static>(one: &T, other: &dyn Value) -> bool {
    (other as &dyn Any).downcast_ref::<T>() == Some(one)
}

impl Value for bool {
    fn text(&self) -> Option<String> {
        Some(self.to_string())
    }

    fn read(&mut self, text: &str, _: &SettingKind) -> Result<(), SettingProblem> {
        *self = match text.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" => true,
            "false" | "no" | "0" => false,
            _ => return Err(SettingProblem::NotASwitch),
        };
        Ok(())
    }

    fn is(&self, other: &dyn Value) -> bool {
        equal(self, other)
    }
}

impl Value for u16 {
    fn text(&self) -> Option<String> {
        Some(self.to_string())
    }

    fn read(&mut self, text: &str, kind: &SettingKind) -> Result<(), SettingProblem> {
        let range = match kind {
            SettingKind::Number(range) => range.clone(),
            _ => Self::MIN..=Self::MAX,
        };
        let text = text.trim();
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(SettingProblem::NotANumber(range));
        }
        match text.parse() {
            Ok(number) if range.contains(&number) => *self = number,
            _ => return Err(SettingProblem::OutOfRange(range)),
        }
        Ok(())
    }

    fn is(&self, other: &dyn Value) -> bool {
        equal(self, other)
    }
}

/// A number that need not be set, and once it is, stays so.
impl Value for Option<u16> {
    fn text(&self) -> Option<String> {
        self.as_ref()?.text()
    }

    fn read(&mut self, text: &str, kind: &SettingKind) -> Result<(), SettingProblem> {
        let mut number = 0;
        number.read(text, kind)?;
        *self = Some(number);
        Ok(())
    }

    fn is(&self, other: &dyn Value) -> bool {
        equal(self, other)
    }
}

impl Value for StreamPath {
    fn text(&self) -> Option<String> {
        Some(self.to_string())
    }

    fn read(&mut self, text: &str, _: &SettingKind) -> Result<(), SettingProblem> {
        *self = Self::new(text).map_err(SettingProblem::NotAPath)?;
        Ok(())
    }

    fn is(&self, other: &dyn Value) -> bool {
        equal(self, other)
    }
}

impl Value for Networks {
    fn text(&self) -> Option<String> {
        Some(self.to_string())
    }

    fn read(&mut self, text: &str, _: &SettingKind) -> Result<(), SettingProblem> {
        *self = text.parse().map_err(SettingProblem::NotNetworks)?;
        Ok(())
    }

    fn is(&self, other: &dyn Value) -> bool {
        equal(self, other)
    }
}

impl Value for Secret {
    fn text(&self) -> Option<String> {
        None
    }

    fn read(&mut self, text: &str, _: &SettingKind) -> Result<(), SettingProblem> {
        *self = Self::from(text);
        Ok(())
    }

    fn is(&self, other: &dyn Value) -> bool {
        equal(self, other)
    }
}

/// An enumeration that a setting can have.
pub(super) trait Choices: Copy + Eq + 'static {
    /// The values, in the order in which people should see them.
    const VALUES: &'static [Self];
    /// What each of them is called, in the same order.
    const CHOICES: &'static [Choice];
}

impl<T: Choices> Value for T {
    fn text(&self) -> Option<String> {
        const { assert!(T::VALUES.len() == T::CHOICES.len()) };
        let place = T::VALUES.iter().position(|value| value == self)?;
        Some(T::CHOICES.get(place)?.key.to_owned())
    }

    fn read(&mut self, text: &str, _: &SettingKind) -> Result<(), SettingProblem> {
        let text = text.trim();
        let place = T::CHOICES
            .iter()
            .position(|choice| choice.key.eq_ignore_ascii_case(text));
        let value = place.and_then(|place| T::VALUES.get(place));
        *self = *value.ok_or(SettingProblem::NotAChoice(T::CHOICES))?;
        Ok(())
    }

    fn is(&self, other: &dyn Value) -> bool {
        equal(self, other)
    }
}
