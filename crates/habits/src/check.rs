use std::fmt;
use std::path::Path;
use std::sync::OnceLock;

use flv_h264::{
    AccessUnit, AccessUnitBuilder, Payload, VideoCodec, VideoEvent, h264, h265,
    nal::{NalUnit, UnitLengths},
};
use rtmp_server::MediaKind;

use crate::codec::Codec;
use crate::decoding::{Decoder, Sets};
use crate::generated::Stream;
use crate::generated_h265::HevcStream;
use crate::habit::{ALL, compose};
use crate::publish::{Picture, Publish};
use crate::recordings::files;
use crate::session::{Session, compose_session, names, receive};
use crate::source::{from_flv, from_session};

/// A publish, and the pictures that have to come out of it, whatever its publisher's habits.
#[derive(Clone, Debug)]
pub struct Source {
    /// Where it comes from.
    pub name: String,
    /// As an ordinary publisher sends it.
    pub publish: Publish,
    sync_points: Vec<bool>,
    /// Of the slices of each picture.
    parameter_sets: Vec<Vec<Option<Sets>>>,
}

/// What came out of a publish that should not have.
#[derive(Clone, Debug)]
pub struct Difference {
    source: String,
    habits: Vec<(&'static str, u32)>,
    of_session: Vec<(&'static str, u32)>,
    what: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, what, .. } = self;
        write!(
            f,
            "{source}: {what} with {:?} {:?}",
            self.habits, self.of_session
        )
    }
}

/// As much of a recording as is enough, so that every test gets through.
const MESSAGES: usize = 120;

/// The clips of `flv-h264`, the recorded sessions of `rtmp-server`, and generated streams.
pub fn sources() -> &'static [Source] {
    static SOURCES: OnceLock<Vec<Source>> = OnceLock::new();
    SOURCES.get_or_init(|| {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let clips = files(&crates.join("flv-h264/tests/fixtures/clips"), "flv");
        let sessions = files(&crates.join("rtmp-server/tests/sessions"), "rtmp");
        let clips = clips
            .into_iter()
            .map(|(name, bytes)| (name, from_flv(&bytes)));
        let sessions = sessions
            .into_iter()
            .map(|(name, bytes)| (name, from_session(&bytes)));
        clips
            .chain(sessions)
            .chain(generated())
            .filter(|(_, publish)| publish.coded().next().is_some())
            .map(|(name, publish)| Source::new(name, publish))
            .collect()
    })
}

fn generated() -> impl Iterator<Item = (String, Publish)> {
    let ordinary = Stream::default();
    let streams = [
        ordinary,
        Stream {
            slices: 5,
            ..ordinary
        },
        Stream {
            slices: 4,
            b_pictures: true,
            pic_order_cnt_type: 1,
            ..ordinary
        },
        Stream {
            slices: 3,
            profile: 66,
            pic_order_cnt_type: 2,
            ..ordinary
        },
        Stream {
            fields: true,
            ..ordinary
        },
        Stream {
            fields: true,
            slices: 3,
            b_pictures: true,
            ..ordinary
        },
        Stream {
            slices: 2,
            same_idr_pic_id: true,
            ..ordinary
        },
        Stream {
            slices: 2,
            group: 0,
            ..ordinary
        },
    ];
    let ordinary = HevcStream::default();
    let hevc = [
        ordinary,
        HevcStream {
            slices: 5,
            ..ordinary
        },
        HevcStream {
            slices: 4,
            dependent: true,
            ..ordinary
        },
        HevcStream {
            slices: 2,
            open: true,
            ..ordinary
        },
        HevcStream {
            group: 0,
            width: 16,
            slices: 3,
            ..ordinary
        },
    ];
    let streams = streams.map(|stream| (format!("{stream:?}"), stream.publish(40)));
    let hevc = hevc.map(|stream| (format!("{stream:?}"), stream.publish(40)));
    streams.into_iter().chain(hevc).chain(changing())
}

/// Streams whose parameter sets change.
fn changing() -> impl Iterator<Item = (String, Publish)> {
    let ordinary = Stream::default();
    let wide = Stream {
        width: 40,
        slices: 3,
        ..ordinary
    };
    let other_ids = Stream {
        sps_id: 3,
        pps_ids: [2, 7],
        slices: 2,
        ..ordinary
    };
    let interlaced = Stream {
        fields: true,
        frames_between: true,
        pic_order_cnt_type: 1,
        ..ordinary
    };
    let hevc = HevcStream::default();
    let wide_hevc = HevcStream {
        width: 640,
        slices: 3,
        ..hevc
    };
    [
        ("another size", vec![ordinary.publish(12), wide.publish(12)]),
        (
            "another size and back",
            vec![wide.publish(7), ordinary.publish(9), wide.publish(12)],
        ),
        (
            "other ids",
            vec![
                ordinary.publish(9),
                other_ids.publish(9),
                ordinary.publish(9),
            ],
        ),
        (
            "fields and frames",
            vec![ordinary.publish(9), interlaced.publish(15), wide.publish(9)],
        ),
        (
            "another size with every picture",
            (0..16)
                .map(|index| [ordinary, wide, other_ids][index % 3].publish(1 + index as u32 / 12))
                .collect(),
        ),
        (
            "another size with every picture of H.265",
            (0..12)
                .map(|index| [hevc, wide_hevc][index % 2].publish(1 + index as u32 / 8))
                .collect(),
        ),
        (
            "another size of H.265",
            vec![hevc.publish(12), wide_hevc.publish(12), hevc.publish(12)],
        ),
    ]
    .into_iter()
    .map(|(name, publishes)| (name.to_owned(), Publish::one_after_the_other(publishes)))
}

impl Source {
    fn new(name: String, mut publish: Publish) -> Self {
        publish.messages.truncate(MESSAGES);
        let delivered = deliver(&publish, 256);
        Self {
            name,
            sync_points: delivered.iter().map(|unit| unit.sync.is_sync()).collect(),
            parameter_sets: publish.parameter_sets(),
            publish,
        }
    }

    /// Sends the publish with habits, and compares what comes out with what went in. `room` is how
    /// much is free in front of messages.
    ///
    /// # Errors
    /// Something is lost, doubled, changed, or in another place.
    pub fn check(&self, habits: &[(u8, u32)], room: usize) -> Result<(), Difference> {
        let mut publish = self.publish.clone();
        compose(&mut publish, habits);
        self.compare(&deliver(&publish, room))
            .map_err(|what| self.differs(habits, &[], what))
    }

    /// The same, on the way through a server: `of_session` are habits of the session.
    ///
    /// # Errors
    /// Something is lost, doubled, changed, or in another place; or the server ended the session.
    pub fn check_all_the_way(
        &self,
        habits: &[(u8, u32)],
        of_session: &[(u8, u32)],
    ) -> Result<(), Difference> {
        let mut publish = self.publish.clone();
        compose(&mut publish, habits);
        let mut session = Session::from_publish(&publish);
        compose_session(&mut session, of_session);
        receive(&session)
            .and_then(|received| {
                let video = received.media.into_iter();
                let video = video.filter(|media| media.kind == MediaKind::Video);
                self.compare(&build(
                    video.map(|media| (media.timestamp.0, media.payload)),
                ))
            })
            .map_err(|what| self.differs(habits, of_session, what))
    }

    fn differs(&self, habits: &[(u8, u32)], of_session: &[(u8, u32)], what: String) -> Difference {
        Difference {
            source: self.name.clone(),
            habits: habits
                .iter()
                .map(|(index, detail)| (ALL[usize::from(*index) % ALL.len()].0, *detail))
                .collect(),
            of_session: names(of_session),
            what,
        }
    }

    fn compare(&self, delivered: &[AccessUnit]) -> Result<(), String> {
        let pictures = self.publish.pictures();
        let mut decoder = Decoder::default();
        for (index, (picture, unit)) in pictures.iter().zip(delivered).enumerate() {
            if unit.unit_lengths != UnitLengths::of(&unit.data) {
                return Err(format!("picture {index} has other units than it says"));
            }
            let content = Publish::content(unit);
            if content != *picture {
                let [content, picture] = [&content, picture].map(Picture::outline);
                return Err(format!("picture {index} is {content}, not {picture}"));
            }
            if unit.sync.is_sync() != self.sync_points[index] {
                return Err(format!("picture {index} is {:?}", unit.sync));
            }
            if unit.sync.is_sync() && !begins_with_parameter_sets(unit) {
                return Err(format!("sync point {index} has no parameter sets in front"));
            }
            if unit.sync.is_sync() {
                // A session may begin here.
                decoder = Decoder::default();
            }
            let units = unit.units().map(|unit| unit.bytes());
            if decoder.picture(Codec::of(unit.codec), units) != self.parameter_sets[index] {
                return Err(format!("picture {index} has the parameter sets of another"));
            }
        }
        match pictures.len() == delivered.len() {
            true => Ok(()),
            false => Err(format!(
                "{} pictures went in and {} came out",
                pictures.len(),
                delivered.len()
            )),
        }
    }
}

fn begins_with_parameter_sets(unit: &AccessUnit) -> bool {
    let mut units = unit.units();
    match unit.codec {
        VideoCodec::Hevc => {
            let mut types = units.map(h265::NalUnitType::of);
            let first = types.find(|it| *it != h265::NalUnitType::ACCESS_UNIT_DELIMITER);
            let second = types.next();
            (first, second) == (Some(h265::NalUnitType::VPS), Some(h265::NalUnitType::SPS))
        }
        _ => {
            let is_delimiter = |it: &NalUnit<'_>| {
                h264::NalUnitType::of(*it) == h264::NalUnitType::ACCESS_UNIT_DELIMITER
            };
            let first = units.find(|it| !is_delimiter(it));
            first.map(h264::NalUnitType::of) == Some(h264::NalUnitType::SPS)
        }
    }
}

/// The pictures that a builder makes of a publish.
pub fn deliver(publish: &Publish, room: usize) -> Vec<AccessUnit> {
    build(publish.bodies().map(|(timestamp, body)| {
        let buffer = [&vec![0xEE; room], &body[..]].concat();
        (timestamp, Payload::new(buffer, room))
    }))
}

/// The pictures that a builder makes of messages and their timestamps.
fn build(messages: impl Iterator<Item = (u32, Payload)>) -> Vec<AccessUnit> {
    let mut builder = AccessUnitBuilder::new();
    let mut delivered = Vec::new();
    for (timestamp, payload) in messages {
        builder.push(timestamp, payload).expect("H.264");
        take(&mut builder, &mut delivered);
    }
    builder.finish();
    take(&mut builder, &mut delivered);
    delivered
}

fn take(builder: &mut AccessUnitBuilder, delivered: &mut Vec<AccessUnit>) {
    while let Some(event) = builder.poll_event() {
        if let VideoEvent::AccessUnit(unit) = event {
            delivered.push(unit);
        }
    }
}
