//! Panics of the application, which go no further than what they concern.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

/// Runs `future`; `None` if it panics. What it holds is dropped before this is ready.
pub(super) fn catch<F: Future>(future: F) -> impl Future<Output = Option<F::Output>> {
    let mut future = Some(Box::pin(future));
    poll_fn(move |cx| {
        let Some(running) = future.as_mut() else {
            return Poll::Ready(None);
        };
        match catch_unwind(AssertUnwindSafe(|| running.as_mut().poll(cx))) {
            Ok(poll) => poll.map(Some),
            Err(_) => {
                future = None;
                Poll::Ready(None)
            }
        }
    })
}
