//! Recorded sessions of real publishers, cut in every way. `tests/sessions/README.md` tells how
//! they were made.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Instant;

use rtmp_server::proto::CloseReason;
use rtmp_server::{EndReason, Event, MediaKind, ServerSession, SessionConfig};

use crate::common::accept;

macro_rules! recording {
    ($name:literal) => {
        include_bytes!(concat!("../sessions/", $name, ".rtmp"))
    };
}

/// One second, H.264 with B frames and AAC: short enough to be cut everywhere.
const FFMPEG_SHORT: &[u8] = recording!("ffmpeg_short");

const ALL: [(&str, &[u8]); 18] = [
    ("ffmpeg_short", FFMPEG_SHORT),
    ("ffmpeg", recording!("ffmpeg")),
    ("ffmpeg_key_as_app", recording!("ffmpeg_key_as_app")),
    ("obs", recording!("obs")),
    ("rtmpsink", recording!("rtmpsink")),
    ("rtmp2sink", recording!("rtmp2sink")),
    ("curl", recording!("curl")),
    ("ffmpeg3", recording!("ffmpeg3")),
    ("ffmpeg9", recording!("ffmpeg9")),
    ("ffmpeg9_two_tracks", recording!("ffmpeg9_two_tracks")),
    ("ffmpeg9_intra_refresh", recording!("ffmpeg9_intra_refresh")),
    ("nginx_rtmp", recording!("nginx_rtmp")),
    ("obs_bframes_60fps", recording!("obs_bframes_60fps")),
    ("openh264_rtmpsink", recording!("openh264_rtmpsink")),
    ("rtmp2sink_bframes", recording!("rtmp2sink_bframes")),
    ("rtmp2sink_interlaced", recording!("rtmp2sink_interlaced")),
    (
        "rtmp2sink_intra_refresh",
        recording!("rtmp2sink_intra_refresh"),
    ),
    ("eflvmux_two_codecs", recording!("eflvmux_two_codecs")),
];

/// What happened, short enough to be compared often.
#[derive(Clone, Debug, PartialEq)]
enum Happening {
    Connected,
    Requested {
        app: String,
        name: String,
    },
    Media {
        kind: MediaKind,
        timestamp: u32,
        length: usize,
        hash: u64,
    },
    Ended(EndReason),
    Closed(CloseReason),
}

impl From<Event> for Happening {
    fn from(event: Event) -> Self {
        match event {
            Event::ConnectRequested(_) => Self::Connected,
            Event::PublishRequested(request) => Self::Requested {
                app: request.app,
                name: request.stream_name,
            },
            Event::Media { media, .. } => {
                let mut hasher = DefaultHasher::new();
                media.payload[..].hash(&mut hasher);
                Self::Media {
                    kind: media.kind,
                    timestamp: media.timestamp.0,
                    length: media.payload.len(),
                    hash: hasher.finish(),
                }
            }
            Event::PublishEnded { reason, .. } => Self::Ended(reason),
            Event::Closed(reason) => Self::Closed(reason),
            other => panic!("{other:?}"),
        }
    }
}

/// A session that accepts everything, in frozen time.
struct Replay {
    session: ServerSession,
    now: Instant,
    happened: Vec<Happening>,
}

impl Replay {
    fn new() -> Self {
        let now = Instant::now();
        Self {
            session: ServerSession::new(SessionConfig::default(), now, &[0; 1528]),
            now,
            happened: Vec::new(),
        }
    }

    fn of<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Happening> {
        let mut replay = Self::new();
        for piece in pieces {
            replay.feed(piece);
        }
        replay.hang_up()
    }

    fn feed(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let taken = self.session.handle_input(self.now, bytes);
            bytes = &bytes[taken.expect("a publisher in good order")..];
            self.poll();
        }
    }

    fn hang_up(mut self) -> Vec<Happening> {
        self.session.handle_disconnect();
        self.poll();
        assert!(self.session.is_closed());
        self.happened
    }

    fn poll(&mut self) {
        while let Some(event) = self.session.poll_event() {
            accept(&mut self.session, self.now, &event);
            self.happened.push(event.into());
        }
        while let Some(bytes) = self.session.poll_transmit() {
            self.session.handle_transmitted(self.now, bytes.len());
        }
    }
}

fn count(happened: &[Happening], wanted: MediaKind) -> usize {
    let media = happened.iter();
    media
        .filter(|it| matches!(it, Happening::Media { kind, .. } if *kind == wanted))
        .count()
}

#[test]
fn recorded_sessions_arrive_whole() {
    // Names, and how many messages: video (with one sequence header a track, and an end of
    // sequence by those that send it), audio (with one sequence header) and data.
    let contents = [
        ("ffmpeg_short", "live", "stream1", 12, 24, 1),
        ("ffmpeg", "live", "stream1", 47, 132, 1),
        ("ffmpeg_key_as_app", "stream1", "", 32, 0, 1),
        ("obs", "", "stream1", 31, 45, 1),
        ("rtmpsink", "live", "stream1", 47, 0, 17),
        ("rtmp2sink", "live", "stream1", 47, 131, 18),
        ("curl", "stream1", "stream1", 102, 175, 1),
        ("ffmpeg3", "stream1", "stream1", 102, 175, 1),
        ("ffmpeg9", "stream1", "stream1", 102, 175, 1),
        ("ffmpeg9_two_tracks", "live", "stream1", 64, 89, 1),
        ("ffmpeg9_intra_refresh", "live", "stream1", 122, 0, 1),
        ("nginx_rtmp", "stream1", "stream1", 77, 174, 1),
        ("obs_bframes_60fps", "", "stream1", 51, 39, 1),
        ("openh264_rtmpsink", "live", "stream1", 62, 0, 14),
        ("rtmp2sink_bframes", "stream1", "stream1", 122, 0, 9),
        ("rtmp2sink_interlaced", "live", "stream1", 52, 0, 26),
        ("rtmp2sink_intra_refresh", "stream1", "stream1", 152, 0, 11),
        ("eflvmux_two_codecs", "stream1", "stream1", 107, 0, 27),
    ];
    for ((name, bytes), (same, app, stream, video, audio, data)) in ALL.into_iter().zip(contents) {
        assert_eq!(name, same);
        let happened = Replay::of([bytes]);
        let requested = Happening::Requested {
            app: app.to_owned(),
            name: stream.to_owned(),
        };
        assert_eq!(happened[..2], [Happening::Connected, requested], "{name}");
        let counts = [MediaKind::Video, MediaKind::Audio, MediaKind::Data]
            .map(|kind| count(&happened, kind));
        assert_eq!(counts, [video, audio, data], "{name}");
    }
}

#[test]
fn a_session_byte_by_byte() {
    for (name, bytes) in ALL {
        let whole = Replay::of([bytes]);
        assert!(Replay::of(bytes.chunks(1)) == whole, "{name}");
    }
}

#[test]
fn a_session_in_pieces_of_many_sizes() {
    for (name, bytes) in ALL {
        let whole = Replay::of([bytes]);
        for size in [
            2, 3, 5, 7, 11, 13, 127, 128, 129, 1460, 1536, 1537, 4095, 65_536,
        ] {
            assert!(
                Replay::of(bytes.chunks(size)) == whole,
                "{name} in pieces of {size}"
            );
        }
    }
}

#[test]
fn a_session_split_at_every_point() {
    let whole = Replay::of([FFMPEG_SHORT]);
    for point in 1..FFMPEG_SHORT.len() {
        let (front, back) = FFMPEG_SHORT.split_at(point);
        assert!(Replay::of([front, back]) == whole, "split at byte {point}");
    }
}

#[test]
fn end_of_file_at_every_byte() {
    let whole = Replay::of([FFMPEG_SHORT]);
    for length in 0..FFMPEG_SHORT.len() {
        let happened = Replay::of([&FFMPEG_SHORT[..length]]);
        let (last, before) = happened.split_last().expect("it always ends with an end");
        assert_eq!(*last, Happening::Closed(CloseReason::Disconnected));
        let requests = before
            .iter()
            .filter(|it| matches!(it, Happening::Requested { .. }))
            .count();
        let ends = before
            .iter()
            .filter(|it| matches!(it, Happening::Ended(_)))
            .count();
        assert_eq!(requests, ends, "no path stays held at byte {length}");
        let media = before.len() - ends;
        assert_eq!(
            before[..media],
            whole[..media],
            "nothing is lost or made up at byte {length}"
        );
    }
}

#[test]
fn a_closed_session_gives_its_memory_back() {
    for length in (0..FFMPEG_SHORT.len()).step_by(97) {
        let mut replay = Replay::new();
        replay.feed(&FFMPEG_SHORT[..length]);
        let held = allocation_counter::measure(|| drop(replay.hang_up()));
        assert!(held.bytes_current <= 0, "byte {length}: {held:?}");
    }
}
