//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::kinds::{Flood, Kind};

/// Many RTMP publishers at once, for measuring what an ingest server costs.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Publish a session many times at once, to any RTMP server.
    Publish(Publish),
    /// Read bytes and drop them: a TCP server that gives every publisher the same answers.
    Sink(Sink),
    /// Measure the sink, the server library and the driver in turn, and print a table.
    Compare(Compare),
    /// Measure how the cost of each grows with publishers, bit rate and chunk size.
    Sweep(Sweep),
    /// Misbehave in many ways at once, against a server on this machine.
    Attack(Attack),
    /// Publish, restart and attack at once against a driver-host; nothing may be lost or left behind.
    Soak(Soak),
    /// Flood a driver in every way that is known, and measure how long others wait meanwhile.
    Fairness(Fairness),
    /// Measure what parsing a byte costs, of every message that is known to be much work.
    Parsing(Parsing),
}

#[derive(Debug, Clone, Args)]
pub(crate) struct Publish {
    /// The server.
    #[arg(long, default_value = "127.0.0.1:8783")]
    pub(crate) server: SocketAddr,
    /// How many publishers.
    #[arg(short = 'n', long, default_value_t = 16)]
    pub(crate) publishers: usize,
    /// The stream path of a publisher; `{}` is replaced by its number, from 1.
    #[arg(long, default_value = "/stream{}")]
    pub(crate) path: String,
    /// For how many seconds to publish.
    #[arg(long, default_value_t = 10.0)]
    pub(crate) seconds: f64,
    /// As fast as the server takes it, instead of at the session's own pace.
    #[arg(long)]
    pub(crate) fast: bool,
    /// Connect all at once, instead of evenly over the first second.
    #[arg(long)]
    pub(crate) storm: bool,
    /// Vanish without a word after this many seconds and connect again, until the time is over.
    #[arg(long)]
    pub(crate) reconnect_every: Option<f64>,
    /// Connect from 127.0.0.2, 127.0.0.3 …, so many publishers each: servers limit connections by address.
    #[arg(long)]
    pub(crate) per_source: Option<usize>,
    /// Over TLS. The server's certificate is not checked.
    #[arg(long)]
    pub(crate) tls: bool,
    /// Complete the handshake, then send nothing.
    #[arg(long)]
    pub(crate) idle: bool,
    #[command(flatten)]
    pub(crate) session: Session,
    /// Print the result as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Connections that may come from one address (Connection limits).
const PER_SOURCE: usize = 16;

impl Publish {
    /// Publishers at the session's own pace at `/stream1` and so on, from as many addresses as the limits ask for. The
    /// server is chosen later.
    pub(crate) fn paced(publishers: usize, seconds: f64, session: Session) -> Publish {
        Publish {
            server: SocketAddr::from(([127, 0, 0, 1], 0)),
            publishers,
            path: "/stream{}".into(),
            seconds,
            fast: false,
            storm: false,
            reconnect_every: None,
            per_source: Some(PER_SOURCE),
            tls: false,
            idle: false,
            session,
            json: false,
        }
    }
}

/// What is published.
#[derive(Debug, Clone, Args)]
pub(crate) struct Session {
    /// The recorded bytes of a publisher's connection, from C0 on. Default: a synthetic 1080p session.
    #[arg(long)]
    pub(crate) session: Option<PathBuf>,
    /// The synthetic session's bit rate in Mbit/s, sound included.
    #[arg(long, default_value_t = 6.2)]
    pub(crate) megabits: f64,
    /// Chunk size in bytes. Default: what the server announces, as FFmpeg does.
    #[arg(long)]
    pub(crate) chunk_size: Option<u32>,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct Sink {
    /// Where to listen. Port 0: any free one, which is printed.
    #[arg(long, default_value = "127.0.0.1:1935")]
    pub(crate) listen: SocketAddr,
    /// The chunk size to announce.
    #[arg(long, default_value_t = 65536)]
    pub(crate) chunk_size: u32,
    /// Over TLS, with a certificate that is compiled in.
    #[arg(long)]
    pub(crate) tls: bool,
    /// Read on one thread, and hand every picture to a thread of its connection, which copies it.
    #[arg(long)]
    pub(crate) hand_over: bool,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct Sweep {
    /// For how many seconds each point publishes.
    #[arg(long, default_value_t = 4.0)]
    pub(crate) seconds: f64,
    /// Write the figures to this file as Markdown. Default: standard output.
    #[arg(long)]
    pub(crate) table: Option<PathBuf>,
    /// Write curves to this file as SVG.
    #[arg(long)]
    pub(crate) plot: Option<PathBuf>,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct Compare {
    /// How many rounds; figures are medians over them.
    #[arg(long, default_value_t = 3)]
    pub(crate) rounds: usize,
    /// For how many seconds a paced scenario publishes in a round.
    #[arg(long, default_value_t = 10.0)]
    pub(crate) seconds: f64,
    /// Only scenarios whose name contains this.
    #[arg(long)]
    pub(crate) only: Option<String>,
    /// Another server to measure beside them: a program that starts it, such as those in crates/rtmp-load/servers. It
    /// prints "listening on ADDRESS" and "process ID", and ends when its input does.
    #[arg(long)]
    pub(crate) other: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) session: Session,
    /// Write all figures to this file as JSON.
    #[arg(long)]
    pub(crate) json: Option<PathBuf>,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct Attack {
    /// The server, at a loopback address.
    #[arg(long, default_value = "127.0.0.1:8783")]
    pub(crate) server: SocketAddr,
    /// How many peers misbehave at a time, each from an address of its own.
    #[arg(short = 'n', long, default_value_t = 32)]
    pub(crate) peers: u16,
    /// For how many seconds. Whether a peer overstays shows after 25.
    #[arg(long, default_value_t = 40.0)]
    pub(crate) seconds: f64,
    /// Only these ways to misbehave; may be repeated.
    #[arg(long = "kind", value_enum)]
    pub(crate) kinds: Vec<Kind>,
    /// A path that somebody publishes at.
    #[arg(long, default_value = "/stream1")]
    pub(crate) held_path: String,
    /// A path that may be taken, one peer at a time. Without one, nobody misbehaves after a publish.
    #[arg(long)]
    pub(crate) free_path: Option<String>,
    /// Print the result as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct Soak {
    /// The program `driver-host`.
    #[arg(long)]
    pub(crate) driver_host: PathBuf,
    /// For how many minutes.
    #[arg(long, default_value_t = 1.0)]
    pub(crate) minutes: f64,
    /// Where samples.tsv and the log of driver-host go.
    #[arg(long)]
    pub(crate) folder: PathBuf,
    #[command(flatten)]
    pub(crate) session: Session,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct Fairness {
    /// For how many seconds each flood goes on; at 40 Mbit/s one of 16 MiB takes longer.
    #[arg(long, default_value_t = 3.0)]
    pub(crate) seconds: f64,
    /// How many rounds; figures are medians over them.
    #[arg(long, default_value_t = 1)]
    pub(crate) rounds: usize,
    /// Only these floods; may be repeated.
    #[arg(long = "kind", value_enum)]
    pub(crate) kinds: Vec<Flood>,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct Parsing {
    /// For how many seconds each is parsed over and over; the best time counts.
    #[arg(long, default_value_t = 0.3)]
    pub(crate) seconds: f64,
    /// Only these messages; may be repeated.
    #[arg(long = "kind", value_enum)]
    pub(crate) kinds: Vec<Flood>,
}
