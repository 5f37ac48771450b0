use alloc::vec::Vec;

use bytes::BufMut;

use crate::error::EncodeError;
use crate::limits::Limits;
use crate::marker::Marker;
use crate::owned::{Object, Value};

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
///     })
///     .finish()?;
/// # Ok::<(), amf0::EncodeError>(())
/// ```
#[derive(Debug)]
pub struct Encoder<'b, B: BufMut> {
    writer: Writer<'b, B>,
    count: usize,
}

impl<'b, B: BufMut> Encoder<'b, B> {
    /// An encoder that appends to `buffer`.
    pub const fn new(buffer: &'b mut B) -> Self {
        Self::over(Writer {
            buffer,
            depth: 0,
            result: Ok(()),
        })
    }

    const fn over(writer: Writer<'b, B>) -> Self {
        Self { writer, count: 0 }
    }

    /// Ends the chain.
    ///
    /// # Errors
    /// The first of: a name that is too long, nesting that is too deep, AMF3 inside AMF0, a full
    /// buffer.
    pub const fn finish(&self) -> Result<(), EncodeError> {
        self.writer.result
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
    pub fn object<F>(&mut self, properties: F) -> &mut Self
    where
        F: for<'x, 'e> FnOnce(&'x mut ObjectEncoder<'e, B>) -> &'x mut ObjectEncoder<'e, B>,
    {
        self.next().object(properties);
        self
    }

    /// An ECMA array (section 2.10) with what `properties` writes into it.
    pub fn ecma_array<F>(&mut self, properties: F) -> &mut Self
    where
        F: for<'x, 'e> FnOnce(
            &'x mut ObjectEncoder<'e, Vec<u8>>,
        ) -> &'x mut ObjectEncoder<'e, Vec<u8>>,
    {
        self.next().ecma_array(properties);
        self
    }

    /// A strict array (section 2.12) with what `elements` writes into it.
    pub fn strict_array<F>(&mut self, elements: F) -> &mut Self
    where
        F: for<'x, 'e> FnOnce(&'x mut Encoder<'e, Vec<u8>>) -> &'x mut Encoder<'e, Vec<u8>>,
    {
        self.next().strict_array(elements);
        self
    }

    fn next(&mut self) -> &mut Writer<'b, B> {
        self.count = self.count.saturating_add(1);
        &mut self.writer
    }
}

/// Writes the properties of an object or ECMA array; see [`Encoder::object`].
#[derive(Debug)]
pub struct ObjectEncoder<'b, B: BufMut> {
    writer: Writer<'b, B>,
    count: usize,
}

impl<'b, B: BufMut> ObjectEncoder<'b, B> {
    const fn over(writer: Writer<'b, B>) -> Self {
        Self { writer, count: 0 }
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
    pub fn object<F>(&mut self, name: &str, properties: F) -> &mut Self
    where
        F: for<'x, 'e> FnOnce(&'x mut ObjectEncoder<'e, B>) -> &'x mut ObjectEncoder<'e, B>,
    {
        self.next(name).object(properties);
        self
    }

    /// An ECMA array (section 2.10) with what `properties` writes into it.
    pub fn ecma_array<F>(&mut self, name: &str, properties: F) -> &mut Self
    where
        F: for<'x, 'e> FnOnce(
            &'x mut ObjectEncoder<'e, Vec<u8>>,
        ) -> &'x mut ObjectEncoder<'e, Vec<u8>>,
    {
        self.next(name).ecma_array(properties);
        self
    }

    /// A strict array (section 2.12) with what `elements` writes into it.
    pub fn strict_array<F>(&mut self, name: &str, elements: F) -> &mut Self
    where
        F: for<'x, 'e> FnOnce(&'x mut Encoder<'e, Vec<u8>>) -> &'x mut Encoder<'e, Vec<u8>>,
    {
        self.next(name).strict_array(elements);
        self
    }

    fn next(&mut self, name: &str) -> &mut Writer<'b, B> {
        self.count = self.count.saturating_add(1);
        self.writer.utf8(name);
        &mut self.writer
    }
}

/// The grammar of section 2 towards a buffer. After the first error nothing more is written.
#[derive(Debug)]
struct Writer<'b, B: BufMut> {
    buffer: &'b mut B,
    depth: usize,
    result: Result<(), EncodeError>,
}

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
            Value::AvmPlus(_) if self.depth > 0 => self.fail(EncodeError::NestedAvmPlus),
            Value::AvmPlus(amf3) => {
                self.marker(Marker::AVM_PLUS);
                self.put(amf3);
            }
        }
    }

    fn number(&mut self, number: f64) {
        self.marker(Marker::NUMBER);
        self.put(&number.to_be_bytes());
    }

    fn boolean(&mut self, boolean: bool) {
        self.marker(Marker::BOOLEAN);
        self.put(&[u8::from(boolean)]);
    }

    fn string(&mut self, text: &str) {
        if text.len() > usize::from(u16::MAX) {
            self.long_string(text);
        } else {
            self.marker(Marker::STRING);
            self.utf8(text);
        }
    }

    fn long_string(&mut self, text: &str) {
        self.marker(Marker::LONG_STRING);
        self.utf8_long(text);
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

    fn object<F>(&mut self, properties: F)
    where
        F: for<'x, 'e> FnOnce(&'x mut ObjectEncoder<'e, B>) -> &'x mut ObjectEncoder<'e, B>,
    {
        self.marker(Marker::OBJECT);
        self.nested(|inner| {
            let mut object = ObjectEncoder::over(inner.reborrow());
            properties(&mut object);
            inner.result = object.writer.result;
            inner.object_end();
        });
    }

    fn ecma_array<F>(&mut self, properties: F)
    where
        F: for<'x, 'e> FnOnce(
            &'x mut ObjectEncoder<'e, Vec<u8>>,
        ) -> &'x mut ObjectEncoder<'e, Vec<u8>>,
    {
        self.marker(Marker::ECMA_ARRAY);
        self.counted(|writer| {
            let mut object = ObjectEncoder::over(writer);
            properties(&mut object);
            object.writer.object_end();
            (object.count, object.writer.result)
        });
    }

    fn strict_array<F>(&mut self, elements: F)
    where
        F: for<'x, 'e> FnOnce(&'x mut Encoder<'e, Vec<u8>>) -> &'x mut Encoder<'e, Vec<u8>>,
    {
        self.marker(Marker::STRICT_ARRAY);
        self.counted(|writer| {
            let mut array = Encoder::over(writer);
            elements(&mut array);
            (array.count, array.writer.result)
        });
    }

    /// An array is written aside first: its count comes in front and is known at its end.
    fn counted(
        &mut self,
        write: impl FnOnce(Writer<'_, Vec<u8>>) -> (usize, Result<(), EncodeError>),
    ) {
        self.nested(|inner| {
            let mut body = Vec::new();
            let (count, result) = write(Writer {
                buffer: &mut body,
                depth: inner.depth,
                result: inner.result,
            });
            inner.result = result;
            inner.array_count(count);
            inner.put(&body);
        });
    }

    fn nested(&mut self, write: impl FnOnce(&mut Self)) {
        let depth = self.depth;
        if depth >= Limits::MAX_DEPTH {
            return self.fail(EncodeError::TooDeep);
        }
        self.depth = depth.saturating_add(1);
        write(self);
        self.depth = depth;
    }

    fn reborrow(&mut self) -> Writer<'_, B> {
        Writer {
            buffer: self.buffer,
            depth: self.depth,
            result: self.result,
        }
    }

    fn marker(&mut self, marker: Marker) {
        self.put(&[marker.0]);
    }

    /// `array-count` and `associative-count`: U32.
    fn array_count(&mut self, count: usize) {
        match u32::try_from(count) {
            Ok(count) => self.put(&count.to_be_bytes()),
            Err(_) => self.fail(EncodeError::ArrayTooLong),
        }
    }

    /// `UTF-8 = U16 *(UTF8-char)`.
    fn utf8(&mut self, name: &str) {
        match u16::try_from(name.len()) {
            Ok(length) => {
                self.put(&length.to_be_bytes());
                self.put(name.as_bytes());
            }
            Err(_) => self.fail(EncodeError::NameTooLong),
        }
    }

    /// `UTF-8-long = U32 *(UTF8-char)`.
    fn utf8_long(&mut self, text: &str) {
        match u32::try_from(text.len()) {
            Ok(length) => {
                self.put(&length.to_be_bytes());
                self.put(text.as_bytes());
            }
            Err(_) => self.fail(EncodeError::StringTooLong),
        }
    }

    /// `object-end-type = UTF-8-empty object-end-marker`.
    fn object_end(&mut self) {
        self.put(&[0, 0, Marker::OBJECT_END.0]);
    }

    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        if self.result.is_ok() {
            if self.buffer.remaining_mut() < bytes.len() {
                self.fail(EncodeError::BufferFull);
            } else {
                self.buffer.put_slice(bytes);
            }
        }
    }

    #[cold]
    fn fail(&mut self, error: EncodeError) {
        if self.result.is_ok() {
            self.result = Err(error);
        }
    }
}
