//! Offline pictures, decoded and looked at.

use milestone_driver::Problem;
use milestone_driver::picture::{
    Drawer, HEIGHT, OfflineInfo, OfflinePicture, Phase, PictureState, PublisherNeeds, WIDTH,
};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;

/// 80 KB is the aim; the longest texts may take a little more.
const LARGEST_FILE: usize = 88 * 1024;

/// The pixels of a JPEG, three bytes each.
struct Decoded {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
}

impl Decoded {
    fn of(jpeg: &[u8]) -> Self {
        let mut decoder = JpegDecoder::new(ZCursor::new(jpeg));
        let rgb = decoder.decode().expect("a JPEG");
        let (width, height) = decoder.dimensions().expect("a size");
        Self { width, height, rgb }
    }

    fn pixel(&self, x: usize, y: usize) -> [i32; 3] {
        let at = (y * self.width + x) * 3;
        [0, 1, 2].map(|channel| i32::from(self.rgb[at + channel]))
    }

    fn brightest(&self, xs: std::ops::Range<usize>, ys: std::ops::Range<usize>) -> i32 {
        ys.flat_map(|y| xs.clone().map(move |x| (x, y)))
            .flat_map(|(x, y)| self.pixel(x, y))
            .max()
            .expect("an area")
    }
}

fn ready() -> OfflineInfo {
    OfflineInfo::new("Stream 1", "rtmp://192.0.2.7:8783/stream1")
}

fn every_problem() -> Vec<Problem> {
    let long = "an uncommonly long explanation ".repeat(40);
    vec![
        Problem::PortInUse { port: 65535 },
        Problem::CertificateMissing {
            file: r"C:\Program Files\Milestone\MIPDrivers\RTMPDriver\rtmp.pfx".to_owned(),
        },
        Problem::WrongCertificatePassword,
        Problem::CertificateUnusable {
            reason: long.clone(),
        },
        Problem::ListenerDown {
            reason: "W".repeat(500),
        },
        Problem::CodecRefused {
            codec: "HEVC (H.265)".to_owned(),
        },
        Problem::CodecRefused {
            codec: long.to_uppercase(),
        },
        Problem::NoKeyFrameYet,
    ]
}

fn every_state() -> Vec<PictureState> {
    let mut states = vec![PictureState::Plain, PictureState::Info(ready())];
    states.extend(
        every_problem()
            .into_iter()
            .map(|problem| PictureState::Info(ready().with_problem(problem))),
    );
    states
}

fn draw(state: &PictureState, phase: Phase) -> Decoded {
    Decoded::of(&Drawer::new().draw(state).jpeg(phase))
}

#[test]
fn every_picture_is_a_small_jpeg_of_1280_by_720() {
    let mut drawer = Drawer::new();
    for state in every_state() {
        let picture = drawer.draw(&state);
        for phase in [Phase::White, Phase::Cyan] {
            let jpeg = picture.jpeg(phase);
            assert!(jpeg.len() < LARGEST_FILE, "{} bytes: {state:?}", jpeg.len());
            let decoded = Decoded::of(&jpeg);
            assert_eq!(
                (decoded.width, decoded.height),
                (WIDTH.into(), HEIGHT.into())
            );
        }
    }
}

#[test]
fn drawing_takes_little_more_memory_than_pictures_keep() {
    /// A row of tiles has 80 KiB of pixels, the whole picture 3.5 MiB.
    const MOST_BYTES: u64 = 512 << 10;
    let mut drawer = Drawer::new();
    for state in every_state() {
        let drawing = allocation_counter::measure(|| drop(drawer.draw(&state)));
        assert!(
            drawing.bytes_max < MOST_BYTES,
            "{} bytes: {state:?}",
            drawing.bytes_max
        );
    }
}

#[test]
fn different_states_give_different_pictures() {
    let pictures: Vec<_> = every_state()
        .iter()
        .map(|state| draw(state, Phase::White).rgb)
        .collect();
    for (index, picture) in pictures.iter().enumerate() {
        assert!(
            !pictures[..index].contains(picture),
            "picture {index} is not new"
        );
    }
}

#[test]
fn camera_and_address_are_part_of_the_picture() {
    let first = draw(&PictureState::Info(ready()), Phase::White);
    let named = OfflineInfo::new("Stream 2", "rtmp://192.0.2.7:8783/stream1");
    let elsewhere = OfflineInfo::new("Stream 1", "rtmp://192.0.2.7:8783/stream2");
    assert!(first.rgb != draw(&PictureState::Info(named), Phase::White).rgb);
    assert!(first.rgb != draw(&PictureState::Info(elsewhere), Phase::White).rgb);
}

#[test]
fn the_sign_alternates_and_nothing_else_does() {
    const SIGN: (std::ops::Range<usize>, std::ops::Range<usize>) = (1000..1280, 0..224);
    for problem in [None, Some(Problem::NoKeyFrameYet)] {
        let state = PictureState::Info(ready().with_problem(problem));
        let (white, cyan) = (draw(&state, Phase::White), draw(&state, Phase::Cyan));
        // The tip of the mast.
        let tip = (1132, 104);
        let [red, green, blue] = white.pixel(tip.0, tip.1);
        assert!(
            red > 230 && green > 230 && blue > 230,
            "white: {red} {green} {blue}"
        );
        let [red, green, blue] = cyan.pixel(tip.0, tip.1);
        assert!(
            red < 80 && green > 180 && blue > 200,
            "cyan: {red} {green} {blue}"
        );
        for y in 0..white.height {
            for x in 0..white.width {
                if !(SIGN.0.contains(&x) && SIGN.1.contains(&y)) {
                    assert_eq!(white.pixel(x, y), cyan.pixel(x, y), "at {x}, {y}");
                }
            }
        }
    }
}

#[test]
fn a_plain_picture_is_dark_all_over() {
    let plain = draw(&PictureState::Plain, Phase::Cyan);
    assert!(plain.brightest(0..plain.width, 0..plain.height) < 60);
}

#[test]
fn long_texts_stay_inside_the_picture() {
    let camera = "Harbour entrance north, mast 4, camera facing the lighthouse ".repeat(3);
    let url = format!(
        "rtmps://{}.example.org:65535/{}",
        "very-long-host".repeat(12),
        "a/deep/path/".repeat(30)
    );
    for problem in every_problem() {
        let info = OfflineInfo::new(camera.clone(), url.clone()).with_problem(problem);
        let picture = draw(&PictureState::Info(info), Phase::White);
        for margin in [0..24, 1256..1280] {
            assert!(picture.brightest(margin, 0..720) < 80);
        }
        assert!(
            picture.brightest(32..1248, 532..546) < 80,
            "text runs into the address panel"
        );
    }
}

#[test]
fn odd_texts_are_drawn_too() {
    for text in [
        "",
        " ",
        "\u{0}\u{1b}[31m\r\n",
        "\u{202e}gnp.1",
        "摄像机",
        "Ωμέγα Ёлка Größe",
        "\u{10FFFF}",
    ] {
        let info = OfflineInfo::new(text, text).with_problem(Problem::ListenerDown {
            reason: text.to_owned(),
        });
        let picture = draw(&PictureState::Info(info), Phase::White);
        assert_eq!(picture.width, usize::from(WIDTH), "{text:?}");
    }
}

#[test]
fn pictures_that_share_parts_look_like_pictures_that_share_none() {
    let mut shared = Drawer::new();
    for state in every_state().iter().chain(&every_state()) {
        let picture = shared.draw(state);
        for phase in [Phase::White, Phase::Cyan] {
            assert_eq!(picture.jpeg(phase), Drawer::new().draw(state).jpeg(phase));
        }
    }
}

#[test]
fn the_plain_picture_is_there_without_being_drawn() {
    let drawn = Drawer::new().draw(&PictureState::Plain);
    let there = OfflinePicture::plain().jpeg(Phase::Cyan);
    assert_eq!(drawn.jpeg(Phase::White).as_ptr(), there.as_ptr());
}

#[test]
fn phases_alternate() {
    assert_eq!(Phase::default(), Phase::White);
    assert_eq!(Phase::White.next(), Phase::Cyan);
    assert_eq!(Phase::Cyan.next(), Phase::White);
}

/// The label over the address says what publishers need besides, within the picture.
#[test]
fn the_label_says_what_publishers_need() {
    let mut drawer = Drawer::new();
    let mut draw = |needs| {
        let picture = drawer.draw(&PictureState::Info(ready().with_needs(needs)));
        picture.jpeg(Phase::White)
    };
    let [nothing, key, login] = [
        PublisherNeeds::Nothing,
        PublisherNeeds::StreamKey,
        PublisherNeeds::Login,
    ]
    .map(&mut draw);
    assert!(nothing != key && key != login && login != nothing);
    for jpeg in [key, login] {
        let picture = Decoded::of(&jpeg);
        let right_of_the_text = picture.brightest(1200..1240, 560..600);
        assert!(right_of_the_text < 100, "{right_of_the_text}");
        let end_of_the_text = picture.brightest(700..1100, 560..600);
        assert!(end_of_the_text > 120, "{end_of_the_text}");
    }
}
