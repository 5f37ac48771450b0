//! Stream paths: what names a camera in a publisher's URL.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use rtmp_server::auth::{Secret, signed_query};

/// The path that a publisher pushes to, such as `/stream1`.
///
/// Two paths are equal if they mean the same camera: case, surrounding blanks, a missing leading slash, an extra
/// trailing one and everything from the first `?` on do not count. A path that repeats itself (`/stream1/stream1`,
/// which some publishers send for `/stream1`) is the path once.
///
/// Publishers cut it into application and stream name:
/// [`PublishRequest::addresses`](rtmp_server::PublishRequest::addresses) has what they may mean.
///
/// ```
/// use milestone_driver::StreamPath;
///
/// let camera = StreamPath::new("/stream1").expect("a path");
/// assert_eq!(StreamPath::new("Stream1/?key=value").as_ref(), Ok(&camera));
/// assert_eq!(StreamPath::new("stream1/stream1").as_ref(), Ok(&camera));
/// assert_eq!(StreamPath::new("live/stream1"), StreamPath::new(" /live/stream1/ "));
/// ```
#[derive(Clone)]
pub struct StreamPath {
    /// As given, tidied: what a person sees.
    text: String,
    /// What is compared.
    key: String,
}

/// Why a text is no stream path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StreamPathError {
    /// Nothing is left without blanks, slashes and query.
    Empty,
    /// Longer than [`StreamPath::MAX_BYTES`].
    TooLong,
    /// It contains a control character.
    ControlCharacter,
}

impl StreamPath {
    /// Longest path in bytes.
    pub const MAX_BYTES: usize = 255;

    /// The path that `text` means.
    ///
    /// # Errors
    /// If nothing is left of it, or it could not be shown to a person.
    pub fn new(text: &str) -> Result<Self, StreamPathError> {
        Self::from_trimmed(trim(text))
    }

    /// The path that a camera has until it is given another: `/stream1` for the camera 0.
    pub(crate) fn default_of(device: usize) -> Self {
        let text = format!("/stream{}", device + 1);
        Self {
            key: text.clone(),
            text,
        }
    }

    fn from_trimmed(path: &str) -> Result<Self, StreamPathError> {
        if path.is_empty() {
            return Err(StreamPathError::Empty);
        }
        if path.chars().any(char::is_control) {
            return Err(StreamPathError::ControlCharacter);
        }
        let once = said_once(path);
        let (text, key) = (format!("/{once}"), format!("/{}", once.to_lowercase()));
        if text.len() > Self::MAX_BYTES {
            return Err(StreamPathError::TooLong);
        }
        Ok(Self { text, key })
    }

    /// The path in lower case: what two equal ones have in common, and what an address is signed for.
    #[must_use]
    pub fn canonical(&self) -> &str {
        &self.key
    }

    /// The query with which somebody may publish until `end` who does not know the camera's stream key: `expires=SECONDS&signature=HEX`,
    /// see [`rtmp_server::auth::sign`].
    #[must_use]
    pub fn signed_query(&self, key: &Secret, end: SystemTime) -> String {
        let end = end.duration_since(UNIX_EPOCH).unwrap_or_default();
        signed_query(key, self.canonical(), end.as_secs())
    }

    /// The path as a person wrote it, with one leading slash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// Without the query, and without blanks and slashes around.
fn trim(text: &str) -> &str {
    let path = text.split_once('?').map_or(text, |(path, _query)| path);
    path.trim_matches(|c: char| c.is_whitespace() || c == '/')
}

/// `a` for `a/a`, else the path itself.
fn said_once(path: &str) -> &str {
    let slashes = path.matches('/').count();
    let middle = path
        .match_indices('/')
        .nth(slashes / 2)
        .filter(|_| slashes % 2 == 1);
    match middle.map(|(at, slash)| (&path[..at], &path[at + slash.len()..])) {
        Some((first, second)) if first.to_lowercase() == second.to_lowercase() => said_once(first),
        _ => path,
    }
}

impl PartialEq for StreamPath {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for StreamPath {}

impl std::hash::Hash for StreamPath {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

impl fmt::Display for StreamPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for StreamPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.text)
    }
}

impl fmt::Display for StreamPathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the path is empty"),
            Self::TooLong => write!(f, "the path is longer than {} bytes", StreamPath::MAX_BYTES),
            Self::ControlCharacter => f.write_str("the path contains a control character"),
        }
    }
}

impl std::error::Error for StreamPathError {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rtmp_server::PublishRequest;

    fn path(text: &str) -> StreamPath {
        StreamPath::new(text).expect("a path")
    }

    /// The path if the first `?` of the whole address begins the query.
    fn published(app: &str, name: &str) -> StreamPath {
        let readings = PublishRequest::new(app, name).addresses();
        let last = readings.last().expect("a reading");
        StreamPath::new(&last.path).expect("a path")
    }

    /// Whether one of the readings is `path`.
    fn may_mean(app: &str, name: &str, path: &StreamPath) -> bool {
        let request = PublishRequest::new(app, name);
        request
            .addresses()
            .any(|address| StreamPath::new(&address.path).as_ref() == Ok(path))
    }

    #[test]
    fn three_ways_to_say_one_path() {
        for (app, name) in [
            ("stream1", ""),
            ("", "stream1"),
            ("stream1", "stream1"),
            ("stream1/stream1", ""),
        ] {
            assert_eq!(published(app, name), path("/stream1"), "{app:?} {name:?}");
        }
        assert_eq!(published("live", "stream1"), path("/live/stream1"));
        assert_eq!(published("live/stream1", ""), path("/live/stream1"));
        assert_ne!(published("live", "stream1"), path("/stream1"));
        assert_ne!(published("stream1", "stream2"), path("/stream1"));
        assert_eq!(published("a/b", "A/B"), path("/a/b"));
    }

    #[test]
    fn what_does_not_count() {
        for text in [
            "stream1",
            "/stream1/",
            " /STREAM1 ",
            "\tstream1",
            "//Stream1//",
            "stream1?a=/b?c",
            "/ stream1 /",
        ] {
            assert_eq!(path(text), path("/stream1"), "{text:?}");
        }
        assert!(may_mean("live?user=a", "cam?key=b", &path("/live/cam")));
        assert_eq!(published("", "stream1\0rest"), path("/stream1"));
        assert_eq!(published("/live/", "/cam/"), path("/live/cam"));
        assert_eq!(path("/Größe"), path("/GRÖßE"));
        assert_eq!(path(" Live/Cam ").as_str(), "/Live/Cam");
    }

    #[test]
    fn what_is_no_path() {
        for text in ["", " ", "/", "//", "?key=a", " / ?"] {
            assert_eq!(
                StreamPath::new(text),
                Err(StreamPathError::Empty),
                "{text:?}"
            );
        }
        assert_eq!(
            StreamPath::new("a\0b"),
            Err(StreamPathError::ControlCharacter)
        );
        assert_eq!(
            StreamPath::new("a\r\nb"),
            Err(StreamPathError::ControlCharacter)
        );
        assert_eq!(
            StreamPath::new(&"a".repeat(256)),
            Err(StreamPathError::TooLong)
        );
    }

    proptest! {
        #[test]
        fn reading_what_is_shown_changes_nothing(text in ".{0,40}") {
            if let Ok(path) = StreamPath::new(&text) {
                let again = StreamPath::new(path.as_str()).expect("what is shown is a path");
                prop_assert_eq!(again.as_str(), path.as_str());
                prop_assert_eq!(again, path);
            }
        }

        #[test]
        fn ornament_does_not_count(name in "[a-zA-Z0-9_.-]{1,12}(/[a-z0-9]{1,8})?", query in "(\\?.{0,8})?",
                                   before in "[ /\t]{0,3}", after in "[ /]{0,3}") {
            let plain = path(&name);
            let ornamented = format!("{before}{}{after}{query}", name.to_uppercase());
            prop_assert_eq!(&path(&ornamented), &plain);
            prop_assert!(may_mean(&ornamented, "", &plain));
            prop_assert!(may_mean("", &ornamented, &plain));
            prop_assert!(may_mean(&name, &ornamented, &plain));
            prop_assert!(may_mean(&ornamented, &name, &plain));
        }
    }
}
