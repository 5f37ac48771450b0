//! A bounded queue between a connection and whoever consumes its media.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Instant;

use parking_lot::Mutex;

use super::MediaSink;
use crate::proto::{EndReason, Media, Status, StatusCode};

/// How much a [`media_channel`] holds: at most so many messages, and so many bytes of bodies.
///
/// One message is always taken by an empty channel, however large it is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capacity {
    /// Messages.
    pub messages: usize,
    /// Bytes of message bodies.
    pub bytes: usize,
}

impl Capacity {
    /// At most so many messages, 64 MiB of them.
    pub fn messages(messages: usize) -> Self {
        Self {
            messages,
            bytes: 64 << 20,
        }
    }

    /// The same with another bound on the bytes.
    #[must_use]
    pub fn bytes(mut self, bytes: usize) -> Self {
        self.bytes = bytes;
        self
    }
}

/// What a full [`media_channel`] does.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OverflowPolicy {
    /// Nothing more is read from the connection until there is room: the publisher waits, as TCP
    /// makes it.
    Backpressure,
    /// The message that does not fit is dropped and counted: [`MediaReceiver::dropped`].
    DropNewest,
    /// The oldest messages are dropped and counted until the new one fits.
    DropOldest,
    /// The publish is ended with a status that says so.
    EndPublish,
}

/// A [`MediaSink`] and the receiver of what goes into it, with a bounded queue between them.
///
/// ```
/// use rtmp_server::{Capacity, MediaSink, OverflowPolicy, PublishCall, Status, media_channel, service_fn};
///
/// let publish = service_fn(|_call: PublishCall| async {
///     let (sink, mut receiver) = media_channel(Capacity::messages(256), OverflowPolicy::Backpressure);
///     tokio::spawn(async move {
///         while let Some(message) = receiver.recv().await {
///             println!("{:?} {}", message.kind, message.payload.len());
///         }
///     });
///     Ok::<Box<dyn MediaSink>, Status>(Box::new(sink))
/// });
/// # let _ = publish;
/// ```
pub fn media_channel(capacity: Capacity, policy: OverflowPolicy) -> (ChannelSink, MediaReceiver) {
    let shared = Arc::new(Mutex::new(Queue {
        messages: VecDeque::new(),
        bytes: 0,
        capacity,
        dropped: 0,
        end: None,
        receiver_gone: false,
        sink_waker: None,
        receiver_waker: None,
    }));
    (
        ChannelSink {
            shared: Arc::clone(&shared),
            policy,
        },
        MediaReceiver { shared },
    )
}

struct Queue {
    messages: VecDeque<Media>,
    bytes: usize,
    capacity: Capacity,
    dropped: u64,
    end: Option<EndReason>,
    receiver_gone: bool,
    sink_waker: Option<Waker>,
    receiver_waker: Option<Waker>,
}

impl Queue {
    fn has_room_for(&self, bytes: usize) -> bool {
        self.messages.is_empty()
            || (self.messages.len() < self.capacity.messages
                && self.bytes.saturating_add(bytes) <= self.capacity.bytes)
    }

    fn push(&mut self, media: Media) {
        self.bytes = self.bytes.saturating_add(media.payload.len());
        self.messages.push_back(media);
    }

    fn pop(&mut self) -> Option<Media> {
        let media = self.messages.pop_front()?;
        self.bytes = self.bytes.saturating_sub(media.payload.len());
        Some(media)
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

/// The sending end of a [`media_channel`].
pub struct ChannelSink {
    shared: Arc<Mutex<Queue>>,
    policy: OverflowPolicy,
}

impl MediaSink for ChannelSink {
    fn media(&mut self, _: Instant, media: Media) -> Result<(), Status> {
        let waker = {
            let mut queue = self.shared.lock();
            if queue.receiver_gone {
                return Err(Status::rejected(
                    "The application has stopped receiving this stream",
                ));
            }
            if !queue.has_room_for(media.payload.len()) {
                match self.policy {
                    // A body larger than what is left: `poll_ready` only knows that there is room
                    // for one more.
                    OverflowPolicy::Backpressure => {}
                    OverflowPolicy::DropNewest => {
                        queue.dropped = queue.dropped.saturating_add(1);
                        return Ok(());
                    }
                    OverflowPolicy::DropOldest => {
                        while !queue.has_room_for(media.payload.len()) {
                            queue.pop();
                            queue.dropped = queue.dropped.saturating_add(1);
                        }
                    }
                    OverflowPolicy::EndPublish => {
                        return Err(Status::rejected(
                            "The application does not keep up with this stream",
                        ));
                    }
                }
            }
            queue.push(media);
            queue.receiver_waker.take()
        };
        wake(waker);
        Ok(())
    }

    fn end(&mut self, _: Instant, reason: &EndReason) {
        let waker = {
            let mut queue = self.shared.lock();
            queue.end = Some(reason.clone());
            queue.receiver_waker.take()
        };
        wake(waker);
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut queue = self.shared.lock();
        if self.policy != OverflowPolicy::Backpressure
            || queue.receiver_gone
            || queue.has_room_for(1)
        {
            return Poll::Ready(());
        }
        queue.sink_waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

/// A publish that was given up before it began, by a decision that was not waited for or by a layer
/// that refused after all: whoever waits for its media has to know.
impl Drop for ChannelSink {
    fn drop(&mut self) {
        let waker = {
            let mut queue = self.shared.lock();
            queue.end.get_or_insert_with(|| {
                EndReason::Stopped(Status::new(
                    StatusCode::CONNECT_CLOSED,
                    "The publish was given up before it began",
                ))
            });
            queue.receiver_waker.take()
        };
        wake(waker);
    }
}

impl fmt::Debug for ChannelSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelSink")
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

/// Wakes a thread that waits for a message.
struct ThisThread(Thread);

impl Wake for ThisThread {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// The receiving end of a [`media_channel`]. When it is dropped, the publish is ended.
pub struct MediaReceiver {
    shared: Arc<Mutex<Queue>>,
}

impl MediaReceiver {
    /// The next message; `None` when the publish has ended and everything was received.
    pub async fn recv(&mut self) -> Option<Media> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    /// The next message, waited for on a thread of its own: not to be called from a task.
    ///
    /// ```
    /// use std::time::Instant;
    /// use rtmp_server::{Capacity, EndReason, MediaSink, OverflowPolicy, media_channel};
    ///
    /// let (mut sink, mut receiver) =
    ///     media_channel(Capacity::messages(8), OverflowPolicy::Backpressure);
    /// let writer = std::thread::spawn(move || {
    ///     while let Some(message) = receiver.recv_blocking() {
    ///         println!("{} bytes", message.payload.len());
    ///     }
    ///     receiver.end_reason()
    /// });
    /// sink.end(Instant::now(), &EndReason::Unpublished);
    /// assert_eq!(writer.join().unwrap(), Some(EndReason::Unpublished));
    /// ```
    pub fn recv_blocking(&mut self) -> Option<Media> {
        let waker = Waker::from(Arc::new(ThisThread(thread::current())));
        let mut cx = Context::from_waker(&waker);
        loop {
            if let Poll::Ready(media) = self.poll_recv(&mut cx) {
                return media;
            }
            thread::park();
        }
    }

    /// The next message, polled.
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<Media>> {
        let (media, waker) = {
            let mut queue = self.shared.lock();
            match queue.pop() {
                Some(media) => (media, queue.sink_waker.take()),
                None if queue.end.is_some() => return Poll::Ready(None),
                None => {
                    queue.receiver_waker = Some(cx.waker().clone());
                    return Poll::Pending;
                }
            }
        };
        wake(waker);
        Poll::Ready(Some(media))
    }

    /// Why the publish ended; `None` while it goes on.
    pub fn end_reason(&self) -> Option<EndReason> {
        self.shared.lock().end.clone()
    }

    /// How many messages were dropped because the channel was full.
    pub fn dropped(&self) -> u64 {
        self.shared.lock().dropped
    }
}

impl Drop for MediaReceiver {
    fn drop(&mut self) {
        let waker = {
            let mut queue = self.shared.lock();
            queue.receiver_gone = true;
            queue.messages.clear();
            queue.bytes = 0;
            queue.sink_waker.take()
        };
        wake(waker);
    }
}

impl fmt::Debug for MediaReceiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let queue = self.shared.lock();
        f.debug_struct("MediaReceiver")
            .field("messages", &queue.messages.len())
            .field("dropped", &queue.dropped)
            .finish_non_exhaustive()
    }
}
