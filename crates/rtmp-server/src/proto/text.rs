//! Text as programs send it, and as it is shown.

use core::fmt::{self, Write as _};

/// The text that `bytes` are. Bytes that are no UTF-8 are shown as `\xC4`: nothing has a name with
/// such bytes, and whoever reads the log wants to see them.
pub(super) fn text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02X}");
        }
    }
    text
}

/// Keeps stream keys out of logs: of a text is shown only how long it is.
pub(super) struct Redacted<'a>(pub(super) &'a str);

impl fmt::Debug for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} bytes>", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn what_is_no_text_is_shown() {
        assert_eq!(text("Größe\0".as_bytes()), "Größe\0");
        assert_eq!(text(b"cam\xD6\xD0era\xFF"), "cam\\xD6\\xD0era\\xFF");
        assert_eq!(text(b""), "");
    }
}
