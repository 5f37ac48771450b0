//! `/api/cameras`: state and counters of every camera.

use axum::Json;
use axum::extract::State;
use milestone_driver::picture::PublisherNeeds;
use milestone_driver::{
    CAMERAS, CameraStatistics, Driver, PublisherStatistics, SoundStatistics, camera_name,
};
use serde::Serialize;

use super::Web;
use super::push_ways::{PushWay, push_ways};
use crate::clock::rfc3339;
use crate::codec_name;

/// One camera. Counters are of the running publish, or of the last one.
#[derive(Debug, Serialize)]
pub(super) struct Camera {
    /// Numbered from 1.
    camera: usize,
    name: String,
    path: String,
    push_url: String,
    push_ways: Vec<PushWay>,
    /// Publishers need its stream key, which the push ways leave open.
    needs_key: bool,
    state: CameraState,
    /// What is wrong, in words.
    problem: Option<String>,
    publisher: Option<Publisher>,
    /// What arrives, from the first key frame on.
    video: Option<Video>,
    /// The sound, once some has come.
    sound: Option<Sound>,
    frames: u64,
    key_frames: u64,
    received_bytes: u64,
    /// Frames that a live session was too slow for, counted for each session.
    dropped: u64,
    /// Frames given to live sessions, all together.
    delivered: u64,
    sessions: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum CameraState {
    /// Nobody publishes.
    Offline,
    /// Somebody publishes, and no key frame came yet.
    Waiting,
    Live,
    /// Nobody publishes, for a reason.
    Problem,
}

#[derive(Debug, Serialize)]
struct Publisher {
    peer: String,
    tls: bool,
    encoder: Option<String>,
    /// What it says about the stream.
    declared: Option<String>,
    since: String,
    uptime_seconds: f64,
}

#[derive(Debug, Serialize)]
struct Video {
    codec: Option<String>,
    profile: Option<String>,
    level: Option<String>,
    width: Option<u32>,
    height: Option<u32>,
    fps: f64,
    /// Bits per second.
    bitrate: f64,
    /// Frames from one key frame to the next.
    gop: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Sound {
    codec: Option<&'static str>,
    sample_rate: Option<u32>,
    channels: Option<u8>,
    /// Why it is left out.
    left_out: Option<String>,
    /// Bits per second.
    bitrate: f64,
    frames: u64,
    /// Frames that a session was too slow for.
    dropped: u64,
}

pub(super) async fn list(State(web): State<Web>) -> Json<Vec<Camera>> {
    Json(all(&web.driver))
}

pub(super) fn all(driver: &Driver) -> Vec<Camera> {
    (0..CAMERAS)
        .filter_map(|device| {
            Some(Camera::new(
                driver.statistics(device)?,
                driver.push_url(device)?,
                driver.publisher_needs(device),
            ))
        })
        .collect()
}

impl CameraState {
    pub(super) fn of(statistics: &CameraStatistics) -> Self {
        match (&statistics.publisher, &statistics.problem) {
            (Some(_), _) if statistics.input.key_frames > 0 => Self::Live,
            (Some(_), _) => Self::Waiting,
            (None, Some(_)) => Self::Problem,
            (None, None) => Self::Offline,
        }
    }
}

impl Camera {
    fn new(statistics: CameraStatistics, push_url: String, needs: PublisherNeeds) -> Self {
        let state = CameraState::of(&statistics);
        Self {
            camera: statistics.device + 1,
            name: camera_name(statistics.device),
            push_ways: push_ways(&push_url, &statistics.path, needs, None),
            needs_key: needs == PublisherNeeds::StreamKey,
            push_url,
            state,
            problem: statistics.problem.as_ref().map(ToString::to_string),
            video: (state == CameraState::Live).then(|| Video::new(&statistics)),
            publisher: statistics.publisher.map(Publisher::new),
            path: statistics.path,
            sound: Sound::new(&statistics.sound),
            frames: statistics.input.frames,
            key_frames: statistics.input.key_frames,
            received_bytes: statistics.input.bytes,
            dropped: statistics.drops.slow_session,
            delivered: statistics.output.frames,
            sessions: statistics.sessions,
        }
    }
}

impl Sound {
    fn new(sound: &SoundStatistics) -> Option<Self> {
        let described = &sound.described;
        let has_come = described.format.is_some() || described.left_out.is_some();
        has_come.then(|| Self {
            codec: described
                .format
                .map(|format| codec_name::of_sound(format.encoding)),
            sample_rate: described.format.map(|format| format.sample_rate),
            channels: described.format.map(|format| format.channels),
            left_out: described.left_out.clone(),
            bitrate: sound.input.bit_rate,
            frames: sound.input.frames,
            dropped: sound.slow_session,
        })
    }
}

impl Publisher {
    fn new(publisher: PublisherStatistics) -> Self {
        Self {
            peer: publisher.peer.to_string(),
            tls: publisher.tls,
            encoder: publisher.encoder,
            declared: publisher.declared,
            since: rfc3339(publisher.since),
            uptime_seconds: publisher.uptime.as_secs_f64(),
        }
    }
}

impl Video {
    fn new(statistics: &CameraStatistics) -> Self {
        let described = statistics
            .publisher
            .as_ref()
            .and_then(|publisher| publisher.video.as_ref());
        Self {
            codec: described.map(|video| video.codec.to_string()),
            profile: described.map(|video| video.profile.clone()),
            level: described.map(|video| video.level.clone()),
            width: described.map(|video| video.width),
            height: described.map(|video| video.height),
            fps: statistics.input.frame_rate,
            bitrate: statistics.input.bit_rate,
            gop: statistics.input.group_of_pictures,
        }
    }
}
