//! The browser's session cookie.

use axum::http::{HeaderMap, HeaderValue};
use axum_extra::extract::CookieJar;
use domain::Failure;
use std::time::Duration;

const PLAIN: &str = "microlearn_session";
/// Browsers take a cookie of this name only over HTTPS, for the whole host and for no other.
const SECURE: &str = "__Host-microlearn_session";

const PLAIN_HANDSHAKE: &str = "microlearn_handshake";
const SECURE_HANDSHAKE: &str = "__Host-microlearn_handshake";

fn name(secure: bool) -> &'static str {
    if secure { SECURE } else { PLAIN }
}

/// The session token among the cookies: under the name that this site sets and no other, for the
/// plain one can be set by neighbours of its domain, and over HTTP.
#[must_use]
pub fn read(headers: &HeaderMap, secure: bool) -> Option<String> {
    let jar = CookieJar::from_headers(headers);
    Some(jar.get(name(secure))?.value().to_owned())
}

/// The `Set-Cookie` header that keeps a session for `lifetime`; zero ends it.
pub fn write(token: &str, lifetime: Duration, secure: bool) -> Result<HeaderValue, Failure> {
    set(name(secure), token, lifetime, secure)
}

fn handshake_name(secure: bool) -> &'static str {
    if secure {
        SECURE_HANDSHAKE
    } else {
        PLAIN_HANDSHAKE
    }
}

/// What binds a sign-in at the provider to this browser, if one has begun.
#[must_use]
pub fn read_handshake(headers: &HeaderMap, secure: bool) -> Option<String> {
    let jar = CookieJar::from_headers(headers);
    Some(jar.get(handshake_name(secure))?.value().to_owned())
}

/// The `Set-Cookie` header that keeps it.
pub fn handshake(kept: &str, lifetime: Duration, secure: bool) -> Result<HeaderValue, Failure> {
    set(handshake_name(secure), kept, lifetime, secure)
}

fn set(name: &str, token: &str, lifetime: Duration, secure: bool) -> Result<HeaderValue, Failure> {
    let secure = if secure { "; Secure" } else { "" };
    let seconds = lifetime.as_secs();
    let text = format!("{name}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    HeaderValue::try_from(text).map_err(|_| Failure::internal("a session token is no header value"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::header::COOKIE;

    #[test]
    fn what_is_written_is_read_back() {
        for (secure, name) in [(false, PLAIN), (true, SECURE)] {
            let set = write("mls_x", Duration::from_secs(60), secure).unwrap();
            let set = set.to_str().unwrap();
            assert!(
                set.contains("HttpOnly") && set.contains("SameSite=Lax"),
                "{set}"
            );
            assert_eq!(set.contains("Secure"), secure, "{set}");
            assert!(set.starts_with(name), "{set}");
            let pair = set.split(';').next().unwrap();
            let mut headers = HeaderMap::new();
            headers.insert(COOKIE, HeaderValue::from_str(pair).unwrap());
            assert_eq!(read(&headers, secure).as_deref(), Some("mls_x"));
            assert_eq!(read(&headers, !secure), None, "another site's name");
        }
    }
}
