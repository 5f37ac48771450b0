//! Text as paths, made to fit.

use std::sync::LazyLock;

use skrifa::charmap::Charmap;
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::outline::{DrawSettings, OutlineGlyphCollection, OutlinePen};
use skrifa::{FontRef, GlyphId, MetadataProvider};
use tiny_skia::{Path, PathBuilder};

static BOLD: LazyLock<Face> =
    LazyLock::new(|| Face::embedded(include_bytes!("fonts/Roboto-Bold.ttf")));
static MEDIUM: LazyLock<Face> =
    LazyLock::new(|| Face::embedded(include_bytes!("fonts/Roboto-Medium.ttf")));
static MONO: LazyLock<Face> =
    LazyLock::new(|| Face::embedded(include_bytes!("fonts/RobotoMono-Medium.ttf")));

/// Longest text of a picture, in characters; more could not be read anyway.
const LONGEST_TEXT: usize = 300;

/// `text`, or its beginning and its end if it is too long for a picture.
pub(super) fn bounded(text: &str) -> String {
    match text.char_indices().nth(LONGEST_TEXT) {
        None => text.to_owned(),
        Some(_) => {
            let characters: Vec<char> = text.chars().collect();
            without_middle(&characters, LONGEST_TEXT / 2, LONGEST_TEXT / 2)
        }
    }
}

/// A font, in font units.
struct Face {
    units_per_em: f32,
    characters: Charmap<'static>,
    metrics: GlyphMetrics<'static>,
    outlines: OutlineGlyphCollection<'static>,
}

impl Face {
    fn embedded(file: &'static [u8]) -> Self {
        let font = FontRef::new(file).expect("the embedded font is a font");
        let (size, location) = (Size::unscaled(), LocationRef::default());
        Self {
            units_per_em: font.metrics(size, location).units_per_em.into(),
            characters: font.charmap(),
            metrics: font.glyph_metrics(size, location),
            outlines: font.outline_glyphs(),
        }
    }
}

/// A typeface of the picture.
#[derive(Clone, Copy)]
pub(super) enum Typeface {
    Bold,
    Medium,
    /// For what people type: l, I and 1 differ.
    Mono,
}

impl Typeface {
    /// Where to look for a glyph, in this order.
    fn faces(self) -> [&'static Face; 2] {
        match self {
            Self::Bold => [&BOLD, &MEDIUM],
            Self::Medium => [&MEDIUM, &BOLD],
            Self::Mono => [&MONO, &MEDIUM],
        }
    }

    /// The glyph of `character`, or the mark for a missing one.
    fn glyph(self, character: char) -> Glyph {
        let faces = self.faces();
        let found = faces
            .iter()
            .find_map(|face| Some((*face, face.characters.map(character)?)));
        let (face, id) = found.unwrap_or((faces[0], GlyphId::NOTDEF));
        Glyph { face, id }
    }

    /// Width of `text` in pixels.
    pub(super) fn width(self, text: &str, size: f32) -> f32 {
        printable(text)
            .map(|character| self.glyph(character).advance(size))
            .sum()
    }

    /// The outline of `text`, beginning at `x` on the line at height `baseline`.
    pub(super) fn path(self, text: &str, mut x: f32, baseline: f32, size: f32) -> Option<Path> {
        let mut path = PathBuilder::new();
        for character in printable(text) {
            let glyph = self.glyph(character);
            let mut pen = Pen {
                path: &mut path,
                x,
                baseline,
                scale: glyph.scale(size),
            };
            glyph.outline(&mut pen);
            x += glyph.advance(size);
        }
        path.finish()
    }
}

/// Control characters have no glyph and no place in a picture.
fn printable(text: &str) -> impl DoubleEndedIterator<Item = char> {
    text.chars().filter(|character| !character.is_control())
}

#[derive(Clone, Copy)]
struct Glyph {
    face: &'static Face,
    id: GlyphId,
}

impl Glyph {
    /// Pixels per font unit.
    fn scale(self, size: f32) -> f32 {
        size / self.face.units_per_em
    }

    fn advance(self, size: f32) -> f32 {
        self.face.metrics.advance_width(self.id).unwrap_or_default() * self.scale(size)
    }

    fn outline(self, pen: &mut Pen<'_>) {
        if let Some(outline) = self.face.outlines.get(self.id) {
            let settings = DrawSettings::unhinted(Size::unscaled(), LocationRef::default());
            // A glyph that the font has damaged is left out.
            let _ = outline.draw(settings, pen);
        }
    }
}

/// Puts a glyph's outline, whose y grows upwards, into the picture, whose y grows downwards.
struct Pen<'a> {
    path: &'a mut PathBuilder,
    x: f32,
    baseline: f32,
    scale: f32,
}

impl Pen<'_> {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (self.x + x * self.scale, self.baseline - y * self.scale)
    }
}

impl OutlinePen for Pen<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}

/// A line of text at the size at which it fits.
pub(super) struct Line {
    pub(super) text: String,
    pub(super) size: f32,
}

/// Text that may have to shrink.
#[derive(Clone, Copy)]
pub(super) struct Fit {
    pub(super) typeface: Typeface,
    pub(super) largest: f32,
    pub(super) smallest: f32,
    pub(super) width: f32,
}

impl Fit {
    /// Whether `text` fits without losing anything.
    pub(super) fn holds(self, text: &str) -> bool {
        self.typeface.width(text, self.smallest) <= self.width
    }

    /// `text` as large as it fits; at the smallest size, its middle gives way to an ellipsis, so that the beginning
    /// (a host) and the end (a stream path) stay.
    pub(super) fn line(self, text: &str) -> Line {
        let natural = self.typeface.width(text, self.largest);
        let size = (self.largest * self.width / natural).clamp(self.smallest, self.largest);
        if natural * size / self.largest <= self.width * 1.001 {
            return Line {
                text: text.to_owned(),
                size,
            };
        }
        Line {
            text: self.shortened(text, size),
            size,
        }
    }

    /// As much of the beginning and of the end of `text` as fits at `size`, with an ellipsis between them.
    fn shortened(self, text: &str, size: f32) -> String {
        let characters: Vec<char> = printable(text).collect();
        let width = |character| self.typeface.glyph(character).advance(size);
        let mut room = self.width - width('…');
        let (mut head, mut tail) = (0, 0);
        while head + tail < characters.len() {
            let (next, taken) = match head > tail {
                false => (characters[head], &mut head),
                true => (characters[characters.len() - 1 - tail], &mut tail),
            };
            room -= width(next);
            if room < 0.0 {
                break;
            }
            *taken += 1;
        }
        without_middle(&characters, head, tail)
    }

    /// `text` in one line if that holds it, else in up to `lines` lines broken between words and as large as they
    /// fit; what is too long loses its end.
    pub(super) fn paragraph(self, text: &str, lines: usize) -> Vec<Line> {
        const SMALLER: f32 = 0.94;
        if self.holds(text) {
            return vec![self.line(text)];
        }
        let mut size = self.largest;
        let mut wrapped = self.wrap(text, size);
        while wrapped.len() > lines && size > self.smallest {
            size = (size * SMALLER).max(self.smallest);
            wrapped = self.wrap(text, size);
        }
        if wrapped.len() > lines {
            wrapped.truncate(lines);
            if let Some(last) = wrapped.last_mut() {
                last.push('…');
            }
        }
        let at_this_size = Self {
            largest: size,
            ..self
        };
        wrapped.iter().map(|line| at_this_size.line(line)).collect()
    }

    fn wrap(self, text: &str, size: f32) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split_whitespace() {
            if let Some(line) = lines.last_mut() {
                let longer = format!("{line} {word}");
                if self.typeface.width(&longer, size) <= self.width {
                    *line = longer;
                    continue;
                }
            }
            lines.push(word.to_owned());
        }
        lines
    }
}

/// `head` characters from the beginning and `tail` from the end.
fn without_middle(characters: &[char], head: usize, tail: usize) -> String {
    let (head, rest) = characters.split_at(head);
    let (_, tail) = rest.split_at(rest.len() - tail);
    head.iter().chain(&['…']).chain(tail).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIT: Fit = Fit {
        typeface: Typeface::Mono,
        largest: 60.0,
        smallest: 30.0,
        width: 600.0,
    };

    fn fits(line: &Line) -> bool {
        FIT.typeface.width(&line.text, line.size) <= FIT.width * 1.001
    }

    #[test]
    fn short_text_has_the_largest_size() {
        let line = FIT.line("rtmp");
        assert_eq!((line.text.as_str(), line.size), ("rtmp", FIT.largest));
    }

    #[test]
    fn longer_text_shrinks_before_it_loses_anything() {
        let text = "rtmp://192.0.2.7:8783/s1";
        let line = FIT.line(text);
        assert_eq!(line.text, text);
        assert!(line.size < FIT.largest && line.size > FIT.smallest && fits(&line));
    }

    #[test]
    fn too_long_text_keeps_its_beginning_and_its_end() {
        let line = FIT.line(&format!("rtmp://host/{}/stream16", "x".repeat(200)));
        assert!(line.text.starts_with("rtmp://host/") && line.text.ends_with("/stream16"));
        assert!(line.text.contains('…') && line.size == FIT.smallest && fits(&line));
    }

    #[test]
    fn a_paragraph_breaks_between_words() {
        let lines = FIT.paragraph("Choose another Server Port, or stop the other", 2);
        let texts: Vec<_> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(
            texts.join(" "),
            "Choose another Server Port, or stop the other"
        );
        assert!(lines.len() == 2 && lines.iter().all(fits));
    }

    #[test]
    fn an_endless_paragraph_ends_with_an_ellipsis() {
        let lines = FIT.paragraph(&"word ".repeat(300), 2);
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(fits) && lines[1].text.ends_with('…'));
    }

    #[test]
    fn a_glyph_missing_in_one_face_is_taken_from_the_next() {
        let cyrillic = Typeface::Mono.glyph('Ж');
        assert_ne!(cyrillic.id, GlyphId::NOTDEF);
        assert_eq!(Typeface::Mono.glyph('机').id, GlyphId::NOTDEF);
    }
}
