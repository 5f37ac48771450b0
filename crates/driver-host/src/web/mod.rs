//! The web page: a wall of the cameras, and the same for programs.
//!
//! | Path | What it is |
//! |---|---|
//! | `/` | the page (`page/`, embedded) |
//! | `/api/cameras` | state and counters of the cameras, JSON |
//! | `/api/cameras/{n}/live` | WebSocket: the frames of a live session, see [`live`] |
//! | `/api/cameras/{n}/sound` | WebSocket: the sound of its microphone, see [`sound`] |
//! | `/api/cameras/{n}/qr.svg` | QR code of the push address |
//! | `/api/cameras/{n}/stream-key` | GET: what to push with, the stream key included; POST: with a new key |
//! | `/api/updates` | server-sent events: cameras every second, events and log lines as they come |
//! | `/api/settings` | GET and PUT, JSON |
//! | `/metrics` | Prometheus (OpenMetrics) text |
//! | `/healthz` | 200 while the driver listens, else 503 |

mod assets;
mod cameras;
mod connections;
mod guard;
mod live;
mod metrics;
mod push_ways;
mod settings;
mod sound;
mod stream;
mod stream_keys;
mod updates;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::get;
use milestone_driver::{Driver, MicrophoneSession};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use crate::history::History;
use connections::Limits;

pub(crate) use guard::AllowedHosts;

/// Live sessions that pages may have open, all together: a wall has 16. Fewer than connections, so that the page itself
/// comes through whatever is watched.
const LIVE_SESSIONS: usize = 192;
/// How long an answer may take to begin. It is the request that takes time, if anything does.
const ANSWER: Duration = Duration::from_secs(10);
/// The settings of all cameras are a few kilobytes.
const LARGEST_REQUEST: usize = 64 * 1024;

/// The running server. It ends when this is dropped.
pub(crate) struct WebServer {
    address: SocketAddr,
    runtime: Option<Runtime>,
}

/// What the handlers share.
#[derive(Clone)]
struct Web {
    driver: Driver,
    history: Arc<History>,
    live_sessions: Arc<Semaphore>,
    /// Stream keys are shown to who asks for them.
    shows_keys: bool,
}

impl WebServer {
    /// Listens on `address` and serves in the background.
    pub(crate) fn start(
        address: SocketAddr,
        hosts: AllowedHosts,
        show_keys: bool,
        driver: Driver,
        history: Arc<History>,
    ) -> io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("web")
            .enable_all()
            .build()?;
        let listener = runtime.block_on(TcpListener::bind(address))?;
        let address = listener.local_addr()?;
        let web = Web {
            driver,
            history,
            live_sessions: Arc::new(Semaphore::new(LIVE_SESSIONS)),
            shows_keys: show_keys || address.ip().is_loopback(),
        };
        let router = router(web, hosts);
        runtime.spawn(connections::serve(listener, router, Limits::default()));
        Ok(Self {
            address,
            runtime: Some(runtime),
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for WebServer {
    /// Open pages would keep a graceful end waiting: they are cut off.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn router(web: Web, hosts: AllowedHosts) -> Router {
    Router::new()
        .route("/api/cameras", get(cameras::list))
        .route(
            "/api/cameras/{camera}/live",
            get(stream::connect::<live::Pictures>),
        )
        .route(
            "/api/cameras/{camera}/sound",
            get(stream::connect::<MicrophoneSession>),
        )
        .route("/api/cameras/{camera}/qr.svg", get(push_ways::qr_code))
        .route(
            "/api/cameras/{camera}/stream-key",
            get(stream_keys::show).post(stream_keys::renew),
        )
        .route("/api/updates", get(updates::stream))
        .route("/api/settings", get(settings::read).put(settings::change))
        .route("/metrics", get(metrics::scrape))
        .route("/healthz", get(health))
        .fallback(assets::serve)
        .layer(RequestBodyLimitLayer::new(LARGEST_REQUEST))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            ANSWER,
        ))
        .layer(middleware::from_fn(guard::add_security_headers))
        .layer(middleware::from_fn_with_state(
            Arc::new(hosts),
            guard::check_host_and_origin,
        ))
        .with_state(web)
}

async fn health(State(web): State<Web>) -> (StatusCode, &'static str) {
    if web.driver.status().listening {
        (StatusCode::OK, "listening\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not listening\n")
    }
}
