//! A part of a picture being drawn: filled and stroked paths, and the scan in the end.

use tiny_skia::{Color, ColorU8};
use tiny_skia::{
    FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, PixmapMut, PremultipliedColorU8, Shader,
    Stroke, Transform,
};

use super::HEIGHT;
use super::scan::{Area, Scan};

/// An opaque colour, `0xRRGGBB`.
#[derive(Clone, Copy)]
pub(super) struct Rgb(pub(super) u32);

impl Rgb {
    fn components(self) -> [u8; 3] {
        let [_, red, green, blue] = self.0.to_be_bytes();
        [red, green, blue]
    }

    fn color(self) -> Color {
        let [red, green, blue] = self.components();
        Color::from_rgba8(red, green, blue, u8::MAX)
    }

    fn pixel(self) -> PremultipliedColorU8 {
        let [red, green, blue] = self.components();
        ColorU8::from_rgba(red, green, blue, u8::MAX).premultiply()
    }

    /// The colour at `y` of a picture whose colour runs from `self` at the top to `bottom`.
    fn towards(self, bottom: Self, y: u16) -> Self {
        let (y, height) = (u32::from(y), u32::from(HEIGHT));
        let [top, bottom] = [self.components(), bottom.components()];
        let mixed = top.into_iter().zip(bottom).map(|(top, bottom)| {
            (u32::from(top) * (height - y) + u32::from(bottom) * y + height / 2) / height
        });
        Self(mixed.fold(0, |color, component| color << 8 | component))
    }
}

/// What is drawn on a part of a picture, in the order in which it is drawn. Paths have their place in the whole picture;
/// what lies beside the part is left out.
pub(super) struct Canvas {
    top: Rgb,
    bottom: Rgb,
    shapes: Vec<Shape>,
}

struct Shape {
    path: Path,
    color: Rgb,
}

impl Canvas {
    /// A picture whose background runs from `top` to `bottom`.
    pub(super) fn new(top: Rgb, bottom: Rgb) -> Self {
        Self {
            top,
            bottom,
            shapes: Vec::new(),
        }
    }

    pub(super) fn fill(&mut self, path: Path, color: Rgb) {
        self.shapes.push(Shape { path, color });
    }

    pub(super) fn stroke(&mut self, path: &Path, width: f32, color: Rgb) {
        let stroke = Stroke {
            width,
            line_cap: LineCap::Round,
            line_join: LineJoin::Round,
            ..Stroke::default()
        };
        if let Some(outline) = path.stroke(&stroke, 1.0) {
            self.fill(outline, color);
        }
    }

    /// What of it lies in `area`.
    pub(super) fn scan(&self, area: Area) -> Scan {
        Scan::encode(area, |strip, pixels| self.paint(strip, pixels))
    }

    fn paint(&self, area: &Area, pixels: &mut [u8]) {
        let ((left, upper), (width, height)) = (area.origin(), area.size());
        let mut pixmap = PixmapMut::from_bytes(pixels, width.into(), height.into())
            .expect("there are as many pixels as the area has");
        let rows = pixmap.pixels_mut().chunks_exact_mut(width.into());
        for (row, y) in rows.zip(upper..) {
            row.fill(self.top.towards(self.bottom, y).pixel());
        }
        let into_area = Transform::from_translate(-f32::from(left), -f32::from(upper));
        for Shape { path, color } in &self.shapes {
            pixmap.fill_path(path, &solid(*color), FillRule::Winding, into_area, None);
        }
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
