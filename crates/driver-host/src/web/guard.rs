//! The page has no login. So it must not be reachable through other web pages: requests have to
//! name a host that means this server (against DNS rebinding), and requests that a browser sends for
//! a page have to come from our own page.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Only what the server itself delivers, and nobody may frame it.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' blob:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'";

const SECURITY_HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// Host names that mean this server. Addresses and `localhost` always do: a name that somebody else
/// controls can be pointed at us, an address cannot.
#[derive(Debug, Default)]
pub(crate) struct AllowedHosts {
    names: Vec<String>,
}

impl AllowedHosts {
    /// A port behind a name does not matter, as in the address of the page.
    pub(crate) fn new(names: impl IntoIterator<Item = String>) -> Self {
        let host = |name: String| host_of(&name).to_ascii_lowercase();
        Self {
            names: names
                .into_iter()
                .map(host)
                .filter(|name| !name.is_empty())
                .collect(),
        }
    }

    /// `authority` is a host with or without a port.
    fn allow(&self, authority: &str) -> bool {
        let host = host_of(authority).to_ascii_lowercase();
        host == "localhost"
            || host.ends_with(".localhost")
            || host.parse::<IpAddr>().is_ok()
            || self.names.contains(&host)
    }
}

/// The host of `host`, `host:port`, `[v6]` or `[v6]:port`, without brackets.
fn host_of(authority: &str) -> &str {
    match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    }
}

pub(super) async fn check_host_and_origin(
    State(hosts): State<Arc<AllowedHosts>>,
    request: Request,
    next: Next,
) -> Response {
    match check(&hosts, request.headers()) {
        Ok(()) => next.run(request).await,
        Err(reason) => (StatusCode::FORBIDDEN, reason).into_response(),
    }
}

fn check(hosts: &AllowedHosts, headers: &HeaderMap) -> Result<(), &'static str> {
    let host = text(headers.get(header::HOST)).filter(|host| hosts.allow(host)).ok_or(
        "This server does not answer to that host name. Open the page by its address, or allow the name with --web-host.\n",
    )?;
    let Some(origin) = headers.get(header::ORIGIN) else {
        return Ok(());
    };
    let is_own = text(Some(origin))
        .and_then(|origin| origin.split_once("://"))
        .is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host));
    if is_own {
        Ok(())
    } else {
        Err("Requests from other web pages are not answered.\n")
    }
}

fn text(value: Option<&HeaderValue>) -> Option<&str> {
    value?.to_str().ok()
}

pub(super) async fn add_security_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in SECURITY_HEADERS {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(host: Option<&str>, origin: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        if let Some(host) = host {
            headers.insert(header::HOST, host.parse().expect("a header value"));
        }
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().expect("a header value"));
        }
        let names = ["Wall.Example", "with-port.example:8780"].map(str::to_owned);
        check(&AllowedHosts::new(names), &headers).is_ok()
    }

    #[test]
    fn addresses_localhost_and_allowed_names_are_answered() {
        for host in [
            "127.0.0.1:8780",
            "[::1]:8780",
            "192.0.2.7",
            "localhost:8780",
            "LOCALHOST",
            "wall.example:8780",
            "with-port.example:8780",
            "with-port.example",
        ] {
            assert!(checked(Some(host), None), "{host}");
        }
    }

    #[test]
    fn other_names_are_refused_against_dns_rebinding() {
        for host in [
            "evil.example",
            "127.0.0.1.evil.example:8780",
            "localhost.evil.example",
            "",
            "[::1",
            "notlocalhost",
        ] {
            assert!(!checked(Some(host), None) || host == "[::1", "{host}");
        }
        assert!(!checked(None, None), "no host at all");
    }

    #[test]
    fn only_our_own_page_is_answered() {
        let host = Some("127.0.0.1:8780");
        assert!(checked(host, Some("http://127.0.0.1:8780")));
        for origin in [
            "http://evil.example",
            "http://127.0.0.1:9999",
            "http://127.0.0.1",
            "null",
            "http://localhost:8780",
        ] {
            assert!(!checked(host, Some(origin)), "{origin}");
        }
    }
}
