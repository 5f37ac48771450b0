//! A service out of a closure.

use std::fmt;
use std::future::Future;
use std::task::{Context, Poll};

use tower_service::Service;

/// A [`Service`] out of a closure that returns a future.
///
/// ```
/// use rtmp_server::{MediaSink, PublishCall, Status, service_fn};
///
/// let nobody = service_fn(|call: PublishCall| async move {
///     Err::<Box<dyn MediaSink>, _>(Status::bad_name(format!("{} publishes nothing here", call.peer)))
/// });
/// # let _ = nobody;
/// ```
pub fn service_fn<F>(function: F) -> ServiceFn<F> {
    ServiceFn { function }
}

/// See [`service_fn`].
#[derive(Copy, Clone)]
pub struct ServiceFn<F> {
    function: F,
}

impl<F> fmt::Debug for ServiceFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServiceFn")
    }
}

impl<F, Request, Fut, Response, Error> Service<Request> for ServiceFn<F>
where
    F: FnMut(Request) -> Fut,
    Fut: Future<Output = Result<Response, Error>>,
{
    type Response = Response;
    type Error = Error;
    type Future = Fut;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Fut {
        (self.function)(request)
    }
}
