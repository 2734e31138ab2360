//! Headers that keep browsers from harm.

use crate::state::Gateway;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

/// Pages load everything from here and nothing inline but styles, talk only to here, and may not
/// be framed.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data: blob:; connect-src 'self' ws: wss:; object-src 'none'; \
    base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

/// Documents that somebody made (reports, plots): no scripts, no origin, nothing from outside.
pub const SANDBOX: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox";

const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");

/// The layer. A handler that sets a header itself has decided.
pub async fn security_headers(
    State(gateway): State<Gateway>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let policy = headers.entry(header::CONTENT_SECURITY_POLICY);
    policy.or_insert_with(|| match &gateway.config.oidc {
        // Whoever signs out is led on to the provider by a form.
        Some(oidc) => HeaderValue::try_from(format!("{POLICY} {}", oidc.origin()))
            .unwrap_or(HeaderValue::from_static(POLICY)),
        None => HeaderValue::from_static(POLICY),
    });
    let mut set = |name, value| {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    };
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "same-origin");
    set(header::X_FRAME_OPTIONS, "DENY");
    // Neither a window nor a resource of another site comes near what is shown here.
    set(OPENER, "same-origin");
    set(RESOURCE, "same-origin");
    set(PERMISSIONS, "camera=(), geolocation=(), microphone=()");
    set(header::CACHE_CONTROL, "private, no-cache");
    if gateway.config.cookie_secure {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    response
}
