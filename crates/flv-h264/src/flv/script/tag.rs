use amf0::{Decoder, ValueRef};

use crate::error::{ParseError, ParseErrorKind};

/// The body of a data message or FLV script data tag: a name and AMF0 values (annex E.4.4).
///
/// ```
/// use flv_h264::flv::ScriptTag;
///
/// let tag = ScriptTag::parse(b"\x02\x00\x0AonTextData\x05")?;
/// assert_eq!(tag.name, "onTextData");
/// assert!(tag.values().decode_ref().unwrap().unwrap().is_nullish());
/// # Ok::<(), flv_h264::ParseError>(())
/// ```
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct ScriptTag<'a> {
    /// Method or object name, such as `onMetaData` or `@setDataFrame`.
    pub name: &'a str,
    /// The values behind the name, in AMF0.
    pub arguments: &'a [u8],
}

impl<'a> ScriptTag<'a> {
    /// Parses a whole body.
    ///
    /// # Errors
    /// The body does not begin with an AMF0 string.
    pub fn parse(body: &'a [u8]) -> Result<Self, ParseError> {
        let mut decoder = Decoder::new(body);
        match decoder.decode_ref() {
            Ok(Some(ValueRef::String(name) | ValueRef::LongString(name))) => Ok(Self {
                name,
                arguments: decoder.remaining(),
            }),
            _ => Err(ParseError::new(0, ParseErrorKind::NoName)),
        }
    }

    /// Reads the values behind the name.
    pub fn values(&self) -> Decoder<'a> {
        Decoder::new(self.arguments)
    }
}
