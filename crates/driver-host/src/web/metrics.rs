//! `/metrics`: the counters in the text format of Prometheus.

use std::fmt;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use milestone_driver::{CAMERAS, CameraStatistics, Driver, LatencyStatistics};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Registry, Unit};

use super::Web;
use super::cameras::CameraState;

const CONTENT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub(super) async fn scrape(State(web): State<Web>) -> Response {
    let mut registry = Registry::with_prefix("rtmp_push");
    registry.register_collector(Box::new(DriverCollector { driver: web.driver }));
    let mut text = String::new();
    match encode(&mut text, &registry) {
        Ok(()) => ([(CONTENT_TYPE, CONTENT)], text).into_response(),
        Err(fmt::Error) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Reads the driver's counters when they are asked for.
#[derive(Debug)]
struct DriverCollector {
    driver: Driver,
}

impl Collector for DriverCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let status = self.driver.status();
        gauge(
            &mut encoder,
            "listening",
            "1 while publishers can connect",
            None,
            u64::from(status.listening),
        )?;
        gauge(
            &mut encoder,
            "connections",
            "Connections of publishers",
            None,
            status.connections as u64,
        )?;
        gauge(
            &mut encoder,
            "connections_awaiting_header",
            "Connections of load balancers that have yet to say whose they are; not among the others",
            None,
            status.awaiting_header as u64,
        )?;
        gauge(
            &mut encoder,
            "tasks",
            "Tasks on the network thread: some of the driver, and one for each connection",
            None,
            status.tasks as u64,
        )?;
        gauge(
            &mut encoder,
            "kept",
            "What cameras and microphones keep for sessions, of all drivers in the process",
            Some(&Unit::Bytes),
            Driver::kept_bytes_of_process() as u64,
        )?;

        let cameras: Vec<_> = (0..CAMERAS)
            .filter_map(|device| self.driver.statistics(device))
            .collect();
        let mut table = Table { encoder, cameras };
        table.gauge("camera_live", "1 while video arrives", None, |camera| {
            f64::from(u8::from(CameraState::of(camera) == CameraState::Live))
        })?;
        table.gauge("camera_sessions", "Open live sessions", None, |camera| {
            camera.sessions as f64
        })?;
        table.gauge(
            "camera_frame_rate_hertz",
            "Frames per second over the last seconds",
            None,
            |camera| camera.input.frame_rate,
        )?;
        table.gauge(
            "camera_bit_rate",
            "Bits per second over the last seconds",
            None,
            |camera| camera.input.bit_rate,
        )?;
        table.gauge(
            "camera_queue_frames",
            "Frames that wait for the slowest live session",
            None,
            |camera| camera.queue_depth as f64,
        )?;
        table.gauge(
            "camera_kept",
            "Bytes that are kept: the frames since the latest key frame, and those that a live session has yet to take",
            Some(&Unit::Bytes),
            |camera| camera.kept_bytes as f64,
        )?;
        table.gauge(
            "camera_publish_duration",
            "How long the running publish lasts",
            Some(&Unit::Seconds),
            |camera| {
                camera
                    .publisher
                    .as_ref()
                    .map_or(0.0, |publisher| publisher.uptime.as_secs_f64())
            },
        )?;
        table.counter(
            "camera_received_frames",
            "Frames of the publish, starts anew with each",
            None,
            |camera| camera.input.frames,
        )?;
        table.counter(
            "camera_received_key_frames",
            "Frames among them that decoding can start at",
            None,
            |camera| camera.input.key_frames,
        )?;
        table.counter(
            "camera_received",
            "Bytes of these frames",
            Some(&Unit::Bytes),
            |camera| camera.input.bytes,
        )?;
        table.counter(
            "camera_delivered_frames",
            "Frames given to live sessions, all together",
            None,
            |camera| camera.output.frames,
        )?;
        table.counter(
            "camera_delivered",
            "Bytes of these frames",
            Some(&Unit::Bytes),
            |camera| camera.output.bytes,
        )?;
        table.codec()?;
        table.counter(
            "microphone_received_frames",
            "Frames of sound of the publish that can be delivered",
            None,
            |camera| camera.sound.input.frames,
        )?;
        table.counter(
            "microphone_received",
            "Bytes of these frames",
            Some(&Unit::Bytes),
            |camera| camera.sound.input.bytes,
        )?;
        table.counter(
            "microphone_delivered_frames",
            "Frames of sound given to sessions, all together",
            None,
            |camera| camera.sound.output.frames,
        )?;
        table.gauge(
            "microphone_kept",
            "Bytes of sound that a session has yet to take",
            Some(&Unit::Bytes),
            |camera| camera.sound.kept_bytes as f64,
        )?;
        table.counter(
            "microphone_left_out",
            "Audio messages that cannot be delivered",
            None,
            |camera| camera.sound.left_out,
        )?;
        table.counter(
            "microphone_dropped_frames",
            "Frames of sound that a session was too slow for, counted for each session",
            None,
            |camera| camera.sound.slow_session,
        )?;
        table.drops()?;
        table.latency()
    }
}

fn gauge(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    unit: Option<&Unit>,
    value: u64,
) -> Result<(), fmt::Error> {
    let gauge = ConstGauge::new(value);
    gauge.encode(encoder.encode_descriptor(name, help, unit, MetricType::Gauge)?)
}

/// Metrics with one value for each camera.
struct Table<'a> {
    encoder: DescriptorEncoder<'a>,
    cameras: Vec<CameraStatistics>,
}

impl Table<'_> {
    fn gauge(
        &mut self,
        name: &str,
        help: &str,
        unit: Option<&Unit>,
        value: impl Fn(&CameraStatistics) -> f64,
    ) -> Result<(), fmt::Error> {
        let mut metric = self
            .encoder
            .encode_descriptor(name, help, unit, MetricType::Gauge)?;
        for camera in &self.cameras {
            ConstGauge::new(value(camera)).encode(metric.encode_family(&labels(camera))?)?;
        }
        Ok(())
    }

    fn counter(
        &mut self,
        name: &str,
        help: &str,
        unit: Option<&Unit>,
        value: impl Fn(&CameraStatistics) -> u64,
    ) -> Result<(), fmt::Error> {
        let mut metric = self
            .encoder
            .encode_descriptor(name, help, unit, MetricType::Counter)?;
        for camera in &self.cameras {
            ConstCounter::new(value(camera)).encode(metric.encode_family(&labels(camera))?)?;
        }
        Ok(())
    }

    /// 1 for the codec that a camera's video has, once that is known.
    fn codec(&mut self) -> Result<(), fmt::Error> {
        let help = "1 for the codec of the video that arrives";
        let mut metric =
            self.encoder
                .encode_descriptor("camera_video_codec", help, None, MetricType::Gauge)?;
        for camera in &self.cameras {
            let publisher = camera.publisher.as_ref();
            if let Some(video) = publisher.and_then(|publisher| publisher.video.as_ref()) {
                let [of_camera] = labels(camera);
                let labels = [of_camera, ("codec", video.codec.name().to_owned())];
                ConstGauge::new(1_u64).encode(metric.encode_family(&labels)?)?;
            }
        }
        Ok(())
    }

    fn drops(&mut self) -> Result<(), fmt::Error> {
        let help = "Video that was not handed out, by reason";
        let mut metric = self.encoder.encode_descriptor(
            "camera_dropped_frames",
            help,
            None,
            MetricType::Counter,
        )?;
        for camera in &self.cameras {
            let drops = &camera.drops;
            for (reason, frames) in [
                ("slow_session", drops.slow_session),
                ("before_key_frame", drops.before_key_frame),
                ("unusable", drops.unusable_messages),
            ] {
                let labels = [
                    ("camera", (camera.device + 1).to_string()),
                    ("reason", reason.to_owned()),
                ];
                ConstCounter::new(frames).encode(metric.encode_family(&labels)?)?;
            }
        }
        Ok(())
    }

    fn latency(&mut self) -> Result<(), fmt::Error> {
        let help = "From the arrival of a frame's first byte at the socket, as near as that can be told, to a live session \
                    that waited for it; starts anew with each publish";
        let mut metric = self.encoder.encode_descriptor(
            "camera_latency",
            help,
            Some(&Unit::Seconds),
            MetricType::Histogram,
        )?;
        let bounds: Vec<f64> = LatencyStatistics::BOUNDS
            .iter()
            .map(Duration::as_secs_f64)
            .chain([f64::INFINITY])
            .collect();
        for camera in &self.cameras {
            let latency = camera.latency.as_ref();
            let frames = |class: usize| latency.map_or(0, |latency| latency.classes[class]);
            let buckets: Vec<_> = bounds
                .iter()
                .enumerate()
                .map(|(class, bound)| (*bound, frames(class)))
                .collect();
            metric
                .encode_family(&labels(camera))?
                .encode_histogram::<NoLabelSet>(
                    latency.map_or(0.0, |latency| latency.total.as_secs_f64()),
                    latency.map_or(0, |latency| latency.frames),
                    &buckets,
                    None,
                )?;
        }
        Ok(())
    }
}

fn labels(camera: &CameraStatistics) -> [(&'static str, String); 1] {
    [("camera", (camera.device + 1).to_string())]
}
