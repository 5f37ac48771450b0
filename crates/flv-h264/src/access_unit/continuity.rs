use crate::nal::slice::PictureKind;

/// Whether pictures can be decoded that refer to what came before the latest sync point (H.265
/// section 8.1.3, NoRaslOutputFlag): where a stream begins or was spliced, nobody can.
#[derive(Copy, Clone, Debug)]
pub(super) struct Continuity {
    /// What comes has nothing to do with what came.
    broken: bool,
    /// It was so at the latest sync point.
    broken_at_sync: bool,
}

impl Default for Continuity {
    fn default() -> Self {
        Self {
            broken: true,
            broken_at_sync: true,
        }
    }
}

impl Continuity {
    /// The sequence ends: what comes is another one.
    pub(super) const fn end(&mut self) {
        self.broken = true;
    }

    /// A picture comes. Whether it can be decoded with what came before.
    pub(super) const fn picture(&mut self, picture: PictureKind) -> bool {
        match picture {
            PictureKind::Idr | PictureKind::Cra => {
                self.broken_at_sync = self.broken;
                self.broken = false;
            }
            PictureKind::Bla => {
                self.broken_at_sync = true;
                self.broken = false;
            }
            PictureKind::Rasl => return !(self.broken || self.broken_at_sync),
            PictureKind::Ordinary => {}
        }
        true
    }
}
