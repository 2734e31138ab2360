//! axum's extractors, refusing in the contract's shape.

use super::ApiError;
use axum::body::Bytes;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use domain::{Failure, FailureKind};
use serde::de::DeserializeOwned;

/// A JSON body.
#[derive(Clone, Copy, Debug)]
pub struct Body<T>(pub T);

/// The parameters of the path.
#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

/// The parameters of the query.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let refused = |rejection: JsonRejection| body_refused(&rejection);
        let (parts, content) = request.into_parts();
        let bytes = Bytes::from_request(Request::from_parts(parts.clone(), content), state).await;
        let bytes = bytes.map_err(|rejection| refused(rejection.into()))?;
        let request = Request::from_parts(parts, bytes.clone().into());
        let body = axum::Json::<T>::from_request(request, state).await;
        let axum::Json(body) = body.map_err(refused)?;
        refuse_nul(&bytes)?;
        Ok(Self(body))
    }
}

/// Refuses JSON with the character U+0000 in a text: stores cannot keep it, and nobody means it.
pub fn refuse_nul(json: &[u8]) -> Result<(), Failure> {
    // JSON can only write it as an escape, whose backslash is itself not escaped.
    let mut escaped = false;
    for (place, byte) in json.iter().enumerate() {
        if escaped && json[place..].starts_with(b"u0000") {
            let text = "The body holds the character U+0000, which no text may hold.";
            return Err(Failure::invalid("http.json", text));
        }
        escaped = !escaped && *byte == b'\\';
    }
    Ok(())
}

/// Whether a control character stands in a path or query as it was sent.
fn holds_control(sent: &str) -> bool {
    let mut escapes = sent.split('%').skip(1);
    let value = |escape: &str| u8::from_str_radix(escape.get(..2)?, 16).ok();
    escapes.any(|escape| value(escape).is_some_and(|byte| byte.is_ascii_control()))
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let refused = |rejection: PathRejection| {
            let text = format!("The path cannot be read: {}", rejection.body_text());
            ApiError::from(Failure::invalid("http.path", text))
        };
        // Names and ids hold none, and stores cannot even be asked for some.
        if holds_control(parts.uri.path()) {
            let text = "The path cannot be read: it holds a control character.";
            return Err(Failure::invalid("http.path", text).into());
        }
        let path = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        path.map(|axum::extract::Path(path)| Self(path))
            .map_err(refused)
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let refused = |rejection: QueryRejection| {
            let text = rejection.body_text();
            let (field, why) = split_cause(&text);
            let failure =
                Failure::invalid("http.query", format!("The query cannot be used: {why}"));
            ApiError::from(at(failure, field))
        };
        if parts.uri.query().is_some_and(holds_control) {
            let text = "The query cannot be used: it holds a control character.";
            return Err(Failure::invalid("http.query", text).into());
        }
        let query = axum::extract::Query::<T>::from_request_parts(parts, state).await;
        query
            .map(|axum::extract::Query(query)| Self(query))
            .map_err(refused)
    }
}

fn body_refused(rejection: &JsonRejection) -> ApiError {
    let text = rejection.body_text();
    match rejection {
        JsonRejection::JsonDataError(_) => {
            let (field, why) = split_cause(&text);
            let failure = Failure::invalid("http.json", format!("The body cannot be used: {why}."));
            at(failure, field).into()
        }
        JsonRejection::JsonSyntaxError(_) => {
            let why = split_cause(&text).1;
            Failure::invalid("http.json_syntax", format!("The body is not JSON: {why}.")).into()
        }
        JsonRejection::MissingJsonContentType(_) => {
            let text = "Send JSON with the header Content-Type: application/json.";
            let failure = Failure::invalid("http.content_type", text);
            ApiError::with_status(failure, StatusCode::UNSUPPORTED_MEDIA_TYPE)
        }
        other if other.status() == StatusCode::PAYLOAD_TOO_LARGE => Failure::new(
            FailureKind::TooLarge,
            "http.too_large",
            "The body is too large.",
        )
        .into(),
        _ => Failure::invalid("http.body", "The body did not arrive whole. Send it again.").into(),
    }
}

fn at(failure: Failure, field: Option<&str>) -> Failure {
    match field {
        Some(field) => failure.field(field),
        None => failure,
    }
}

/// axum says `Failed to …: budget.seconds: invalid type …`: the part in front of the cause goes,
/// and a path of field names before it is the field at fault.
fn split_cause(text: &str) -> (Option<&str>, &str) {
    let cause = text.split_once(": ").map_or(text, |(_, cause)| cause);
    let is_path = |path: &str| {
        let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '[' | ']');
        !path.is_empty() && path != "." && path.chars().all(good)
    };
    match cause.split_once(": ") {
        Some((path, why)) if is_path(path) => (Some(path), why),
        _ => (None, cause),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body as Content;
    use axum::http::header;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Spec {
        #[serde(rename = "budget")]
        _budget: Budget,
    }

    #[derive(Debug, serde::Deserialize)]
    struct Budget {
        #[serde(rename = "seconds")]
        _seconds: f64,
    }

    async fn refusal(content_type: &str, body: &'static str) -> ApiError {
        let request = Request::builder()
            .header(header::CONTENT_TYPE, content_type)
            .body(Content::from(body))
            .unwrap();
        Body::<Spec>::from_request(request, &()).await.unwrap_err()
    }

    #[tokio::test]
    async fn a_refused_body_names_the_field_and_keeps_the_shape() {
        let shape = refusal("application/json", r#"{"budget":{"seconds":"much"}}"#).await;
        assert_eq!(shape.failure().message.code, "http.json");
        assert_eq!(shape.failure().field.as_deref(), Some("budget.seconds"));
        let syntax = refusal("application/json", "{").await;
        assert_eq!(syntax.failure().message.code, "http.json_syntax");
        let kind = refusal("text/plain", "{}").await;
        assert_eq!(kind.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }

    #[tokio::test]
    async fn control_characters_are_refused_wherever_they_may_stand() {
        #[derive(Debug, serde::Deserialize)]
        struct Named {
            name: String,
        }
        let read = async |body: &'static str| {
            let request = Request::builder().header(header::CONTENT_TYPE, "application/json");
            let request = request.body(Content::from(body)).unwrap();
            Body::<Named>::from_request(request, &()).await
        };
        assert_eq!(
            read(r#"{"name":"\\u0000"}"#).await.unwrap().0.name,
            "\\u0000"
        );
        for bad in [r#"{"name":"\u0000"}"#, r#"{"name":"a\\\u0000"}"#] {
            let refused = read(bad).await.unwrap_err();
            assert_eq!(refused.failure().message.code, "http.json", "{bad}");
        }
        for (sent, holds) in [
            ("/predictions/%00", true),
            ("/a%0Ab", true),
            ("%7f", true),
            ("/%20%C3%A9/%2500", false),
            ("%", false),
            ("/%é", false),
        ] {
            assert_eq!(holds_control(sent), holds, "{sent}");
        }
    }

    #[test]
    fn a_cause_without_a_path_is_kept_whole() {
        let (field, why) = split_cause("Failed to deserialize query string: limit: invalid digit");
        assert_eq!((field, why), (Some("limit"), "invalid digit"));
        let (field, why) = split_cause("Failed: missing field `target` at line 1");
        assert_eq!((field, why), (None, "missing field `target` at line 1"));
    }
}
