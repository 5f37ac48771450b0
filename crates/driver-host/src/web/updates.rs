//! `/api/updates`: everything a page follows, as server-sent events.
//!
//! `reset`: forget events and log lines, they follow anew. `event`: an event with its time. `log`: a
//! log line. `cameras`: as `/api/cameras`, every second and after each event.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;

use super::{Web, cameras};
use crate::history::{News, NewsKind};

const CAMERAS_INTERVAL: Duration = Duration::from_secs(1);
const QUEUE: usize = 64;

type Sender = mpsc::Sender<Result<Event, Infallible>>;

/// The page has gone.
struct Gone;

pub(super) async fn stream(
    State(web): State<Web>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let (sender, receiver) = mpsc::channel(QUEUE);
    tokio::spawn(async move {
        // Ends when the page has gone.
        let _ = follow(&web, &sender).await;
    });
    Sse::new(ReceiverStream::new(receiver)).keep_alive(KeepAlive::default())
}

async fn follow(web: &Web, page: &Sender) -> Result<Infallible, Gone> {
    let mut clock = interval(CAMERAS_INTERVAL);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let (until_now, mut news) = web.history.follow();
        send(page, Event::default().event("reset").data("")).await?;
        for item in until_now {
            send_news(page, &item).await?;
        }
        loop {
            tokio::select! {
                _ = clock.tick() => {
                    let cameras = serde_json::to_string(&cameras::all(&web.driver)).unwrap_or_default();
                    send(page, Event::default().event("cameras").data(cameras)).await?;
                }
                item = news.recv() => match item {
                    Ok(item) => {
                        send_news(page, &item).await?;
                        if item.kind == NewsKind::Event {
                            clock.reset_immediately();
                        }
                    }
                    // Too slow for everything: it gets all of it anew.
                    Err(RecvError::Lagged(_) | RecvError::Closed) => break,
                },
                () = page.closed() => return Err(Gone),
            }
        }
    }
}

async fn send_news(page: &Sender, news: &News) -> Result<(), Gone> {
    let name = match news.kind {
        NewsKind::Event => "event",
        NewsKind::Log => "log",
    };
    send(page, Event::default().event(name).data(&*news.json)).await
}

async fn send(page: &Sender, event: Event) -> Result<(), Gone> {
    page.send(Ok(event)).await.map_err(|_| Gone)
}
