//! The files of the page, embedded in the program.

use std::hash::{DefaultHasher, Hash, Hasher};

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

struct Asset {
    path: &'static str,
    content_type: &'static str,
    body: &'static [u8],
}

macro_rules! assets {
    ($($content_type:ident: $($file:literal)*;)*) => {
        &[$($(Asset {
            path: $file,
            content_type: $content_type,
            body: include_bytes!(concat!("../../page/", $file)),
        },)*)*]
    };
}

const HTML: &str = "text/html; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";
const FONT: &str = "font/woff2";

const ASSETS: &[Asset] = assets! {
    HTML: "index.html";
    STYLE: "style.css";
    SCRIPT: "main.js" "camera.js" "camera-state.js" "dom.js" "events.js" "format.js" "live-frame.js" "log.js"
        "player.js" "plot.js" "settings.js" "sound.js" "theme.js" "toast.js" "updates.js" "views.js" "wall.js";
    SVG: "icon.svg";
    FONT: "fonts/inter.woff2" "fonts/jetbrains-mono.woff2";
};

impl Asset {
    fn find(path: &str) -> Option<&'static Self> {
        let path = match path.trim_start_matches('/') {
            "" => "index.html",
            path => path,
        };
        ASSETS.iter().find(|asset| asset.path == path)
    }

    /// Another program version may have other files under the same names: browsers ask every time.
    fn entity_tag(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.body.hash(&mut hasher);
        format!("\"{:016x}\"", hasher.finish())
    }
}

pub(super) async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let Some(asset) = Asset::find(uri.path()) else {
        return (StatusCode::NOT_FOUND, "There is nothing at this address.\n").into_response();
    };
    if method != Method::GET && method != Method::HEAD {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let tag = asset.entity_tag();
    let is_known = headers
        .get(IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let headers = [
        (CONTENT_TYPE, asset.content_type.to_owned()),
        (CACHE_CONTROL, "no-cache".to_owned()),
        (ETAG, tag),
    ];
    if is_known {
        (StatusCode::NOT_MODIFIED, headers).into_response()
    } else {
        (headers, asset.body).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every file that a file of the page refers to is embedded.
    #[test]
    fn the_page_is_whole() {
        for asset in ASSETS.iter().filter(|asset| asset.content_type != FONT) {
            let text = std::str::from_utf8(asset.body).expect("text");
            let references = text
                .split(['"', '(', ')'])
                .filter(|part| {
                    part.ends_with(".js") || part.ends_with(".css") || part.ends_with(".woff2")
                })
                .map(|part| part.trim_start_matches("./"));
            for reference in references {
                assert!(
                    Asset::find(reference).is_some(),
                    "{} refers to {reference}",
                    asset.path
                );
            }
        }
    }
}
