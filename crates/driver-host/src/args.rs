//! The command line.

use std::convert::Infallible;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use clap::builder::styling::{AnsiColor, Style, Styles};
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use milestone_driver::{
    CAMERAS, Change, DEFAULT_PORT, DriverConfig, PublisherLogin, Secret, SettingKind, Settings,
    StreamPath, StreamPathError,
};

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
  driver-host --record recordings                    keep what arrives, as .h264 or .h265 and .mp4
  driver-host --set EnableTls=true --data-dir certs  RTMPS with certs/rtmp.pfx
  driver-host --json --seconds 60 | jq .event        for programs
  driver-host --stream-key 1=KEY                     publishers of camera 1 need ?key=KEY
  driver-host --login-file FILE                      publishers log in: FILE has USER:PASSWORD
  driver-host sign --path /stream1 --key-file FILE   an address that is good for an hour

Exit status: 0 after Ctrl-C or --seconds, 1 when it cannot run (a port in use, say), \
2 for a wrong command line.";

/// The RTMP Push Driver without XProtect: shows and records what publishers push to its 16 cameras.
///
/// Listens for RTMP like the driver in a Recording Server, opens a session on each of the 16
/// cameras and their microphones, and prints the addresses to push to. Then it tells what happens:
/// who publishes where, with which resolution, frame rate and bitrate, and who is refused and why.
#[derive(Debug, Parser)]
#[command(name = "driver-host", version, styles = STYLES, after_help = EXAMPLES, max_term_width = 100, args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    /// Instead of listening
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    /// TCP port to listen on for RTMP; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = DEFAULT_PORT)]
    pub(crate) port: u16,

    /// Listen on this address only [default: all addresses, IPv4 and IPv6]
    #[arg(long, value_name = "ADDR")]
    pub(crate) bind: Option<IpAddr>,

    /// Stream path of camera N (1 to 16), for example 1=/live/drone; may be repeated
    #[arg(long = "path", value_name = "N=/PATH", value_parser = parse_camera_path)]
    pub(crate) paths: Vec<CameraPath>,

    /// What to set, of the hardware or of a camera.
    #[arg(
        long = "set",
        value_name = "KEY=VALUE",
        value_parser = parse_setting,
        help = "Setting, for example MaxConnections=64, of a camera KEY[N]=VALUE; may be repeated",
        long_help = settings_help()
    )]
    pub(crate) settings: Vec<Change>,

    /// Publishers have to log in; other programs of this machine can read it: see --login-file
    #[arg(long, value_name = "USER:PASSWORD", value_parser = secret, conflicts_with = "login_file")]
    pub(crate) login: Option<Secret>,

    /// Publishers have to log in with what the first line of FILE says: USER:PASSWORD
    #[arg(long, value_name = "FILE")]
    pub(crate) login_file: Option<PathBuf>,

    /// Publishers of camera N need this stream key; may be repeated
    #[arg(long = "stream-key", value_name = "N=KEY", value_parser = secret)]
    pub(crate) stream_keys: Vec<Secret>,

    /// Folder of rtmp.pfx, the certificate for RTMPS
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) data_dir: PathBuf,

    /// Record every publish into DIR: an .h264 or .h265 file (Annex B), one with the sound as it came,
    /// and an .mp4 file of both
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

    /// The page shows stream keys when asked, also if it is reachable from other machines
    #[arg(long)]
    pub(crate) web_show_keys: bool,

    /// No web page
    #[arg(long, conflicts_with_all = ["web", "web_hosts", "web_show_keys"])]
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
        let settings = self.authentication().and_then(|(login, authentication)| {
            let changes = authentication.into_iter().chain(self.changes());
            let settings = Settings::default().with(changes).map_err(|errors| {
                let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
                errors.join("\n")
            })?;
            Ok((login, settings))
        });
        let (login, settings) = settings.unwrap_or_else(|error| {
            Self::command()
                .error(ErrorKind::ValueValidation, error)
                .exit()
        });
        let mut config = DriverConfig::new();
        config.login = login;
        config.any_port = settings.server_port.is_none();
        config.settings = settings;
        config.data_dir = self.data_dir.clone();
        config.bind = self.bind;
        config
    }

    /// What publishers log in with, and the settings that follow from that and from stream keys. Messages do not repeat
    /// what may be a secret.
    fn authentication(&self) -> Result<(Option<PublisherLogin>, Vec<Change>), String> {
        let login = match (&self.login, &self.login_file) {
            (Some(login), _) => Some(login.clone()),
            (None, Some(file)) => Some(first_line(file)?),
            (None, None) => None,
        };
        let login = login.map(|login| {
            let login = login.expose().split_once(':');
            let (user, password) = login.ok_or("write a login as USER:PASSWORD")?;
            Ok::<_, &str>(PublisherLogin::new(user, password))
        });
        let login = login.transpose()?;
        let mut changes = Vec::new();
        let is_chosen = |change: &Change| change.key == "PublisherAuthentication";
        match (&login, self.stream_keys.is_empty()) {
            (Some(_), false) if !self.settings.iter().any(is_chosen) => {
                return Err("publishers need either a login or stream keys: --set PublisherAuthentication=… says which".to_owned());
            }
            (Some(_), _) => changes.push(Change::new("PublisherAuthentication", "UserAndPassword")),
            (None, false) => changes.push(Change::new("PublisherAuthentication", "StreamKey")),
            (None, true) => {}
        }
        for key in &self.stream_keys {
            let key = key.expose().split_once('=');
            let (camera, key) = key.ok_or("write a stream key as N=KEY")?;
            let change = Change::named(&format!("StreamKey[{}]", camera.trim()), key);
            let change = change.filter(|it| it.device.is_some_and(|device| device < CAMERAS));
            changes.push(change.ok_or("write a stream key as N=KEY, where cameras are 1 to 16")?);
            if key.split(',').all(|key| key.trim().is_empty()) {
                // A variable that is not set, in whatever calls this.
                return Err(format!(
                    "the stream key of camera {} is empty: whoever knows its path could publish",
                    camera.trim()
                ));
            }
        }
        Ok((login, changes))
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

/// What the program does instead of listening.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print an address that publishes to a camera with a stream key, for a while, without telling the key
    Sign(Sign),
}

/// `sign`.
#[derive(Debug, clap::Args)]
pub(crate) struct Sign {
    /// Stream path of the camera
    #[arg(long, value_name = "/PATH", value_parser = parse_path)]
    pub(crate) path: StreamPath,

    /// Its stream key; other programs of this machine can read it: see --key-file
    #[arg(long, value_parser = secret, required_unless_present = "key_file", conflicts_with = "key_file")]
    pub(crate) key: Option<Secret>,

    /// Its stream key is the first line of FILE
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,

    /// The address is good for so long
    #[arg(long, value_name = "S", default_value = "3600", value_parser = parse_seconds)]
    pub(crate) seconds: Duration,

    /// What publishers call the server
    #[arg(long, value_name = "URL", default_value = "rtmp://localhost:8783")]
    pub(crate) server: String,
}

impl Sign {
    /// The address, good from `now` on.
    pub(crate) fn address(&self, now: SystemTime) -> Result<String, String> {
        let key = match (&self.key, &self.key_file) {
            (Some(key), _) => key.clone(),
            (None, Some(file)) => first_line(file)?,
            (None, None) => Secret::default(),
        };
        if key.is_empty() {
            return Err("the stream key is empty".to_owned());
        }
        if key.expose().contains(',') {
            return Err(
                "these are two stream keys, separated by a comma: sign with one of them".to_owned(),
            );
        }
        let end = now.checked_add(self.seconds).ok_or("that is too long")?;
        let query = self.path.signed_query(&key, end);
        Ok(format!(
            "{}{}?{query}",
            self.server.trim_end_matches('/'),
            self.path
        ))
    }
}

/// Takes anything: a message about it would repeat it.
fn secret(text: &str) -> Result<Secret, Infallible> {
    Ok(Secret::from(text))
}

fn first_line(file: &Path) -> Result<Secret, String> {
    let text = fs::read_to_string(file).map(Secret::new);
    let text = text.map_err(|error| format!("{}: {error}", file.display()))?;
    let line = text.expose().lines().next().unwrap_or_default();
    // The mark that editors of Windows put in front is none of the text's.
    Ok(Secret::from(line.strip_prefix('\u{feff}').unwrap_or(line)))
}

fn parse_path(text: &str) -> Result<StreamPath, StreamPathError> {
    StreamPath::new(text)
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
            SettingKind::Networks => "addresses and networks, separated by commas".to_owned(),
            _ => "a text".to_owned(),
        };
        let first = setting.scope.owners().next().flatten();
        let name = first.map_or_else(|| setting.key.to_owned(), |_| format!("{}[N]", setting.key));
        let default = defaults.value(setting.key, first);
        let default = default.filter(|default| !default.is_empty());
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
    fn a_login_and_stream_keys_say_who_may_publish() {
        use milestone_driver::PublisherAuthentication::{None, StreamKey, UserAndPassword};

        let config = |arguments: &[&str]| parse(arguments).expect("valid").driver_config();
        assert_eq!(config(&[]).settings.publisher_authentication, None);
        let login = config(&["--login", "me:p:w"]);
        assert_eq!(login.settings.publisher_authentication, UserAndPassword);
        assert_eq!(login.login, Some(PublisherLogin::new("me", "p:w")));
        let keys = config(&["--stream-key", "16=k=y", "--stream-key", "1=a,b"]);
        assert_eq!(keys.settings.publisher_authentication, StreamKey);
        assert_eq!(keys.settings.cameras[15].stream_key.expose(), "k=y");
        let both = [
            "--login",
            "me:pw",
            "--stream-key",
            "1=k",
            "--set",
            "PublisherAuthentication=None",
        ];
        assert_eq!(config(&both).settings.publisher_authentication, None);

        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("login");
        for text in ["me:f1le\r\nmore\n", "\u{feff}me:f1le"] {
            std::fs::write(&file, text).expect("a file");
            let file = file.to_str().expect("a name");
            assert_eq!(
                config(&["--login-file", file]).login,
                Some(PublisherLogin::new("me", "f1le")),
                "{text:?}"
            );
        }
    }

    /// It would let in whoever knows the path, and whoever gives a key wants the contrary.
    #[test]
    fn a_stream_key_that_is_empty_is_refused() {
        for key in ["3=", "3= ", "3=,", "3= , "] {
            let args = parse(&["--stream-key", "1=k", "--stream-key", key]).expect("refused later");
            let error = args.authentication().expect_err("it is no key");
            assert!(error.contains("camera 3 is empty"), "{error}");
        }
    }

    #[test]
    fn messages_about_secrets_do_not_repeat_them() {
        for arguments in [
            ["--login", "s3cret"].as_slice(),
            &["--stream-key", "s3cret"],
            &["--stream-key", "17=s3cret"],
            &["--stream-key", "0=s3cret"],
            &["--stream-key", "=s3cret"],
            &["--stream-key", "1=s3cret", "--login", "me:s3cret"],
            &["--login-file", "/nonexistent"],
        ] {
            let args = parse(arguments).expect("refused later");
            let shown = format!("{args:?}");
            let error = args.authentication().expect_err("it cannot be meant");
            assert!(
                !error.contains("s3cret") && !shown.contains("s3cret"),
                "{error} {shown}"
            );
        }
    }

    #[test]
    fn an_address_is_signed() {
        let sign = |arguments: &[&str]| {
            let arguments = [
                &[
                    "sign",
                    "--path",
                    "Stream1",
                    "--key",
                    "f3mGqkz1ZkPZr6QmG0cX2b",
                ],
                arguments,
            ]
            .concat();
            let Some(Command::Sign(sign)) = parse(&arguments).expect("valid").command else {
                panic!("not sign");
            };
            sign.address(SystemTime::UNIX_EPOCH + Duration::from_secs(1_799_996_400))
        };
        let query = "expires=1800000000&signature=e8d24922dd9833452aa5d2ee5da048cd9f4504f898ed4d87b40ae7705e7e675b";
        assert_eq!(
            sign(&[]),
            Ok(format!("rtmp://localhost:8783/Stream1?{query}"))
        );
        let server = ["--server", "rtmps://host/"];
        assert_eq!(sign(&server), Ok(format!("rtmps://host/Stream1?{query}")));
        assert!(parse(&["sign", "--path", "/a"]).is_err(), "without a key");
        for (key, wrong) in [("", "empty"), ("0ne,0ther", "two stream keys")] {
            let args = parse(&["sign", "--path", "/a", "--key", key]).expect("refused later");
            let Some(Command::Sign(sign)) = args.command else {
                panic!("not sign");
            };
            let error = sign.address(SystemTime::now()).expect_err("no such key");
            assert!(error.contains(wrong) && !error.contains("0ne"), "{error}");
        }
        assert!(parse(&["sign", "--path", "/a", "--key", "k", "--port", "1"]).is_err());
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
