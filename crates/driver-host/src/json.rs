//! `--json`: one object per line on standard output.

use std::io::{self, Write};
use std::net::SocketAddr;

use milestone_driver::{DriverEvent, Frame, SoundFrame, Ticks};
use serde::Serialize;

use crate::clock::rfc3339;
use crate::codec_name;

/// One line. The names and shapes are an interface: fields are added, never renamed or removed.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Line<'a> {
    Listening {
        port: u16,
        /// Address of the web page.
        #[serde(skip_serializing_if = "Option::is_none")]
        web: Option<&'a str>,
    },
    StreamStarted {
        camera: usize,
        path: &'a str,
        peer: SocketAddr,
    },
    StreamStopped {
        camera: usize,
        path: &'a str,
        reason: &'a str,
        frames: u64,
    },
    PublishRefused {
        path: &'a str,
        peer: SocketAddr,
        reason: &'a str,
    },
    Frame {
        camera: usize,
        codec: &'static str,
        key: bool,
        bytes: usize,
        time: String,
        sync_time: String,
    },
    /// A frame of sound.
    Sound {
        microphone: usize,
        codec: &'static str,
        sample_rate: u32,
        channels: u8,
        samples: u32,
        bytes: usize,
        time: String,
    },
}

impl<'a> Line<'a> {
    /// The line of a driver event and when it happened; `None` for events that have none.
    pub(crate) fn of_event(event: &'a DriverEvent) -> Option<(Self, Ticks)> {
        Some(match event {
            DriverEvent::StreamStarted {
                device,
                path,
                peer,
                time,
            } => {
                let camera = device + 1;
                let peer = *peer;
                (Self::StreamStarted { camera, path, peer }, *time)
            }
            DriverEvent::StreamStopped {
                device,
                path,
                reason,
                frames,
                time,
            } => {
                let stopped = Self::StreamStopped {
                    camera: device + 1,
                    path,
                    reason,
                    frames: *frames,
                };
                (stopped, *time)
            }
            DriverEvent::PublishRefused {
                path,
                peer,
                reason,
                time,
            } => {
                let peer = *peer;
                (Self::PublishRefused { path, peer, reason }, *time)
            }
            _ => return None,
        })
    }

    /// The line of a frame that the live session of a camera delivered.
    pub(crate) fn of_frame(camera: usize, frame: &Frame) -> Self {
        Self::Frame {
            camera,
            codec: codec_name::of_picture(frame.codec).unwrap_or("unknown"),
            key: frame.key,
            bytes: frame.data.len(),
            time: rfc3339(frame.time),
            sync_time: rfc3339(frame.sync_time),
        }
    }

    /// The line of a frame that the session on a microphone delivered.
    pub(crate) fn of_sound(microphone: usize, frame: &SoundFrame) -> Self {
        Self::Sound {
            microphone,
            codec: codec_name::of_sound(frame.format.encoding),
            sample_rate: frame.format.sample_rate,
            channels: frame.format.channels,
            samples: frame.samples,
            bytes: frame.data.len(),
            time: rfc3339(frame.time),
        }
    }

    /// Writes the line to standard output.
    pub(crate) fn print(&self) -> io::Result<()> {
        let mut line = serde_json::to_vec(self)?;
        line.push(b'\n');
        io::stdout().lock().write_all(&line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(line: &Line<'_>) -> String {
        serde_json::to_string(line).expect("serialisable")
    }

    #[test]
    fn the_objects_have_the_documented_shape() {
        assert_eq!(
            json(&Line::Listening {
                port: 8783,
                web: None
            }),
            r#"{"event":"listening","port":8783}"#
        );
        assert_eq!(
            json(&Line::StreamStarted {
                camera: 1,
                path: "/stream1",
                peer: ([127, 0, 0, 1], 50000).into(),
            }),
            r#"{"event":"stream_started","camera":1,"path":"/stream1","peer":"127.0.0.1:50000"}"#
        );
        assert_eq!(
            json(&Line::StreamStopped {
                camera: 2,
                path: "/stream2",
                reason: "the publisher \"stopped\"",
                frames: 300,
            }),
            r#"{"event":"stream_stopped","camera":2,"path":"/stream2","reason":"the publisher \"stopped\"","frames":300}"#
        );
        assert_eq!(
            json(&Line::Sound {
                microphone: 16,
                codec: "aac",
                sample_rate: 44_100,
                channels: 2,
                samples: 1024,
                bytes: 379,
                time: "2026-05-04T12:00:00.040000Z".into(),
            }),
            r#"{"event":"sound","microphone":16,"codec":"aac","sample_rate":44100,"channels":2,"samples":1024,"bytes":379,"time":"2026-05-04T12:00:00.040000Z"}"#
        );
        assert_eq!(
            json(&Line::Frame {
                camera: 16,
                codec: "h264",
                key: true,
                bytes: 1234,
                time: "2026-05-04T12:00:00.040000Z".into(),
                sync_time: "2026-05-04T12:00:00.000000Z".into(),
            }),
            r#"{"event":"frame","camera":16,"codec":"h264","key":true,"bytes":1234,"time":"2026-05-04T12:00:00.040000Z","sync_time":"2026-05-04T12:00:00.000000Z"}"#
        );
    }
}
