use alloc::string::String;
use alloc::vec::Vec;

use crate::value::Value;

/// Named values in the order of the wire: the properties of an object, a typed object or an ECMA
/// array.
///
/// ```
/// use amf0::{Object, Value};
///
/// let object: Object = [("app", Value::from("live")), ("audioCodecs", Value::from(1.0))]
///     .into_iter()
///     .collect();
/// assert_eq!(object.get("app").and_then(Value::as_str), Some("live"));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object {
    properties: Vec<(String, Value)>,
}

impl Object {
    /// An object without properties.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            properties: Vec::new(),
        }
    }

    /// How many properties there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.properties.len()
    }

    /// No property at all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.properties.is_empty()
    }

    /// The value of the property `key`. Of several with one name the last wins, as if they had
    /// been assigned one after the other.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.iter()
            .rev()
            .find_map(|(name, value)| (name == key).then_some(value))
    }

    /// As [`Object::get`], to be changed in place.
    #[must_use]
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        self.properties
            .iter_mut()
            .rev()
            .find_map(|(name, value)| (name == key).then_some(value))
    }

    /// Sets the property `key`, at the end if it is new, and returns the value it had before.
    pub fn insert(&mut self, key: impl Into<String>, value: impl Into<Value>) -> Option<Value> {
        let (key, value) = (key.into(), value.into());
        match self.get_mut(&key) {
            Some(slot) => Some(core::mem::replace(slot, value)),
            None => {
                self.properties.push((key, value));
                None
            }
        }
    }

    /// Adds a property at the end, even if there is one of that name.
    pub fn push(&mut self, key: impl Into<String>, value: impl Into<Value>) {
        self.properties.push((key.into(), value.into()));
    }

    /// The properties in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &Value)> + ExactSizeIterator {
        self.properties
            .iter()
            .map(|(name, value)| (name.as_str(), value))
    }
}

impl<K: Into<String>, V: Into<Value>> FromIterator<(K, V)> for Object {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(properties: I) -> Self {
        let mut object = Self::new();
        object.extend(properties);
        object
    }
}

impl<K: Into<String>, V: Into<Value>> Extend<(K, V)> for Object {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, properties: I) {
        self.properties.extend(
            properties
                .into_iter()
                .map(|(key, value)| (key.into(), value.into())),
        );
    }
}

impl IntoIterator for Object {
    type Item = (String, Value);
    type IntoIter = alloc::vec::IntoIter<(String, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.properties.into_iter()
    }
}
