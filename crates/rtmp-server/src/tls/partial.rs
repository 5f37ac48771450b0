//! Structures that are read in part (ITU-T X.690): as far as they matter here, so that nothing else
//! in them has to be understood.

use der::{AnyRef, Decode, SliceReader, Tag, TagNumber, Tagged};

/// A reader of the content of the next element, a sequence. Unlike in
/// [`Reader::sequence`](der::Reader::sequence) it need not be read to the end.
pub(super) fn enter<'a>(reader: &mut SliceReader<'a>) -> der::Result<SliceReader<'a>> {
    SliceReader::new(content(reader, Tag::Sequence)?)
}

/// What the next element, an explicit context-specific tag 0, contains.
pub(super) fn explicit<'a>(reader: &mut SliceReader<'a>) -> der::Result<&'a [u8]> {
    let tag = Tag::ContextSpecific {
        constructed: true,
        number: TagNumber(0),
    };
    content(reader, tag)
}

fn content<'a>(reader: &mut SliceReader<'a>, tag: Tag) -> der::Result<&'a [u8]> {
    let element = AnyRef::decode(reader)?;
    element.tag().assert_eq(tag)?;
    Ok(element.value())
}
