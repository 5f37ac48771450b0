//! A serde serializer over the writer.

use alloc::vec::Vec;

use bytes::BufMut;
use serde_core::ser::{self, Serialize, Serializer};

use super::error::Error;
use super::{kind, number};
use crate::marker::Marker;
use crate::writer::Writer;

/// What the next value is written as.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Form {
    /// A value with its marker.
    Value,
    /// An object that is to become an ECMA array.
    EcmaArray,
    /// What comes behind a marker: U16, S16, DOUBLE, UTF-8, properties or AMF3.
    Bare,
    /// What comes behind a marker: UTF-8-long.
    BareLong,
    /// The values of a message, with nothing around them.
    Message,
    /// The name of a property, which only a string can be.
    Name,
}

pub(super) struct ValueSerializer<'w, 'b, B: BufMut> {
    writer: &'w mut Writer<'b, B>,
    form: Form,
}

impl<'w, 'b, B: BufMut> ValueSerializer<'w, 'b, B> {
    pub(super) const fn of_value(writer: &'w mut Writer<'b, B>) -> Self {
        Self {
            writer,
            form: Form::Value,
        }
    }

    pub(super) const fn of_message(writer: &'w mut Writer<'b, B>) -> Self {
        Self {
            writer,
            form: Form::Message,
        }
    }

    const fn formed(self, form: Form) -> Self {
        Self {
            writer: self.writer,
            form,
        }
    }

    /// Whether a value can be written here that is not the values of a message.
    fn check_value(&self) -> Result<(), Error> {
        match self.form {
            Form::Message => Err(Error::NoMessage),
            Form::Name => Err(Error::KeyNotString),
            _ => Ok(()),
        }
    }

    /// Writes what is neither an object nor an array.
    fn scalar(self, write: impl FnOnce(&mut Writer<'b, B>, Form)) -> Result<(), Error> {
        self.check_value()?;
        write(self.writer, self.form);
        Ok(self.writer.result()?)
    }

    fn integer(self, integer: i128) -> Result<(), Error> {
        let number = number::exact(integer).ok_or(Error::Inexact)?;
        self.serialize_f64(number)
    }

    /// Opens the object with one property that a variant with content is.
    fn variant(self, name: &str) -> Result<Self, Error> {
        self.check_value()?;
        self.writer.marker(Marker::OBJECT);
        open(self.writer)?;
        self.writer.utf8(name);
        Ok(self.formed(Form::Value))
    }

    fn elements(
        self,
        length: Option<usize>,
        in_variant: bool,
    ) -> Result<Elements<'w, 'b, B>, Error> {
        let ending = match (self.form, length) {
            (Form::Name, _) => return Err(Error::KeyNotString),
            (Form::Message, _) => Ending::Message,
            (Form::Bare, _) => Ending::Bare,
            (_, Some(length)) => {
                self.writer.marker(Marker::STRICT_ARRAY);
                self.writer.array_count(length);
                open(self.writer)?;
                Ending::Counted { left: length }
            }
            (_, None) => {
                self.writer.marker(Marker::STRICT_ARRAY);
                open(self.writer)?;
                Ending::Aside {
                    body: Vec::new(),
                    count: 0,
                }
            }
        };
        Ok(Elements {
            writer: self.writer,
            ending,
            in_variant,
        })
    }

    fn properties(
        self,
        length: Option<usize>,
        in_variant: bool,
    ) -> Result<Properties<'w, 'b, B>, Error> {
        match self.form {
            Form::Name => return Err(Error::KeyNotString),
            Form::Message => {}
            Form::Bare => open(self.writer)?,
            Form::EcmaArray => {
                self.writer.marker(Marker::ECMA_ARRAY);
                self.writer.array_count(length.unwrap_or(0));
                open(self.writer)?;
            }
            Form::Value | Form::BareLong => {
                self.writer.marker(Marker::OBJECT);
                open(self.writer)?;
            }
        }
        Ok(Properties {
            writer: self.writer,
            is_message: self.form == Form::Message,
            in_variant,
        })
    }
}

fn open<B: BufMut>(writer: &mut Writer<'_, B>) -> Result<(), Error> {
    writer.enter();
    Ok(writer.result()?)
}

fn close_object<B: BufMut>(writer: &mut Writer<'_, B>) {
    writer.object_end();
    writer.leave();
}

/// Numbers, whatever type of integer they are.
macro_rules! integers {
    ($($method:ident: $type:ty),* $(,)?) => {
        $(fn $method(self, integer: $type) -> Result<(), Error> {
            self.integer(integer.into())
        })*
    };
}

impl<'w, 'b, B: BufMut> Serializer for ValueSerializer<'w, 'b, B> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Elements<'w, 'b, B>;
    type SerializeTuple = Elements<'w, 'b, B>;
    type SerializeTupleStruct = Elements<'w, 'b, B>;
    type SerializeTupleVariant = Elements<'w, 'b, B>;
    type SerializeMap = Properties<'w, 'b, B>;
    type SerializeStruct = Properties<'w, 'b, B>;
    type SerializeStructVariant = Properties<'w, 'b, B>;

    fn serialize_bool(self, boolean: bool) -> Result<(), Error> {
        self.scalar(|writer, _| writer.boolean(boolean))
    }

    integers! {
        serialize_i8: i8, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128,
        serialize_u8: u8, serialize_u32: u32, serialize_u64: u64,
    }

    /// Bare, what the parts of a date are.
    fn serialize_i16(self, integer: i16) -> Result<(), Error> {
        match self.form {
            Form::Bare => self.scalar(|writer, _| writer.put(&integer.to_be_bytes())),
            _ => self.integer(integer.into()),
        }
    }

    /// Bare, a reference.
    fn serialize_u16(self, integer: u16) -> Result<(), Error> {
        match self.form {
            Form::Bare => self.scalar(|writer, _| writer.put(&integer.to_be_bytes())),
            _ => self.integer(integer.into()),
        }
    }

    fn serialize_u128(self, integer: u128) -> Result<(), Error> {
        self.integer(i128::try_from(integer).map_err(|_| Error::Inexact)?)
    }

    fn serialize_f32(self, number: f32) -> Result<(), Error> {
        self.serialize_f64(number.into())
    }

    fn serialize_f64(self, number: f64) -> Result<(), Error> {
        self.scalar(|writer, form| match form {
            Form::Bare => writer.put(&number.to_be_bytes()),
            _ => writer.number(number),
        })
    }

    fn serialize_char(self, character: char) -> Result<(), Error> {
        self.serialize_str(character.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, text: &str) -> Result<(), Error> {
        if self.form == Form::Name {
            self.writer.utf8(text);
            return Ok(self.writer.result()?);
        }
        self.scalar(|writer, form| match form {
            Form::Bare => writer.utf8(text),
            Form::BareLong => writer.utf8_long(text),
            _ => writer.string(text),
        })
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), Error> {
        match self.form {
            Form::Bare => self.scalar(|writer, _| writer.put(bytes)),
            _ => self.collect_seq(bytes),
        }
    }

    fn serialize_none(self) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Error> {
        self.scalar(|writer, _| writer.marker(Marker::NULL))
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<(), Error> {
        let marker = kind::marker(name).unwrap_or(Marker::NULL);
        self.scalar(|writer, _| writer.marker(marker))
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<(), Error> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        let form = match kind::marker(name) {
            None => self.form,
            Some(_) if self.form == Form::Name => Form::Name,
            Some(_) if self.form == Form::Message => return Err(Error::NoMessage),
            Some(Marker::ECMA_ARRAY) => Form::EcmaArray,
            Some(Marker::AVM_PLUS) => {
                self.writer.avm_plus_marker();
                Form::Bare
            }
            Some(marker @ (Marker::LONG_STRING | Marker::XML_DOCUMENT)) => {
                self.writer.marker(marker);
                Form::BareLong
            }
            Some(marker) => {
                self.writer.marker(marker);
                Form::Bare
            }
        };
        value.serialize(self.formed(form))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        let inside = self.variant(variant)?;
        value.serialize(ValueSerializer::of_value(&mut *inside.writer))?;
        close_object(inside.writer);
        Ok(inside.writer.result()?)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Elements<'w, 'b, B>, Error> {
        self.elements(length, false)
    }

    fn serialize_tuple(self, length: usize) -> Result<Elements<'w, 'b, B>, Error> {
        self.elements(Some(length), false)
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        length: usize,
    ) -> Result<Elements<'w, 'b, B>, Error> {
        match kind::marker(name) {
            Some(marker) => {
                self.check_value()?;
                self.writer.marker(marker);
                self.formed(Form::Bare).elements(None, false)
            }
            None => self.elements(Some(length), false),
        }
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Elements<'w, 'b, B>, Error> {
        self.variant(variant)?.elements(Some(length), true)
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Properties<'w, 'b, B>, Error> {
        self.check_value()?;
        self.properties(length, false)
    }

    fn serialize_struct(
        self,
        _name: &'static str,
        length: usize,
    ) -> Result<Properties<'w, 'b, B>, Error> {
        self.properties(Some(length), false)
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Properties<'w, 'b, B>, Error> {
        self.variant(variant)?.properties(Some(length), true)
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

/// The elements of a strict array, the parts of a value that has several, or the values of a
/// message.
pub(super) struct Elements<'w, 'b, B: BufMut> {
    writer: &'w mut Writer<'b, B>,
    ending: Ending,
    in_variant: bool,
}

/// What is done at the end of the elements.
enum Ending {
    /// The count is written: there have to be that many.
    Counted { left: usize },
    /// The count was not known: it is written now, and then the elements.
    Aside { body: Vec<u8>, count: usize },
    /// Nothing.
    Bare,
    /// Nothing, and each element was a value of its own.
    Message,
}

impl<B: BufMut> Elements<'_, '_, B> {
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        match &mut self.ending {
            Ending::Counted { left } => {
                *left = left.checked_sub(1).ok_or(Error::WrongLength)?;
                value.serialize(ValueSerializer::of_value(self.writer))
            }
            Ending::Aside { body, count } => {
                *count = count.saturating_add(1);
                let mut aside = self.writer.inside_aside(body);
                value.serialize(ValueSerializer::of_value(&mut aside))
            }
            Ending::Bare => {
                value.serialize(ValueSerializer::of_value(self.writer).formed(Form::Bare))
            }
            Ending::Message => {
                self.writer.add_to_count(1);
                value.serialize(ValueSerializer::of_value(self.writer))
            }
        }
    }

    fn finish(self) -> Result<(), Error> {
        match self.ending {
            Ending::Counted { left: 0 } => self.writer.leave(),
            Ending::Counted { .. } => return Err(Error::WrongLength),
            Ending::Aside { body, count } => {
                self.writer.array_count(count);
                self.writer.put(&body);
                self.writer.leave();
            }
            Ending::Bare | Ending::Message => {}
        }
        if self.in_variant {
            close_object(self.writer);
        }
        Ok(self.writer.result()?)
    }
}

/// The properties of an object or ECMA array, or the values of a message.
pub(super) struct Properties<'w, 'b, B: BufMut> {
    writer: &'w mut Writer<'b, B>,
    is_message: bool,
    in_variant: bool,
}

impl<B: BufMut> Properties<'_, '_, B> {
    fn property<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Error> {
        if self.is_message {
            self.writer.add_to_count(1);
        } else {
            self.writer.utf8(name);
        }
        value.serialize(ValueSerializer::of_value(self.writer))
    }

    fn finish(self) -> Result<(), Error> {
        if !self.is_message {
            close_object(self.writer);
        }
        if self.in_variant {
            close_object(self.writer);
        }
        Ok(self.writer.result()?)
    }
}

/// serde has a trait for each of its kinds of sequences.
macro_rules! elements {
    ($($kind:ident $method:ident),*) => {
        $(impl<B: BufMut> ser::$kind for Elements<'_, '_, B> {
            type Ok = ();
            type Error = Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
                self.element(value)
            }

            fn end(self) -> Result<(), Error> {
                self.finish()
            }
        })*
    };
}

elements! {
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field
}

impl<B: BufMut> ser::SerializeMap for Properties<'_, '_, B> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        key.serialize(ValueSerializer::of_value(self.writer).formed(Form::Name))
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        value.serialize(ValueSerializer::of_value(self.writer))
    }

    fn end(self) -> Result<(), Error> {
        self.finish()
    }
}

impl<B: BufMut> ser::SerializeStruct for Properties<'_, '_, B> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.property(name, value)
    }

    fn end(self) -> Result<(), Error> {
        self.finish()
    }
}

impl<B: BufMut> ser::SerializeStructVariant for Properties<'_, '_, B> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.property(name, value)
    }

    fn end(self) -> Result<(), Error> {
        self.finish()
    }
}
