//! `/api/cameras/{n}/stream-key`: what to push with where a camera has a stream key, for who may see it, and a new key.
//!
//! The page has no login. So keys are shown where nobody but this machine can open it, or where `--web-show-keys` says so.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use milestone_driver::picture::PublisherNeeds;
use milestone_driver::{Change, Driver, Secret};
use serde::Serialize;

use super::Web;
use super::push_ways::{PushWay, key_query, push_ways, svg_of};

/// Characters of a new key: with 62 to choose from, 130 bits.
const KEY_LENGTH: usize = 22;

#[derive(Serialize)]
struct KeyShown {
    push_ways: Vec<PushWay>,
    /// The QR code of the address, as an image; none if that is too long.
    qr: Option<String>,
}

pub(super) async fn show(State(web): State<Web>, Path(camera): Path<usize>) -> Response {
    answer(&web, camera, |key| match key {
        Some(key) => Ok(key),
        None => Err((StatusCode::CONFLICT, "This camera has no stream key.\n")),
    })
}

/// The camera gets a new key. The one before is good as well, until there is another.
pub(super) async fn renew(State(web): State<Web>, Path(camera): Path<usize>) -> Response {
    answer(&web, camera, |before| {
        let failed = (StatusCode::INTERNAL_SERVER_ERROR, "There is no new key.\n");
        let key = new_key().map_err(|_| failed)?;
        let setting = match before {
            Some(before) => format!("{},{}", before.expose(), key.expose()),
            None => key.expose().to_owned(),
        };
        let change = Change::of_camera("StreamKey", camera.wrapping_sub(1), setting);
        web.driver.apply([change]).map_err(|_| failed)?;
        Ok(key)
    })
}

fn answer(
    web: &Web,
    camera: usize,
    key: impl FnOnce(Option<Secret>) -> Result<Secret, (StatusCode, &'static str)>,
) -> Response {
    if !web.shows_keys {
        return (
            StatusCode::FORBIDDEN,
            "The page can be opened from other machines: it shows stream keys with --web-show-keys.\n",
        )
            .into_response();
    }
    let camera = camera.checked_sub(1).and_then(|device| {
        let url = web.driver.push_url(device)?;
        Some((
            url,
            web.driver.statistics(device)?.path,
            newest_key(&web.driver, device),
        ))
    });
    let Some((url, path, newest)) = camera else {
        return (StatusCode::NOT_FOUND, "There is no such camera.\n").into_response();
    };
    match key(newest) {
        Ok(key) => {
            let shown = KeyShown {
                push_ways: push_ways(&url, &path, PublisherNeeds::StreamKey, Some(&key)),
                qr: svg_of(&format!("{url}{}", key_query(&key))).ok(),
            };
            ([(CACHE_CONTROL, "no-store")], Json(shown)).into_response()
        }
        Err(refusal) => refusal.into_response(),
    }
}

/// The last of a camera's keys: the one that stays.
fn newest_key(driver: &Driver, device: usize) -> Option<Secret> {
    let settings = driver.settings();
    let keys = settings.cameras.get(device)?.stream_key.expose();
    let newest = keys
        .rsplit(',')
        .map(str::trim)
        .find(|key| !key.is_empty())?;
    Some(Secret::from(newest))
}

fn new_key() -> Result<Secret, getrandom::Error> {
    const CHARACTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    // Of 256 bytes, those that 62 goes into evenly.
    const FAIR: u8 = 248;
    let mut key = String::new();
    let mut random = [0; 2 * KEY_LENGTH];
    while key.len() < KEY_LENGTH {
        getrandom::fill(&mut random)?;
        let fair = random.iter().filter(|byte| **byte < FAIR);
        let characters = fair.map(|byte| char::from(CHARACTERS[usize::from(byte % 62)]));
        key.extend(characters.take(KEY_LENGTH - key.len()));
    }
    Ok(Secret::new(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_keys_are_long_and_different() {
        let keys: Vec<_> = (0..100).map(|_| new_key().expect("random bytes")).collect();
        for (number, key) in keys.iter().enumerate() {
            let text = key.expose();
            assert_eq!(text.len(), KEY_LENGTH);
            assert!(
                text.bytes().all(|byte| byte.is_ascii_alphanumeric()),
                "{text}"
            );
            assert!(!keys[..number].contains(key));
        }
    }
}
