use alloc::vec::Vec;

use bytes::BufMut;

use crate::error::EncodeError;
use crate::marker::Marker;
use crate::owned::{Object, Value};
use crate::writer::Writer;

/// Writes AMF0 values one after the other.
///
/// The first error is kept and told by [`Encoder::finish`]; nothing is written after it.
///
/// ```
/// let mut buffer = Vec::new();
/// amf0::Encoder::new(&mut buffer)
///     .string("onStatus")
///     .number(0.0)
///     .null()
///     .object(|info| {
///         info.string("level", "status")
///             .string("code", "NetStream.Publish.Start")
///;     })
///     .finish()?;
/// # Ok::<(), amf0::EncodeError>(())
/// ```
#[derive(Debug)]
pub struct Encoder<'b, B: BufMut> {
    writer: Writer<'b, B>,
}

impl<'b, B: BufMut> Encoder<'b, B> {
    /// An encoder that appends to `buffer`.
    pub const fn new(buffer: &'b mut B) -> Self {
        Self::over(Writer::new(buffer))
    }

    const fn over(writer: Writer<'b, B>) -> Self {
        Self { writer }
    }

    /// The writer, about to write one more value.
    pub(crate) const fn next(&mut self) -> &mut Writer<'b, B> {
        self.writer.add_to_count(1);
        &mut self.writer
    }

    pub(crate) const fn writer(&mut self) -> &mut Writer<'b, B> {
        &mut self.writer
    }

    /// Ends the chain.
    ///
    /// # Errors
    /// The first of: a name that is too long, nesting that is too deep, AMF3 inside AMF0, a full
    /// buffer.
    pub const fn finish(&self) -> Result<(), EncodeError> {
        self.writer.result()
    }

    /// A number (section 2.2).
    pub fn number(&mut self, number: f64) -> &mut Self {
        self.next().number(number);
        self
    }

    /// A boolean (section 2.3).
    pub fn boolean(&mut self, boolean: bool) -> &mut Self {
        self.next().boolean(boolean);
        self
    }

    /// A string (section 2.4), or a long string when it has more than 65 535 bytes (section 2.14).
    pub fn string(&mut self, text: &str) -> &mut Self {
        self.next().string(text);
        self
    }

    /// Null (section 2.7).
    pub fn null(&mut self) -> &mut Self {
        self.next().marker(Marker::NULL);
        self
    }

    /// Undefined (section 2.8).
    pub fn undefined(&mut self) -> &mut Self {
        self.next().marker(Marker::UNDEFINED);
        self
    }

    /// Any value.
    pub fn value(&mut self, value: &Value) -> &mut Self {
        self.next().value(value);
        self
    }

    /// An anonymous object (section 2.5) with what `properties` writes into it.
    ///
    /// ```
    /// # let options = [("app", Some("live")), ("swfUrl", None)];
    /// let mut buffer = Vec::new();
    /// amf0::Encoder::new(&mut buffer)
    ///     .object(|object| {
    ///         for (name, value) in options {
    ///             if let Some(value) = value {
    ///                 object.string(name, value);
    ///             }
    ///         }
    ///     })
    ///     .finish()?;
    /// assert_eq!(buffer, b"\x03\0\x03app\x02\0\x04live\0\0\x09");
    /// # Ok::<(), amf0::EncodeError>(())
    /// ```
    pub fn object(&mut self, properties: impl FnOnce(&mut ObjectEncoder<'_, B>)) -> &mut Self {
        self.next().object(properties);
        self
    }

    /// An ECMA array (section 2.10) with what `properties` writes into it.
    pub fn ecma_array(
        &mut self,
        properties: impl FnOnce(&mut ObjectEncoder<'_, Vec<u8>>),
    ) -> &mut Self {
        self.next().ecma_array(properties);
        self
    }

    /// A strict array (section 2.12) with what `elements` writes into it.
    pub fn strict_array(&mut self, elements: impl FnOnce(&mut Encoder<'_, Vec<u8>>)) -> &mut Self {
        self.next().strict_array(elements);
        self
    }
}

/// Writes the properties of an object or ECMA array; see [`Encoder::object`].
#[derive(Debug)]
pub struct ObjectEncoder<'b, B: BufMut> {
    writer: Writer<'b, B>,
}

impl<'b, B: BufMut> ObjectEncoder<'b, B> {
    const fn over(writer: Writer<'b, B>) -> Self {
        Self { writer }
    }

    const fn writer(&mut self) -> &mut Writer<'b, B> {
        &mut self.writer
    }

    /// The writer behind the name of one more property.
    fn next(&mut self, name: &str) -> &mut Writer<'b, B> {
        self.writer.add_to_count(1);
        self.writer.utf8(name);
        &mut self.writer
    }

    /// A number (section 2.2).
    pub fn number(&mut self, name: &str, number: f64) -> &mut Self {
        self.next(name).number(number);
        self
    }

    /// A boolean (section 2.3).
    pub fn boolean(&mut self, name: &str, boolean: bool) -> &mut Self {
        self.next(name).boolean(boolean);
        self
    }

    /// A string (section 2.4), or a long string when it has more than 65 535 bytes (section 2.14).
    pub fn string(&mut self, name: &str, text: &str) -> &mut Self {
        self.next(name).string(text);
        self
    }

    /// Null (section 2.7).
    pub fn null(&mut self, name: &str) -> &mut Self {
        self.next(name).marker(Marker::NULL);
        self
    }

    /// Undefined (section 2.8).
    pub fn undefined(&mut self, name: &str) -> &mut Self {
        self.next(name).marker(Marker::UNDEFINED);
        self
    }

    /// Any value.
    pub fn value(&mut self, name: &str, value: &Value) -> &mut Self {
        self.next(name).value(value);
        self
    }

    /// An anonymous object (section 2.5) with what `properties` writes into it.
    pub fn object(
        &mut self,
        name: &str,
        properties: impl FnOnce(&mut ObjectEncoder<'_, B>),
    ) -> &mut Self {
        self.next(name).object(properties);
        self
    }

    /// An ECMA array (section 2.10) with what `properties` writes into it.
    pub fn ecma_array(
        &mut self,
        name: &str,
        properties: impl FnOnce(&mut ObjectEncoder<'_, Vec<u8>>),
    ) -> &mut Self {
        self.next(name).ecma_array(properties);
        self
    }

    /// A strict array (section 2.12) with what `elements` writes into it.
    pub fn strict_array(
        &mut self,
        name: &str,
        elements: impl FnOnce(&mut Encoder<'_, Vec<u8>>),
    ) -> &mut Self {
        self.next(name).strict_array(elements);
        self
    }
}

impl Value {
    /// Writes the value.
    ///
    /// # Errors
    /// Names that are too long, nesting that is too deep, AMF3 inside AMF0, a full buffer.
    pub fn encode(&self, buffer: &mut impl BufMut) -> Result<(), EncodeError> {
        Encoder::new(buffer).value(self).finish()
    }
}

/// Values, and what closures write.
impl<B: BufMut> Writer<'_, B> {
    fn value(&mut self, value: &Value) {
        match value {
            Value::Number(number) => self.number(*number),
            Value::Boolean(boolean) => self.boolean(*boolean),
            Value::String(text) => self.string(text),
            Value::Object(object) => {
                self.marker(Marker::OBJECT);
                self.properties(object);
            }
            Value::MovieClip => self.marker(Marker::MOVIE_CLIP),
            Value::Null => self.marker(Marker::NULL),
            Value::Undefined => self.marker(Marker::UNDEFINED),
            Value::Reference(index) => {
                self.marker(Marker::REFERENCE);
                self.put(&index.to_be_bytes());
            }
            Value::EcmaArray(object) => {
                self.marker(Marker::ECMA_ARRAY);
                self.array_count(object.len());
                self.properties(object);
            }
            Value::StrictArray(elements) => {
                self.marker(Marker::STRICT_ARRAY);
                self.array_count(elements.len());
                self.nested(|inner| elements.iter().for_each(|element| inner.value(element)));
            }
            Value::Date {
                milliseconds,
                time_zone,
            } => {
                self.marker(Marker::DATE);
                self.put(&milliseconds.to_be_bytes());
                self.put(&time_zone.to_be_bytes());
            }
            Value::LongString(text) => self.long_string(text),
            Value::Unsupported => self.marker(Marker::UNSUPPORTED),
            Value::RecordSet => self.marker(Marker::RECORD_SET),
            Value::XmlDocument(text) => {
                self.marker(Marker::XML_DOCUMENT);
                self.utf8_long(text);
            }
            Value::TypedObject(typed) => {
                self.marker(Marker::TYPED_OBJECT);
                self.utf8(&typed.class_name);
                self.properties(&typed.object);
            }
            Value::AvmPlus(amf3) => {
                self.avm_plus_marker();
                self.put(amf3);
            }
        }
    }

    fn properties(&mut self, object: &Object) {
        self.nested(|inner| {
            for (name, value) in object.iter() {
                inner.utf8(name);
                inner.value(value);
            }
            inner.object_end();
        });
    }

    fn object(&mut self, properties: impl FnOnce(&mut ObjectEncoder<'_, B>)) {
        self.marker(Marker::OBJECT);
        self.nested(|inner| {
            let mut object = ObjectEncoder::over(inner.inside());
            properties(&mut object);
            let result = object.writer().result();
            inner.continue_after(result);
            inner.object_end();
        });
    }

    fn ecma_array(&mut self, properties: impl FnOnce(&mut ObjectEncoder<'_, Vec<u8>>)) {
        self.marker(Marker::ECMA_ARRAY);
        self.counted(|writer| {
            let mut object = ObjectEncoder::over(writer);
            properties(&mut object);
            let writer = object.writer();
            writer.object_end();
            (writer.count(), writer.result())
        });
    }

    fn strict_array(&mut self, elements: impl FnOnce(&mut Encoder<'_, Vec<u8>>)) {
        self.marker(Marker::STRICT_ARRAY);
        self.counted(|writer| {
            let mut array = Encoder::over(writer);
            elements(&mut array);
            let writer = array.writer();
            (writer.count(), writer.result())
        });
    }
}
