use alloc::string::String;
use alloc::vec::{self, Vec};
use core::fmt;
use core::iter::FusedIterator;
use core::slice;

use ecow::EcoString;

use super::Value;

/// Named values in the order of the wire: the properties of an object, a typed object or an ECMA
/// array.
///
/// ```
/// use amf0::{Object, Value};
///
/// let mut object = Object::from([("app", "live"), ("type", "nonprivate")]);
/// object.insert("audioCodecs", 1);
/// assert_eq!(object.get("app").and_then(Value::as_str), Some("live"));
/// for (name, value) in &object {
///     println!("{name}: {value:?}");
/// }
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
    pub fn iter(&self) -> ObjectIter<'_> {
        ObjectIter {
            properties: self.properties.iter(),
        }
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

impl<K: AsRef<str>, V: Into<Value>, const N: usize> From<[(K, V); N]> for Object {
    fn from(properties: [(K, V); N]) -> Self {
        properties.into_iter().collect()
    }
}

impl IntoIterator for Object {
    type Item = (String, Value);
    type IntoIter = ObjectIntoIter;

    fn into_iter(self) -> ObjectIntoIter {
        ObjectIntoIter {
            properties: self.properties.into_iter(),
        }
    }
}

impl<'a> IntoIterator for &'a Object {
    type Item = (&'a str, &'a Value);
    type IntoIter = ObjectIter<'a>;

    fn into_iter(self) -> ObjectIter<'a> {
        self.iter()
    }
}

/// The properties of an [`Object`], in order: see [`Object::iter`].
#[derive(Clone, Debug)]
pub struct ObjectIter<'a> {
    properties: slice::Iter<'a, (EcoString, Value)>,
}

/// The properties of an [`Object`] that is used up by it, in order.
#[derive(Clone, Debug)]
pub struct ObjectIntoIter {
    properties: vec::IntoIter<(EcoString, Value)>,
}

/// The iterator over properties that `$take` makes of a stored one.
macro_rules! properties {
    ($iterator:ty$(, $lifetime:lifetime)?; $item:ty, $take:expr) => {
        impl$(<$lifetime>)? Iterator for $iterator {
            type Item = $item;

            fn next(&mut self) -> Option<Self::Item> {
                self.properties.next().map($take)
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                self.properties.size_hint()
            }
        }

        impl$(<$lifetime>)? DoubleEndedIterator for $iterator {
            fn next_back(&mut self) -> Option<Self::Item> {
                self.properties.next_back().map($take)
            }
        }

        impl$(<$lifetime>)? ExactSizeIterator for $iterator {}
        impl$(<$lifetime>)? FusedIterator for $iterator {}
    };
}

properties!(ObjectIter<'a>, 'a; (&'a str, &'a Value), |(name, value)| (name.as_str(), value));
properties!(ObjectIntoIter; (String, Value), |(name, value)| (name.into(), value));
