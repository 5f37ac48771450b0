//! What to type where, to push to a camera; and `/api/cameras/{n}/qr.svg`, the push address for drones and phones to
//! scan.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use milestone_driver::Secret;
use milestone_driver::picture::PublisherNeeds;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use qrcode::QrCode;
use qrcode::render::svg;
use qrcode::types::QrError;
use serde::Serialize;

use super::Web;

/// The width of a QR code.
const PIXELS: u32 = 264;

/// A field or a command line, ready to be copied.
#[derive(Debug, Serialize)]
pub(super) struct PushWay {
    name: &'static str,
    text: String,
}

/// For publishers that need a key or a login, with `KEY`, `USER` and `PASSWORD` in their places, unless there is a `key` to
/// show: the page is for everybody who can open it.
pub(super) fn push_ways(
    url: &str,
    path: &str,
    needs: PublisherNeeds,
    key: Option<&Secret>,
) -> Vec<PushWay> {
    let presented = key.map_or("?key=KEY".to_owned(), key_query);
    let server = url.strip_suffix(path).unwrap_or(url);
    let key = path.trim_start_matches('/');
    // rtmp2sink wants an application and a stream name; the same one twice means the path as it is.
    let location = if key.contains('/') {
        url.to_owned()
    } else {
        format!("{url}/{key}")
    };
    let query = match needs {
        PublisherNeeds::StreamKey => presented.as_str(),
        _ => "",
    };
    let with_login = |url: &str| match (needs, url.split_once("://")) {
        (PublisherNeeds::Login, Some((scheme, rest))) => {
            format!("{scheme}://USER:PASSWORD@{rest}")
        }
        _ => format!("{url}{query}"),
    };
    let authmod = match needs {
        PublisherNeeds::Login => " authmod=auto",
        _ => "",
    };
    let mut ways = vec![way("Address", format!("{url}{query}"))];
    if needs == PublisherNeeds::Login {
        // With nothing behind the port in its server, OBS cannot log in.
        let (application, name) = location.rsplit_once('/').unwrap_or((url, key));
        ways.extend([
            way("OBS server", application),
            way("OBS stream key", name),
            way("OBS, Use authentication", "USER and PASSWORD"),
        ]);
    } else {
        ways.extend([
            way("OBS server", server),
            way("OBS stream key", format!("{key}{query}")),
        ]);
    }
    ways.extend([
        way(
            "FFmpeg",
            format!(
                "ffmpeg -re -i video.mp4 -c:v libx264 -tune zerolatency -g 60 -an -f flv {}",
                quoted(&with_login(url))
            ),
        ),
        way(
            "GStreamer",
            format!(
                "gst-launch-1.0 -e videotestsrc is-live=true ! x264enc tune=zerolatency key-int-max=60 \
                 ! flvmux streamable=true ! rtmp2sink location={}{authmod}",
                quoted(&with_login(&location))
            ),
        ),
    ]);
    ways
}

/// Signs that mean nothing in a query.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The query that presents a stream key.
pub(super) fn key_query(key: &Secret) -> String {
    format!("?key={}", utf8_percent_encode(key.expose(), PLAIN))
}

fn way(name: &'static str, text: impl Into<String>) -> PushWay {
    PushWay {
        name,
        text: text.into(),
    }
}

/// One word of a shell's command line.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/:.-_[]".contains(c);
    if word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

pub(super) async fn qr_code(State(web): State<Web>, Path(camera): Path<usize>) -> Response {
    let url = camera
        .checked_sub(1)
        .and_then(|device| web.driver.push_url(device));
    match url.map(|url| svg_of(&url)) {
        Some(Ok(image)) => (
            [(CONTENT_TYPE, "image/svg+xml"), (CACHE_CONTROL, "no-store")],
            image,
        )
            .into_response(),
        Some(Err(_)) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "The address is too long for a QR code.\n",
        )
            .into_response(),
        None => (StatusCode::NOT_FOUND, "There is no such camera.\n").into_response(),
    }
}

/// The QR code of an address, as an image.
pub(super) fn svg_of(url: &str) -> Result<String, QrError> {
    let code = QrCode::new(url)?;
    let mut image = code.render::<svg::Color<'_>>();
    Ok(image.min_dimensions(PIXELS, PIXELS).build())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(url: &str, path: &str) -> Vec<String> {
        texts_for(url, path, PublisherNeeds::Nothing)
    }

    fn texts_for(url: &str, path: &str, needs: PublisherNeeds) -> Vec<String> {
        push_ways(url, path, needs, None)
            .into_iter()
            .map(|way| way.text)
            .collect()
    }

    #[test]
    fn obs_gets_server_and_key() {
        let texts = texts("rtmp://192.0.2.7:8783/stream1", "/stream1");
        assert_eq!(texts[1], "rtmp://192.0.2.7:8783");
        assert_eq!(texts[2], "stream1");
        assert!(texts[4].ends_with("location=rtmp://192.0.2.7:8783/stream1/stream1"));
    }

    #[test]
    fn paths_of_two_levels_stay_as_they_are() {
        let texts = texts("rtmp://192.0.2.7:8783/live/drone", "/live/drone");
        assert_eq!(texts[2], "live/drone");
        assert!(texts[4].ends_with("location=rtmp://192.0.2.7:8783/live/drone"));
    }

    #[test]
    fn a_stream_key_has_its_place() {
        let texts = texts_for("rtmp://h:1/stream1", "/stream1", PublisherNeeds::StreamKey);
        assert_eq!(texts[0], "rtmp://h:1/stream1?key=KEY");
        assert_eq!(texts[2], "stream1?key=KEY");
        assert!(texts[3].ends_with("'rtmp://h:1/stream1?key=KEY'"));
        assert!(texts[4].ends_with("'rtmp://h:1/stream1/stream1?key=KEY'"));
    }

    #[test]
    fn a_key_that_is_shown_is_encoded() {
        let (url, path) = ("rtmp://h:1/stream1", "/stream1");
        let key = Secret::from("a b&c-d");
        let ways = push_ways(url, path, PublisherNeeds::StreamKey, Some(&key));
        assert_eq!(ways[0].text, "rtmp://h:1/stream1?key=a%20b%26c-d");
    }

    #[test]
    fn a_login_has_its_place() {
        let texts = texts_for("rtmp://h:1/stream1", "/stream1", PublisherNeeds::Login);
        assert_eq!(
            texts[..3],
            ["rtmp://h:1/stream1", "rtmp://h:1/stream1", "stream1"]
        );
        assert!(texts[4].ends_with("'rtmp://USER:PASSWORD@h:1/stream1'"));
        assert!(texts[5].ends_with("'rtmp://USER:PASSWORD@h:1/stream1/stream1' authmod=auto"));
        let texts = texts_for("rtmp://h:1/live/a", "/live/a", PublisherNeeds::Login);
        assert_eq!(texts[1..3], ["rtmp://h:1/live", "a"]);
    }

    #[test]
    fn what_a_shell_would_read_is_quoted() {
        assert_eq!(
            quoted("rtmp://[::1]:8783/stream1"),
            "rtmp://[::1]:8783/stream1"
        );
        assert_eq!(
            quoted("rtmp://h/a b;rm 'x'"),
            r"'rtmp://h/a b;rm '\''x'\'''"
        );
    }
}
