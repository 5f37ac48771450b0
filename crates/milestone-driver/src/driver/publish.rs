//! Who may publish, and to which camera.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rtmp_server::auth::PresentedKey;
use rtmp_server::proto::{CapsEx, EnhancedCapabilities, FourCcInfo};
use rtmp_server::service::ConnectAcceptance;
use rtmp_server::{ConnectCall, MediaSink, PublishCall, PublishRequest, Status};
use tower_service::Service;

use super::access::{Access, NOT_SHOWN};
use super::cameras::Cameras;
use crate::log::{Escaped, cut};
use crate::publish_point::{PublishPoint, no_such_path};
use crate::stream_path::StreamPath;

/// What is taken by Enhanced RTMP: H.264 and H.265, with modifier extensions and offsets in nanoseconds.
fn capabilities() -> EnhancedCapabilities {
    let codecs = ["avc1", "hvc1"].map(str::to_owned);
    let mut ours = EnhancedCapabilities::none();
    ours.four_cc_list = codecs.to_vec();
    ours.video_four_cc = codecs
        .map(|codec| (codec, FourCcInfo::CAN_FORWARD))
        .to_vec();
    ours.caps_ex = CapsEx::MOD_EX.union(CapsEx::TIMESTAMP_NANO_OFFSET);
    ours
}

/// What a publisher asks for.
struct Asked<'a> {
    /// The camera that has it.
    camera: Option<Found<'a>>,
    /// By which right.
    presented: PresentedKey,
    /// The path, without a query: that may hold secrets.
    path: String,
}

/// The camera that a publisher asks for, and its path.
struct Found<'a> {
    device: usize,
    point: &'a Arc<PublishPoint>,
    path: StreamPath,
}

impl<'a> Asked<'a> {
    /// Of what a publisher may mean, the first that a camera has. If none has, the last segment of a path may be the key
    /// of a camera that has one.
    fn of(cameras: &'a Cameras, request: &PublishRequest, access: &Access) -> Self {
        let find = |path: &str| {
            let path = StreamPath::new(path).ok()?;
            let (device, point) = cameras.by_path(&path)?;
            Some(Found {
                device,
                point,
                path,
            })
        };
        // The last one takes the address at its word: all else may be part of a query.
        let mut unknown = (String::new(), PresentedKey::Nothing);
        for address in request.addresses() {
            let presented = PresentedKey::read(&address, &request.tc_url);
            let camera = find(&address.path);
            if camera.is_some() {
                let path = address.path;
                return Self {
                    camera,
                    presented,
                    path,
                };
            }
            unknown = (address.path, presented);
        }
        let (path, presented) = unknown;
        let mut asked = Self {
            camera: None,
            presented,
            path,
        };
        for address in request.addresses().filter(|_| access.asks_for_keys()) {
            let Some((path, key)) = PresentedKey::in_path(&address.path) else {
                continue;
            };
            let camera = find(path).filter(|camera| access.has_key(camera.device));
            if camera.is_some() || matches!(asked.presented, PresentedKey::Nothing) {
                asked.presented = key;
            }
            if camera.is_some() {
                (asked.camera, asked.path) = (camera, path.to_owned());
                break;
            }
        }
        asked
    }

    /// The refusal of a path that no camera has.
    fn no_such_camera(&self) -> Status {
        match StreamPath::new(&self.path) {
            Ok(path) => no_such_path(&path),
            Err(error) => Status::bad_name(format!(
                "The URL names no camera ({error}): push to rtmp://host:port/path with the RTMP Push Stream Path of a \
                 camera"
            )),
        }
    }
}

/// Decides on publishers: finds the camera by the path, and asks whether they may, and it.
#[derive(Clone)]
pub(super) struct Decision {
    pub(super) cameras: Arc<Cameras>,
    pub(super) access: Arc<Access>,
}

impl Decision {
    fn asked<'a>(&'a self, request: &PublishRequest) -> Asked<'a> {
        Asked::of(&self.cameras, request, &self.access)
    }

    /// The camera that a publisher asks for, if there is one, and the path as it is shown to people.
    pub(super) fn asked_for(&self, request: &PublishRequest) -> (Option<usize>, String) {
        let asked = self.asked(request);
        let device = asked.camera.as_ref().map(|camera| camera.device);
        let shown = match asked.camera.is_none() && self.access.hides(&asked.path) {
            true => NOT_SHOWN.to_owned(),
            false => cut(&Escaped::foreign(&shown_path(&asked)).to_string(), 100).into_owned(),
        };
        (device, shown)
    }

    async fn publish(self, call: PublishCall) -> Result<Box<dyn MediaSink>, Status> {
        let asked = self.asked(&call.request);
        let camera = asked.camera.as_ref();
        let named = camera.map(|camera| (camera.device, &camera.path));
        self.access.publish(&call, named, &asked.presented).await?;
        let camera = camera.ok_or_else(|| match self.access.hides(&asked.path) {
            true => Status::bad_name("No camera has this stream path"),
            false => asked.no_such_camera(),
        })?;
        Ok(Box::new(camera.point.publish(&call, &camera.path)?))
    }
}

/// The path as it would be that of a camera, if it can be.
fn shown_path(asked: &Asked<'_>) -> String {
    match (&asked.camera, StreamPath::new(&asked.path)) {
        (Some(camera), _) => camera.path.to_string(),
        (None, Ok(path)) => path.to_string(),
        (None, Err(_)) => asked.path.clone(),
    }
}

type Deciding<T> = Pin<Box<dyn Future<Output = Result<T, Status>> + Send>>;

impl Service<ConnectCall> for Decision {
    type Response = ConnectAcceptance;
    type Error = Status;
    type Future = Deciding<ConnectAcceptance>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, call: ConnectCall) -> Self::Future {
        let access = Arc::clone(&self.access);
        Box::pin(async move {
            let acceptance = ConnectAcceptance::new().with_capabilities(capabilities());
            Ok(match access.connect(&call).await? {
                Some(user) => acceptance.with_user(user),
                None => acceptance,
            })
        })
    }
}

impl Service<PublishCall> for Decision {
    type Response = Box<dyn MediaSink>;
    type Error = Status;
    type Future = Deciding<Box<dyn MediaSink>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, call: PublishCall) -> Self::Future {
        Box::pin(self.clone().publish(call))
    }
}
