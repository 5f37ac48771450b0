//! What happened, for pages that are opened later: the latest events and log lines.

use std::collections::VecDeque;
use std::sync::Arc;

use milestone_driver::{DriverEvent, LogLine};
use parking_lot::Mutex;
use serde::Serialize;
use tokio::sync::broadcast;

use crate::clock::rfc3339;
use crate::json::Line;

const EVENTS_KEPT: usize = 500;
const LOG_LINES_KEPT: usize = 2000;
/// News that may wait for a page. A slower one is told everything again.
const NEWS_WAITING: usize = 256;

/// The latest events and log lines, and the news as they come.
pub(crate) struct History {
    kept: Mutex<Kept>,
    news: broadcast::Sender<News>,
}

#[derive(Default)]
struct Kept {
    events: VecDeque<News>,
    log: VecDeque<News>,
}

/// An event or a log line.
#[derive(Debug, Clone)]
pub(crate) struct News {
    pub(crate) kind: NewsKind,
    pub(crate) json: Arc<str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NewsKind {
    Event,
    Log,
}

#[derive(Serialize)]
struct TimedEvent<'a> {
    time: String,
    #[serde(flatten)]
    event: Line<'a>,
}

#[derive(Serialize)]
struct LogEntry<'a> {
    time: String,
    level: String,
    text: &'a str,
}

impl History {
    pub(crate) fn new() -> Self {
        Self {
            kept: Mutex::default(),
            news: broadcast::channel(NEWS_WAITING).0,
        }
    }

    pub(crate) fn event(&self, event: &DriverEvent) {
        let Some((line, time)) = Line::of_event(event) else {
            return;
        };
        let time = rfc3339(time);
        self.add(NewsKind::Event, &TimedEvent { time, event: line });
    }

    pub(crate) fn log(&self, line: &LogLine) {
        let entry = LogEntry {
            time: rfc3339(line.time),
            level: line.level.to_string(),
            text: &line.text,
        };
        self.add(NewsKind::Log, &entry);
    }

    /// What is kept, oldest first, events before log lines, and what comes after it.
    pub(crate) fn follow(&self) -> (Vec<News>, broadcast::Receiver<News>) {
        let kept = self.kept.lock();
        let until_now = kept.events.iter().chain(&kept.log).cloned().collect();
        (until_now, self.news.subscribe())
    }

    fn add(&self, kind: NewsKind, content: &impl Serialize) {
        let json = serde_json::to_string(content)
            .expect("plain structures of strings and numbers are JSON");
        let news = News {
            kind,
            json: json.into(),
        };
        // Both under the lock: whoever follows gets each item exactly once.
        let mut kept = self.kept.lock();
        let (list, limit) = match kind {
            NewsKind::Event => (&mut kept.events, EVENTS_KEPT),
            NewsKind::Log => (&mut kept.log, LOG_LINES_KEPT),
        };
        if list.len() == limit {
            list.pop_front();
        }
        list.push_back(news.clone());
        // Nobody may be following.
        let _ = self.news.send(news);
    }
}
