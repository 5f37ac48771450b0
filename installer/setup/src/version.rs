//! Versions: `3.1.0`, compared field by field.

/// A version of up to four numbers; missing ones count as 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version([u32; 4]);

impl Version {
    /// Reads `3.1.0` or `v3.1`; anything else is `None`.
    pub(crate) fn parse(text: &str) -> Option<Version> {
        let text = text.trim().trim_start_matches('v');
        let mut fields = [0; 4];
        let mut parts = text.split('.');
        for (field, part) in fields.iter_mut().zip(&mut parts) {
            *field = part.parse().ok()?;
        }
        parts.next().is_none().then_some(Version(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number_not_by_letter() {
        assert!(Version::parse("3.10.0") > Version::parse("3.9.9"));
        assert_eq!(Version::parse("v3.1"), Version::parse("3.1.0.0"));
    }

    #[test]
    fn what_is_no_version_is_none() {
        for text in ["", "3.x", "1.2.3.4.5", "-1"] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }
}
