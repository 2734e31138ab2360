//! Failures on the wire.

use domain::{Failure, FailureKind};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// Why something did not work.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ApiFailure {
    /// What sort of failure it is; decides the status.
    #[schema(value_type = FailureKindName)]
    pub kind: FailureKind,
    /// Dotted and stable: say it in any language with `details`.
    pub code: String,
    /// What was wrong and what to do, in English.
    pub message: String,
    /// The field of the request that is at fault, if one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The values that the message mentions, by name.
    #[schema(value_type = Object)]
    pub details: Map<String, Value>,
}

impl From<&Failure> for ApiFailure {
    fn from(failure: &Failure) -> Self {
        Self {
            kind: failure.kind,
            code: failure.message.code.clone(),
            message: failure.message.text.clone(),
            field: failure.field.clone(),
            details: failure.message.params.clone(),
        }
    }
}

/// The body of every answer that is not a success.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorBody {
    /// Why it did not work.
    pub error: ApiFailure,
}

/// What sort of failure it is.
#[derive(Debug, ToSchema)]
#[schema(as = FailureKind, rename_all = "snake_case")]
pub enum FailureKindName {
    /// 422, or 405 and 415: what was sent cannot be used.
    InvalidInput,
    /// 401: the caller is not known.
    Unauthenticated,
    /// 403: the caller may not do this.
    Forbidden,
    /// 404: there is no such thing, or not for this caller.
    NotFound,
    /// 409: it clashes with what is there.
    Conflict,
    /// 413: it is larger than a limit allows.
    TooLarge,
    /// 429: it came too often.
    RateLimited,
    /// 503: a backend is missing for now.
    Unavailable,
    /// 500: the budget ended before any result.
    BudgetExhausted,
    /// 500: the program is at fault.
    Internal,
}

#[cfg(test)]
mod tests {
    use super::*;
    use service_kit::http::failure_json;

    #[test]
    fn a_failure_inside_an_object_looks_as_it_does_in_an_answer() {
        for failure in [
            Failure::invalid("a.b", "No.").field("x").with("row", 3),
            Failure::internal("Oh."),
        ] {
            let inside = serde_json::to_value(ApiFailure::from(&failure)).unwrap();
            assert_eq!(inside, failure_json(&failure));
        }
    }
}
