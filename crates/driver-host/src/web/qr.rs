//! `/api/cameras/{n}/qr.svg`: the push address for drones and phones to scan.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use qrcode::QrCode;
use qrcode::render::svg;

use super::Web;

const PIXELS: u32 = 264;

pub(super) async fn push_address(State(web): State<Web>, Path(camera): Path<usize>) -> Response {
    let url = camera
        .checked_sub(1)
        .and_then(|device| web.driver.push_url(device));
    match url.map(QrCode::new) {
        Some(Ok(code)) => {
            let image = code
                .render::<svg::Color<'_>>()
                .min_dimensions(PIXELS, PIXELS)
                .build();
            (
                [(CONTENT_TYPE, "image/svg+xml"), (CACHE_CONTROL, "no-store")],
                image,
            )
                .into_response()
        }
        Some(Err(_)) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "The address is too long for a QR code.\n",
        )
            .into_response(),
        None => (StatusCode::NOT_FOUND, "There is no such camera.\n").into_response(),
    }
}
