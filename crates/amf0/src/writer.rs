use alloc::vec::Vec;

use bytes::BufMut;

use crate::error::EncodeError;
use crate::limits::Limits;
use crate::marker::Marker;

/// The grammar of section 2 towards a buffer. After the first error nothing more is written.
#[derive(Debug)]
pub(crate) struct Writer<'b, B: BufMut> {
    buffer: &'b mut B,
    /// How many objects and arrays are open.
    depth: usize,
    /// How many properties or elements its owner wrote.
    count: usize,
    result: Result<(), EncodeError>,
}

impl<'b, B: BufMut> Writer<'b, B> {
    pub(crate) const fn new(buffer: &'b mut B) -> Self {
        Self {
            buffer,
            depth: 0,
            count: 0,
            result: Ok(()),
        }
    }

    /// A writer for what is inside the value that this one is writing.
    pub(crate) const fn inside(&mut self) -> Writer<'_, B> {
        Writer {
            buffer: self.buffer,
            depth: self.depth,
            count: 0,
            result: self.result,
        }
    }

    /// The same, into another buffer.
    pub(crate) fn inside_aside<'v>(&self, buffer: &'v mut Vec<u8>) -> Writer<'v, Vec<u8>> {
        Writer {
            buffer,
            depth: self.depth,
            count: 0,
            result: self.result,
        }
    }

    /// The first error, if there was any.
    pub(crate) const fn result(&self) -> Result<(), EncodeError> {
        self.result
    }

    /// Takes over how a writer for what is [inside](Self::inside) got on.
    pub(crate) const fn continue_after(&mut self, inner: Result<(), EncodeError>) {
        self.result = inner;
    }

    pub(crate) const fn count(&self) -> usize {
        self.count
    }

    pub(crate) const fn add_to_count(&mut self, values: usize) {
        self.count = self.count.saturating_add(values);
    }

    pub(crate) fn number(&mut self, number: f64) {
        self.marker(Marker::NUMBER);
        self.put(&number.to_be_bytes());
    }

    pub(crate) fn boolean(&mut self, boolean: bool) {
        self.marker(Marker::BOOLEAN);
        self.put(&[u8::from(boolean)]);
    }

    pub(crate) fn string(&mut self, text: &str) {
        if text.len() > usize::from(u16::MAX) {
            self.long_string(text);
        } else {
            self.marker(Marker::STRING);
            self.utf8(text);
        }
    }

    pub(crate) fn long_string(&mut self, text: &str) {
        self.marker(Marker::LONG_STRING);
        self.utf8_long(text);
    }

    /// An array is written aside first: its count comes in front and is known at its end.
    pub(crate) fn counted(
        &mut self,
        write: impl FnOnce(Writer<'_, Vec<u8>>) -> (usize, Result<(), EncodeError>),
    ) {
        self.nested(|outer| {
            let mut body = Vec::new();
            let (count, result) = write(outer.inside_aside(&mut body));
            outer.result = result;
            outer.array_count(count);
            outer.put(&body);
        });
    }

    pub(crate) fn nested(&mut self, write: impl FnOnce(&mut Self)) {
        if self.enter() {
            write(self);
            self.leave();
        }
    }

    /// Opens an object or array, unless that is too deep.
    pub(crate) fn enter(&mut self) -> bool {
        if self.depth >= Limits::MAX_DEPTH {
            self.fail(EncodeError::TooDeep);
            return false;
        }
        self.depth = self.depth.saturating_add(1);
        true
    }

    pub(crate) const fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Only between the values of a message: inside of one nobody would find the end of the AMF3.
    pub(crate) fn avm_plus_marker(&mut self) {
        if self.depth > 0 {
            self.fail(EncodeError::NestedAvmPlus);
        }
        self.marker(Marker::AVM_PLUS);
    }

    pub(crate) fn marker(&mut self, marker: Marker) {
        self.put(&[marker.0]);
    }

    /// `array-count` and `associative-count`: U32.
    pub(crate) fn array_count(&mut self, count: usize) {
        match u32::try_from(count) {
            Ok(count) => self.put(&count.to_be_bytes()),
            Err(_) => self.fail(EncodeError::ArrayTooLong),
        }
    }

    /// `UTF-8 = U16 *(UTF8-char)`.
    pub(crate) fn utf8(&mut self, name: &str) {
        match u16::try_from(name.len()) {
            Ok(length) => {
                self.put(&length.to_be_bytes());
                self.put(name.as_bytes());
            }
            Err(_) => self.fail(EncodeError::NameTooLong),
        }
    }

    /// `UTF-8-long = U32 *(UTF8-char)`.
    pub(crate) fn utf8_long(&mut self, text: &str) {
        match u32::try_from(text.len()) {
            Ok(length) => {
                self.put(&length.to_be_bytes());
                self.put(text.as_bytes());
            }
            Err(_) => self.fail(EncodeError::StringTooLong),
        }
    }

    /// `object-end-type = UTF-8-empty object-end-marker`.
    pub(crate) fn object_end(&mut self) {
        self.put(&[0, 0, Marker::OBJECT_END.0]);
    }

    #[inline]
    pub(crate) fn put(&mut self, bytes: &[u8]) {
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
