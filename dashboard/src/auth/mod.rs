//! Sign-in, sessions, tokens, and the gate that only known callers pass.
//!
//! A secret (session, bearer or personal token) is 256 random bits. It is given out once; the
//! store keeps its SHA-256. A browser carries the session in an HttpOnly cookie and proves with a
//! CSRF token, derived from the session, that a page of ours made the request. Programs send
//! `Authorization: Bearer …`. No secret ever stands in a URL.

mod admin;
pub mod caller;
mod cookie;
mod known;
pub mod lockout;
pub mod login;
pub mod me;
pub(crate) mod oidc;
pub mod password;
pub(crate) mod secret;
pub mod sessions;
mod strangers;
#[cfg(test)]
mod tests;
pub mod tokens;

pub use admin::{ADMIN, ensure_admin};
pub use caller::Caller;
pub use known::Known;
pub use oidc::{Hidden, Oidc, OidcConfig};
pub use strangers::Strangers;

use crate::state::Gateway;
use axum::http::{HeaderName, HeaderValue, header};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Routes that somebody unknown may use.
pub fn public_routes() -> OpenApiRouter<Gateway> {
    OpenApiRouter::default()
        .routes(routes!(login::auth_config))
        .routes(routes!(login::login))
        .routes(routes!(login::logout))
        .merge(oidc::routes())
}

/// Routes about the caller.
pub fn routes() -> OpenApiRouter<Gateway> {
    OpenApiRouter::default()
        .routes(routes!(me::me))
        .routes(routes!(me::change_password))
        .routes(routes!(tokens::create_token, tokens::list_tokens))
        .routes(routes!(tokens::delete_token))
        .routes(routes!(sessions::list_sessions))
        .routes(routes!(sessions::delete_session))
}

/// Keeps an answer that holds a secret out of every cache.
pub(crate) fn no_store() -> (HeaderName, HeaderValue) {
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
}
