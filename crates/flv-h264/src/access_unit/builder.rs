use alloc::sync::Arc;
use alloc::vec::Vec;

use nom::Offset;

use crate::flv::codec::{UnsupportedCodec, VideoCodec};
use crate::h264::annex_b::starts_with_start_code;
use crate::h264::configuration::AvcDecoderConfigurationRecord;
use crate::h264::hevc;
use crate::h264::length_prefixed::LengthSize;
use crate::h264::nal_unit::{NalUnit, NalUnitType};
use crate::h264::sei::RecoveryPoint;

use super::assembly::Assembly;
use super::body::Body;
use super::counters::{Counters, add};
use super::event::{AccessUnit, SyncPoint, VideoEvent};
use super::framing::{Framing, recognise};
use super::held::Held;
use super::known_sets::KnownSets;
use super::message::{self, Coded, Message};
use super::parameter_sets::{Learned, ParameterSets};
use super::survey::Survey;

/// Turns the video messages of one stream into access units.
///
/// An ordinary picture costs one look at each NAL length: start codes are written over the
/// lengths, and parameter sets are put into the free room in front of a sync point. What the
/// builder remembers is bounded whatever comes: 8 KiB of parameter sets (twice), 64 KiB of SEI.
///
/// ```
/// use flv_h264::{AccessUnitBuilder, SyncPoint, VideoEvent};
///
/// let mut builder = AccessUnitBuilder::new();
/// let header = [
///     0x17, 0, 0, 0, 0, 1, 0x42, 0xC0, 0x1E, 0xFF, 0xE1, 0, 5, 0x67, 0x42, 0xC0, 0x1E, 0x80, 1,
///     0, 2, 0x68, 0xCE,
/// ];
/// let Some(VideoEvent::ParameterSets(sets)) = builder.push(0, header.to_vec(), 0)? else {
///     panic!("the sequence header has parameter sets");
/// };
/// assert_eq!(sets.pps[0], [0x68, 0xCE].as_slice());
///
/// let idr = [0x17, 1, 0, 0, 0, 0, 0, 0, 2, 0x65, 0x88];
/// let Some(VideoEvent::AccessUnit(unit)) = builder.push(0, idr.to_vec(), 0)? else {
///     panic!("a picture");
/// };
/// assert_eq!(unit.sync, SyncPoint::Idr);
/// assert!(unit.data.starts_with(&[0, 0, 0, 1, 0x67]));
/// assert!(unit.data.ends_with(&[0, 0, 0, 1, 0x65, 0x88]));
/// # Ok::<(), flv_h264::UnsupportedCodec>(())
/// ```
#[derive(Debug, Default)]
pub struct AccessUnitBuilder {
    length_size: LengthSize,
    /// Whether the last message with NAL units had start codes.
    annex_b: bool,
    /// The track that is followed, once there was a message.
    track: Option<u8>,
    /// The last good sequence header, as it came, unless it was absurdly long.
    sequence_header: Vec<u8>,
    sets: KnownSets,
    held: Held,
    previous: Option<PreviousPicture>,
    counters: Counters,
}

/// The longest sequence header that is remembered to recognise its repetition.
const MAX_SEQUENCE_HEADER: usize = 16 * 1024;

/// What HEVC under a label that says H.264 is refused with.
const HEVC: UnsupportedCodec = UnsupportedCodec {
    codec: VideoCodec::Hevc,
};

/// The picture before, as far as a slice that continues it must agree.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
struct PreviousPicture {
    timestamp_ms: u32,
    timestamp_nanos: u32,
    idr: bool,
}

impl AccessUnitBuilder {
    /// Knows nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one video message. `buffer[body_start..]` is its body, the RTMP message or FLV tag
    /// without their headers; what lies before is free room.
    ///
    /// Never an error for junk: that is counted and skipped.
    ///
    /// # Errors
    /// The stream has another codec than H.264.
    pub fn push(
        &mut self,
        timestamp_ms: u32,
        buffer: Vec<u8>,
        body_start: usize,
    ) -> Result<Option<VideoEvent>, UnsupportedCodec> {
        let mut body = Body::new(buffer, body_start);
        add(&mut self.counters.messages, 1);
        if body.bytes().len() < 2 {
            add(&mut self.counters.empty_messages, 1);
            return Ok(None);
        }
        let selected = message::select(body.bytes(), self.track)?;
        add(&mut self.counters.other_track_messages, selected.others);
        match selected.message {
            Message::SequenceHeader(record) => {
                self.follow(selected.track);
                self.sequence_header(record)
            }
            Message::Coded(coded) => {
                self.follow(selected.track);
                let offset = body.bytes().offset(coded.data);
                let (picture, length) = (Picture::new(timestamp_ms, &coded), coded.data.len());
                body.narrow(offset, length);
                self.coded(picture, body)
            }
            Message::EndOfSequence => {
                self.held.clear();
                self.previous = None;
                Ok(Some(VideoEvent::EndOfSequence))
            }
            Message::NoPicture => {
                add(&mut self.counters.non_picture_messages, 1);
                Ok(None)
            }
            Message::OtherTracks => Ok(None),
            Message::UndefinedCodecId => {
                add(&mut self.counters.undefined_codec_ids, 1);
                Ok(None)
            }
            Message::Malformed => {
                add(&mut self.counters.malformed_messages, 1);
                Ok(None)
            }
        }
    }

    /// The newest parameter sets; `None` before there are any.
    pub fn parameter_sets(&self) -> Option<&Arc<ParameterSets>> {
        self.sets.is_complete().then(|| self.sets.latest())
    }

    /// What was seen and skipped so far.
    pub const fn counters(&self) -> Counters {
        self.counters
    }

    /// A lower track than the one followed takes over, with nothing known about it.
    fn follow(&mut self, track: u8) {
        if self.track.is_some_and(|followed| track < followed) {
            let counters = self.counters;
            *self = Self {
                counters,
                ..Self::default()
            };
        }
        self.track = Some(track);
    }

    /// A sequence header: its parameter sets replace all before, from the next IDR picture on.
    fn sequence_header(&mut self, bytes: &[u8]) -> Result<Option<VideoEvent>, UnsupportedCodec> {
        if !bytes.is_empty() && bytes == self.sequence_header {
            add(&mut self.counters.repeated_sequence_headers, 1);
            return Ok(None);
        }
        if starts_with_start_code(bytes) {
            return self.annex_b_sequence_header(bytes);
        }
        let record = AvcDecoderConfigurationRecord::parse_tolerant(bytes);
        if record.as_ref().is_ok_and(|record| record.sps.is_empty())
            && hevc::is_configuration_record(bytes)
        {
            return Err(HEVC);
        }
        let Ok(record) = record else {
            add(&mut self.counters.broken_sequence_headers, 1);
            return Ok(None);
        };
        let mut sets = ParameterSets::default();
        let learned = sets.learn(record.parameter_sets());
        if !sets.is_complete() {
            return Ok(self.incomplete_sequence_header(bytes));
        }
        self.length_size = record.length_size;
        self.sequence_header.clear();
        if bytes.len() <= MAX_SEQUENCE_HEADER {
            self.sequence_header.extend_from_slice(bytes);
        }
        Ok(self.replace_parameter_sets(sets, learned))
    }

    /// A sequence header that leaves parameter sets to the stream, or that is broken.
    fn incomplete_sequence_header(&mut self, bytes: &[u8]) -> Option<VideoEvent> {
        let Ok(record) = AvcDecoderConfigurationRecord::parse(bytes) else {
            add(&mut self.counters.broken_sequence_headers, 1);
            return None;
        };
        self.length_size = record.length_size;
        let learned = self.learn(record.parameter_sets());
        self.changed_parameter_sets(learned)
    }

    /// A sequence header that is not a record but a byte stream of parameter sets.
    fn annex_b_sequence_header(
        &mut self,
        bytes: &[u8],
    ) -> Result<Option<VideoEvent>, UnsupportedCodec> {
        if hevc::are_parameter_sets(Framing::AnnexB.units(bytes)) {
            return Err(HEVC);
        }
        let mut sets = ParameterSets::default();
        let learned = sets.learn(Framing::AnnexB.units(bytes));
        if !sets.is_complete() {
            add(&mut self.counters.broken_sequence_headers, 1);
            return Ok(None);
        }
        self.annex_b = true;
        Ok(self.replace_parameter_sets(sets, learned))
    }

    fn replace_parameter_sets(
        &mut self,
        sets: ParameterSets,
        learned: Learned,
    ) -> Option<VideoEvent> {
        add(&mut self.counters.refused_parameter_sets, learned.refused);
        if !self.sets.replace(sets) {
            return None;
        }
        add(&mut self.counters.parameter_set_changes, 1);
        Some(VideoEvent::ParameterSets(Arc::clone(self.sets.latest())))
    }

    /// A message of NAL units.
    fn coded(
        &mut self,
        picture: Picture,
        body: Body,
    ) -> Result<Option<VideoEvent>, UnsupportedCodec> {
        let Ok((framing, survey)) = recognise(body.bytes(), self.length_size, self.annex_b) else {
            add(&mut self.counters.malformed_messages, 1);
            return Ok(None);
        };
        self.annex_b = framing == Framing::AnnexB;
        if self.annex_b {
            add(&mut self.counters.annex_b_messages, 1);
        }
        add(&mut self.counters.empty_nal_units, survey.empty);

        if !self.sets.is_complete() && hevc::are_parameter_sets(framing.units(body.bytes())) {
            return Err(HEVC);
        }
        let learned = match survey.parameter_sets {
            true => self.learn(framing.units(body.bytes())),
            false => Learned::default(),
        };
        if !survey.picture {
            return Ok(self.without_picture(learned, framing.units(body.bytes())));
        }
        if !self.sets.is_complete() {
            add(&mut self.counters.pictures_without_parameter_sets, 1);
            self.held.clear();
            return Ok(None);
        }
        let sync = self.sync_point(&picture, &survey, framing.units(body.bytes()));
        self.sets.picture(sync, learned);
        let access_unit = AccessUnit {
            timestamp_ms: picture.timestamp_ms,
            timestamp_nanos: picture.timestamp_nanos,
            composition_offset_ms: picture.composition_offset_ms,
            sync,
            slice: survey.slice_kind(),
            data: self.assembly(framing, &survey, sync, learned).apply(body),
            new_parameter_sets: learned.changed().then(|| Arc::clone(self.sets.latest())),
        };
        self.count(&access_unit);
        self.held.clear();
        self.previous = Some(PreviousPicture::new(&picture, &survey));
        Ok(Some(VideoEvent::AccessUnit(access_unit)))
    }

    /// Parameter sets in band.
    fn learn<'a>(&mut self, units: impl Iterator<Item = NalUnit<'a>> + Clone) -> Learned {
        let learned = self.sets.learn(units);
        add(&mut self.counters.refused_parameter_sets, learned.refused);
        add(
            &mut self.counters.parameter_set_changes,
            learned.changed().into(),
        );
        learned
    }

    /// SEI messages, delimiters and parameter sets alone wait for the next picture.
    fn without_picture<'a>(
        &mut self,
        learned: Learned,
        units: impl Iterator<Item = NalUnit<'a>>,
    ) -> Option<VideoEvent> {
        add(&mut self.counters.non_picture_messages, 1);
        let for_next_picture = self.sets.take_effect_at_once(learned);
        if for_next_picture {
            self.sets.activate();
        }
        for unit in units.filter(|unit| !unit.is_empty()) {
            let kept = match unit.unit_type() {
                NalUnitType::ACCESS_UNIT_DELIMITER => {
                    self.held.delimiter(unit);
                    true
                }
                NalUnitType::PPS if for_next_picture => self.held.parameter_set(unit),
                NalUnitType::SPS | NalUnitType::SPS_EXTENSION | NalUnitType::PPS => true,
                NalUnitType::END_OF_SEQUENCE
                | NalUnitType::END_OF_STREAM
                | NalUnitType::FILLER_DATA => true,
                _ => self.held.other(unit),
            };
            if !kept {
                let length = unit.bytes().len();
                add(&mut self.counters.discarded_held_bytes, length);
            }
        }
        self.changed_parameter_sets(learned)
    }

    fn changed_parameter_sets(&self, learned: Learned) -> Option<VideoEvent> {
        (learned.changed() && self.sets.is_complete())
            .then(|| VideoEvent::ParameterSets(Arc::clone(self.sets.latest())))
    }

    fn sync_point<'a>(
        &self,
        picture: &Picture,
        survey: &Survey,
        mut units: impl Iterator<Item = NalUnit<'a>>,
    ) -> SyncPoint {
        let continues = survey
            .first_slice
            .is_some_and(|slice| !slice.is_first_of_picture())
            && self.previous == Some(PreviousPicture::new(picture, survey));
        if continues {
            SyncPoint::None
        } else if survey.idr {
            SyncPoint::Idr
        } else if picture.key
            && (self.held.has_recovery_point()
                || units.any(|unit| RecoveryPoint::find(unit).is_some()))
        {
            SyncPoint::RecoveryPoint
        } else {
            SyncPoint::None
        }
    }

    fn assembly<'a>(
        &'a self,
        framing: Framing,
        survey: &'a Survey,
        sync: SyncPoint,
        learned: Learned,
    ) -> Assembly<'a> {
        Assembly {
            framing,
            survey,
            delimiter: survey.delimiter.or(self.held.held_delimiter()),
            parameter_sets: match sync.is_sync() {
                true => self.sets.active().annex_b(),
                false => self.held.parameter_sets(),
            },
            held: self.held.others(),
            // What a decoder has or gets already goes; what it could lack stays where it is.
            keep_parameter_sets: learned.refused > 0 || (learned.changed() && !sync.is_sync()),
        }
    }

    fn count(&mut self, access_unit: &AccessUnit) {
        let counters = &mut self.counters;
        add(&mut counters.access_units, 1);
        match access_unit.sync {
            SyncPoint::Idr => add(&mut counters.idr_pictures, 1),
            SyncPoint::RecoveryPoint => add(&mut counters.recovery_points, 1),
            SyncPoint::None => {}
        }
        if access_unit.composition_offset_ms != 0 {
            add(&mut counters.reordered_pictures, 1);
        }
    }
}

/// What the message's header says about its picture.
#[derive(Copy, Clone, Debug)]
struct Picture {
    timestamp_ms: u32,
    timestamp_nanos: u32,
    composition_offset_ms: i32,
    key: bool,
}

impl Picture {
    const fn new(timestamp_ms: u32, coded: &Coded<'_>) -> Self {
        Self {
            timestamp_ms,
            timestamp_nanos: coded.timestamp_nanos,
            composition_offset_ms: coded.composition_offset_ms,
            key: coded.key,
        }
    }
}

impl PreviousPicture {
    const fn new(picture: &Picture, survey: &Survey) -> Self {
        Self {
            timestamp_ms: picture.timestamp_ms,
            timestamp_nanos: picture.timestamp_nanos,
            idr: survey.idr,
        }
    }
}
