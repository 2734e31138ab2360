//! One shape for every error: `{"error":{kind,code,message,field?,details}}`.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use domain::{Failure, FailureKind};
use ports::PortError;
use serde_json::{Value, json};
use std::any::Any;
use uuid::Uuid;

/// What a handler answers.
pub type ApiResult<T, E = ApiError> = std::result::Result<T, E>;

/// A failure on its way to an HTTP client.
///
/// Its kind decides the status; the few statuses that no kind tells (405, 415) are set apart. A
/// detail called `retry_after_seconds` becomes the `Retry-After` header; what came too often also
/// tells the `RateLimit-*` headers, with the `limit` if it is among the details.
#[derive(Clone, Debug)]
pub struct ApiError {
    failure: Box<Failure>,
    status: StatusCode,
}

impl ApiError {
    /// The failure with a status of its own.
    #[must_use]
    pub fn with_status(failure: Failure, status: StatusCode) -> Self {
        Self {
            failure: Box::new(failure),
            status,
        }
    }

    /// What went wrong.
    #[must_use]
    pub fn failure(&self) -> &Failure {
        &self.failure
    }

    /// The status that it is answered with.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }
}

impl From<Failure> for ApiError {
    fn from(failure: Failure) -> Self {
        let status = StatusCode::from_u16(failure.kind.http_status())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self::with_status(failure, status)
    }
}

impl From<PortError> for ApiError {
    /// The boundary at which a port's error is logged, once, with its causes.
    fn from(error: PortError) -> Self {
        match &error {
            PortError::Unavailable { .. } => {
                tracing::warn!(error = error.chain(), "a backend failed")
            }
            PortError::Corrupt { .. } => {
                tracing::error!(error = error.chain(), "stored data is damaged")
            }
            PortError::Refused { .. } => {
                tracing::error!(error = error.chain(), "a backend refused what was sent")
            }
            PortError::Interrupted { .. }
            | PortError::Invalid { .. }
            | PortError::NotFound { .. }
            | PortError::Conflict { .. } => {}
        }
        Failure::from(error).into()
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let failure = if self.failure.kind == FailureKind::Internal {
            without_internals(&self.failure)
        } else {
            *self.failure
        };
        let detail = |name: &str| failure.message.params.get(name).and_then(Value::as_u64);
        let retry_after = detail("retry_after_seconds");
        let limits = [
            ("ratelimit-limit", detail("limit")),
            ("ratelimit-remaining", Some(0)),
            ("ratelimit-reset", retry_after),
        ];
        let limited = failure.kind == FailureKind::RateLimited;
        let mut response = (
            self.status,
            Json(json!({ "error": failure_json(&failure) })),
        )
            .into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        for (name, value) in limits.into_iter().filter(|_| limited) {
            if let Some(value) = value {
                headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
            }
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// What went wrong inside is for whoever runs the site; the client gets a number to ask about.
fn without_internals(failure: &Failure) -> Failure {
    let incident = Uuid::now_v7().to_string();
    tracing::error!(
        incident,
        code = failure.message.code,
        "{}",
        failure.message.text
    );
    let text = format!("Something went wrong in the program. Tell the administrator: {incident}.");
    Failure::internal(text).with("incident", incident)
}

/// The public form of a failure, as it stands inside `error` of an answer and on objects that failed.
#[must_use]
pub fn failure_json(failure: &Failure) -> Value {
    let mut body = json!({
        "kind": failure.kind,
        "code": failure.message.code,
        "message": failure.message.text,
        "details": failure.message.params,
    });
    if let Some(field) = &failure.field {
        body["field"] = json!(field);
    }
    body
}

/// The answer where there is no such route.
pub async fn route_not_found(method: Method, uri: Uri) -> ApiError {
    let path = uri.path().to_owned();
    let text = format!("There is no {method} {path}. See /api/docs.");
    Failure::new(FailureKind::NotFound, "http.not_found", text)
        .with("path", path)
        .into()
}

/// The answer where the route knows other methods only.
pub async fn method_not_allowed(method: Method, uri: Uri) -> ApiError {
    let path = uri.path().to_owned();
    let text = format!("{path} does not know the method {method}. See /api/docs.");
    let failure = Failure::invalid("http.method_not_allowed", text).with("method", method.as_str());
    ApiError::with_status(failure, StatusCode::METHOD_NOT_ALLOWED)
}

/// The answer of a handler that panicked; for `CatchPanicLayer::custom`.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the signature that the layer asks for"
)]
pub fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let words = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no words".to_owned());
    ApiError::from(Failure::internal(format!("A handler panicked: {words}"))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(response: Response) -> Value {
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 16)
            .await
            .unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    #[tokio::test]
    async fn an_error_has_the_contract_s_shape_and_status() {
        let failure = Failure::invalid("dataset.ragged_row", "Row 17 has 4 cells instead of 5.")
            .field("file")
            .with("row", 17);
        let response = ApiError::from(failure).into_response();
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let body = read(response).await;
        assert_eq!(
            body,
            json!({"error": {
                "kind": "invalid_input",
                "code": "dataset.ragged_row",
                "message": "Row 17 has 4 cells instead of 5.",
                "field": "file",
                "details": {"row": 17},
            }})
        );
    }

    #[tokio::test]
    async fn the_inside_of_an_internal_failure_stays_inside() {
        let response = panicked(Box::new("index out of bounds"));
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = read(response).await.to_string();
        assert!(!body.contains("index out of bounds"), "{body}");
        assert!(body.contains("incident"), "{body}");
    }

    #[test]
    fn waiting_and_signing_in_are_told_by_headers() {
        let limited = Failure::new(FailureKind::RateLimited, "http.rate_limited", "Slow down.")
            .with("retry_after_seconds", 7);
        let response = ApiError::from(limited).into_response();
        assert_eq!(response.headers()[header::RETRY_AFTER], "7");
        assert_eq!(response.headers()["ratelimit-reset"], "7");
        assert_eq!(response.headers()["ratelimit-remaining"], "0");
        assert!(
            !response.headers().contains_key("ratelimit-limit"),
            "none is known"
        );
        let unknown = Failure::new(FailureKind::Unauthenticated, "auth.required", "Sign in.");
        let response = ApiError::from(unknown).into_response();
        assert_eq!(response.headers()[header::WWW_AUTHENTICATE], "Bearer");
    }
}
