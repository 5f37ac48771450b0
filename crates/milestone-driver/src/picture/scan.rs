//! Parts of a picture, encoded by themselves and joined to a JPEG.
//!
//! Between restart markers the coding of a JPEG depends on nothing that came before (ITU-T T.81, section F.1.1.5.1: the
//! predictions of DC coefficients begin anew). So a picture whose restart interval is a *tile* can be put together from
//! tiles that were encoded at different times, of which many are the same in many pictures.

use std::iter;
use std::ops::Range;
use std::sync::LazyLock;

use bytes::Bytes;
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

use super::{HEIGHT, WIDTH};

/// The busiest picture stays below 80 KB, and its letters stay sharp.
const JPEG_QUALITY: u8 = 65;

/// Side of a minimum coded unit: two by two blocks of eight, as the chroma is sampled half as often.
const UNIT: u16 = 16;
/// Minimum coded units of a tile: the restart interval.
const TILE_UNITS: u16 = 16;
pub(super) const TILE_WIDTH: u16 = TILE_UNITS * UNIT;
pub(super) const TILE_HEIGHT: u16 = UNIT;
pub(super) const COLUMNS: u16 = WIDTH / TILE_WIDTH;
pub(super) const ROWS: u16 = HEIGHT / TILE_HEIGHT;

const BYTES_PER_PIXEL: usize = 4;

/// A rectangle of tiles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) columns: Range<u16>,
    pub(super) rows: Range<u16>,
}

impl Area {
    pub(super) const fn new(columns: Range<u16>, rows: Range<u16>) -> Self {
        Self { columns, rows }
    }

    /// Position of the upper left pixel.
    pub(super) fn origin(&self) -> (u16, u16) {
        (
            self.columns.start * TILE_WIDTH,
            self.rows.start * TILE_HEIGHT,
        )
    }

    /// Width and height in pixels.
    pub(super) fn size(&self) -> (u16, u16) {
        (
            self.columns.len() as u16 * TILE_WIDTH,
            self.rows.len() as u16 * TILE_HEIGHT,
        )
    }

    /// What its pixels take in memory.
    pub(super) fn bytes(&self) -> usize {
        let (width, height) = self.size();
        usize::from(width) * usize::from(height) * BYTES_PER_PIXEL
    }

    fn contains(&self, column: u16, row: u16) -> bool {
        self.columns.contains(&column) && self.rows.contains(&row)
    }
}

/// The tiles of an area, encoded.
#[derive(Debug)]
pub(super) struct Scan {
    area: Area,
    /// The tiles row by row, without what separates them.
    bytes: Box<[u8]>,
    /// Where each of them ends.
    ends: Box<[usize]>,
}

impl Scan {
    /// Encodes `area`, whose RGBA pixels `paint` puts into memory, a row of tiles at a time: the whole of a large area would
    /// take more memory than all the rest of drawing.
    pub(super) fn encode(area: Area, mut paint: impl FnMut(&Area, &mut [u8])) -> Self {
        let mut coded = Tiles::default();
        let mut pixels = Vec::new();
        for row in area.rows.clone() {
            let strip = Area::new(area.columns.clone(), row..row + 1);
            pixels.resize(strip.bytes(), 0);
            paint(&strip, &mut pixels);
            coded.append(&jpeg_of(&strip, &pixels));
        }
        Self {
            area,
            bytes: coded.bytes.into(),
            ends: coded.ends.into(),
        }
    }

    fn tile(&self, column: u16, row: u16) -> Option<&[u8]> {
        if !self.area.contains(column, row) {
            return None;
        }
        let (column, row) = (column - self.area.columns.start, row - self.area.rows.start);
        let tile = usize::from(row) * self.area.columns.len() + usize::from(column);
        let start = match tile.checked_sub(1) {
            Some(previous) => *self.ends.get(previous)?,
            None => 0,
        };
        self.bytes.get(start..*self.ends.get(tile)?)
    }

    /// The picture in which this scan of one tile is everywhere.
    pub(super) fn everywhere(&self) -> Bytes {
        let (column, row) = (self.area.columns.start, self.area.rows.start);
        let tiles = usize::from(COLUMNS) * usize::from(ROWS);
        join(iter::repeat_n(
            self.tile(column, row).unwrap_or_default(),
            tiles,
        ))
    }

    /// The picture that consists of these scans.
    pub(super) fn joined(scans: &[&Self]) -> Bytes {
        let places = (0..ROWS).flat_map(|row| (0..COLUMNS).map(move |column| (column, row)));
        join(places.map(|(column, row)| {
            let mut tiles = scans.iter().filter_map(|scan| scan.tile(column, row));
            tiles.next().unwrap_or_default()
        }))
    }
}

/// The tiles of a scan that is being put together.
#[derive(Default)]
struct Tiles {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Tiles {
    /// Takes the tiles of a JPEG.
    fn append(&mut self, jpeg: &[u8]) {
        let mut rest = jpeg[end_of_headers(jpeg)..].iter();
        while let Some(byte) = rest.next() {
            // In coded data a 0xFF is followed by a zero; what else follows is a marker (section B.1.1.5).
            match (byte, rest.as_slice()) {
                (0xFF, [marker, ..]) if *marker != 0 => {
                    self.ends.push(self.bytes.len());
                    rest.next();
                }
                _ => self.bytes.push(*byte),
            }
        }
    }
}

/// A JPEG of the whole picture out of all its tiles.
fn join<'a>(tiles: impl Iterator<Item = &'a [u8]> + Clone) -> Bytes {
    /// Markers (section B.1.1.3): the first of the eight that separate restart intervals, and the end of the image.
    const RST0: u8 = 0xD0;
    const EOI: [u8; 2] = [0xFF, 0xD9];
    static HEADERS: LazyLock<Box<[u8]>> = LazyLock::new(headers);

    let coded: usize = tiles.clone().map(|tile| tile.len() + 2).sum();
    let mut jpeg = Vec::with_capacity(HEADERS.len() + coded);
    jpeg.extend_from_slice(&HEADERS);
    let restarts = (0..8).cycle();
    for (index, (tile, restart)) in tiles.zip(iter::once(0).chain(restarts)).enumerate() {
        if index > 0 {
            jpeg.extend([0xFF, RST0 + restart]);
        }
        jpeg.extend_from_slice(tile);
    }
    jpeg.extend(EOI);
    jpeg.into()
}

/// Everything in front of the coded data of a whole picture.
fn headers() -> Box<[u8]> {
    /// Start of frame, baseline (section B.2.2): marker, length, precision, then height and width.
    const SOF0: [u8; 2] = [0xFF, 0xC0];
    const HEIGHT_AT: usize = 5;

    let tile = Area::new(0..1, 0..1);
    let mut jpeg = jpeg_of(&tile, &vec![0; tile.bytes()]);
    jpeg.truncate(end_of_headers(&jpeg));
    let frame = segments(&jpeg).find(|segment| jpeg[segment.clone()].starts_with(&SOF0));
    if let Some(frame) = frame {
        let size = frame.start + HEIGHT_AT;
        jpeg[size..size + 2].copy_from_slice(&HEIGHT.to_be_bytes());
        jpeg[size + 2..size + 4].copy_from_slice(&WIDTH.to_be_bytes());
    }
    jpeg.into()
}

/// Where the coded data begins: behind the scan header (section B.2.3).
fn end_of_headers(jpeg: &[u8]) -> usize {
    segments(jpeg).last().map_or(0, |segment| segment.end)
}

/// The marker segments from the start of the image to the start of the scan.
fn segments(jpeg: &[u8]) -> impl Iterator<Item = Range<usize>> {
    const SOI_BYTES: usize = 2;
    const SOS: u8 = 0xDA;
    let next = |start: usize| {
        let (marker, length) = (jpeg.get(start + 1)?, jpeg.get(start + 2..start + 4)?);
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        Some((*marker, start..start + 2 + length))
    };
    iter::successors(next(SOI_BYTES), move |(marker, segment)| {
        (*marker != SOS).then(|| next(segment.end)).flatten()
    })
    .map(|(_, segment)| segment)
}

fn jpeg_of(area: &Area, pixels: &[u8]) -> Vec<u8> {
    let (width, height) = area.size();
    let mut jpeg = Vec::new();
    let mut encoder = Encoder::new(&mut jpeg, JPEG_QUALITY);
    // Optimised Huffman tables would be smaller, but come with one scan per component, which some decoders get wrong.
    // Interleaved baseline with the standard tables is what every decoder knows.
    encoder.set_optimized_huffman_tables(false);
    encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
    encoder.set_restart_interval(TILE_UNITS);
    encoder
        .encode(pixels, width, height, ColorType::Rgba)
        .expect("there are pixels enough, and memory takes what is written");
    jpeg
}
