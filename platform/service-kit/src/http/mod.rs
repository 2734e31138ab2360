//! HTTP edges shared by all roles: one shape for every error, extractors that refuse in that
//! shape, and the three health routes that each process answers.

mod error;
mod extract;
mod health;

pub use error::{ApiError, ApiResult, failure_json, method_not_allowed, panicked, route_not_found};
pub use extract::{Body, Path, Query, refuse_nul};
pub use health::Health;
