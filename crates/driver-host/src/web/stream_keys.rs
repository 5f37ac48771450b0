//! `/api/cameras/{n}/stream-key`: what to push with where a camera has a stream key, for who may see it, and a new key.
//!
//! The page has no login. So keys are shown where nobody but this machine can open it, or where `--web-show-keys` says so.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use milestone_driver::picture::PublisherNeeds;
use milestone_driver::{Change, Driver, Secret, SettingError, Settings};
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
    answer(&web, camera, |device| {
        let newest = newest_key(&web.driver.settings(), device);
        newest.ok_or((StatusCode::CONFLICT, "This camera has no stream key.\n"))
    })
}

/// The camera gets a new key. The one before is good as well, until there is another.
pub(super) async fn renew(State(web): State<Web>, Path(camera): Path<usize>) -> Response {
    answer(&web, camera, |device| {
        let failed = (StatusCode::INTERNAL_SERVER_ERROR, "There is no new key.\n");
        let key = new_key().map_err(|_| failed)?;
        add(&web.driver, device, &key).map_err(|_| failed)?;
        Ok(key)
    })
}

/// What to push with to `camera`, numbered from 1, with the key that `key` has for the device.
fn answer(
    web: &Web,
    camera: usize,
    key: impl FnOnce(usize) -> Result<Secret, (StatusCode, &'static str)>,
) -> Response {
    if !web.shows_keys {
        return (
            StatusCode::FORBIDDEN,
            "The page can be opened from other machines: it shows stream keys with --web-show-keys.\n",
        )
            .into_response();
    }
    let device = camera.checked_sub(1);
    let camera = device.and_then(|device| {
        let url = web.driver.push_url(device)?;
        Some((device, url, web.driver.statistics(device)?.path))
    });
    let Some((device, url, path)) = camera else {
        return (StatusCode::NOT_FOUND, "There is no such camera.\n").into_response();
    };
    match key(device) {
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

/// Puts `key` behind the newest one of the camera: of two that come at the same time, both are good.
fn add(driver: &Driver, device: usize, key: &Secret) -> Result<(), Vec<SettingError>> {
    driver.apply_to_current(|settings| {
        let keys = match newest_key(settings, device) {
            Some(before) => format!("{},{}", before.expose(), key.expose()),
            None => key.expose().to_owned(),
        };
        [Change::of_camera("StreamKey", device, keys)]
    })
}

/// The last of a camera's keys: the one that stays.
fn newest_key(settings: &Settings, device: usize) -> Option<Secret> {
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
    use std::net::{IpAddr, Ipv4Addr};
    use std::sync::Barrier;
    use std::thread;

    use milestone_driver::DriverConfig;

    use super::*;

    /// Two people make a key at the same time, and both give theirs away.
    #[test]
    fn of_two_keys_that_are_made_at_once_none_is_lost() {
        let mut config = DriverConfig::default();
        config.bind = Some(IpAddr::V4(Ipv4Addr::LOCALHOST));
        config.any_port = true;
        let driver = Driver::connect(config).expect("it starts");
        let together = Barrier::new(2);
        for round in 0..100 {
            thread::scope(|scope| {
                for who in ["one", "other"] {
                    let (driver, together) = (&driver, &together);
                    scope.spawn(move || {
                        let key = Secret::new(format!("{who}{round}"));
                        together.wait();
                        add(driver, 1, &key).expect("a good key");
                    });
                }
            });
            let settings = driver.settings();
            let mut keys: Vec<_> = settings.cameras[1].stream_key.expose().split(',').collect();
            keys.sort_unstable();
            assert_eq!(keys, [format!("one{round}"), format!("other{round}")]);
        }
    }

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
