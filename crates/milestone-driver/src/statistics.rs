//! What a camera has done, in numbers.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use flv_h264::AudioFormat;

use crate::problem::Problem;
use crate::time::Ticks;

/// A camera's state and counters. Counters count from the start of the running publish, or of the last one.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CameraStatistics {
    /// The camera, counted from 0.
    pub device: usize,
    /// The path it is published on.
    pub path: String,
    /// The path takes publishers: a session is open, or was until a minute ago.
    pub open: bool,
    /// Open sessions on the camera; those on its microphone are not counted.
    pub sessions: usize,
    /// Who publishes.
    pub publisher: Option<PublisherStatistics>,
    /// Why no video comes, if there is a reason.
    pub problem: Option<Problem>,
    /// What the publisher sends.
    pub input: FlowStatistics,
    /// What the sessions were given, all together.
    pub output: FlowStatistics,
    /// What was not handed out, by reason.
    pub drops: DropStatistics,
    /// Frames that wait for the slowest session.
    pub queue_depth: u64,
    /// What is kept of the camera's frames, in bytes: those since the latest key frame, and those that a session has not
    /// taken yet.
    pub kept_bytes: usize,
    /// Time between frames of the last seconds.
    pub frame_spacing: Option<SpacingStatistics>,
    /// From the socket to a session that waits.
    pub latency: Option<LatencyStatistics>,
    /// The sound, which is that of the microphone of the same number.
    pub sound: SoundStatistics,
}

/// A microphone's counters.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct SoundStatistics {
    /// What is published.
    pub described: SoundDescription,
    /// What the publisher sends that can be delivered.
    pub input: FlowStatistics,
    /// What the sessions were given, all together.
    pub output: FlowStatistics,
    /// Messages, or frames of messages with several, that cannot be delivered.
    pub left_out: u64,
    /// Frames that a session was too slow for, counted for each session.
    pub slow_session: u64,
    /// Frames that wait for the slowest session.
    pub queue_depth: u64,
    /// What is kept, in bytes: what a session has not taken yet.
    pub kept_bytes: usize,
}

/// What sound is published.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct SoundDescription {
    /// Once sound that can be delivered has come.
    pub format: Option<AudioFormat>,
    /// What kind of AAC it is, such as "HE-AAC", where the source says.
    pub profile: Option<String>,
    /// Why sound is left out at present.
    pub left_out: Option<String>,
}

/// Who publishes, and what.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PublisherStatistics {
    /// Its address.
    pub peer: SocketAddr,
    /// The connection is RTMPS.
    pub tls: bool,
    /// When the publish was accepted.
    pub since: Ticks,
    /// How long that is ago.
    pub uptime: Duration,
    /// The encoder, as it calls itself; escaped and cut.
    pub encoder: Option<String>,
    /// What is in the stream, once its parameter sets are known.
    pub video: Option<VideoStatistics>,
    /// What the publisher says is in the stream (`onMetaData`); escaped and cut.
    pub declared: Option<String>,
}

/// The codecs of video that are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VideoCodec {
    /// H.264 (AVC).
    H264,
    /// H.265 (HEVC).
    H265,
}

impl VideoCodec {
    /// As in file names and for programs: `h264`, `h265`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::H264 => "h264",
            Self::H265 => "h265",
        }
    }
}

impl fmt::Display for VideoCodec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::H264 => "H.264",
            Self::H265 => "H.265",
        })
    }
}

/// A stream of pictures as its parameter sets describe it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct VideoStatistics {
    /// Its codec.
    pub codec: VideoCodec,
    /// Profile, such as "High".
    pub profile: String,
    /// Level, such as "4.1".
    pub level: String,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Frames per second, if the stream says so.
    pub frame_rate: Option<f64>,
}

/// Frames on their way.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct FlowStatistics {
    /// Frames.
    pub frames: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Frames among them that decoding can start at.
    pub key_frames: u64,
    /// Time of the latest of these.
    pub latest_key_frame: Option<Ticks>,
    /// Frames per second over the last seconds.
    pub frame_rate: f64,
    /// Bits per second over the last seconds.
    pub bit_rate: f64,
    /// Frames from one key frame to the next, the last time.
    pub group_of_pictures: Option<u64>,
}

/// What was not handed out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DropStatistics {
    /// Frames that a session was too slow for, counted for each session.
    pub slow_session: u64,
    /// Frames before the first key frame.
    pub before_key_frame: u64,
    /// Video messages that carried no picture or a broken one.
    pub unusable_messages: u64,
}

/// Time between frames as it was handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpacingStatistics {
    /// Shortest.
    pub shortest: Duration,
    /// Mean.
    pub mean: Duration,
    /// Longest.
    pub longest: Duration,
}

/// How long frames took from the arrival of their first byte, as near as that can be told, to a session that waited for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LatencyStatistics {
    /// Frames that were counted.
    pub frames: u64,
    /// How long they took, all together.
    pub total: Duration,
    /// How many took at most as long as each bound of [`BOUNDS`](Self::BOUNDS) but longer than the one before, and how
    /// many took longer than the last. A latency is known to two digits: one that is not told apart from a bound counts
    /// as that long.
    pub classes: [u64; Self::BOUNDS.len() + 1],
    /// Half of them took longer.
    pub median: Duration,
    /// One in a hundred took longer.
    pub p99: Duration,
    /// The slowest.
    pub longest: Duration,
}

impl LatencyStatistics {
    /// What frames are told apart by.
    pub const BOUNDS: [Duration; 11] = [
        Duration::from_micros(50),
        Duration::from_micros(100),
        Duration::from_micros(250),
        Duration::from_micros(500),
        Duration::from_millis(1),
        Duration::from_micros(2500),
        Duration::from_millis(5),
        Duration::from_millis(10),
        Duration::from_millis(25),
        Duration::from_millis(100),
        Duration::from_secs(1),
    ];
}

/// Such as "AAC, 24000 Hz, mono (HE-AAC v2)", and what is left out.
impl fmt::Display for SoundDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.left_out, self.format) {
            (Some(reason), _) => write!(f, "left out: {reason}"),
            (None, Some(format)) => {
                write!(f, "{format}")?;
                match &self.profile {
                    Some(profile) => write!(f, " ({profile})"),
                    None => Ok(()),
                }
            }
            (None, None) => f.write_str("none"),
        }
    }
}

/// Such as "High, level 4.1, 1920x1080, 25.00 fps".
impl fmt::Display for VideoStatistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {}, level {}, {}x{}",
            self.codec, self.profile, self.level, self.width, self.height
        )?;
        match self.frame_rate {
            Some(rate) => write!(f, ", {rate:.2} fps"),
            None => Ok(()),
        }
    }
}
