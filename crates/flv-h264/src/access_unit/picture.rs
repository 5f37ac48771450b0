use alloc::sync::Arc;

use rtmp_payload::Payload;

use super::event::SyncPoint;
use super::held::Held;
use super::message::Coded;
use super::sighting::Sighting;
use crate::nal::codec::Codec;
use crate::nal::parameter_sets::ParameterSets;
use crate::nal::slice::PictureKind;
use crate::nal::unit_lengths::UnitLengths;

/// A picture as far as it has come.
#[derive(Debug)]
pub(super) struct Picture<C: Codec> {
    pub(super) header: Header,
    pub(super) sighting: Sighting<C>,
    /// The units that came with its slices.
    pub(super) body: Payload,
    /// How long they are.
    pub(super) lengths: UnitLengths,
    /// What goes in front of them, and came before them.
    pub(super) held: Held,
    pub(super) new_parameter_sets: Option<Arc<ParameterSets>>,
    /// There is a recovery point SEI message.
    pub(super) recovery_point: bool,
    /// It is made of several messages.
    pub(super) joined: bool,
    /// What stands before was delivered already.
    pub(super) is_rest: bool,
    /// All of its messages so far have been dealt with, and it still waits for another one.
    pub(super) is_held: bool,
}

/// What the header of a message says about its picture.
#[derive(Copy, Clone, Debug)]
pub(super) struct Header {
    pub(super) timestamp_ms: u32,
    pub(super) timestamp_nanos: u32,
    pub(super) composition_offset_ms: i32,
    /// Flagged as a key frame.
    pub(super) key: bool,
}

impl Header {
    pub(super) const fn new(timestamp_ms: u32, coded: &Coded<'_>) -> Self {
        Self {
            timestamp_ms,
            timestamp_nanos: coded.timestamp_nanos,
            composition_offset_ms: coded.composition_offset_ms,
            key: coded.key,
        }
    }
}

impl<C: Codec> Picture<C> {
    /// Whether a decoder can start here, as far as the picture itself tells.
    pub(super) const fn sync_point(&self) -> SyncPoint {
        sync_point(
            self.header.key,
            &self.sighting,
            self.recovery_point,
            self.is_rest,
        )
    }

    /// Whether it could count for a sync point where there is nothing better.
    pub(super) const fn is_flagged_intra(&self) -> bool {
        self.header.key && self.sighting.intra && self.is_from_its_beginning()
    }

    /// The same, by a recovery point that is not flagged.
    pub(super) const fn is_recovery_point(&self) -> bool {
        self.recovery_point
            && matches!(self.sighting.picture, PictureKind::Ordinary)
            && self.is_from_its_beginning()
    }

    const fn is_from_its_beginning(&self) -> bool {
        self.sighting.begun && !self.is_rest
    }
}

/// Whether a decoder can start at a picture.
pub(super) const fn sync_point<C: Codec>(
    key: bool,
    sighting: &Sighting<C>,
    recovery_point: bool,
    is_rest: bool,
) -> SyncPoint {
    if is_rest || !sighting.begun {
        return SyncPoint::None;
    }
    match sighting.picture {
        PictureKind::Idr => SyncPoint::Idr,
        PictureKind::Cra => SyncPoint::Cra,
        PictureKind::Bla => SyncPoint::Bla,
        PictureKind::Ordinary if recovery_point && (key || !C::FLAGS_RECOVERY_POINTS) => {
            SyncPoint::RecoveryPoint
        }
        PictureKind::Ordinary | PictureKind::Rasl => SyncPoint::None,
    }
}
