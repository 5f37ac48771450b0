use crate::nal::annex_b::starts_with_start_code;
use crate::nal::codec::Codec;
use crate::nal::length_prefixed::LengthSize;

use super::units::{MAX_BODY, Tiling, Units};

/// How the NAL units of a message are told apart.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    LengthPrefixed(LengthSize),
    AnnexB,
}

/// Tells NAL units apart, and remembers how it went with the messages before.
#[derive(Debug)]
pub(super) struct Framer {
    /// What the configuration record says.
    declared: LengthSize,
    /// What the last message had whose units were units of the codec.
    framing: Framing,
    /// Start codes have stood behind lengths.
    glues: bool,
    /// How many messages are still to be looked into for that, slices and all.
    looks_left: u8,
}

/// Messages whose slices and SEI are searched for start codes. An encoder that puts these between
/// units does it from the beginning; if it begins later, the start codes do what they are for all
/// the same, as a unit goes out as it came.
const LOOKS: u8 = 16;

/// Lengths by how common they are.
const SIZES: [u8; 4] = [4, 2, 3, 1];

impl Default for Framer {
    fn default() -> Self {
        Self {
            declared: LengthSize::FOUR,
            framing: Framing::LengthPrefixed(LengthSize::FOUR),
            glues: false,
            looks_left: LOOKS,
        }
    }
}

impl Framer {
    /// Whether nothing but lengths of 4 bytes is to be expected.
    pub(super) fn is_plain(&self) -> bool {
        const FOUR: LengthSize = LengthSize::FOUR;
        self.looks_left == 0
            && !self.glues
            && self.framing == Framing::LengthPrefixed(FOUR)
            && self.declared == FOUR
    }

    /// A configuration record says how long lengths are.
    pub(super) fn declare(&mut self, size: LengthSize) {
        self.declared = size;
        self.framing = Framing::LengthPrefixed(size);
        self.look_again();
    }

    /// An encoder begins anew.
    pub(super) const fn look_again(&mut self) {
        self.looks_left = LOOKS;
    }

    /// The sequence header was a byte stream: pictures may be, too.
    pub(super) fn expect_annex_b(&mut self) {
        self.framing = Framing::AnnexB;
    }

    pub(super) const fn declared(&self) -> LengthSize {
        self.declared
    }

    /// Whether units have been found behind start codes behind lengths.
    pub(super) const fn glues(&self) -> bool {
        self.glues
    }

    /// Reads the units of a message. `None` if they cannot be told apart, or are too many.
    pub(super) fn read<C: Codec>(&mut self, body: &[u8], units: &mut Units<C>) -> Option<Framing> {
        if body.len() > MAX_BODY {
            return None;
        }
        let look_into_all = self.glues || self.looks_left > 0;
        self.looks_left = self.looks_left.saturating_sub(1);
        let as_before = match self.framing {
            Framing::LengthPrefixed(size) => {
                units.read_lengths(body, size, look_into_all) == Tiling::Exact
                    && units.are_sensible()
            }
            Framing::AnnexB => false,
        };
        let framing = match as_before {
            true => self.framing,
            false => self.recognise(body, look_into_all, units)?,
        };
        self.glues |= units.glued;
        Some(framing)
    }

    /// Weighs what the message can be, and remembers what it is if there is no doubt.
    #[cold]
    fn recognise<C: Codec>(
        &mut self,
        body: &[u8],
        look_into_all: bool,
        units: &mut Units<C>,
    ) -> Option<Framing> {
        let lengths = self.best_lengths(body, look_into_all, units);
        let framing = match (starts_with_start_code(body), lengths) {
            (true, _) => {
                units.read_start_codes(body);
                let annex_b = Evidence::of(units, body, Tiling::Exact);
                self.weigh(lengths, annex_b)
            }
            (false, Some((size, _))) => Framing::LengthPrefixed(size),
            (false, None) => self.doubtful(body, look_into_all, units),
        };
        match framing {
            Framing::LengthPrefixed(size) => {
                units.read_lengths(body, size, look_into_all);
            }
            // They were the last that was read.
            Framing::AnnexB => {}
        }
        let is_certain = units.are_sensible();
        let is_possible = lengths.is_some() || is_certain || starts_with_start_code(body);
        if units.are_too_many() || !is_possible {
            return None;
        }
        if is_certain {
            self.framing = framing;
        }
        Some(framing)
    }

    /// What a message is that neither lengths tile nor a start code begins: something in front of a
    /// byte stream, a length that lies for one; or lengths with something behind the last unit.
    fn doubtful<C: Codec>(
        &self,
        body: &[u8],
        look_into_all: bool,
        units: &mut Units<C>,
    ) -> Framing {
        let before = match self.framing {
            Framing::LengthPrefixed(size) => size,
            Framing::AnnexB => self.declared,
        };
        let is_picture = |units: &Units<C>| units.are_sensible() && units.begin_picture(body);
        let are_lengths =
            units.read_lengths(body, before, look_into_all) > Tiling::None && is_picture(units);
        units.read_start_codes(body);
        match are_lengths && !is_picture(units) {
            true => Framing::LengthPrefixed(before),
            false => Framing::AnnexB,
        }
    }

    /// Lengths of the size that fits best: where a picture begins, without empty units, to
    /// the byte, as before, as declared, in this order.
    fn best_lengths<C: Codec>(
        &self,
        body: &[u8],
        look_into_all: bool,
        units: &mut Units<C>,
    ) -> Option<(LengthSize, Evidence)> {
        let before = match self.framing {
            Framing::LengthPrefixed(size) => size,
            Framing::AnnexB => self.declared,
        };
        let others = SIZES.into_iter().filter_map(LengthSize::new);
        let mut best: Option<(LengthSize, Evidence)> = None;
        for (index, size) in [before, self.declared]
            .into_iter()
            .chain(others)
            .enumerate()
        {
            let tiling = units.read_lengths(body, size, look_into_all);
            let evidence = Evidence::of(units, body, tiling);
            let is_candidate = match index {
                // As before: also units that the codec does not know.
                0 => tiling >= Tiling::Nearly,
                1 => tiling >= Tiling::Nearly && evidence.sensible,
                // Nobody has said so: it has to be beyond doubt.
                _ => {
                    let is_likely = evidence.begins_picture || !evidence.has_empty;
                    evidence.sensible && tiling >= Tiling::Nearly && is_likely
                }
            };
            if is_candidate && best.is_none_or(|(_, best)| evidence.by_fit() > best.by_fit()) {
                best = Some((size, evidence));
            }
        }
        best
    }

    /// Lengths or start codes, where a message begins with what could be either.
    ///
    /// The two do not look alike where a slice begins a picture: its second byte has the highest
    /// bit set, which no NAL unit header has.
    fn weigh(&self, lengths: Option<(LengthSize, Evidence)>, annex_b: Evidence) -> Framing {
        let Some((size, lengths)) = lengths else {
            return Framing::AnnexB;
        };
        let was_annex_b = self.framing == Framing::AnnexB;
        let for_lengths = (
            lengths.sensible,
            lengths.begins_picture,
            lengths.tiling == Tiling::Exact || !was_annex_b,
        );
        let for_annex_b = (annex_b.sensible, annex_b.begins_picture, was_annex_b);
        let in_doubt = lengths.sensible || !was_annex_b;
        match for_lengths > for_annex_b || (for_lengths == for_annex_b && in_doubt) {
            true => Framing::LengthPrefixed(size),
            false => Framing::AnnexB,
        }
    }
}

/// What speaks for a way to read a message.
#[derive(Copy, Clone, Debug)]
struct Evidence {
    sensible: bool,
    begins_picture: bool,
    has_empty: bool,
    tiling: Tiling,
}

impl Evidence {
    fn of<C: Codec>(units: &Units<C>, body: &[u8], tiling: Tiling) -> Self {
        Self {
            sensible: units.are_sensible(),
            begins_picture: units.begin_picture(body),
            has_empty: units.empty > 0,
            tiling,
        }
    }

    /// Lengths that are read as too short have empty units: their own upper bytes.
    const fn by_fit(&self) -> (bool, bool, bool, Tiling) {
        let no_empty = !self.has_empty;
        (self.sensible, self.begins_picture, no_empty, self.tiling)
    }
}
