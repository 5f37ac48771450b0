//! What publishers write for a sequence header.

use crate::publish::{Content, Message, Publish, RecordForm};

fn form(publish: &mut Publish, form: RecordForm) {
    publish.records_mut().for_each(|record| record.form = form);
}

/// Any version and reserved bits, and something behind it.
pub(crate) fn sloppy(publish: &mut Publish, detail: u32) {
    form(publish, RecordForm::Sloppy(detail as u8));
}

/// All sets in one entry, with start codes between them.
pub(crate) fn glued(publish: &mut Publish, _: u32) {
    form(publish, RecordForm::Glued);
}

/// A byte stream.
pub(crate) fn annex_b(publish: &mut Publish, _: u32) {
    form(publish, RecordForm::AnnexB);
}

/// A header of some other format.
pub(crate) fn something_in_front(publish: &mut Publish, detail: u32) {
    form(publish, RecordForm::InFront(detail as u8));
}

/// Counts of sets that are none or too many.
pub(crate) fn wrong_counts(publish: &mut Publish, detail: u32) {
    form(publish, RecordForm::WrongCounts(detail as u8));
}

/// The record in front of every few messages, unchanged.
pub(crate) fn repeated(publish: &mut Publish, detail: u32) {
    let every = 1 + detail as usize % 5;
    let mut latest: Option<Content> = None;
    let mut index = 0;
    publish.replace_each(|message| {
        if let Content::Record(_) = &message.content {
            latest = Some(message.content.clone());
            return vec![message];
        }
        index += 1;
        match &latest {
            Some(record) if index % every == 0 => {
                vec![Message::new(message.timestamp, record.clone()), message]
            }
            _ => vec![message],
        }
    });
}
