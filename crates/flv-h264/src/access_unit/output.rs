use alloc::collections::VecDeque;

use super::counters::Counters;
use super::event::{Habit, VideoEvent};
use super::habits::Habits;

/// What comes of the messages, whatever codec they have.
#[derive(Debug, Default)]
pub(super) struct Output {
    pub(super) events: VecDeque<VideoEvent>,
    pub(super) habits: Habits,
    pub(super) counters: Counters,
}

/// How many events there is room for without being asked again.
const EVENTS_KEPT: usize = 32;

impl Output {
    pub(super) fn poll_event(&mut self) -> Option<VideoEvent> {
        let event = self.events.pop_front();
        if event.is_none() && self.events.capacity() > EVENTS_KEPT {
            self.events = VecDeque::new();
        }
        event
    }

    /// Knows what another one has counted and told.
    pub(super) const fn count_on(&mut self, other: &Self) {
        self.habits = other.habits;
        self.counters = other.counters;
    }

    pub(super) fn report(&mut self, habit: Habit) {
        if self.habits.note(habit) {
            self.events.push_back(VideoEvent::Habit(habit));
        }
    }
}
