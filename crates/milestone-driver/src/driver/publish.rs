//! Who may publish, and to which camera.

use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};

use rtmp_server::{
    CapsEx, EnhancedCapabilities, FourCcInfo, MediaSink, PublishCall, PublishRequest, Status,
};
use tower_service::Service;

use super::cameras::Cameras;
use crate::log::{Escaped, cut};
use crate::publish_point::{PublishPoint, no_such_path};
use crate::stream_path::StreamPath;

/// What is taken by Enhanced RTMP: H.264, with modifier extensions and offsets in nanoseconds.
pub(super) fn capabilities() -> EnhancedCapabilities {
    let avc = "avc1".to_owned();
    let mut ours = EnhancedCapabilities::none();
    ours.four_cc_list = vec![avc.clone()];
    ours.video_four_cc = vec![(avc, FourCcInfo::CAN_FORWARD)];
    ours.caps_ex = CapsEx::MOD_EX.union(CapsEx::TIMESTAMP_NANO_OFFSET);
    ours
}

/// What a publisher asks for, if no camera has it.
struct NoCamera {
    /// The path, for people. It is escaped, and without a query: that may hold secrets.
    path: String,
    refusal: Status,
}

/// The camera that a publisher asks for, and its path.
struct Found<'a> {
    device: usize,
    camera: &'a Arc<PublishPoint>,
    path: StreamPath,
}

/// Of what a publisher may mean, the first that a camera has.
fn find<'a>(cameras: &'a Cameras, request: &PublishRequest) -> Result<Found<'a>, NoCamera> {
    let mut nobodys = String::new();
    for address in request.addresses() {
        if let Ok(path) = StreamPath::new(&address.path)
            && let Some((device, camera)) = cameras.by_path(&path)
        {
            return Ok(Found {
                device,
                camera,
                path,
            });
        }
        // The last one takes the address at its word: all else may be part of a query.
        nobodys = address.path;
    }
    Err(match StreamPath::new(&nobodys) {
        Ok(path) => NoCamera {
            path: shown(path.as_str()),
            refusal: no_such_path(&path),
        },
        Err(error) => NoCamera {
            path: shown(&nobodys),
            refusal: Status::bad_name(format!(
                "The URL names no camera ({error}): push to rtmp://host:port/path with the RTMP Push Stream Path of a \
                 camera"
            )),
        },
    })
}

fn shown(path: &str) -> String {
    cut(&Escaped::foreign(path).to_string(), 100).into_owned()
}

/// The camera that a publisher asks for, if there is one, and the path as it is shown to people.
pub(super) fn asked_for(cameras: &Cameras, request: &PublishRequest) -> (Option<usize>, String) {
    match find(cameras, request) {
        Ok(found) => (Some(found.device), shown(found.path.as_str())),
        Err(no_camera) => (None, no_camera.path),
    }
}

/// Decides on publishers: finds the camera by the path, and asks it.
#[derive(Clone)]
pub(super) struct PublishDecision {
    cameras: Arc<Cameras>,
}

impl PublishDecision {
    pub(super) fn new(cameras: Arc<Cameras>) -> Self {
        Self { cameras }
    }

    fn decide(&self, call: &PublishCall) -> Result<Box<dyn MediaSink>, Status> {
        let found = find(&self.cameras, &call.request).map_err(|no_camera| no_camera.refusal)?;
        let sink = found.camera.publish(call, &found.path)?;
        Ok(Box::new(sink))
    }
}

impl Service<PublishCall> for PublishDecision {
    type Response = Box<dyn MediaSink>;
    type Error = Status;
    type Future = Ready<Result<Box<dyn MediaSink>, Status>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, call: PublishCall) -> Self::Future {
        ready(self.decide(&call))
    }
}
