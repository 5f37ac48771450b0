//! What it means that frames come late.
//!
//! A network that was held up brings its backlog: lateness shrinks, quickly or by a few percent. A network that is too
//! slow makes it grow for a while. A publisher's clock that has lost time leaves it as it is.

use crate::time::Ticks;

/// Since frames have been late: the least of what they were late by, in windows of time.
#[derive(Debug)]
pub(super) struct Lateness {
    window: Window,
    /// Of the two windows before, the older one first.
    before: [Option<i64>; 2],
    /// How much it has grown at most from one frame to the next.
    rise: i64,
    /// The publish has only just begun: its clock was not seen going well.
    new: bool,
    latest: i64,
    shrinking: u32,
    staying: u32,
    growing: u32,
}

#[derive(Debug)]
struct Window {
    since: Ticks,
    /// The publisher's clock when it began.
    publisher: i64,
    frames: u32,
    least: i64,
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

const WINDOW: i64 = 600 * Ticks::PER_MILLISECOND;
/// A minimum of fewer frames says little,
const FEWEST_FRAMES: u32 = 3;
/// but frames may be rare.
const LONGEST_WINDOW: i64 = 2 * WINDOW;
/// Lateness that has shrunk by this from a window to the next but one is a backlog: 2 % of the time.
const SHRUNK: i64 = 25 * Ticks::PER_MILLISECOND;
/// Windows that have to show it before lateness that came at once is taken for a backlog.
const A_BACKLOG: u32 = 2;
/// Lateness that has grown by this is a network that is too slow.
const GROWN: i64 = 45 * Ticks::PER_MILLISECOND;
/// Differences between a window and the next that jitter makes.
const NOISE: i64 = 60 * Ticks::PER_MILLISECOND;
/// Where lateness came little by little it also has turning points, at which it seems to stay.
const STAYS_AFTER_GROWING: u32 = 4;
/// Windows for which a network may be too slow for the video: 12 s.
const LONGEST_GROWTH: u32 = 20;
/// Grown to more than this in that time, the publisher's clock is far from any speed.
const NO_CLOCK: i64 = 4 * Ticks::PER_SECOND;
/// No network holds frames back for so long: the server gives up a publisher that is silent for 30 s.
const HOPELESS: i64 = 35 * Ticks::PER_SECOND;
/// More frames in a second of the publisher's clock than a camera has …
const FASTEST_FRAME: i64 = 8 * Ticks::PER_MILLISECOND;
/// … are a clock that hardly advances, if that many show it.
const ENOUGH_FRAMES: i64 = 8;

impl Lateness {
    /// `frame` is the first late one, perhaps of a `new` publish; the one before was late by `before`.
    pub(super) fn beginning(frame: LateFrame, before: i64, new: bool) -> Self {
        Self {
            window: Window::beginning(frame),
            before: [None; 2],
            rise: frame.by - before,
            new,
            latest: frame.by,
            shrinking: 0,
            staying: 0,
            growing: 0,
        }
    }

    /// The next late frame, or the first.
    pub(super) fn frame(&mut self, frame: LateFrame) -> Verdict {
        if frame.by > HOPELESS {
            return Verdict::Lost(frame.by);
        }
        self.rise = self.rise.max(frame.by - self.latest);
        self.latest = frame.by;
        let verdict = if self.window.is_over(frame.arrival) {
            let window = std::mem::replace(&mut self.window, Window::beginning(frame));
            self.next_window(&window, frame)
        } else {
            Verdict::Wait
        };
        self.window.frames += 1;
        self.window.least = self.window.least.min(frame.by);
        verdict
    }

    fn next_window(&mut self, window: &Window, frame: LateFrame) -> Verdict {
        if self.new && window.hardly_advances(frame) {
            return Verdict::NoClock(frame.by);
        }
        let verdict = self.compare(window.least);
        self.before = [self.before[1], Some(window.least)];
        match verdict {
            Verdict::Wait => Verdict::Wait,
            // The backlog may just be coming.
            Verdict::Lost(by) => Verdict::Lost(by.min(frame.by)),
            Verdict::NoClock(by) => Verdict::NoClock(by.min(frame.by)),
        }
    }

    fn compare(&mut self, least: i64) -> Verdict {
        let [Some(first), Some(second)] = self.before else {
            return Verdict::Wait;
        };
        if least < first - SHRUNK {
            self.shrinking += 1;
            self.staying = 0;
            self.growing = 0;
            if self.shrinking >= A_BACKLOG {
                self.rise = 0;
            }
        } else if least < first + GROWN && (second - first).abs() <= NOISE {
            self.staying += 1;
            // Most of it came at once.
            let sudden = self.rise > least / 2;
            if sudden || self.staying >= STAYS_AFTER_GROWING {
                return Verdict::Lost(least.min(second));
            }
        } else {
            self.staying = 0;
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
}

impl Window {
    fn beginning(frame: LateFrame) -> Self {
        Self {
            since: frame.arrival,
            publisher: frame.publisher,
            frames: 0,
            least: frame.by,
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
            && advanced < frames * FASTEST_FRAME
            && advanced < next.arrival.since(self.since) / 4
    }
}
