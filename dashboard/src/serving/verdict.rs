//! What the answer of a replica says of the replica.

use axum::http::StatusCode;
use serde::Deserialize;

/// What an answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Another process would answer the same.
    Final,
    /// This deployment is not to be had here and now; the process is well.
    Elsewhere,
    /// The process is not well, or something else answers in its place.
    Sick,
}

/// What this program says when something does not work.
#[derive(Deserialize)]
struct OurError {
    error: OurCode,
}

#[derive(Deserialize)]
struct OurCode {
    code: String,
}

/// What an answer with this status and body says of the process that gave it.
pub(super) fn judge(status: StatusCode, body: &[u8]) -> Verdict {
    match status {
        StatusCode::SERVICE_UNAVAILABLE => match serde_json::from_slice::<OurError>(body) {
            // It has taken all the time that there is; others would take as much again.
            Ok(ours) if ours.error.code == "http.timeout" => Verdict::Final,
            Ok(_) => Verdict::Elsewhere,
            Err(_) => Verdict::Sick,
        },
        StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT => Verdict::Sick,
        _ => Verdict::Final,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOADING: &str = r#"{"error":{"kind":"unavailable","code":"deployment.loading"}}"#;
    const LATE: &str = r#"{"error":{"kind":"unavailable","code":"http.timeout"}}"#;

    #[test]
    fn only_a_process_that_is_not_well_is_sick() {
        for (status, body, expected) in [
            (StatusCode::OK, "{}", Verdict::Final),
            (StatusCode::NOT_FOUND, "", Verdict::Final),
            (StatusCode::INTERNAL_SERVER_ERROR, "", Verdict::Final),
            (StatusCode::SERVICE_UNAVAILABLE, LOADING, Verdict::Elsewhere),
            (StatusCode::SERVICE_UNAVAILABLE, LATE, Verdict::Final),
            (StatusCode::SERVICE_UNAVAILABLE, "no server", Verdict::Sick),
            (StatusCode::SERVICE_UNAVAILABLE, "{}", Verdict::Sick),
            (StatusCode::BAD_GATEWAY, LOADING, Verdict::Sick),
            (StatusCode::GATEWAY_TIMEOUT, "", Verdict::Sick),
        ] {
            assert_eq!(judge(status, body.as_bytes()), expected, "{status} {body}");
        }
    }
}
