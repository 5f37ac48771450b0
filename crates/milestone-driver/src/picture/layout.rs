//! Where everything is in an offline picture.

use bytes::Bytes;

use super::WIDTH;
use super::canvas::{Canvas, Rgb, rounded_rect};
use super::sign;
use super::state::{OfflineInfo, Phase, Problem};
use super::text::{Fit, Line, Typeface};

/// Shown on every picture, so that a support call can begin with it.
const PRODUCT: &str = concat!("RTMP Push Driver ", env!("CARGO_PKG_VERSION"));

const SKY: Rgb = Rgb(0x0B_1220);
const GROUND: Rgb = Rgb(0x14_2036);
const PANEL: Rgb = Rgb(0x06_0B15);
const WHITE: Rgb = Rgb(0xFF_FFFF);
const CYAN: Rgb = Rgb(0x22_D3EE);
const AMBER: Rgb = Rgb(0xFB_BF24);
const PALE: Rgb = Rgb(0xDD_E5F0);
const GREY: Rgb = Rgb(0x9F_B0C8);

const MARGIN: f32 = 64.0;
const RIGHT: f32 = WIDTH as f32 - MARGIN;
const TEXT_WIDTH: f32 = RIGHT - MARGIN;

/// The picture while *Show Stream Offline Info* is off.
pub(super) fn draw_plain() -> Bytes {
    Canvas::new(SKY, SKY).into_jpeg()
}

/// The picture that tells `info`.
pub(super) fn draw_info(info: &OfflineInfo, phase: Phase) -> Bytes {
    let mut canvas = Canvas::new(SKY, GROUND);
    draw_header(&mut canvas, &info.camera, phase);
    draw_message(&mut canvas, &Message::of(info.problem.as_ref()));
    draw_push_url(&mut canvas, &info.push_url);
    canvas.into_jpeg()
}

/// Camera and product on the left, the sign on the right.
fn draw_header(canvas: &mut Canvas, camera: &str, phase: Phase) {
    const SIGN_SIZE: f32 = 84.0;
    let name = Fit {
        typeface: Typeface::Bold,
        largest: 104.0,
        smallest: 48.0,
        width: TEXT_WIDTH - 2.0 * SIGN_SIZE - 48.0,
    };
    draw_line(canvas, &name.line(camera), Typeface::Bold, 132.0, WHITE);
    let product = Line {
        text: PRODUCT.to_owned(),
        size: 36.0,
    };
    draw_line(canvas, &product, Typeface::Medium, 188.0, GREY);
    let color = match phase {
        Phase::White => WHITE,
        Phase::Cyan => CYAN,
    };
    sign::draw(canvas, RIGHT - SIGN_SIZE, 104.0, SIGN_SIZE, color);
}

/// What the middle of the picture says, in letters of three sizes.
struct Message {
    headline: &'static str,
    finding: String,
    advice: String,
    color: Rgb,
}

impl Message {
    fn of(problem: Option<&Problem>) -> Self {
        let Some(problem) = problem else {
            return Self {
                headline: "Stream Offline",
                finding: "Ready for receiving...".to_owned(),
                advice: String::new(),
                color: CYAN,
            };
        };
        let headline = match problem {
            Problem::NoKeyFrameYet => "Publisher Connected",
            _ => "Stream Offline",
        };
        let (finding, advice) = explain(problem);
        Self {
            headline,
            finding,
            advice,
            color: AMBER,
        }
    }
}

/// What is wrong, and what to do about it.
fn explain(problem: &Problem) -> (String, String) {
    match problem {
        Problem::PortInUse { port } => (
            format!("Port {port} is in use"),
            "Choose another Server Port, or stop the program that holds it.".to_owned(),
        ),
        Problem::CertificateMissing { file } => {
            ("TLS certificate file missing".to_owned(), file.clone())
        }
        Problem::WrongCertificatePassword => (
            "Wrong TLS certificate password".to_owned(),
            "rtmp.pfx does not open with the TLS Certificate Password of the settings.".to_owned(),
        ),
        Problem::CertificateUnusable { reason } => {
            ("TLS certificate cannot be used".to_owned(), reason.clone())
        }
        Problem::ListenerDown { reason } => ("Not listening".to_owned(), reason.clone()),
        Problem::CodecRefused { codec } => (
            format!("{codec} was refused"),
            "Set the encoder of the publisher to H.264.".to_owned(),
        ),
        Problem::NoKeyFrameYet => (
            "No key frame received yet".to_owned(),
            "Video begins with the publisher's next key frame.".to_owned(),
        ),
    }
}

fn draw_message(canvas: &mut Canvas, message: &Message) {
    let headline = Fit {
        typeface: Typeface::Bold,
        largest: 120.0,
        smallest: 64.0,
        width: TEXT_WIDTH,
    };
    draw_line(
        canvas,
        &headline.line(message.headline),
        headline.typeface,
        342.0,
        WHITE,
    );
    let finding = Fit {
        typeface: Typeface::Bold,
        largest: 72.0,
        smallest: 40.0,
        width: TEXT_WIDTH,
    };
    draw_line(
        canvas,
        &finding.line(&message.finding),
        finding.typeface,
        432.0,
        message.color,
    );
    let advice = Fit {
        typeface: Typeface::Medium,
        largest: 40.0,
        smallest: 34.0,
        width: TEXT_WIDTH,
    };
    let mut baseline = 484.0;
    for line in advice.paragraph(&message.advice, 2) {
        draw_line(canvas, &line, advice.typeface, baseline, PALE);
        baseline += line.size * 1.1;
    }
}

/// The address to push to, in a panel of its own along the bottom.
fn draw_push_url(canvas: &mut Canvas, url: &str) {
    const TOP: f32 = 548.0;
    const HEIGHT_OF_PANEL: f32 = 144.0;
    const ONE_LINE: Fit = Fit {
        typeface: Typeface::Mono,
        largest: 62.0,
        smallest: 42.0,
        width: TEXT_WIDTH,
    };
    const TWO_LINES: Fit = Fit {
        largest: 42.0,
        smallest: 30.0,
        ..ONE_LINE
    };
    if let Some(panel) = rounded_rect(
        MARGIN / 2.0,
        TOP,
        f32::from(WIDTH) - MARGIN,
        HEIGHT_OF_PANEL,
        20.0,
    ) {
        canvas.fill(&panel, PANEL);
    }
    let label = Line {
        text: "Push to".to_owned(),
        size: 32.0,
    };
    draw_line(canvas, &label, Typeface::Medium, TOP + 42.0, GREY);
    if ONE_LINE.holds(url) {
        let line = ONE_LINE.line(url);
        draw_line(canvas, &line, ONE_LINE.typeface, TOP + 112.0, WHITE);
    } else {
        let (server, path) = split_url(url);
        for (part, baseline) in [(server, 82.0), (path, 126.0)] {
            draw_line(
                canvas,
                &TWO_LINES.line(part),
                TWO_LINES.typeface,
                TOP + baseline,
                WHITE,
            );
        }
    }
}

/// `rtmp://host:port` and `/path`.
fn split_url(url: &str) -> (&str, &str) {
    let host = url.find("://").map_or(0, |scheme| scheme + 3);
    let path = url[host..]
        .find('/')
        .map_or(url.len(), |slash| host + slash);
    url.split_at(path)
}

fn draw_line(canvas: &mut Canvas, line: &Line, typeface: Typeface, baseline: f32, color: Rgb) {
    if let Some(path) = typeface.path(&line.text, MARGIN, baseline, line.size) {
        canvas.fill(&path, color);
    }
}
