/// The byte in front of every value that names its type (AMF0 section 2.1).
///
/// An open type: bytes that the standard gives no meaning to are representable, so that errors
/// can show them.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Marker(pub u8);

impl Marker {
    /// `number-marker`, section 2.2.
    pub const NUMBER: Self = Self(0x00);
    /// `boolean-marker`, section 2.3.
    pub const BOOLEAN: Self = Self(0x01);
    /// `string-marker`, section 2.4.
    pub const STRING: Self = Self(0x02);
    /// `object-marker`, section 2.5.
    pub const OBJECT: Self = Self(0x03);
    /// `movieclip-marker`, reserved, section 2.6.
    pub const MOVIE_CLIP: Self = Self(0x04);
    /// `null-marker`, section 2.7.
    pub const NULL: Self = Self(0x05);
    /// `undefined-marker`, section 2.8.
    pub const UNDEFINED: Self = Self(0x06);
    /// `reference-marker`, section 2.9.
    pub const REFERENCE: Self = Self(0x07);
    /// `ecma-array-marker`, section 2.10.
    pub const ECMA_ARRAY: Self = Self(0x08);
    /// `object-end-marker`, section 2.11. Never the marker of a value.
    pub const OBJECT_END: Self = Self(Self::OBJECT_END_BYTE);
    /// `strict-array-marker`, section 2.12.
    pub const STRICT_ARRAY: Self = Self(0x0A);
    /// `date-marker`, section 2.13.
    pub const DATE: Self = Self(0x0B);
    /// `long-string-marker`, section 2.14.
    pub const LONG_STRING: Self = Self(0x0C);
    /// `unsupported-marker`, section 2.15.
    pub const UNSUPPORTED: Self = Self(0x0D);
    /// `recordset-marker`, reserved, section 2.16.
    pub const RECORD_SET: Self = Self(0x0E);
    /// `xml-document-marker`, section 2.17.
    pub const XML_DOCUMENT: Self = Self(0x0F);
    /// `typed-object-marker`, section 2.18.
    pub const TYPED_OBJECT: Self = Self(0x10);
    /// `avmplus-object-marker`: what follows is AMF3, section 3.1.
    pub const AVM_PLUS: Self = Self(0x11);

    /// For patterns over bytes.
    pub(crate) const OBJECT_END_BYTE: u8 = 0x09;
}
