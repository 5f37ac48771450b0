/// Which composition times to believe.
///
/// They are right where an encoder reorders pictures: then they differ from each other. One that
/// is the same all along says nothing but when the encoder began to count, and would be a gap at
/// the beginning of a recording; so would 33 seconds.
#[derive(Copy, Clone, Debug, Default)]
pub(super) enum Composition {
    /// No picture has come yet.
    #[default]
    Unknown,
    /// All pictures had this one.
    Constant(i32),
    /// They differ. What all have in common is subtracted if it is absurd.
    Varying { common: i32 },
}

/// Sixteen pictures, as many as can be reordered, at three a second.
const MAX_OFFSET_MS: i32 = 5000;

impl Composition {
    /// The offset of a picture, given what its message says and, if it has come already, what
    /// that of the next picture says.
    pub(super) fn of(&mut self, told: i32, next: Option<i32>) -> i32 {
        *self = match *self {
            Self::Unknown if next.is_some_and(|next| next != told) => Self::varying_from(told),
            Self::Unknown => Self::Constant(told),
            Self::Constant(before) if before != told => Self::varying_from(before),
            unchanged => unchanged,
        };
        match *self {
            Self::Varying { common } => {
                let offset = told.saturating_sub(common);
                if is_believable(offset) { offset } else { 0 }
            }
            Self::Unknown | Self::Constant(_) => 0,
        }
    }

    const fn varying_from(first: i32) -> Self {
        let common = if is_believable(first) { 0 } else { first };
        Self::Varying { common }
    }
}

const fn is_believable(offset: i32) -> bool {
    offset.unsigned_abs() <= MAX_OFFSET_MS.unsigned_abs()
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    fn offsets(told: &[i32]) -> Vec<i32> {
        let mut composition = Composition::default();
        let next = told.iter().skip(1).map(|next| Some(*next)).chain([None]);
        told.iter()
            .zip(next)
            .map(|(told, next)| composition.of(*told, next))
            .collect()
    }

    #[test]
    fn those_of_b_frames_are_as_told() {
        let told = [66, 166, 33, 33, 166, 33, 33];
        assert_eq!(offsets(&told), told);
    }

    #[test]
    fn constant_ones_are_none_however_large() {
        for constant in [0, 80, -80, 33_000, -33_000] {
            assert_eq!(offsets(&[constant; 5]), [0; 5]);
        }
    }

    #[test]
    fn b_frames_that_come_later_are_believed() {
        assert_eq!(offsets(&[66, 66, 166, 33]), [0, 0, 166, 33]);
    }

    #[test]
    fn what_is_absurd_is_left_out() {
        let told = [33_066, 33_166, 33_033, 33_033];
        assert_eq!(offsets(&told), [0, 100, -33, -33]);
        assert_eq!(offsets(&[66, 166, 33_033, 33]), [66, 166, 0, 33]);
    }
}
