//! Where everything is in an offline picture.

use super::WIDTH;
use super::canvas::{Canvas, Rgb, rounded_rect};
use super::scan::{Area, COLUMNS, ROWS, Scan};
use super::sign;
use super::state::{OfflineInfo, Phase, PublisherNeeds};
use super::text::{Fit, Line, Typeface, bounded};
use crate::problem::Problem;

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
const SIGN_SIZE: f32 = 84.0;

/// What a picture consists of. Parts that are equal look the same, in whichever picture.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Part {
    /// A tile of the plain picture.
    Plain,
    /// The camera's name.
    Name(String),
    Product,
    Sign(Phase),
    Headline(&'static str),
    Finding(Finding),
    /// The upper end of the panel with the address.
    AddressLabel(PublisherNeeds),
    /// The address to push to.
    Address(String),
}

/// What is the matter, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Finding {
    finding: String,
    advice: String,
    is_problem: bool,
}

impl Part {
    /// What the picture of `info` consists of, but for the sign.
    pub(super) fn all_of(info: &OfflineInfo) -> [Self; 6] {
        let headline = match info.problem {
            Some(Problem::NoKeyFrameYet) => "Publisher Connected",
            _ => "Stream Offline",
        };
        [
            Self::Name(bounded(&info.camera)),
            Self::Product,
            Self::Headline(headline),
            Self::Finding(Finding::of(info.problem.as_ref())),
            Self::AddressLabel(info.needs),
            Self::Address(bounded(&info.push_url)),
        ]
    }

    /// Where the part is: nothing of it is seen elsewhere. Together the parts of a picture cover it.
    pub(super) fn area(&self) -> Area {
        const SIGN: u16 = COLUMNS - 1;
        match self {
            Self::Plain => Area::new(0..1, 0..1),
            Self::Name(_) => Area::new(0..SIGN, 0..10),
            Self::Product => Area::new(0..SIGN, 10..14),
            Self::Sign(_) => Area::new(SIGN..COLUMNS, 0..14),
            Self::Headline(_) => Area::new(0..COLUMNS, 14..23),
            Self::Finding(_) => Area::new(0..COLUMNS, 23..34),
            Self::AddressLabel(_) => Area::new(0..COLUMNS, 34..37),
            Self::Address(_) => Area::new(0..COLUMNS, 37..ROWS),
        }
    }

    /// Draws and encodes the part.
    pub(super) fn draw(&self) -> Scan {
        let bottom = match self {
            Self::Plain => SKY,
            _ => GROUND,
        };
        let mut canvas = Canvas::new(SKY, bottom);
        match self {
            Self::Plain => {}
            Self::Name(camera) => draw_name(&mut canvas, camera),
            Self::Product => draw_product(&mut canvas),
            Self::Sign(phase) => draw_sign(&mut canvas, *phase),
            Self::Headline(headline) => draw_headline(&mut canvas, headline),
            Self::Finding(finding) => draw_finding(&mut canvas, finding),
            Self::AddressLabel(needs) => draw_address_label(&mut canvas, *needs),
            Self::Address(url) => draw_address(&mut canvas, url),
        }
        canvas.scan(self.area())
    }
}

fn draw_name(canvas: &mut Canvas, camera: &str) {
    let name = Fit {
        typeface: Typeface::Bold,
        largest: 104.0,
        smallest: 48.0,
        width: TEXT_WIDTH - 2.0 * SIGN_SIZE - 72.0,
    };
    draw_line(canvas, &name.line(camera), Typeface::Bold, 132.0, WHITE);
}

fn draw_product(canvas: &mut Canvas) {
    let product = Line {
        text: PRODUCT.to_owned(),
        size: 36.0,
    };
    draw_line(canvas, &product, Typeface::Medium, 188.0, GREY);
}

fn draw_sign(canvas: &mut Canvas, phase: Phase) {
    let color = match phase {
        Phase::White => WHITE,
        Phase::Cyan => CYAN,
    };
    sign::draw(canvas, RIGHT - SIGN_SIZE, 104.0, SIGN_SIZE, color);
}

impl Finding {
    fn of(problem: Option<&Problem>) -> Self {
        let (finding, advice) = match problem {
            Some(problem) => explain(problem),
            None => ("Ready for receiving...".to_owned(), String::new()),
        };
        Self {
            finding: bounded(&finding),
            advice: bounded(&advice),
            is_problem: problem.is_some(),
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
        Problem::NoPublisherPassword => (
            "Login wanted, no password set".to_owned(),
            "Give the hardware a password in XProtect, or choose another Publisher Authentication."
                .to_owned(),
        ),
        Problem::CodecRefused { codec } => (
            format!("{codec} was refused"),
            "Set the encoder of the publisher to H.264 or H.265.".to_owned(),
        ),
        Problem::NoKeyFrameYet => (
            "No key frame received yet".to_owned(),
            "Video begins with the publisher's next key frame.".to_owned(),
        ),
    }
}

fn draw_headline(canvas: &mut Canvas, headline: &str) {
    let fit = Fit {
        typeface: Typeface::Bold,
        largest: 120.0,
        smallest: 64.0,
        width: TEXT_WIDTH,
    };
    draw_line(canvas, &fit.line(headline), fit.typeface, 342.0, WHITE);
}

fn draw_finding(canvas: &mut Canvas, told: &Finding) {
    let finding = Fit {
        typeface: Typeface::Bold,
        largest: 72.0,
        smallest: 40.0,
        width: TEXT_WIDTH,
    };
    let color = match told.is_problem {
        true => AMBER,
        false => CYAN,
    };
    draw_line(
        canvas,
        &finding.line(&told.finding),
        finding.typeface,
        432.0,
        color,
    );
    let advice = Fit {
        typeface: Typeface::Medium,
        largest: 40.0,
        smallest: 34.0,
        width: TEXT_WIDTH,
    };
    let mut baseline = 484.0;
    for line in advice.paragraph(&told.advice, 2) {
        draw_line(canvas, &line, advice.typeface, baseline, PALE);
        baseline += line.size * 1.1;
    }
}

/// Where the panel along the bottom begins, which has the address.
const PANEL_TOP: f32 = 548.0;

fn draw_panel(canvas: &mut Canvas) {
    const HEIGHT_OF_PANEL: f32 = 144.0;
    if let Some(panel) = rounded_rect(
        MARGIN / 2.0,
        PANEL_TOP,
        f32::from(WIDTH) - MARGIN,
        HEIGHT_OF_PANEL,
        20.0,
    ) {
        canvas.fill(panel, PANEL);
    }
}

fn draw_address_label(canvas: &mut Canvas, needs: PublisherNeeds) {
    draw_panel(canvas);
    let text = match needs {
        PublisherNeeds::Nothing => "Push to",
        PublisherNeeds::StreamKey => {
            "Push to, with ?key= and the Stream Key of this camera behind it"
        }
        PublisherNeeds::Login => "Push to, with the user name and password of this hardware",
    };
    let label = Line {
        text: text.to_owned(),
        size: 32.0,
    };
    draw_line(canvas, &label, Typeface::Medium, PANEL_TOP + 34.0, GREY);
}

fn draw_address(canvas: &mut Canvas, url: &str) {
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
    draw_panel(canvas);
    if ONE_LINE.holds(url) {
        let line = ONE_LINE.line(url);
        draw_line(canvas, &line, ONE_LINE.typeface, PANEL_TOP + 112.0, WHITE);
    } else {
        let (server, path) = split_url(url);
        for (part, baseline) in [(server, 82.0), (path, 126.0)] {
            draw_line(
                canvas,
                &TWO_LINES.line(part),
                TWO_LINES.typeface,
                PANEL_TOP + baseline,
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
        canvas.fill(path, color);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_picture_cover_it_once() {
        let info = OfflineInfo::new("Stream 1", "rtmp://192.0.2.7:8783/stream1");
        let mut areas: Vec<_> = Part::all_of(&info).iter().map(Part::area).collect();
        areas.push(Part::Sign(Phase::White).area());
        for row in 0..ROWS {
            for column in 0..COLUMNS {
                let covering = areas
                    .iter()
                    .filter(|area| area.columns.contains(&column) && area.rows.contains(&row));
                assert_eq!(covering.count(), 1, "column {column}, row {row}");
            }
        }
    }
}
