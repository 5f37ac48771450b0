//! Writes every kind of offline picture into a folder, to look at them:
//! `cargo run -p milestone-driver --example offline_pictures -- FOLDER`.

use std::path::PathBuf;
use std::{env, fs, io};

use milestone_driver::Problem;
use milestone_driver::picture::{Drawer, OfflineInfo, Phase, PictureState};

fn main() -> io::Result<()> {
    let folder = PathBuf::from(env::args().nth(1).unwrap_or_else(|| ".".to_owned()));
    fs::create_dir_all(&folder)?;
    let mut drawer = Drawer::new();
    for (name, state) in states() {
        let picture = drawer.draw(&state);
        for (phase, suffix) in [(Phase::White, "white"), (Phase::Cyan, "cyan")] {
            let jpeg = picture.jpeg(phase);
            let file = folder.join(format!("{name}-{suffix}.jpg"));
            fs::write(&file, &jpeg)?;
            println!("{:6} bytes  {}", jpeg.len(), file.display());
        }
    }
    Ok(())
}

fn states() -> Vec<(&'static str, PictureState)> {
    let ready = OfflineInfo::new("Stream 1", "rtmp://192.0.2.7:8783/stream1");
    let remote = OfflineInfo::new(
        "Stream 16",
        "rtmps://recording-server-07.surveillance.north.example.org:18783/site/harbour/gate/camera-west-0016",
    );
    let problems = [
        ("port-in-use", Problem::PortInUse { port: 8783 }),
        (
            "certificate-missing",
            Problem::CertificateMissing {
                file: r"C:\Program Files\Milestone\MIPDrivers\RTMPDriver\rtmp.pfx".to_owned(),
            },
        ),
        ("certificate-password", Problem::WrongCertificatePassword),
        (
            "certificate-unusable",
            Problem::CertificateUnusable {
                reason: "rtmp.pfx holds no private key".to_owned(),
            },
        ),
        (
            "listener-down",
            Problem::ListenerDown {
                reason: "permission denied (os error 13)".to_owned(),
            },
        ),
        (
            "codec-refused",
            Problem::CodecRefused {
                codec: "HEVC (H.265)".to_owned(),
            },
        ),
        ("no-key-frame", Problem::NoKeyFrameYet),
    ];
    let mut states = vec![
        ("plain", PictureState::Plain),
        ("ready", PictureState::Info(ready.clone())),
        ("long-url", PictureState::Info(remote)),
    ];
    for (name, problem) in problems {
        states.push((
            name,
            PictureState::Info(ready.clone().with_problem(problem)),
        ));
    }
    states
}
