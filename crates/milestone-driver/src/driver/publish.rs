//! Who may publish, and to which camera.

use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};

use rtmp_server::{MediaSink, PublishCall, PublishRefusal};
use tower_service::Service;

use super::hardware::Hardware;
use crate::camera::no_such_path;
use crate::log::{Escaped, cut};
use crate::stream_path::StreamPath;

/// Decides on publishers: finds the camera by the path, and asks it.
#[derive(Clone)]
pub(super) struct PublishDecision {
    hardware: Arc<Hardware>,
}

impl PublishDecision {
    pub(super) fn new(hardware: Arc<Hardware>) -> Self {
        Self { hardware }
    }

    fn decide(&self, call: &PublishCall) -> Result<Box<dyn MediaSink>, PublishRefusal> {
        let path = StreamPath::from_publish(&call.request.app, &call.request.stream_name);
        let decision = match &path {
            Ok(path) => self.ask_camera(call, path),
            Err(error) => Err(PublishRefusal::bad_name(format!(
                "The URL names no camera ({error}): push to rtmp://host:port/path with the RTMP Push Stream Path of a \
                 camera"
            ))),
        };
        decision.inspect_err(|refusal| {
            let path = path.as_ref().map_or_else(
                |_| String::new(),
                |path| Escaped::foreign(path.as_str()).to_string(),
            );
            self.hardware
                .surroundings
                .refused(&cut(&path, 100), call.peer, &refusal.description);
        })
    }

    fn ask_camera(
        &self,
        call: &PublishCall,
        path: &StreamPath,
    ) -> Result<Box<dyn MediaSink>, PublishRefusal> {
        let device = self
            .hardware
            .device_of(path)
            .ok_or_else(|| no_such_path(path))?;
        let sink = self.hardware.cameras[device].publish(call, path)?;
        Ok(Box::new(sink))
    }
}

impl Service<PublishCall> for PublishDecision {
    type Response = Box<dyn MediaSink>;
    type Error = PublishRefusal;
    type Future = Ready<Result<Box<dyn MediaSink>, PublishRefusal>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), PublishRefusal>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, call: PublishCall) -> Self::Future {
        ready(self.decide(&call))
    }
}
