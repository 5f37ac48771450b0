//! What a publisher's program says about who it is.

use core::fmt;

use percent_encoding::percent_decode_str;

use super::secret::Secret;
use crate::proto::Query;

/// No name, no key and no answer to a challenge is longer, in bytes: what programs have buffers for is
/// less.
pub(super) const LONGEST: usize = 256;

/// Who publishes, as programs say it in the queries of the application's name and of tcUrl.
///
/// ```
/// use rtmp_server::proto::Query;
/// use rtmp_server::auth::LoginText;
///
/// let read = |url| LoginText::read([Query::of_url(url)]);
/// assert!(matches!(read("live"), LoginText::Nothing));
/// assert!(matches!(read("live?authmod=adobe&user=me"), LoginText::User(user) if user == "me"));
/// assert!(matches!(read("live?user=me&pass=s3cret"), LoginText::Password { .. }));
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub enum LoginText {
    /// Nothing about it.
    Nothing,
    /// The second leg of Adobe's login: a user who asks for a challenge.
    User(String),
    /// The third leg: the answer to a challenge.
    Response(Response),
    /// User and password in plain text, for programs without a login of their own.
    Password {
        /// The user, percent-decoded.
        user: String,
        /// The password, as sent. It may be percent-encoded, or be meant as it is.
        password: Secret,
    },
    /// Something that nobody can make sense of: another login, no user, contradictions, texts that
    /// are too long.
    Unreadable,
}

/// The answer to a challenge.
#[derive(Clone)]
#[non_exhaustive]
pub struct Response {
    /// The user, as sent.
    pub user: String,
    /// The challenge that the program has made up itself.
    pub challenge: String,
    /// Base64 of the MD5 over everything.
    pub response: String,
    /// What came with the server's challenge, repeated. Empty where the program repeats nothing.
    pub opaque: String,
}

impl LoginText {
    /// Reads the queries that came with a connect command: that of the application's name, then that
    /// of tcUrl. Programs write into one of them or into both; the first that says something counts.
    pub fn read(queries: impl IntoIterator<Item = Query>) -> Self {
        let said = queries.into_iter().map(|query| Self::of_query(&query));
        said.into_iter()
            .find(|text| !matches!(text, Self::Nothing))
            .unwrap_or(Self::Nothing)
    }

    fn of_query(query: &Query) -> Self {
        // Programs write their login behind whatever query there is.
        let login = query
            .pairs()
            .enumerate()
            .filter(|(_, pair)| pair.0 == "authmod");
        match login.last() {
            Some((at, (_, "adobe"))) => Self::adobe(query, at).unwrap_or(Self::Unreadable),
            Some(_) => Self::Unreadable,
            None => Self::password(query).unwrap_or(Self::Unreadable),
        }
    }

    /// Adobe's login, the parameters of which are behind the `at`th pair of the query.
    fn adobe(query: &Query, at: usize) -> Result<Self, Contradiction> {
        let value = |name| only(query.pairs().skip(at), name).map(Option::unwrap_or_default);
        let user = value("user")?;
        if user.is_empty() {
            return Ok(Self::Unreadable);
        }
        let response = Response {
            user: user.to_owned(),
            challenge: value("challenge")?.to_owned(),
            response: value("response")?.to_owned(),
            opaque: value("opaque")?.to_owned(),
        };
        if response.response.is_empty() {
            return Ok(Self::User(response.user));
        }
        Ok(Self::Response(response))
    }

    fn password(query: &Query) -> Result<Self, Contradiction> {
        let user = only(query.pairs(), "user")?;
        let password = only(query.pairs(), "pass")?;
        // One without the other may be meant for somebody else.
        let (Some(user), Some(password)) = (user, password) else {
            return Ok(Self::Nothing);
        };
        Ok(Self::Password {
            user: percent_decode_str(user).decode_utf8_lossy().into_owned(),
            password: Secret::from(password),
        })
    }

    /// True if it claims to be somebody, rightly or wrongly. Whatever else is said only asks how to.
    #[must_use]
    pub fn may_be_wrong(&self) -> bool {
        !matches!(self, Self::Nothing | Self::User(_))
    }

    /// The user that is named, if any. It is the peer's text: escape it before you show it.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        match self {
            Self::User(user) | Self::Password { user, .. } => Some(user),
            Self::Response(response) => Some(&response.user),
            Self::Nothing | Self::Unreadable => None,
        }
    }
}

/// Shows the user, and no answer and no password.
impl fmt::Debug for LoginText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, user) = match self {
            Self::Nothing => return f.write_str("Nothing"),
            Self::Unreadable => return f.write_str("Unreadable"),
            Self::User(user) => ("User", user),
            Self::Response(response) => ("Response", &response.user),
            Self::Password { user, .. } => ("Password", user),
        };
        f.debug_struct(name)
            .field("user", user)
            .finish_non_exhaustive()
    }
}

/// Shows the user alone.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// A parameter is there twice, with different values, or is too long.
pub(super) struct Contradiction;

/// The value of the one parameter of that name.
pub(super) fn only<'a>(
    pairs: impl Iterator<Item = (&'a str, &'a str)>,
    name: &str,
) -> Result<Option<&'a str>, Contradiction> {
    let mut values = pairs.filter(|pair| pair.0 == name).map(|pair| pair.1);
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if value.len() > LONGEST || values.any(|other| other != value) {
        return Err(Contradiction);
    }
    Ok(Some(value))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(app: &str, tc_url: &str) -> LoginText {
        LoginText::read([app, tc_url].map(Query::of_url))
    }

    /// User, challenge, response and opaque.
    fn response(text: &LoginText) -> Option<[&str; 4]> {
        match text {
            LoginText::Response(it) => Some([&it.user, &it.challenge, &it.response, &it.opaque]),
            _ => None,
        }
    }

    #[track_caller]
    fn is_user(text: &LoginText, expected: &str) {
        assert!(
            matches!(text, LoginText::User(user) if user == expected),
            "{text:?}"
        );
    }

    #[track_caller]
    fn is_password(text: &LoginText, expected: (&str, &str)) {
        let LoginText::Password { user, password } = text else {
            panic!("{text:?}");
        };
        assert_eq!((&**user, password.expose()), expected);
    }

    // What FFmpeg 5.1, GStreamer 1.22 and OBS 29 send.
    #[test]
    fn the_legs_of_real_programs() {
        let host = "rtmp://127.0.0.1:19350/";
        for (app, user) in [
            ("stream1?authmod=adobe&user=us%40er", "us%40er"),
            ("stream1?authmod=adobe&user=us@er", "us@er"),
            ("stream1?x=1?authmod=adobe&user=user", "user"),
            ("?authmod=adobe&user=user", "user"),
        ] {
            is_user(&read(app, &format!("{host}{app}")), user);
        }
        for (app, expected) in [
            (
                "stream1?x=1?authmod=adobe&user=user&challenge=8aec3e99&response=n0Fk2wr8lKSS+lWgMITU6g==&opaque=OPAQ",
                ["user", "8aec3e99", "n0Fk2wr8lKSS+lWgMITU6g==", "OPAQ"],
            ),
            (
                "live?authmod=adobe&user=u&challenge=rOH4Qw==&response=dL2BCtXd7o/5x36woXIvXg==&opaque=",
                ["u", "rOH4Qw==", "dL2BCtXd7o/5x36woXIvXg==", ""],
            ),
            (
                "live?authmod=adobe&user=u&opaque=o&challenge=c&response=r",
                ["u", "c", "r", "o"],
            ),
        ] {
            let text = read(app, &format!("{host}{app}"));
            assert_eq!(response(&text), Some(expected), "{app}");
            assert_eq!(
                response(&read("live", &format!("{host}{app}"))),
                Some(expected)
            );
            assert_eq!(response(&read(app, "")), Some(expected));
        }
    }

    #[test]
    fn user_and_password_in_a_query() {
        is_password(&read("stream1?user=a&pass=b", ""), ("a", "b"));
        is_password(
            &read("stream1", "rtmp://host/stream1?pass=b&user=a"),
            ("a", "b"),
        );
        is_password(
            &read("stream7?user=a%40b&pass=%26%3D", ""),
            ("a@b", "%26%3D"),
        );
        is_password(&read("s?user=a=b&pass=c=d==", ""), ("a=b", "c=d=="));
        is_password(&read("s?user=&pass=", ""), ("", ""));
        is_password(&read("s?user=a&pass=b&pass=b", ""), ("a", "b"));
    }

    #[test]
    fn one_without_the_other_is_nothing() {
        for app in [
            "",
            "stream1",
            "stream1?user=a",
            "stream1?pass=b",
            "stream1?key=a&token=b",
        ] {
            assert!(matches!(read(app, ""), LoginText::Nothing), "{app}");
        }
        is_user(&read("s?user=bob?authmod=adobe&user=alice", ""), "alice");
    }

    #[test]
    fn contradictions_are_not_chosen_from() {
        for app in [
            "s?user=a&user=b&pass=c",
            "s?user=a&pass=b&pass=c",
            "s?authmod=adobe&user=a&user=b",
            "s?authmod=adobe&user=a&response=r&response=s",
            "s?authmod=adobe",
            "s?authmod=adobe&user=",
            "s?authmod=llnw&user=a",
            "s?authmod=ADOBE&user=a",
            "s?authmod=adobe?authmod=llnw&user=a",
        ] {
            assert!(matches!(read(app, ""), LoginText::Unreadable), "{app}");
        }
    }

    #[test]
    fn what_is_too_long_is_not_read() {
        let long = "u".repeat(1 << 20);
        for app in [
            format!("s?authmod=adobe&user={long}"),
            format!("s?user={long}&pass=x"),
            format!("s?authmod=adobe&user=u&challenge=c&response=r&opaque={long}"),
        ] {
            assert!(matches!(read(&app, ""), LoginText::Unreadable));
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        for app in [
            "s?user=me&pass=s3cret",
            "s?authmod=adobe&user=me&challenge=c&response=s3cret&opaque=s3cret",
        ] {
            let shown = format!("{:?}", read(app, ""));
            assert!(shown.contains("me") && !shown.contains("s3cret"), "{shown}");
        }
        let user = read("s?authmod=adobe&user=a\r\n\u{1b}[2J\"", "");
        assert_eq!(
            format!("{user:?}"),
            r#"User { user: "a\r\n\u{1b}[2J\"", .. }"#
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read(app in "[a&?=/%;#\u{e4}\r\n]{0,40}(authmod=adobe|user=|pass=|&|\\?){0,6}.{0,20}", url in ".*") {
            let text = read(&app, &url);
            prop_assert!(text.user().is_none_or(|user| user.len() <= 3 * LONGEST));
            let _ = format!("{text:?}");
        }
    }
}
