//! The address that a publisher asks for: application and stream name, read together.

use core::fmt;

use super::text::Redacted;

/// One reading of the address that a publisher asks for.
///
/// A publisher's program cuts the address that its user typed into application and stream name
/// wherever it likes, and takes no notice of a query in it: `stream7?user=a/b` may come as
/// application `stream7?user=a` with the name `b`, and so may an address with the path `stream7/b`
/// and a query in its middle. [`PublishRequest::addresses`](super::PublishRequest::addresses) gives
/// every reading.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamAddress {
    /// The path, as sent: blanks, slashes and case are left to whoever compares it.
    pub path: String,
    /// What came with the path. Keys and passwords travel here.
    pub query: Query,
}

/// The path is the key to a stream, too.
impl fmt::Debug for StreamAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamAddress")
            .field("path", &Redacted(&self.path))
            .field("query", &self.query)
            .finish()
    }
}

/// The query of an address: `name=value` pairs, as sent. Nothing in it is decoded.
///
/// [`Debug`](fmt::Debug) hides it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Query(String);

impl Query {
    /// The query of a URL: what comes behind its first `?`.
    #[must_use]
    pub fn of_url(url: &str) -> Self {
        let query = terminated(url)
            .split_once('?')
            .map_or("", |(_, query)| query);
        Self(query.to_owned())
    }

    /// The whole query.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The names and values, in order. A pair without `=` has an empty value. A second `?` begins
    /// another pair, as `&` does: some programs add their own query to one that is there already.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .split(['&', '?'])
            .filter(|pair| !pair.is_empty())
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
    }
}

impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Redacted(&self.0).fmt(f)
    }
}

/// No address that anybody typed has more slashes in its query. Only the last ones count.
const MOST_SLASHES: usize = 16;

/// The readings of `app` and `stream_name`, the longest path first.
pub(super) fn readings(
    app: &str,
    stream_name: &str,
) -> impl Iterator<Item = StreamAddress> + use<> {
    let whole = joined(terminated(app), terminated(stream_name));
    let (path, query) = match whole.split_once('?') {
        Some((path, query)) => (path.to_owned(), query.to_owned()),
        None => (whole, String::new()),
    };
    let mut slashes: Vec<usize> = query.rmatch_indices('/').map(|(at, _)| at).collect();
    slashes.truncate(MOST_SLASHES);
    slashes.reverse();
    let cuts = slashes.into_iter().map(Some).chain([None]);
    cuts.map(move |cut| match cut.and_then(|at| cut_at(&query, at)) {
        Some((before, name, behind)) => StreamAddress {
            path: joined(&path, name),
            query: Query(match (before, behind) {
                (query, "") | ("", query) => query.to_owned(),
                (before, behind) => format!("{before}&{behind}"),
            }),
        },
        None => StreamAddress {
            path: path.clone(),
            // The slash is where the program cut.
            query: Query(query.strip_prefix('/').unwrap_or(&query).to_owned()),
        },
    })
}

/// A query with the rest of the path behind the slash at `at`: what is in front of that, the rest of
/// the path, and the query behind it.
fn cut_at(query: &str, at: usize) -> Option<(&str, &str, &str)> {
    let (before, rest) = query.split_at_checked(at)?;
    let rest = rest.strip_prefix('/')?;
    let (name, behind) = rest.split_once('?').unwrap_or((rest, ""));
    Some((before, name, behind))
}

/// Without a terminating NUL, and what lies behind it.
fn terminated(text: &str) -> &str {
    text.split('\0').next().unwrap_or_default()
}

/// Both with one slash between them; one alone if there is nothing in the other.
fn joined(front: &str, back: &str) -> String {
    let ornament = |c: char| c == '/' || c.is_whitespace();
    match (
        front.trim_end_matches(ornament),
        back.trim_start_matches(ornament),
    ) {
        (_, "") => front.to_owned(),
        ("", _) => back.to_owned(),
        (front, back) => format!("{front}/{back}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Path and query of each reading.
    fn read(app: &str, name: &str) -> Vec<(String, String)> {
        readings(app, name)
            .map(|address| (address.path, address.query.0))
            .collect()
    }

    #[track_caller]
    fn reads<const N: usize>(app: &str, name: &str, expected: [(&str, &str); N]) {
        let expected = expected.map(|(path, query)| (path.to_owned(), query.to_owned()));
        assert_eq!(read(app, name), expected, "{app:?} {name:?}");
    }

    #[test]
    fn without_a_query_there_is_one_reading() {
        reads("stream1", "", [("stream1", "")]);
        reads("", "stream1", [("stream1", "")]);
        reads("live", "stream1", [("live/stream1", "")]);
        reads("live/", "/stream1", [("live/stream1", "")]);
        reads("a/b", "c%3Fd", [("a/b/c%3Fd", "")]);
        reads("", "", [("", "")]);
    }

    #[test]
    fn a_query_begins_at_the_first_question_mark_of_the_whole_address() {
        reads("", "key?x", [("key", "x")]);
        reads("live", "cam?user=a&pass=b", [("live/cam", "user=a&pass=b")]);
        reads("live", "cam?a=b?c=d", [("live/cam", "a=b?c=d")]);
        let cut = [("stream7/user=a&pass=b", ""), ("stream7", "user=a&pass=b")];
        reads("stream7?", "user=a&pass=b", cut);
    }

    #[test]
    fn a_slash_in_a_query_may_be_one_of_the_path() {
        let token = [("stream8/cd==", "token=ab"), ("stream8", "token=ab/cd==")];
        reads("stream8?token=ab", "cd==", token);
        reads("", "stream8?token=ab/cd==", token);
        reads("stream8?token=ab/cd==", "", token);
        let middle = [("live/stream1", "x=1"), ("live", "x=1/stream1")];
        reads("live?x=1", "stream1", middle);
        reads("live?x=1/stream1", "", middle);
        reads(
            "live",
            "stream1?x=a/b",
            [("live/stream1/b", "x=a"), ("live/stream1", "x=a/b")],
        );
        reads(
            "live?user=a",
            "cam?pass=b",
            [("live/cam", "user=a&pass=b"), ("live", "user=a/cam?pass=b")],
        );
        reads("?x=1", "stream1", [("stream1", "x=1"), ("", "x=1/stream1")]);
        reads(
            "a?t=x/y/z",
            "",
            [("a/y/z", "t=x"), ("a/z", "t=x/y"), ("a", "t=x/y/z")],
        );
    }

    #[test]
    fn readings_do_not_depend_on_where_the_address_was_cut() {
        for address in [
            "live?x=1/stream1",
            "stream7?/user=a&pass=b",
            "a/b?c=d/e?f=g/h",
            "stream8?token=ab/cd==",
        ] {
            let whole = read(address, "");
            assert_eq!(read("", address), whole);
            for (at, _) in address.match_indices('/') {
                let (app, name) = (&address[..at], &address[at + 1..]);
                assert_eq!(read(app, name), whole, "{app:?} {name:?}");
            }
        }
    }

    #[test]
    fn a_nul_ends_application_and_name() {
        reads("", "stream1\0", [("stream1", "")]);
        reads("live\0?x=1", "stream1?y\0\\xC4", [("live/stream1", "y")]);
        reads("\0stream1", "", [("", "")]);
        assert_eq!(Query::of_url("rtmp://host/a?key=b\0c").as_str(), "key=b");
    }

    #[test]
    fn slashes_without_end_cost_little() {
        let address = format!("a?{}", "/b".repeat(4000));
        let readings = read(&address, &"/".repeat(4000));
        assert_eq!(readings.len(), MOST_SLASHES + 1);
        assert_eq!(readings.last().map(|(path, _)| path.as_str()), Some("a"));
    }

    #[test]
    fn pairs_of_a_query() {
        let query = Query::of_url("rtmp://host/live?user=a=b&&flag?key=x%3D&=v");
        assert_eq!(
            query.pairs().collect::<Vec<_>>(),
            [("user", "a=b"), ("flag", ""), ("key", "x%3D"), ("", "v")]
        );
        assert_eq!(Query::of_url("rtmp://host/live").pairs().count(), 0);
    }

    #[test]
    fn secrets_are_not_shown() {
        for address in readings("stream1?key=s3cret/x", "s3cret") {
            let shown = format!("{address:?}");
            assert!(
                !shown.contains("cret") && !shown.contains("stream1"),
                "{shown}"
            );
        }
    }
}
