//! Where everything is in an offline picture.

use bytes::Bytes;

use super::canvas::{Canvas, Rgb, rounded_rect};
use super::sign;
use super::state::{OfflineInfo, Phase, Problem};
use super::text::{Fit, Line, Typeface};
use super::{HEIGHT, WIDTH};

/// Shown on every picture, so that a support call can begin with it.
const PRODUCT: &str = concat!("RTMP Push Driver ", env!("CARGO_PKG_VERSION"));

const SKY: Rgb = Rgb(0x0B_1220);
const GROUND: Rgb = Rgb(0x14_2036);
const PANEL: Rgb = Rgb(0x06_0B15);
const WHITE: Rgb = Rgb(0xFF_FFFF);
const CYAN: Rgb = Rgb(0x22_D3EE);
const AMBER: Rgb = Rgb(0xFB_BF24);
const GREY: Rgb = Rgb(0x9F_B0C8);

const MARGIN: f32 = 64.0;
const RIGHT: f32 = WIDTH as f32 - MARGIN;

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
        width: RIGHT - MARGIN - 2.0 * SIGN_SIZE - 48.0,
    };
    draw_line(canvas, &name.line(camera), Typeface::Bold, 138.0, WHITE);
    let product = Line {
        text: PRODUCT.to_owned(),
        size: 36.0,
    };
    draw_line(canvas, &product, Typeface::Medium, 196.0, GREY);
    let color = match phase {
        Phase::White => WHITE,
        Phase::Cyan => CYAN,
    };
    sign::draw(canvas, RIGHT - SIGN_SIZE, 112.0, SIGN_SIZE, color);
}

/// What the middle of the picture says.
struct Message {
    headline: &'static str,
    text: String,
    color: Rgb,
}

impl Message {
    fn of(problem: Option<&Problem>) -> Self {
        let Some(problem) = problem else {
            return Self {
                headline: "Stream Offline",
                text: "Ready for receiving...".to_owned(),
                color: CYAN,
            };
        };
        let headline = match problem {
            Problem::NoKeyFrameYet => "Publisher Connected",
            _ => "Stream Offline",
        };
        Self {
            headline,
            text: explain(problem),
            color: AMBER,
        }
    }
}

/// What is wrong and what to do about it.
fn explain(problem: &Problem) -> String {
    match problem {
        Problem::PortInUse { port } => {
            format!(
                "Port {port} is in use by another program. Change Server Port, or stop the other program."
            )
        }
        Problem::CertificateMissing { file } => {
            format!("TLS is enabled, but the certificate file is missing: {file}")
        }
        Problem::WrongCertificatePassword => {
            "Wrong TLS Certificate Password: rtmp.pfx cannot be opened with it.".to_owned()
        }
        Problem::CertificateUnusable { reason } => {
            format!("The TLS certificate cannot be used: {reason}")
        }
        Problem::ListenerDown { reason } => format!("Not listening: {reason}"),
        Problem::CodecRefused { codec } => {
            format!("A publisher was refused: it sends {codec}. Set the encoder to H.264.")
        }
        Problem::NoKeyFrameYet => {
            "No key frame received yet. Waiting for the first one...".to_owned()
        }
    }
}

fn draw_message(canvas: &mut Canvas, message: &Message) {
    const LINES: usize = 2;
    let headline = Fit {
        typeface: Typeface::Bold,
        largest: 124.0,
        smallest: 64.0,
        width: RIGHT - MARGIN,
    };
    draw_line(
        canvas,
        &headline.line(message.headline),
        Typeface::Bold,
        358.0,
        WHITE,
    );
    let text = Fit {
        typeface: Typeface::Medium,
        largest: 62.0,
        smallest: 36.0,
        width: RIGHT - MARGIN,
    };
    let mut baseline = 444.0;
    for line in text.paragraph(&message.text, LINES) {
        draw_line(canvas, &line, Typeface::Medium, baseline, message.color);
        baseline += line.size * 1.25;
    }
}

/// The address to push to, in a panel of its own along the bottom.
fn draw_push_url(canvas: &mut Canvas, url: &str) {
    const TOP: f32 = 548.0;
    const PADDING: f32 = 32.0;
    let height = f32::from(HEIGHT) - TOP - MARGIN / 2.0;
    if let Some(panel) = rounded_rect(MARGIN / 2.0, TOP, f32::from(WIDTH) - MARGIN, height, 20.0) {
        canvas.fill(&panel, PANEL);
    }
    let label = Line {
        text: "Push to".to_owned(),
        size: 34.0,
    };
    draw_line(canvas, &label, Typeface::Medium, TOP + 46.0, GREY);
    let address = Fit {
        typeface: Typeface::Mono,
        largest: 60.0,
        smallest: 30.0,
        width: RIGHT - MARGIN,
    };
    draw_line(
        canvas,
        &address.line(url),
        Typeface::Mono,
        TOP + height - PADDING,
        WHITE,
    );
}

fn draw_line(canvas: &mut Canvas, line: &Line, typeface: Typeface, baseline: f32, color: Rgb) {
    if let Some(path) = typeface.path(&line.text, MARGIN, baseline, line.size) {
        canvas.fill(&path, color);
    }
}
