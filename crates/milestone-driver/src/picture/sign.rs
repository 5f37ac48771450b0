//! The broadcast sign: a mast that sends waves to both sides.

use std::f32::consts::FRAC_PI_4;

use tiny_skia::{Path, PathBuilder};

use super::canvas::{Canvas, Rgb};

/// Draws the sign around (`x`, `y`), the tip of its mast; it reaches `size` to the left and to the right.
pub(super) fn draw(canvas: &mut Canvas, x: f32, y: f32, size: f32, color: Rgb) {
    let line = size * 0.11;
    if let Some(tip) = PathBuilder::from_circle(x, y, size * 0.15) {
        canvas.fill(tip, color);
    }
    if let Some(mast) = mast(x, y, size) {
        canvas.stroke(&mast, line, color);
    }
    for radius in [size * 0.45, size * 0.72, size * 0.99] {
        for towards in [-1.0, 1.0] {
            if let Some(wave) = wave(x, y, radius, towards) {
                canvas.stroke(&wave, line, color);
            }
        }
    }
}

/// Two legs that stand apart.
fn mast(x: f32, y: f32, size: f32) -> Option<Path> {
    let (foot, half) = (y + size, size * 0.36);
    let mut path = PathBuilder::new();
    path.move_to(x - half, foot);
    path.line_to(x, y);
    path.line_to(x + half, foot);
    path.finish()
}

/// A quarter circle that opens to the left (`towards` −1) or to the right (+1).
fn wave(x: f32, y: f32, radius: f32, towards: f32) -> Option<Path> {
    const STEPS: u8 = 24;
    let mut path = PathBuilder::new();
    for step in 0..=STEPS {
        let part = f32::from(step) / f32::from(STEPS);
        let (sin, cos) = ((part * 2.0 - 1.0) * FRAC_PI_4).sin_cos();
        let (px, py) = (x + towards * radius * cos, y + radius * sin);
        if step == 0 {
            path.move_to(px, py);
        } else {
            path.line_to(px, py);
        }
    }
    path.finish()
}
