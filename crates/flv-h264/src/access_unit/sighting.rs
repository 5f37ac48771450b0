use crate::nal::codec::Codec;
use crate::nal::slice::{PictureKind, Relation, Slice, SliceKind};

/// What the slices of a picture tell about it, as far as they have come.
#[derive(Debug)]
pub(super) struct Sighting<C: Codec> {
    /// The latest slice; `None` if its header cannot be read.
    latest: Option<C::Slice>,
    /// What prediction the first slice uses.
    pub(super) kind: SliceKind,
    /// What the first slice says of the picture.
    pub(super) picture: PictureKind,
    /// All slices are intra.
    pub(super) intra: bool,
    /// The picture's beginning is there.
    pub(super) begun: bool,
    /// The first slice has come, of the latest field.
    has_first: bool,
    /// The second field has come.
    both_fields: bool,
}

impl<C: Codec> Copy for Sighting<C> {}

impl<C: Codec> Clone for Sighting<C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C: Codec> Sighting<C> {
    /// A picture begins with a slice, whose header could be read or not.
    pub(super) fn new(slice: Option<C::Slice>, picture: PictureKind) -> Self {
        let kind = slice.map_or(SliceKind::Unknown, |slice| slice.kind());
        Self {
            latest: slice,
            kind,
            picture,
            intra: kind == SliceKind::I,
            begun: slice.is_none_or(|slice| slice.can_begin()),
            has_first: slice.is_some_and(|slice| slice.is_first()),
            both_fields: false,
        }
    }

    /// A whole frame, whose slices are all of a kind.
    pub(super) fn of_frame(latest: C::Slice, picture: PictureKind) -> Self {
        Self {
            latest: Some(latest),
            kind: latest.kind(),
            picture,
            intra: latest.kind() == SliceKind::I,
            begun: true,
            has_first: true,
            both_fields: false,
        }
    }

    /// How the next slice relates to this picture. `None` if that cannot be told.
    pub(super) fn relation(&self, next: Option<&C::Slice>) -> Option<Relation> {
        let (latest, next) = (self.latest.as_ref()?, next?);
        Some(match next.relation_to(latest, self.has_first) {
            Relation::OtherField if self.both_fields => Relation::Begins,
            relation => relation,
        })
    }

    /// Whether the beginning of the picture, or of its latest field, is there for sure.
    pub(super) const fn has_first(&self) -> bool {
        self.has_first
    }

    /// Adds a slice of the same picture.
    pub(super) fn add(&mut self, slice: Option<C::Slice>, relation: Relation) {
        let slice = match (slice, &self.latest) {
            (Some(slice), Some(latest)) => Some(slice.following(latest)),
            (slice, _) => slice,
        };
        self.intra &= slice.is_some_and(|slice| slice.kind() == SliceKind::I);
        let is_first = slice.is_some_and(|slice| slice.is_first());
        if relation == Relation::OtherField {
            self.both_fields = true;
            self.has_first = is_first;
        } else {
            self.has_first |= is_first;
        }
        self.latest = slice.or(self.latest);
    }

    /// Whether the header of the latest slice could be read, so that the next one can be told to
    /// go on with the picture.
    pub(super) const fn is_readable(&self) -> bool {
        self.latest.is_some()
    }

    /// `pic_order_cnt_lsb` of the latest slice, if that could be read.
    pub(super) fn pic_order_cnt_lsb(&self) -> Option<u32> {
        self.latest.map(|slice| slice.pic_order_cnt_lsb())
    }

    /// Whether it is a field whose other half has not come.
    pub(super) fn is_half(&self) -> bool {
        !self.both_fields && self.latest.is_some_and(|slice| slice.is_of_field())
    }
}
