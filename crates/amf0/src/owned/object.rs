use alloc::string::String;
use alloc::vec::{self, Vec};
use core::fmt;

use ecow::EcoString;

use super::Value;

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
#[derive(Clone, Default, PartialEq)]
pub struct Object {
    /// Property names are short: most of them need no memory of their own here.
    properties: Vec<(EcoString, Value)>,
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
    /// been assigned one after the other. Looks at each property: linear in their number.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.position(key).map(|(_, value)| value)
    }

    /// As [`Object::get`], to be changed in place.
    #[must_use]
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        let (index, _) = self.position(key)?;
        self.properties.get_mut(index).map(|(_, value)| value)
    }

    /// Sets the property `key`, at the end if it is new, and returns the value it had before.
    pub fn insert(&mut self, key: impl AsRef<str>, value: impl Into<Value>) -> Option<Value> {
        let (key, value) = (key.as_ref(), value.into());
        match self.get_mut(key) {
            Some(slot) => Some(core::mem::replace(slot, value)),
            None => {
                self.push(key, value);
                None
            }
        }
    }

    /// Adds a property at the end, even if there is one of that name.
    #[inline]
    pub fn push(&mut self, key: impl AsRef<str>, value: impl Into<Value>) {
        self.properties.push((key.as_ref().into(), value.into()));
    }

    /// Takes the property out that [`Object::get`] gives; the others keep their order.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        let (index, _) = self.position(key)?;
        Some(self.properties.remove(index).1)
    }

    /// The properties in order.
    #[must_use]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &Value)> + ExactSizeIterator {
        self.properties
            .iter()
            .map(|(name, value)| (name.as_str(), value))
    }

    fn position(&self, key: &str) -> Option<(usize, &Value)> {
        let mut properties = self.properties.iter().enumerate().rev();
        properties.find_map(|(index, (name, value))| (name == key).then_some((index, value)))
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<K: AsRef<str>, V: Into<Value>> FromIterator<(K, V)> for Object {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(properties: I) -> Self {
        let mut object = Self::new();
        object.extend(properties);
        object
    }
}

impl<K: AsRef<str>, V: Into<Value>> Extend<(K, V)> for Object {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, properties: I) {
        for (key, value) in properties {
            self.push(key, value);
        }
    }
}

impl IntoIterator for Object {
    type Item = (String, Value);
    type IntoIter = IntoProperties;

    fn into_iter(self) -> IntoProperties {
        IntoProperties {
            properties: self.properties.into_iter(),
        }
    }
}

/// The properties of an [`Object`] that is used up by it.
#[derive(Clone, Debug)]
pub struct IntoProperties {
    properties: vec::IntoIter<(EcoString, Value)>,
}

impl Iterator for IntoProperties {
    type Item = (String, Value);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, value) = self.properties.next()?;
        Some((name.into(), value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.properties.size_hint()
    }
}

impl ExactSizeIterator for IntoProperties {}
impl core::iter::FusedIterator for IntoProperties {}
