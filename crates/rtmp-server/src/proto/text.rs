//! Text as programs send it.

use core::fmt::Write as _;

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
