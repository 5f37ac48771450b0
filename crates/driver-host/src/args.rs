//! The command line.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::styling::{AnsiColor, Style, Styles};
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, ValueEnum};
use milestone_driver::{CAMERAS, Change, DEFAULT_PORT, DriverConfig, SettingKind, Settings};

/// Loopback: the page has no login.
pub(crate) const DEFAULT_WEB_ADDRESS: SocketAddr =
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8780);

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Cyan.on_default().bold())
    .usage(AnsiColor::Cyan.on_default().bold())
    .literal(Style::new().bold())
    .error(AnsiColor::Red.on_default().bold());

const EXAMPLES: &str = "\
Try it:
  driver-host
  ffmpeg -re -f lavfi -i testsrc2=size=640x480:rate=30 -c:v libx264 -preset ultrafast \\
      -tune zerolatency -g 30 -f flv rtmp://localhost:8783/stream1

More:
  driver-host --port 1935 --path 1=/live/drone       another port, another path for camera 1
  driver-host --record recordings                    keep what arrives, as .h264 and .mp4
  driver-host --set EnableTls=true --data-dir certs  RTMPS with certs/rtmp.pfx
  driver-host --json --seconds 60 | jq .event        for programs

Exit status: 0 after Ctrl-C or --seconds, 1 when it cannot run (a port in use, say), \
2 for a wrong command line.";

/// The RTMP Push Driver without XProtect: shows and records what publishers push to its 16 cameras.
///
/// Listens for RTMP like the driver in a Recording Server, opens a live session on each of the
/// 16 cameras and prints the addresses to push to. Then it tells what happens: who publishes where,
/// with which resolution, frame rate and bitrate, and who is refused and why.
#[derive(Debug, Parser)]
#[command(name = "driver-host", version, styles = STYLES, after_help = EXAMPLES, max_term_width = 100)]
pub(crate) struct Args {
    /// TCP port to listen on for RTMP; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = DEFAULT_PORT)]
    pub(crate) port: u16,

    /// Listen on this address only [default: all addresses, IPv4 and IPv6]
    #[arg(long, value_name = "ADDR")]
    pub(crate) bind: Option<IpAddr>,

    /// Stream path of camera N (1 to 16), for example 1=/live/drone; may be repeated
    #[arg(long = "path", value_name = "N=/PATH", value_parser = parse_camera_path)]
    pub(crate) paths: Vec<CameraPath>,

    /// Setting, for example MaxConnections=64, of a camera KEY[N]=VALUE; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = parse_setting, long_help = settings_help())]
    pub(crate) settings: Vec<Change>,

    /// Folder of rtmp.pfx, the certificate for RTMPS
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) data_dir: PathBuf,

    /// Record every publish into DIR, as an .h264 file (Annex B) and an .mp4 file
    #[arg(long, value_name = "DIR")]
    pub(crate) record: Option<PathBuf>,

    /// Address of the web page: a port, or an address and a port [default: 127.0.0.1:8780]
    ///
    /// The page has no login. Reachable from this machine only, unless another address is given.
    #[arg(long, value_name = "[ADDR:]PORT", value_parser = parse_web_address)]
    pub(crate) web: Option<SocketAddr>,

    /// A host name that the web page is opened by, besides localhost and addresses; may be repeated
    #[arg(long = "web-host", value_name = "NAME")]
    pub(crate) web_hosts: Vec<String>,

    /// No web page
    #[arg(long, conflicts_with_all = ["web", "web_hosts"])]
    pub(crate) no_web: bool,

    /// End after S seconds
    #[arg(long, value_name = "S", value_parser = parse_seconds)]
    pub(crate) seconds: Option<Duration>,

    /// Write one JSON object per line to standard output; everything else goes to standard error
    #[arg(long)]
    pub(crate) json: bool,

    /// With --json: one object for every delivered frame
    #[arg(long, requires = "json")]
    pub(crate) frames: bool,

    /// Show the driver's log from this level on, on standard error
    #[arg(long, value_name = "LEVEL", default_value = "warn")]
    pub(crate) log: LogLevel,
}

impl Args {
    /// The driver that the command line asks for. Settings that the driver refuses are a wrong
    /// command line: the program ends.
    pub(crate) fn driver_config(&self) -> DriverConfig {
        let settings = Settings::default()
            .with(self.changes())
            .unwrap_or_else(|errors| {
                let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
                Self::command()
                    .error(ErrorKind::ValueValidation, errors.join("\n"))
                    .exit()
            });
        let mut config = DriverConfig::new();
        config.any_port = settings.server_port.is_none();
        config.settings = settings;
        config.data_dir = self.data_dir.clone();
        config.bind = self.bind;
        config
    }

    fn changes(&self) -> impl Iterator<Item = Change> {
        let port = Some(self.port).filter(|port| *port != 0);
        let port = port.map(|port| Change::new("ServerPort", port.to_string()));
        let settings = self.settings.iter().cloned();
        let paths = self.paths.iter().map(|CameraPath { device, path }| {
            Change::of_camera("RtmpPushStreamPath", *device, path)
        });
        port.into_iter().chain(settings).chain(paths)
    }
}

/// The least severe level of log lines that are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogLevel {
    Off,
    Error,
    Warn,
    Info,
    Debug,
}

impl LogLevel {
    pub(crate) fn least_severe(self) -> Option<milestone_driver::LogLevel> {
        match self {
            Self::Off => None,
            Self::Error => Some(milestone_driver::LogLevel::Error),
            Self::Warn => Some(milestone_driver::LogLevel::Warning),
            Self::Info => Some(milestone_driver::LogLevel::Info),
            Self::Debug => Some(milestone_driver::LogLevel::Debug),
        }
    }
}

/// `--path N=/path`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CameraPath {
    /// Counted from 0.
    pub(crate) device: usize,
    pub(crate) path: String,
}

fn parse_camera_path(text: &str) -> Result<CameraPath, String> {
    let (camera, path) = text
        .split_once('=')
        .ok_or("write it as N=/path, for example 1=/live/drone")?;
    let device = camera
        .trim()
        .parse()
        .ok()
        .filter(|camera| (1..=CAMERAS).contains(camera))
        .ok_or_else(|| {
            format!("there is no camera '{camera}': cameras are numbered 1 to {CAMERAS}")
        })?
        - 1;
    Ok(CameraPath {
        device,
        path: path.to_owned(),
    })
}

fn parse_setting(text: &str) -> Result<Change, String> {
    let (name, value) = text
        .split_once('=')
        .ok_or("write it as KEY=VALUE, for example MaxConnections=64")?;
    Change::named(name.trim(), value)
        .ok_or_else(|| format!("there is no camera as in '{name}': write it as KEY[1]=VALUE"))
}

/// What there is to set, as the driver says.
fn settings_help() -> String {
    let defaults = Settings::default();
    let mut help = "Setting, for example MaxConnections=64; may be repeated\n\n\
        Those of camera N are written as KEY[N]=VALUE. There are:"
        .to_owned();
    for setting in Settings::descriptors() {
        let values = match &setting.kind {
            SettingKind::Number(range) => format!("{} to {}", range.start(), range.end()),
            SettingKind::Switch => "true or false".to_owned(),
            SettingKind::Choice(choices) => {
                let keys: Vec<_> = choices.iter().map(|choice| choice.key).collect();
                keys.join(", ")
            }
            SettingKind::Secret => "a text that is not shown".to_owned(),
            _ => "a text".to_owned(),
        };
        let first = setting.scope.owners().next().flatten();
        let name = first.map_or_else(|| setting.key.to_owned(), |_| format!("{}[N]", setting.key));
        let default = defaults.value(setting.key, first);
        let default = default.map(|default| format!(", default {default}"));
        help += &format!("\n  {name}: {values}{}", default.unwrap_or_default());
    }
    help
}

fn parse_web_address(text: &str) -> Result<SocketAddr, String> {
    if let Ok(port) = text.parse() {
        return Ok(SocketAddr::new(DEFAULT_WEB_ADDRESS.ip(), port));
    }
    text.parse().map_err(|_| {
        "write it as a port, or as address and port, for example 127.0.0.1:8780".to_owned()
    })
}

fn parse_seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| "not a number of seconds".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Args, clap::Error> {
        Args::try_parse_from([&["driver-host"], arguments].concat())
    }

    #[test]
    fn the_definition_is_sound() {
        <Args as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn without_arguments_the_defaults_of_the_product_hold() {
        let args = parse(&[]).expect("no argument is required");
        assert_eq!(args.port, 8783);
        assert_eq!(args.bind, None);
        assert_eq!(args.seconds, None);
        assert!(!args.json);
    }

    #[test]
    fn paths_and_settings_are_split_at_the_first_equals_sign() {
        let args =
            parse(&["--path", "16=/a=b", "--set", "TlsCertificatePassword=p=w "]).expect("valid");
        assert_eq!(
            args.paths,
            [CameraPath {
                device: 15,
                path: "/a=b".into()
            }]
        );
        assert_eq!(
            args.settings,
            [Change::new("TlsCertificatePassword", "p=w ")]
        );
    }

    #[test]
    fn settings_of_cameras_are_numbered_from_1() {
        let args = parse(&["--set", "RtmpPushStreamPath[16]=/yard"]).expect("valid");
        let settings = args.driver_config().settings;
        assert_eq!(settings.cameras[15].stream_path.as_str(), "/yard");
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for arguments in [
            ["--path", "0=/a"],
            ["--path", "17=/a"],
            ["--path", "/a"],
            ["--set", "MaxConnections"],
            ["--set", "RtmpPushStreamPath[0]=/a"],
            ["--seconds", "-1"],
            ["--seconds", "soon"],
            ["--port", "65536"],
        ] {
            assert!(parse(&arguments).is_err(), "{arguments:?}");
        }
        assert!(parse(&["--frames"]).is_err(), "--frames without --json");
    }

    #[test]
    fn seconds_may_be_a_fraction() {
        let args = parse(&["--seconds", "0.5"]).expect("valid");
        assert_eq!(args.seconds, Some(Duration::from_millis(500)));
    }
}
