//! Making foreign text harmless.

use std::borrow::Cow;
use std::fmt;

/// Shows a text so that it stays one line and cannot fake another: control characters, line separators, characters
/// that change the direction of text or are invisible, and backslashes are escaped as in Rust.
pub(crate) struct Escaped<'a> {
    text: &'a str,
    keep_backslash: bool,
}

impl<'a> Escaped<'a> {
    /// A text that a peer controls.
    pub(crate) fn foreign(text: &'a str) -> Self {
        Self {
            text,
            keep_backslash: false,
        }
    }

    /// A whole line, whose foreign parts are escaped already.
    pub(crate) fn line(text: &'a str) -> Self {
        Self {
            text,
            keep_backslash: true,
        }
    }
}

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;
        for c in self.text.chars() {
            if needs_escape(c) || (c == '\\' && !self.keep_backslash) {
                write!(f, "{}", c.escape_default())?;
            } else {
                f.write_char(c)?;
            }
        }
        Ok(())
    }
}

fn needs_escape(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{061C}' | '\u{180E}'
            | '\u{200B}'..='\u{200F}' // zero width, direction marks
            | '\u{2028}'..='\u{202E}' // separators, embeddings, overrides
            | '\u{2060}'..='\u{206F}' // invisible operators, isolates
            | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E007F}')
}

/// At most `bytes` of `text`, with an ellipsis if that is not all.
pub(crate) fn cut(text: &str, bytes: usize) -> Cow<'_, str> {
    if text.len() <= bytes {
        return Cow::Borrowed(text);
    }
    let ellipsis = '…';
    let room = bytes.saturating_sub(ellipsis.len_utf8());
    let end = (0..=room)
        .rev()
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(0);
    Cow::Owned(format!("{}{ellipsis}", &text[..end]))
}
