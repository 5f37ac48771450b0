use super::ValueRef;
use super::read::known_value;
use super::span_text::SpanText;
use crate::reader::Reader;

/// The elements of a strict array: a checked span of the input.
#[derive(Copy, Clone)]
pub struct ArrayRef<'a> {
    /// `array-count *(value-type)`.
    body: &'a [u8],
}

impl<'a> ArrayRef<'a> {
    pub(super) const fn new(body: &'a [u8]) -> Self {
        Self { body }
    }

    /// How many elements there are.
    #[must_use]
    pub fn len(&self) -> usize {
        Reader::new(self.body).array_count().unwrap_or(0)
    }

    /// No element at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The elements in order. Looks over the whole array first, for whether it is text: linear in
    /// its bytes, even if only the first element is wanted.
    #[must_use]
    pub fn iter(&self) -> Elements<'a> {
        let mut reader = Reader::new(self.body);
        let left = reader.array_count().unwrap_or(0);
        Elements {
            reader,
            left,
            text: SpanText::of(self.body),
        }
    }
}

impl PartialEq for ArrayRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl core::fmt::Debug for ArrayRef<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a> IntoIterator for ArrayRef<'a> {
    type Item = ValueRef<'a>;
    type IntoIter = Elements<'a>;

    fn into_iter(self) -> Elements<'a> {
        self.iter()
    }
}

/// The elements of an [`ArrayRef`], one after the other.
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    reader: Reader<'a>,
    left: usize,
    text: SpanText<'a>,
}

impl<'a> Iterator for Elements<'a> {
    type Item = ValueRef<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let value = known_value(&mut self.reader, self.text)?;
        self.left = self.left.saturating_sub(1);
        Some(value)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Elements<'_> {}
impl core::iter::FusedIterator for Elements<'_> {}
