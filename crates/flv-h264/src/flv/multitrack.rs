use core::fmt;
use core::slice;

use bytes::BufMut;
use nom::bytes::complete::take;
use nom::number::complete::{be_u8, be_u24};

use super::four_cc::FourCc;
use super::mod_ex::nibbles;
use super::{EncodeError, put_u24};
use crate::error::ParseErrorKind;
use crate::grammar::{Parsed, fail};

/// How the tracks of a multitrack message are laid out (Enhanced RTMP v2, `AvMultitrackType`).
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct MultitrackType(pub u8);

impl MultitrackType {
    /// One track, whose id is told.
    pub const ONE_TRACK: Self = Self(0);
    /// Several tracks of one codec.
    pub const MANY_TRACKS: Self = Self(1);
    /// Several tracks, each of its own codec.
    pub const MANY_TRACKS_MANY_CODECS: Self = Self(2);
}

/// The track of messages that tell none.
pub(crate) const DEFAULT_TRACK: u8 = 0;

/// One track's part of a message.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Track<'a> {
    /// 0 is the default track by convention.
    pub id: u8,
    /// The track's codec.
    pub four_cc: FourCc,
    /// What an untracked message would have behind its FourCC.
    pub data: &'a [u8],
}

/// The tracks of a multitrack message (Enhanced RTMP v2, "Multitrack Streaming").
#[derive(Copy, Clone)]
pub struct Tracks<'a> {
    kind: MultitrackType,
    /// The codec of all tracks, unless each tells its own.
    common: Option<FourCc>,
    source: Source<'a>,
}

#[derive(Copy, Clone)]
enum Source<'a> {
    /// Validated when it was parsed.
    Wire(&'a [u8]),
    List(&'a [Track<'a>]),
}

impl<'a> Tracks<'a> {
    /// A single track.
    pub const fn one(track: &'a Track<'a>) -> Self {
        Self {
            kind: MultitrackType::ONE_TRACK,
            common: Some(track.four_cc),
            source: Source::List(slice::from_ref(track)),
        }
    }

    /// Tracks of one codec; what the tracks themselves say about theirs does not count.
    pub const fn many(four_cc: FourCc, tracks: &'a [Track<'a>]) -> Self {
        Self {
            kind: MultitrackType::MANY_TRACKS,
            common: Some(four_cc),
            source: Source::List(tracks),
        }
    }

    /// Tracks each of its own codec.
    pub const fn many_codecs(tracks: &'a [Track<'a>]) -> Self {
        Self {
            kind: MultitrackType::MANY_TRACKS_MANY_CODECS,
            common: None,
            source: Source::List(tracks),
        }
    }

    /// How the tracks are laid out.
    pub const fn kind(&self) -> MultitrackType {
        self.kind
    }

    /// The codec of all tracks, if they are of one.
    pub fn common_four_cc(&self) -> Option<FourCc> {
        let mut codes = self.iter().map(|track| track.four_cc);
        let first = codes.next()?;
        codes.all(|code| code == first).then_some(first)
    }

    /// Walks the tracks in the order of the wire.
    pub fn iter(&self) -> impl Iterator<Item = Track<'a>> + use<'a> {
        let Self {
            kind,
            common,
            source,
        } = *self;
        let (mut wire, list) = match source {
            Source::Wire(wire) => (wire, [].as_slice()),
            Source::List(list) => ([].as_slice(), list),
        };
        let listed = list.iter().map(move |track| Track {
            four_cc: common.unwrap_or(track.four_cc),
            ..*track
        });
        core::iter::from_fn(move || {
            let (rest, next) = track(kind, common, wire).ok()?;
            wire = rest;
            Some(next)
        })
        .chain(listed)
    }

    /// The track to take, and how many others there are. Of those whose codec `is_taken` it is the one of the lowest id,
    /// since ids count up from the default track; if there are none, of all.
    ///
    /// `followed` is the track of the messages before: what is on a track of a higher id is not looked at.
    pub(crate) fn choose(
        &self,
        followed: Option<u8>,
        is_taken: impl Fn(FourCc) -> bool,
    ) -> (Option<Track<'a>>, usize) {
        let mut count = 0_usize;
        let chosen = self
            .iter()
            .inspect(|_| count = count.saturating_add(1))
            .filter(|track| followed.is_none_or(|followed| track.id <= followed))
            .min_by_key(|track| (!is_taken(track.four_cc), track.id));
        (chosen, count.saturating_sub(chosen.iter().count()))
    }

    /// Writes the byte of multitrack type and packet type, and what stands behind it.
    pub(crate) fn encode(&self, packet_type: u8, out: &mut impl BufMut) -> Result<(), EncodeError> {
        out.put_u8(nibbles(self.kind.0, packet_type)?);
        if let Some(four_cc) = self.common {
            out.put_slice(&four_cc.0);
        }
        for track in self.iter() {
            if self.common.is_none() {
                out.put_slice(&track.four_cc.0);
            }
            out.put_u8(track.id);
            if self.kind != MultitrackType::ONE_TRACK {
                put_u24(track.data.len(), out)?;
            }
            out.put_slice(track.data);
        }
        Ok(())
    }
}

impl PartialEq for Tracks<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.common == other.common && self.iter().eq(other.iter())
    }
}

impl Eq for Tracks<'_> {}

impl fmt::Debug for Tracks<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} ", self.kind)?;
        f.debug_list().entries(self.iter()).finish()
    }
}

/// A byte of multitrack type and packet type, which must not be `of_multitrack` again, and the tracks
/// up to the end of the message.
pub(crate) fn multitrack(input: &[u8], of_multitrack: u8) -> Parsed<'_, (u8, Tracks<'_>)> {
    let (behind, types) = be_u8(input)?;
    let packet_type = types & 0x0F;
    if packet_type == of_multitrack {
        return fail(input, ParseErrorKind::NestedMultitrack);
    }
    let (input, tracks) = tracks(MultitrackType(types >> 4), behind)?;
    Ok((input, (packet_type, tracks)))
}

/// What stands behind the byte of multitrack type and packet type, to the end of the message.
fn tracks(kind: MultitrackType, input: &[u8]) -> Parsed<'_, Tracks<'_>> {
    let (wire, common) = match kind {
        MultitrackType::ONE_TRACK | MultitrackType::MANY_TRACKS => {
            let (wire, four_cc) = four_cc(input)?;
            (wire, Some(four_cc))
        }
        MultitrackType::MANY_TRACKS_MANY_CODECS => (input, None),
        _ => return fail(input, ParseErrorKind::OutOfRange),
    };
    let mut rest = wire;
    while !rest.is_empty() {
        (rest, _) = track(kind, common, rest)?;
    }
    let tracks = Tracks {
        kind,
        common,
        source: Source::Wire(wire),
    };
    Ok((rest, tracks))
}

fn track(kind: MultitrackType, common: Option<FourCc>, input: &[u8]) -> Parsed<'_, Track<'_>> {
    let (input, four_cc) = match common {
        Some(common) => (input, common),
        None => four_cc(input)?,
    };
    let (input, id) = be_u8(input)?;
    let (input, size) = match kind {
        MultitrackType::ONE_TRACK => (input, input.len()),
        _ => {
            let (input, size) = be_u24(input)?;
            (input, usize::try_from(size).unwrap_or(usize::MAX))
        }
    };
    let (input, data) = take(size)(input)?;
    Ok((input, Track { id, four_cc, data }))
}

/// FOURCC.
pub(crate) fn four_cc(input: &[u8]) -> Parsed<'_, FourCc> {
    let (input, code) = nom::number::complete::be_u32(input)?;
    Ok((input, FourCc::from_u32(code)))
}
