//! A camera: pictures while somebody publishes, and what is shown otherwise.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::drawing_queue::DrawingQueue;
use super::feed::Feed;
use super::offline_screen::{Offer, OfflineScreen};
use super::sessions::Sessions;
use super::video::Video;
use crate::clock::UtcClock;
use crate::identity::camera_name;
use crate::log::{Log, cut};
use crate::picture::{OfflineInfo, Phase, PictureState, PublisherNeeds};
use crate::problem::Problem;
use crate::time::Ticks;
use crate::track::Budget;

/// One of the 16 cameras.
pub(crate) struct Camera {
    feed: Arc<Feed<Video>>,
    clock: Arc<UtcClock>,
    screen: Arc<OfflineScreen>,
    offline: Mutex<Offline>,
}

/// What a camera says by its offline picture, beside what becomes of its publishers.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) show_info: bool,
    pub(crate) push_url: String,
    pub(crate) needs: PublisherNeeds,
    pub(crate) problem: Option<Problem>,
}

/// What there is to know while no video comes.
#[derive(Default)]
struct Offline {
    notice: Notice,
    /// Somebody publishes.
    published: bool,
    refused_codec: Option<(String, Instant)>,
}

/// How long the offline picture speaks of a refused codec, unless a publisher comes that is not refused.
const REFUSED_CODEC_SHOWN: Duration = Duration::from_secs(600);

impl Camera {
    pub(crate) fn new(
        device: usize,
        sessions: Arc<Sessions>,
        budget: &Arc<Budget>,
        clock: Arc<UtcClock>,
        log: Arc<Log>,
        drawing: Arc<DrawingQueue>,
    ) -> Self {
        let feed = Feed::new(device, Video::BOUNDS, sessions, budget);
        let track = Arc::clone(feed.track());
        let screen = OfflineScreen::new(camera_name(device), track, log, drawing);
        Self {
            feed: Arc::new(feed),
            clock,
            screen: Arc::new(screen),
            offline: Mutex::default(),
        }
    }

    /// What sessions read while video comes.
    pub(crate) fn feed(&self) -> &Arc<Feed<Video>> {
        &self.feed
    }

    pub(crate) fn utc_now(&self) -> Ticks {
        self.clock.now()
    }
}

/// Sessions.
impl Camera {
    /// Nobody looks any more: the sessions have been ended.
    pub(crate) fn close(&self) {
        self.screen.close();
        self.feed.close();
    }

    /// What to show while no video comes.
    pub(crate) fn offline_picture(&self, phase: Phase, now: Instant) -> Offer {
        let state = self.picture_state(now);
        self.screen.show(state, phase, now)
    }

    /// What a session shows that has no frame: if somebody publishes, a key frame is missing.
    pub(crate) fn picture_state(&self, now: Instant) -> PictureState {
        let offline = self.offline.lock();
        if !offline.notice.show_info {
            return PictureState::Plain;
        }
        let info = OfflineInfo::new(
            camera_name(self.feed.device()),
            offline.notice.push_url.clone(),
        );
        let info = info.with_needs(offline.notice.needs);
        PictureState::Info(info.with_problem(offline.problem(false, now)))
    }

    /// Draws what a session has asked for, as the driver's thread does.
    #[cfg(test)]
    pub(crate) fn draw_offline_picture(&self) {
        use super::drawing_queue::Screen;
        let mut drawer = crate::picture::Drawer::new();
        self.screen.draw_by(&mut |state| drawer.draw(state));
    }
}

/// What becomes of publishers.
impl Camera {
    /// The publish `publish` begins. The time of the latest picture before it.
    pub(crate) fn begin_publish(&self, publish: u64) -> Option<Ticks> {
        self.offline.lock().published = true;
        self.feed.begin_publish(publish)
    }

    /// The running publish, which is `publish`, has ended.
    pub(crate) fn end_publish(&self, publish: u64) {
        self.offline.lock().published = false;
        self.feed.end_publish(publish);
    }

    /// The first picture of a publish has come.
    pub(crate) fn video_has_begun(&self) {
        self.offline.lock().refused_codec = None;
    }

    /// A publisher was turned away for its `codec`, whose name is escaped already.
    pub(crate) fn codec_was_refused(&self, codec: &str, now: Instant) {
        self.offline.lock().refused_codec = Some((cut(codec, 60).into_owned(), now));
    }

    pub(crate) fn set_notice(&self, notice: Notice) {
        self.offline.lock().notice = notice;
    }

    /// Why no video comes, unless it does.
    pub(crate) fn problem(&self, now: Instant) -> Option<Problem> {
        self.offline.lock().problem(self.feed.is_live(), now)
    }
}

impl Offline {
    /// The gravest reason.
    fn problem(&self, live: bool, now: Instant) -> Option<Problem> {
        let refused = self
            .refused_codec
            .as_ref()
            .filter(|(_, refused)| now.saturating_duration_since(*refused) < REFUSED_CODEC_SHOWN);
        self.notice
            .problem
            .clone()
            .or_else(|| (self.published && !live).then_some(Problem::NoKeyFrameYet))
            .or_else(|| {
                refused.map(|(codec, _)| Problem::CodecRefused {
                    codec: codec.clone(),
                })
            })
    }
}
