//! Which language a reader prefers.

use axum::http::{HeaderMap, header};

/// Codes of the languages that the platform writes, its own first.
pub const LANGUAGES: [&str; 2] = ["fr", "en"];

/// The first of the languages that the reader asks for and the platform knows: `lang` of the URL
/// before the header `Accept-Language`, whose weights nobody writes out of order.
pub fn preferred(lang: Option<&str>, headers: &HeaderMap) -> Option<&'static str> {
    let header = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    lang.into_iter().chain(header.split(',')).find_map(known)
}

/// The language of a tag like `en-GB;q=0.8`.
fn known(tag: &str) -> Option<&'static str> {
    let primary = tag.split(['-', '_', ';']).next()?.trim();
    LANGUAGES
        .into_iter()
        .find(|language| primary.eq_ignore_ascii_case(language))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn the_url_wins_over_the_header_and_unknown_languages_are_passed_over() {
        let mut headers = HeaderMap::new();
        assert_eq!(preferred(None, &headers), None);
        assert_eq!(preferred(Some("EN"), &headers), Some("en"));
        headers.insert(
            header::ACCEPT_LANGUAGE,
            HeaderValue::from_static("ar, en-GB;q=0.8, fr;q=0.5"),
        );
        assert_eq!(preferred(None, &headers), Some("en"));
        assert_eq!(preferred(Some("fr"), &headers), Some("fr"));
        assert_eq!(preferred(Some("de"), &headers), Some("en"));
    }
}
