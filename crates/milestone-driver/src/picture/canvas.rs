//! A picture being drawn: filled and stroked paths, and the JPEG in the end.

use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use tiny_skia::{
    Color, FillRule, GradientStop, LineCap, LineJoin, LinearGradient, Paint, Path, PathBuilder,
    Pixmap, Point, Rect, Shader, SpreadMode, Stroke, Transform,
};

use super::{HEIGHT, WIDTH};

/// The busiest picture stays below 80 KB, and its letters stay sharp.
const JPEG_QUALITY: u8 = 65;

/// An opaque colour, `0xRRGGBB`.
#[derive(Clone, Copy)]
pub(super) struct Rgb(pub(super) u32);

impl Rgb {
    fn color(self) -> Color {
        let [_, red, green, blue] = self.0.to_be_bytes();
        Color::from_rgba8(red, green, blue, u8::MAX)
    }
}

/// The pixels of whatever is being drawn. There is one for the process: allocators keep memory for each thread that
/// ever used it, and this is more than all the rest of a driver takes.
static PIXELS: LazyLock<Mutex<Pixmap>> = LazyLock::new(|| {
    Mutex::new(Pixmap::new(WIDTH.into(), HEIGHT.into()).expect("the size is not zero"))
});

pub(super) struct Canvas(MutexGuard<'static, Pixmap>);

impl Canvas {
    /// A canvas whose background runs from `top` to `bottom`. Waits while another picture is being drawn.
    pub(super) fn new(top: Rgb, bottom: Rgb) -> Self {
        let mut pixmap = PIXELS.lock().unwrap_or_else(PoisonError::into_inner);
        let (width, height) = (f32::from(WIDTH), f32::from(HEIGHT));
        let gradient = LinearGradient::new(
            Point::from_xy(0.0, 0.0),
            Point::from_xy(0.0, height),
            vec![
                GradientStop::new(0.0, top.color()),
                GradientStop::new(1.0, bottom.color()),
            ],
            SpreadMode::Pad,
            Transform::identity(),
        );
        let paint = Paint {
            shader: gradient.unwrap_or(Shader::SolidColor(top.color())),
            ..Paint::default()
        };
        if let Some(everything) = Rect::from_xywh(0.0, 0.0, width, height) {
            pixmap.fill_rect(everything, &paint, Transform::identity(), None);
        }
        Self(pixmap)
    }

    pub(super) fn fill(&mut self, path: &Path, color: Rgb) {
        self.0.fill_path(
            path,
            &solid(color),
            FillRule::Winding,
            Transform::identity(),
            None,
        );
    }

    pub(super) fn stroke(&mut self, path: &Path, width: f32, color: Rgb) {
        let stroke = Stroke {
            width,
            line_cap: LineCap::Round,
            line_join: LineJoin::Round,
            ..Stroke::default()
        };
        self.0
            .stroke_path(path, &solid(color), &stroke, Transform::identity(), None);
    }

    pub(super) fn into_jpeg(self) -> Bytes {
        let mut jpeg = Vec::new();
        let mut encoder = Encoder::new(&mut jpeg, JPEG_QUALITY);
        // Optimised Huffman tables would be smaller, but come with one scan per component, which some decoders get
        // wrong. Interleaved baseline with the standard tables is what every decoder knows.
        encoder.set_optimized_huffman_tables(false);
        encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
        encoder
            .encode(self.0.data(), WIDTH, HEIGHT, ColorType::Rgba)
            .expect("a full pixmap is encoded into memory");
        jpeg.into()
    }
}

fn solid(color: Rgb) -> Paint<'static> {
    Paint {
        shader: Shader::SolidColor(color.color()),
        anti_alias: true,
        ..Paint::default()
    }
}

/// A rectangle with round corners.
pub(super) fn rounded_rect(x: f32, y: f32, width: f32, height: f32, radius: f32) -> Option<Path> {
    /// How far a cubic's control point lies from the corner of a quarter circle: 1 − 4/3·(√2 − 1).
    const CORNER: f32 = 0.447_715;
    let (right, bottom, control) = (x + width, y + height, radius * CORNER);
    let mut path = PathBuilder::new();
    path.move_to(x + radius, y);
    path.line_to(right - radius, y);
    path.cubic_to(right - control, y, right, y + control, right, y + radius);
    path.line_to(right, bottom - radius);
    path.cubic_to(
        right,
        bottom - control,
        right - control,
        bottom,
        right - radius,
        bottom,
    );
    path.line_to(x + radius, bottom);
    path.cubic_to(x + control, bottom, x, bottom - control, x, bottom - radius);
    path.line_to(x, y + radius);
    path.cubic_to(x, y + control, x + control, y, x + radius, y);
    path.close();
    path.finish()
}
