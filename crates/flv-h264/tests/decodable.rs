//! Whatever a session is given decodes from its first frame on: a model of H.265's references says
//! what each picture needs, and sessions begin at any sync point, lose frames, and go on.

mod support;

use std::collections::{HashMap, HashSet};

use flv_h264::{AccessUnit, AccessUnitBuilder, VideoCodec};
use habits::generated_h265::{HevcPicture, HevcStream};
use habits::{Coded, Content, Message, Publish};
use proptest::prelude::*;
use support::*;

const TRAIL_R: u8 = 1;
const RADL_N: u8 = 6;
const RASL_N: u8 = 8;
const BLA_W_LP: u8 = 16;
const IDR_W_RADL: u8 = 19;
const CRA: u8 = 21;
const END_OF_SEQUENCE: [u8; 2] = [0x48, 0x01];

/// A group of pictures.
#[derive(Clone, Copy, Debug)]
struct Group {
    /// What it begins with.
    start: u8,
    /// Pictures that are shown before the first one: those that refer to what came before, and those
    /// that do not.
    rasl: u32,
    radl: u32,
    trailing: u32,
    /// The encoder ends the sequence behind it.
    ends: bool,
}

/// A stream, and for each picture the pictures that it refers to.
struct Model {
    publish: Publish,
    references: Vec<Vec<usize>>,
    /// Where each picture stands, by its slices.
    index: HashMap<Vec<Vec<u8>>, usize>,
    /// Pictures that nobody can decode.
    lost: usize,
}

fn groups() -> impl Strategy<Value = Vec<Group>> {
    let start = prop::sample::select(vec![CRA, CRA, IDR_W_RADL, BLA_W_LP]);
    let group = (
        start,
        0..3_u32,
        0..2_u32,
        0..4_u32,
        prop::bool::weighted(0.2),
    )
        .prop_map(|(start, rasl, radl, trailing, ends)| Group {
            start,
            rasl: if start == IDR_W_RADL { 0 } else { rasl },
            radl,
            trailing,
            ends,
        });
    prop::collection::vec(group, 1..8)
}

impl Model {
    fn new(stream: HevcStream, groups: &[Group]) -> Self {
        let (mut pictures, mut references, mut ends) = (Vec::new(), Vec::new(), Vec::new());
        let mut lost = 0;
        // The last picture that others may refer to.
        let mut latest: Option<usize> = None;
        for group in groups {
            let start = pictures.len();
            let before = latest.filter(|_| group.start == CRA);
            let mut add = |unit_type, refers_to: Vec<usize>| {
                pictures.push(HevcPicture {
                    unit_type,
                    pic_order_cnt: pictures.len() as u32,
                    serial: pictures.len() as u32,
                });
                references.push(refers_to);
            };
            add(group.start, vec![]);
            for _ in 0..group.rasl {
                lost += usize::from(before.is_none());
                add(RASL_N, before.into_iter().chain([start]).collect());
            }
            for _ in 0..group.radl {
                add(RADL_N, vec![start]);
            }
            let mut reference = start;
            for index in 0..group.trailing {
                add(TRAIL_R, vec![reference]);
                reference = start + (group.rasl + group.radl + index) as usize + 1;
            }
            latest = (!group.ends).then_some(reference);
            if group.ends {
                ends.push(pictures.len() - 1);
            }
        }
        let index = pictures
            .iter()
            .enumerate()
            .map(|(at, picture)| (stream.picture(picture), at))
            .collect();
        let mut publish = stream.publish_of(pictures.into_iter());
        for end in ends {
            if let Content::Coded(coded) = &mut publish.messages[1 + end].content {
                coded.units.push(END_OF_SEQUENCE.to_vec());
            }
        }
        Self {
            publish,
            references,
            index,
            lost,
        }
    }

    fn index_of(&self, unit: &AccessUnit) -> usize {
        self.index[&Publish::content(unit).units]
    }
}

fn deliver(publish: &Publish) -> Vec<AccessUnit> {
    let mut builder = AccessUnitBuilder::new();
    let mut delivered = Vec::new();
    for (timestamp, body) in publish.bodies() {
        builder.push(timestamp, body.into()).expect("H.265");
        delivered.extend(pictures_of(&mut builder));
    }
    builder.finish();
    delivered.extend(pictures_of(&mut builder));
    delivered
}

/// What a session is given that takes these frames: it begins at a sync point, and again at one
/// where frames are missing.
fn session<'a>(frames: impl Iterator<Item = Option<&'a AccessUnit>>) -> Vec<&'a AccessUnit> {
    let (mut waits, mut skips) = (true, true);
    let mut given = Vec::new();
    for frame in frames {
        let Some(frame) = frame else {
            waits = true;
            continue;
        };
        if frame.sync.is_sync() {
            skips = std::mem::take(&mut waits);
        }
        if !(waits || skips && frame.rasl) {
            given.push(frame);
        }
    }
    given
}

/// Puts each slice, or each unit, into a message of its own.
fn split(publish: &mut Publish) {
    publish.messages = std::mem::take(&mut publish.messages)
        .into_iter()
        .flat_map(|message| match &message.content {
            Content::Coded(coded) => coded
                .units
                .iter()
                .map(|unit| {
                    let coded = Coded {
                        units: vec![unit.clone()],
                        ..coded.clone()
                    };
                    Message::new(message.timestamp, Content::Coded(coded))
                })
                .collect(),
            _ => vec![message],
        })
        .collect();
}

proptest! {
    #[test]
    fn whatever_a_session_is_given_decodes_from_its_first_frame_on(
        groups in groups(),
        slices in 1..3_u32,
        cut in any::<bool>(),
        first in any::<prop::sample::Index>(),
        missing in prop::option::of((any::<prop::sample::Index>(), 1..12_usize)),
    ) {
        let stream = HevcStream { slices, open: true, ..HevcStream::default() };
        let mut model = Model::new(stream, &groups);
        if cut {
            split(&mut model.publish);
        }
        let delivered = deliver(&model.publish);
        // Nothing is lost but what nobody can decode.
        prop_assert_eq!(delivered.len() + model.lost, model.references.len());
        prop_assert!(delivered.iter().all(|unit| unit.codec == VideoCodec::Hevc));

        let begins = first.index(delivered.len());
        let missing = missing.map_or(0..0, |(from, count)| {
            let from = from.index(delivered.len());
            from..from + count
        });
        let frames = delivered.iter().enumerate().skip(begins);
        let given = session(frames.map(|(at, unit)| (!missing.contains(&at)).then_some(unit)));
        if let Some(unit) = given.first() {
            prop_assert!(unit.sync.is_sync());
        }
        let mut decoded = HashSet::new();
        for unit in given {
            let at = model.index_of(unit);
            for reference in &model.references[at] {
                prop_assert!(decoded.contains(reference), "{at} needs {reference}");
            }
            decoded.insert(at);
        }
    }

    #[test]
    fn a_session_without_gaps_is_given_everything(groups in groups()) {
        let stream = HevcStream { open: true, ..HevcStream::default() };
        let model = Model::new(stream, &groups);
        let delivered = deliver(&model.publish);
        let given = session(delivered.iter().map(Some));
        prop_assert_eq!(given.len(), delivered.len());
    }
}
