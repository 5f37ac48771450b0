use bytes::Bytes;

use crate::h264::annex_b::{overwrite_lengths, write_annex_b};
use crate::h264::nal_unit::{NalUnit, NalUnitType};

use super::body::Body;
use super::framing::Framing;
use super::survey::{DELIMITER, Survey};

/// How a message becomes an access unit.
#[derive(Debug)]
pub(super) struct Assembly<'a> {
    pub(super) framing: Framing,
    pub(super) survey: &'a Survey,
    /// The access unit delimiter, which has to be the first NAL unit.
    pub(super) delimiter: Option<[u8; DELIMITER]>,
    /// Parameter sets to put behind it, as a byte stream.
    pub(super) parameter_sets: &'a [u8],
    /// SEI that came before, as a byte stream.
    pub(super) held: &'a [u8],
    /// Whether the message's own parameter sets stay where they are.
    pub(super) keep_parameter_sets: bool,
}

impl Assembly<'_> {
    pub(super) fn apply(&self, body: Body) -> Bytes {
        let delimiter = self
            .delimiter
            .map(|[header, primary_pic_type]| [0, 0, 0, 1, header, primary_pic_type]);
        let delimiter = delimiter.as_ref().map_or(&[][..], |unit| unit);
        let front = [delimiter, self.parameter_sets, self.held];
        let mut body = match self.is_in_place() {
            true => self.in_place(body),
            false => self.copy(&body, front.iter().map(|part| part.len()).sum()),
        };
        body.prepend(&front);
        body.freeze()
    }

    /// Whether all that has to go lies at the front, so that the rest can stay where it is.
    fn is_in_place(&self) -> bool {
        let keeps_front = self.keep_parameter_sets && self.survey.lead > 0;
        self.survey.in_place && !self.survey.scattered && !keeps_front
    }

    fn in_place(&self, mut body: Body) -> Body {
        let Survey { lead, length, .. } = *self.survey;
        body.narrow(lead, length.saturating_sub(lead));
        if self.framing != Framing::AnnexB {
            overwrite_lengths(body.bytes_mut());
        }
        body
    }

    /// What is to stay, behind `room` free bytes.
    fn copy(&self, body: &Body, room: usize) -> Body {
        let mut copy = Body::with_room(room, self.survey.length);
        let mut in_picture = false;
        let units = self.framing.units(body.bytes()).filter(|unit| {
            in_picture |= unit.unit_type().is_vcl();
            self.stays(*unit, in_picture)
        });
        write_annex_b(units, copy.tail());
        copy
    }

    fn stays(&self, unit: NalUnit<'_>, in_picture: bool) -> bool {
        match unit.unit_type() {
            _ if unit.is_empty() => false,
            NalUnitType::ACCESS_UNIT_DELIMITER => in_picture,
            NalUnitType::SPS | NalUnitType::SPS_EXTENSION | NalUnitType::PPS => {
                self.keep_parameter_sets
            }
            _ => true,
        }
    }
}
