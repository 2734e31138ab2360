//! The pages: the built web app, inside the program.

use axum::body::Body as Content;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;
use service_kit::http::{method_not_allowed, route_not_found};

/// What `npm run build` made of `dashboard/web`.
#[derive(RustEmbed)]
#[folder = "web/dist"]
struct Pages;

/// Answers a file of the web app. Every other address that a browser navigates to is the app's
/// own: it gets the one page, which reads the address itself.
pub async fn page(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if !matches!(method, Method::GET | Method::HEAD) {
        return method_not_allowed(method, uri).await.into_response();
    }
    let path = uri.path().trim_start_matches('/');
    if let Some(file) = file(path, &headers) {
        return file;
    }
    if (path.is_empty() || accepts_html(&headers))
        && let Some(index) = file("index.html", &headers)
    {
        return index;
    }
    route_not_found(method, uri).await.into_response()
}

fn accepts_html(headers: &HeaderMap) -> bool {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

fn file(path: &str, headers: &HeaderMap) -> Option<Response> {
    let file = Pages::get(path)?;
    let tag = format!(
        "\"{}\"",
        crate::auth::secret::hex(&file.metadata.sha256_hash()[..16])
    );
    let caching = [
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static(caching(path)),
        ),
        (header::ETAG, HeaderValue::try_from(tag.clone()).ok()?),
    ];
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok());
    if known.is_some_and(|known| known.split(',').any(|known| same_tag(known, &tag))) {
        return Some((StatusCode::NOT_MODIFIED, caching).into_response());
    }
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static(kind(path)))];
    Some((caching, kind, Content::from(file.data)).into_response())
}

/// Tags are compared weakly: compression on the way may have weakened ours.
fn same_tag(known: &str, tag: &str) -> bool {
    known.trim().trim_start_matches("W/") == tag
}

/// The names of assets hold a hash of their content, so they never change.
fn caching(path: &str) -> &'static str {
    if path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    }
}

fn kind(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json" | "map") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("txt") => "text/plain; charset=utf-8",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("woff") => "font/woff",
        Some("wasm") => "application/wasm",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn get(path: &'static str, accept: &'static str, tag: Option<&HeaderValue>) -> Response {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
        if let Some(tag) = tag {
            headers.insert(header::IF_NONE_MATCH, tag.clone());
        }
        page(Method::GET, Uri::from_static(path), headers).await
    }

    #[tokio::test]
    async fn every_address_of_the_app_is_its_one_page() {
        for path in ["/", "/datasets/0192", "/index.html"] {
            let response = get(path, "text/html,*/*", None).await;
            assert_eq!(response.status(), StatusCode::OK, "{path}");
            assert_eq!(response.headers()[header::CACHE_CONTROL], "no-cache");
            assert_eq!(
                response.headers()[header::CONTENT_TYPE],
                "text/html; charset=utf-8"
            );
        }
    }

    #[tokio::test]
    async fn a_missing_file_is_missing_and_a_known_one_is_not_sent_again() {
        assert_eq!(
            get("/assets/none.js", "*/*", None).await.status(),
            StatusCode::NOT_FOUND
        );
        assert_eq!(
            get("/../Cargo.toml", "*/*", None).await.status(),
            StatusCode::NOT_FOUND
        );
        let first = get("/", "text/html", None).await;
        let again = get("/", "text/html", first.headers().get(header::ETAG)).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    }

    #[test]
    fn only_assets_with_a_hash_are_kept_for_ever() {
        assert!(caching("assets/index-4f2a.js").contains("immutable"));
        assert_eq!(caching("favicon.svg"), "no-cache");
    }
}
