//! Pictures, drawn part by part.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, LazyLock, Weak};

use bytes::Bytes;

use super::layout::Part;
use super::scan::Scan;
use super::state::{Phase, PictureState};

/// So many parts that were drawn last are kept for whoever needs them again; all others live as long as a picture has
/// them.
const KEPT_PARTS: usize = 24;

/// Draws offline pictures. Parts that were drawn for one are there for the next.
#[derive(Default)]
pub struct Drawer {
    parts: HashMap<Part, Weak<Scan>>,
    latest: VecDeque<Arc<Scan>>,
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
        OfflinePicture {
            drawn: Some(Arc::new(drawn)),
        }
    }

    fn scan(&mut self, part: Part) -> Arc<Scan> {
        if let Some(scan) = self.parts.get(&part).and_then(Weak::upgrade) {
            return scan;
        }
        let scan = Arc::new(part.draw());
        self.parts.retain(|_, scan| scan.strong_count() > 0);
        self.parts.insert(part, Arc::downgrade(&scan));
        self.latest.truncate(KEPT_PARTS - 1);
        self.latest.push_front(Arc::clone(&scan));
        scan
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
        static PLAIN: LazyLock<Bytes> = LazyLock::new(|| Part::Plain.draw().everywhere());

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

#[cfg(test)]
mod tests {
    use super::super::state::OfflineInfo;
    use super::*;

    #[test]
    fn parts_live_as_long_as_pictures_have_them_but_for_the_latest() {
        let mut drawer = Drawer::new();
        let camera = |number: usize| {
            PictureState::Info(OfflineInfo::new(
                "Stream 1",
                format!("rtmp://192.0.2.7:8783/stream{number}"),
            ))
        };
        let alive = |drawer: &Drawer| {
            let alive = drawer.parts.values().filter(|scan| scan.strong_count() > 0);
            alive.count()
        };
        const CAMERAS: usize = 100;
        // Name, product, headline, finding, label and two signs, and an address each.
        let pictures: Vec<_> = (0..CAMERAS)
            .map(|number| drawer.draw(&camera(number)))
            .collect();
        assert_eq!(alive(&drawer), 7 + CAMERAS);
        drop(pictures);
        assert_eq!(alive(&drawer), KEPT_PARTS);
        for number in 0..CAMERAS {
            let _ = drawer.draw(&camera(CAMERAS + number));
            assert!(drawer.parts.len() <= KEPT_PARTS + 7);
        }
    }
}
