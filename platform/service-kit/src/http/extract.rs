//! axum's extractors, refusing in the contract's shape.

use super::ApiError;
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
        match axum::Json::<T>::from_request(request, state).await {
            Ok(axum::Json(body)) => Ok(Self(body)),
            Err(rejection) => Err(body_refused(&rejection)),
        }
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let refused = |rejection: PathRejection| {
            let text = format!("The path cannot be read: {}", rejection.body_text());
            ApiError::from(Failure::invalid("http.path", text))
        };
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

    #[test]
    fn a_cause_without_a_path_is_kept_whole() {
        let (field, why) = split_cause("Failed to deserialize query string: limit: invalid digit");
        assert_eq!((field, why), (Some("limit"), "invalid digit"));
        let (field, why) = split_cause("Failed: missing field `target` at line 1");
        assert_eq!((field, why), (None, "missing field `target` at line 1"));
    }
}
