//! What it means that frames come late.
//!
//! A network that was held up brings its backlog: lateness shrinks, quickly or by a few percent. A network that is too
//! slow makes it grow for a while. A publisher's clock that has lost time leaves it as it is.
//!
//! A backlog that comes by 5 % faster than time, behind a network whose jitter is more than what that makes in a second,
//! looks as if it stayed. It does not as soon as a frame is later, compared with one before, than the slowest backlog
//! and all of the jitter could make it: then lateness stays, and until then it may not.

use crate::time::Ticks;

/// Since frames have been late: the least of what they were late by, in windows of time.
#[derive(Debug)]
pub(super) struct Lateness {
    window: Window,
    /// The two windows before, the older one first.
    before: [Option<Seen>; 2],
    /// The most that it has grown from one frame to the next, as far as it has not shrunk since.
    rise: Rise,
    /// The publish has only just begun: its clock was not seen going well.
    new: bool,
    latest: i64,
    shrinking: u32,
    staying: u32,
    /// While it stays: the least that frames were ahead of a backlog by.
    least_ahead: Option<i64>,
    growing: u32,
}

/// Lateness was `from` with a frame, and more `by` so much with the next.
#[derive(Clone, Copy, Debug, Default)]
struct Rise {
    from: i64,
    by: i64,
}

#[derive(Debug)]
struct Window {
    since: Ticks,
    /// The publisher's clock when it began.
    publisher: i64,
    frames: u32,
    seen: Seen,
}

/// What frames were late by.
#[derive(Clone, Copy, Debug)]
struct Seen {
    least: i64,
    /// The same, compared with a backlog.
    least_ahead: i64,
    most_ahead: i64,
}

/// A frame that came late.
#[derive(Clone, Copy, Debug)]
pub(super) struct LateFrame {
    pub(super) by: i64,
    pub(super) arrival: Ticks,
    /// The publisher's clock.
    pub(super) publisher: i64,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing: the network is behind.
    Wait,
    /// The publisher's clock has lost so much time.
    Lost(i64),
    /// The publisher's clock is none: it has lost so much time, and goes on losing it.
    NoClock(i64),
}

/// For so long the least lateness is looked for.
const WINDOW: i64 = 600 * Ticks::PER_MILLISECOND;
/// A minimum of fewer frames says little,
const FEWEST_FRAMES: u32 = 3;
/// but frames may be rare.
const LONGEST_WINDOW: i64 = 2 * WINDOW;
/// Lateness that has shrunk by this from a window to the next but one is a backlog: 2 % of the time.
const SHRUNK: i64 = 25 * Ticks::PER_MILLISECOND;
/// A backlog comes faster than time by a part of this, or more: FFmpeg 8 catches up by 5 %.
const SLOWEST_BACKLOG: i64 = 20;
/// By how much a network may hold up one frame and not another.
pub(super) const JITTER: i64 = 65 * Ticks::PER_MILLISECOND;
/// Windows that have to show it before lateness that came at once is taken for a backlog.
const A_BACKLOG: u32 = 2;
/// Lateness that has grown by this is a network that is too slow.
const GROWN: i64 = 45 * Ticks::PER_MILLISECOND;
/// Differences between a window and the next that jitter makes.
const NOISE: i64 = 60 * Ticks::PER_MILLISECOND;
/// Where lateness came little by little it also has turning points, at which it seems to stay, and a network may carry
/// just as much as comes for a while before it carries more.
const STAYS_AFTER_GROWING: u32 = 10;
/// Windows for which a network may be too slow for the video: 12 s.
const LONGEST_GROWTH: u32 = 20;
/// Grown to more than this in that time, the publisher's clock is far from any speed.
const NO_CLOCK: i64 = 4 * Ticks::PER_SECOND;
/// No network holds frames back for so long: the server gives up a publisher that is silent for 30 s.
const HOPELESS: i64 = 35 * Ticks::PER_SECOND;
/// Less than this of the publisher's clock for each frame is more frames than a camera has, so many that no rounding
/// makes it so, …
const LEAST_FOR_A_FRAME: i64 = 15 * Ticks::PER_MILLISECOND / 2;
/// … are a clock that hardly advances, if that many show it.
const ENOUGH_FRAMES: i64 = 8;

impl Lateness {
    /// `frame` is the first late one, perhaps of a `new` publish; the one before was late by `before`.
    pub(super) fn beginning(frame: LateFrame, before: i64, new: bool) -> Self {
        Self {
            window: Window::beginning(frame),
            before: [None; 2],
            rise: Rise::between(before, frame.by),
            new,
            latest: frame.by,
            shrinking: 0,
            staying: 0,
            least_ahead: None,
            growing: 0,
        }
    }

    /// The next late frame, or the first.
    pub(super) fn frame(&mut self, frame: LateFrame) -> Verdict {
        if frame.by > HOPELESS {
            return Verdict::Lost(frame.by);
        }
        let verdict = if self.window.is_over(frame.arrival) {
            let window = std::mem::replace(&mut self.window, Window::beginning(frame));
            self.next_window(&window, frame)
        } else {
            Verdict::Wait
        };
        self.rise = self.rise.then(self.latest, frame.by);
        self.latest = frame.by;
        self.window.frames += 1;
        self.window.seen = self.window.seen.and(Seen::with(frame));
        verdict
    }

    fn next_window(&mut self, window: &Window, frame: LateFrame) -> Verdict {
        if self.new && window.hardly_advances(frame) {
            return Verdict::NoClock(frame.by);
        }
        let verdict = self.compare(window.seen);
        self.before = [self.before[1], Some(window.seen)];
        match verdict {
            Verdict::Wait => Verdict::Wait,
            // The backlog may just be coming.
            Verdict::Lost(by) => Verdict::Lost(by.min(frame.by)),
            Verdict::NoClock(by) => Verdict::NoClock(by.min(frame.by)),
        }
    }

    fn compare(&mut self, seen: Seen) -> Verdict {
        let [Some(first), Some(second)] = self.before else {
            return Verdict::Wait;
        };
        let least = seen.least;
        let stays = least < first.least + GROWN && (second.least - first.least).abs() <= NOISE;
        if least < first.least - SHRUNK {
            self.shrinking += 1;
            self.stays_no_longer();
            self.growing = 0;
            if self.shrinking >= A_BACKLOG {
                self.rise = Rise::default();
            }
        } else if stays {
            self.staying += 1;
            let before = first.least_ahead.min(second.least_ahead);
            let least_ahead = before.min(self.least_ahead.unwrap_or(before));
            self.least_ahead = Some(least_ahead);
            let no_backlog = seen.most_ahead - least_ahead > JITTER;
            // Most of it came at once.
            let long_enough = self.rise.by > least / 2 || self.staying >= STAYS_AFTER_GROWING;
            if no_backlog && long_enough {
                return Verdict::Lost(least.min(second.least));
            }
        } else {
            self.stays_no_longer();
            self.growing += 1;
            if self.growing >= LONGEST_GROWTH {
                return if least > NO_CLOCK {
                    Verdict::NoClock(least)
                } else {
                    Verdict::Lost(least)
                };
            }
        }
        Verdict::Wait
    }

    fn stays_no_longer(&mut self) {
        self.staying = 0;
        self.least_ahead = None;
    }
}

impl LateFrame {
    /// How late it is, compared with a backlog that comes at the slowest speed that is one, counted from anywhere. In a
    /// backlog this falls, or stays as it is to jitter, from any frame to any that comes after it.
    fn ahead_of_a_backlog(self) -> i64 {
        self.by + self.arrival.0 / SLOWEST_BACKLOG
    }
}

impl Seen {
    fn with(frame: LateFrame) -> Self {
        let ahead = frame.ahead_of_a_backlog();
        Self {
            least: frame.by,
            least_ahead: ahead,
            most_ahead: ahead,
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            least: self.least.min(other.least),
            least_ahead: self.least_ahead.min(other.least_ahead),
            most_ahead: self.most_ahead.max(other.most_ahead),
        }
    }
}

impl Rise {
    fn between(from: i64, to: i64) -> Self {
        Self {
            from,
            by: to - from,
        }
    }

    /// What is left of it, or the larger one `from` the frame before `to` the next. A network that was held up brings its
    /// backlog, and is no further behind after that than it was before; one that is too slow besides gets further behind.
    fn then(self, from: i64, to: i64) -> Self {
        let next = Self::between(from, to);
        if next.by > self.by {
            next
        } else if to > self.from + self.by + JITTER {
            Self::default()
        } else {
            Self {
                by: self.by.min(to - self.from),
                ..self
            }
        }
    }
}

impl Window {
    fn beginning(frame: LateFrame) -> Self {
        Self {
            since: frame.arrival,
            publisher: frame.publisher,
            frames: 0,
            seen: Seen::with(frame),
        }
    }

    fn is_over(&self, now: Ticks) -> bool {
        let lasted = now.since(self.since);
        lasted >= LONGEST_WINDOW || (lasted >= WINDOW && self.frames >= FEWEST_FRAMES)
    }

    /// Whether the publisher's clock goes at less than a quarter of its speed, and as if for a camera that there is not.
    fn hardly_advances(&self, next: LateFrame) -> bool {
        let frames = i64::from(self.frames);
        let advanced = next.publisher - self.publisher;
        frames >= ENOUGH_FRAMES
            && advanced < frames * LEAST_FOR_A_FRAME
            && advanced < next.arrival.since(self.since) / 4
    }
}
