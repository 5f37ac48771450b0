//! What a camera shows while no video comes.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use bytes::Bytes;
use parking_lot::Mutex;

use super::drawing_queue::{DrawingQueue, Screen};
use super::video::Video;
use crate::log::Log;
use crate::picture::{OfflinePicture, Phase, PictureState};
use crate::track::Track;

/// How long a session waits for the camera's first picture to be drawn: then it gets the plain one, which is always
/// there.
const DRAWING_WAITED_FOR: Duration = Duration::from_millis(500);

/// Shortest time from one picture to the next. What a picture says can change as often as publishers come and go.
const REDRAW_INTERVAL: Duration = Duration::from_secs(2);

/// The offline picture of a camera. It changes when the next one was drawn, never before.
pub(crate) struct OfflineScreen {
    camera: String,
    track: Arc<Track<Video>>,
    log: Arc<Log>,
    drawing: Arc<DrawingQueue>,
    content: Mutex<Content>,
}

#[derive(Default)]
struct Content {
    /// What the picture says, and the picture.
    shown: Option<(PictureState, OfflinePicture)>,
    /// What is to be drawn.
    wanted: Option<PictureState>,
    asked_first: Option<Instant>,
    asked_last: Option<Instant>,
}

/// What a session can show.
pub(crate) enum Offer {
    /// This JPEG.
    Jpeg(Bytes),
    /// Nothing yet. The session is woken when there is something, and should ask again at this time in any case.
    NotBefore(Instant),
}

impl OfflineScreen {
    pub(super) fn new(
        camera: String,
        track: Arc<Track<Video>>,
        log: Arc<Log>,
        drawing: Arc<DrawingQueue>,
    ) -> Self {
        Self {
            camera,
            track,
            log,
            drawing,
            content: Mutex::default(),
        }
    }

    /// Shows `picture`, as soon as it is drawn.
    pub(super) fn show(
        self: &Arc<Self>,
        picture: PictureState,
        phase: Phase,
        now: Instant,
    ) -> Offer {
        if picture == PictureState::Plain {
            return Offer::Jpeg(OfflinePicture::plain().jpeg(phase));
        }
        let mut content = self.content.lock();
        if content.is_to_be_drawn(picture, now) {
            let is_blank = content.shown.is_none();
            let screen: Weak<Self> = Arc::downgrade(self);
            self.drawing.push(screen, is_blank);
        }
        if let Some((_, shown)) = &content.shown {
            let shown = shown.clone();
            drop(content);
            return Offer::Jpeg(shown.jpeg(phase));
        }
        let plain_from = *content.asked_first.get_or_insert(now) + DRAWING_WAITED_FOR;
        match now < plain_from {
            true => Offer::NotBefore(plain_from),
            false => Offer::Jpeg(OfflinePicture::plain().jpeg(phase)),
        }
    }

    /// Nobody looks any more.
    pub(super) fn close(&self) {
        self.content.lock().wanted = None;
    }
}

impl Screen for OfflineScreen {
    fn draw_by(&self, draw: &mut dyn FnMut(&PictureState) -> OfflinePicture) {
        let Some(wanted) = self.content.lock().wanted.take() else {
            return;
        };
        let drawn = catch_unwind(AssertUnwindSafe(|| draw(&wanted)));
        // One that cannot be drawn is plain, and is not tried again before it is to say something else.
        let picture = drawn.unwrap_or_else(|panic| {
            self.log.error(format_args!(
                "{}: internal error, its offline picture cannot be drawn: {}",
                self.camera,
                message_of(panic.as_ref())
            ));
            OfflinePicture::plain()
        });
        let was_blank = self
            .content
            .lock()
            .shown
            .replace((wanted, picture))
            .is_none();
        if was_blank {
            self.track.wake_readers();
        }
    }
}

impl Content {
    /// Notes what is wanted now. Whether the screen has to be queued for that.
    fn is_to_be_drawn(&mut self, picture: PictureState, now: Instant) -> bool {
        if self
            .shown
            .as_ref()
            .is_some_and(|(said, _)| *said == picture)
        {
            self.wanted = None;
            return false;
        }
        if let Some(wanted) = &mut self.wanted {
            *wanted = picture;
            return false;
        }
        let too_soon = self
            .asked_last
            .is_some_and(|last| now.saturating_duration_since(last) < REDRAW_INTERVAL);
        if too_soon {
            return false;
        }
        self.asked_last = Some(now);
        self.wanted = Some(picture);
        true
    }
}

fn message_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::{Drawer, OfflineInfo};
    use crate::problem::Problem;
    use crate::track::Budget;

    fn screen(camera: &str, drawing: &Arc<DrawingQueue>) -> Arc<OfflineScreen> {
        let track = Track::new(Video::BOUNDS, &Budget::of_process());
        let log = Arc::new(Log::new());
        Arc::new(OfflineScreen::new(
            camera.to_owned(),
            track,
            log,
            Arc::clone(drawing),
        ))
    }

    /// A screen in virtual time, with nobody who draws.
    struct Stage {
        screen: Arc<OfflineScreen>,
        start: Instant,
    }

    impl Stage {
        fn new() -> Self {
            Self {
                screen: screen("Stream 1", &Arc::default()),
                start: Instant::now(),
            }
        }

        /// What a session shows at this time while `codec` is what there is to say.
        fn show(&self, codec: &str, milliseconds: u64) -> Option<Bytes> {
            let now = self.start + Duration::from_millis(milliseconds);
            match self.screen.show(refused(codec), Phase::White, now) {
                Offer::Jpeg(jpeg) => Some(jpeg),
                Offer::NotBefore(at) => {
                    assert_eq!(at, self.start + DRAWING_WAITED_FOR);
                    None
                }
            }
        }

        /// Draws what is wanted, if anything is.
        fn draw(&self) -> bool {
            let mut drawn = false;
            self.screen.draw_by(&mut |state| {
                drawn = true;
                Drawer::new().draw(state)
            });
            drawn
        }
    }

    fn refused(codec: &str) -> PictureState {
        let info = OfflineInfo::new("Stream 1", "rtmp://192.0.2.7:8783/stream1");
        PictureState::Info(info.with_problem(Problem::CodecRefused {
            codec: codec.to_owned(),
        }))
    }

    fn jpeg(codec: &str) -> Bytes {
        Drawer::new().draw(&refused(codec)).jpeg(Phase::White)
    }

    fn plain() -> Bytes {
        OfflinePicture::plain().jpeg(Phase::White)
    }

    #[test]
    fn a_plain_picture_comes_first_where_drawing_takes_long() {
        let stage = Stage::new();
        assert_eq!(stage.show("VP9", 0), None);
        assert_eq!(stage.show("VP9", 499), None);
        assert_eq!(stage.show("VP9", 500), Some(plain()));
        assert_eq!(stage.show("VP9", 1_500), Some(plain()));
        assert!(stage.draw());
        assert_eq!(stage.show("VP9", 2_500), Some(jpeg("VP9")));
    }

    #[test]
    fn the_old_picture_stays_until_the_new_one_is_drawn() {
        let stage = Stage::new();
        assert_eq!(stage.show("VP9", 0), None);
        assert!(stage.draw());
        for milliseconds in (1_000..60_000).step_by(1_000) {
            let shown = stage.show(&milliseconds.to_string(), milliseconds);
            assert_eq!(shown, Some(jpeg("VP9")));
        }
        assert!(stage.draw());
        assert_eq!(stage.show("59000", 60_000), Some(jpeg("59000")));
    }

    #[test]
    fn what_is_told_changes_no_more_often_than_it_may_and_is_the_latest_in_the_end() {
        let stage = Stage::new();
        let mut drawn = 0;
        for milliseconds in (0..60_000).step_by(10) {
            stage.show(&milliseconds.to_string(), milliseconds);
            drawn += u32::from(stage.draw());
        }
        assert_eq!(drawn, 30);
        let latest = jpeg("59990");
        for milliseconds in [60_000, 61_000, 62_000] {
            stage.show("59990", milliseconds);
            stage.draw();
        }
        assert_eq!(stage.show("59990", 63_000), Some(latest));
    }

    #[test]
    fn a_picture_that_cannot_be_drawn_is_plain_and_tried_once() {
        let stage = Stage::new();
        assert_eq!(stage.show("VP9", 0), None);
        stage.screen.draw_by(&mut |_| panic!("no such glyph"));
        assert_eq!(stage.show("VP9", 1), Some(plain()));
        assert_eq!(stage.show("VP9", 60_000), Some(plain()));
        assert!(!stage.draw(), "it would fail again");
        let log = &stage.screen.log;
        let line = log
            .next(Duration::ZERO)
            .expect("an open log")
            .expect("a line");
        assert!(
            line.text.contains("Stream 1") && line.text.contains("no such glyph"),
            "{}",
            line.text
        );
        assert_eq!(stage.show("VP8", 61_000), Some(plain()));
        assert!(stage.draw());
        assert_eq!(stage.show("VP8", 62_000), Some(jpeg("VP8")));
    }

    #[test]
    fn nothing_is_drawn_for_a_closed_camera() {
        let stage = Stage::new();
        assert_eq!(stage.show("VP9", 0), None);
        stage.screen.close();
        assert!(!stage.draw());
    }

    #[test]
    fn one_picture_that_panics_does_not_keep_others_from_being_drawn() {
        let queue = Arc::default();
        let screens: Vec<_> = (0..4)
            .map(|camera| screen(&camera.to_string(), &queue))
            .collect();
        let start = Instant::now();
        for screen in &screens {
            screen.show(refused(&screen.camera), Phase::White, start);
        }
        let mut left = screens.len();
        queue.serve(|state| {
            left -= 1;
            if left == 0 {
                queue.end();
            }
            assert!(*state != refused("1"), "this one");
            Drawer::new().draw(state)
        });
        for screen in &screens {
            let shown = screen.show(refused(&screen.camera), Phase::White, start);
            let expected = match screen.camera.as_str() {
                "1" => plain(),
                other => jpeg(other),
            };
            assert!(matches!(shown, Offer::Jpeg(jpeg) if jpeg == expected));
        }
    }

    #[test]
    fn cameras_without_a_picture_come_before_those_that_have_one() {
        let queue = Arc::default();
        let start = Instant::now();
        let old: Vec<_> = ["a", "b"].map(|camera| screen(camera, &queue)).into();
        for screen in &old {
            screen.content.lock().shown = Some((refused("first"), OfflinePicture::plain()));
        }
        let new = screen("c", &queue);
        for screen in old.iter().chain([&new]) {
            screen.show(
                refused(&screen.camera),
                Phase::White,
                start + REDRAW_INTERVAL,
            );
        }
        let mut drawn = Vec::new();
        queue.serve(|state| {
            drawn.push(state.clone());
            if drawn.len() == 3 {
                queue.end();
            }
            OfflinePicture::plain()
        });
        assert_eq!(drawn, ["c", "a", "b"].map(refused));
    }
}
