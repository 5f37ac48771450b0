//! Pictures, drawn part by part.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use bytes::Bytes;

use super::layout::Part;
use super::scan::Scan;
use super::state::{Phase, PictureState};

/// Parts that no picture needs any more are kept up to this many, as some of them come again.
const UNUSED_PARTS: usize = 24;

/// Draws offline pictures. Parts that were drawn for one are there for the next.
#[derive(Default)]
pub struct Drawer {
    /// Of the part that is being drawn. It is kept, as it is more than all the rest that drawing takes.
    memory: Vec<u8>,
    parts: HashMap<Part, Arc<Scan>>,
}

/// A picture in its two phases.
///
/// Holds what it does not share with other pictures, and shares the rest; it is cheap to clone.
#[derive(Clone, Debug)]
pub struct OfflinePicture {
    /// None for the plain picture.
    drawn: Option<Arc<Drawn>>,
}

#[derive(Debug)]
struct Drawn {
    /// What both phases have.
    scans: Vec<Arc<Scan>>,
    white_sign: Arc<Scan>,
    cyan_sign: Arc<Scan>,
}

impl Drawer {
    /// A drawer that has not drawn anything yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The picture of `state`.
    #[must_use]
    pub fn draw(&mut self, state: &PictureState) -> OfflinePicture {
        let PictureState::Info(info) = state else {
            return OfflinePicture::plain();
        };
        let drawn = Drawn {
            scans: Part::all_of(info).map(|part| self.scan(part)).into(),
            white_sign: self.scan(Part::Sign(Phase::White)),
            cyan_sign: self.scan(Part::Sign(Phase::Cyan)),
        };
        self.forget_unused_parts();
        OfflinePicture {
            drawn: Some(Arc::new(drawn)),
        }
    }

    fn scan(&mut self, part: Part) -> Arc<Scan> {
        if let Some(scan) = self.parts.get(&part) {
            return Arc::clone(scan);
        }
        let scan = Arc::new(part.draw(&mut self.memory));
        self.parts.insert(part, Arc::clone(&scan));
        scan
    }

    fn forget_unused_parts(&mut self) {
        let is_used = |scan: &Arc<Scan>| Arc::strong_count(scan) > 1;
        let unused = self.parts.values().filter(|scan| !is_used(scan)).count();
        if unused > UNUSED_PARTS {
            self.parts.retain(|_, scan| is_used(scan));
        }
    }
}

impl OfflinePicture {
    /// The picture while *Show Stream Offline Info* is off. It need not be drawn.
    #[must_use]
    pub fn plain() -> Self {
        Self { drawn: None }
    }

    /// The JPEG of a phase.
    #[must_use]
    pub fn jpeg(&self, phase: Phase) -> Bytes {
        static PLAIN: LazyLock<Bytes> =
            LazyLock::new(|| Part::Plain.draw(&mut Vec::new()).everywhere());

        let Some(drawn) = &self.drawn else {
            return PLAIN.clone();
        };
        let sign = match phase {
            Phase::White => &drawn.white_sign,
            Phase::Cyan => &drawn.cyan_sign,
        };
        let scans = drawn.scans.iter().chain([sign]);
        Scan::joined(&scans.map(Arc::as_ref).collect::<Vec<_>>())
    }
}
