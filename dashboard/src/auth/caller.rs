//! Who is calling, and the gate that lets only known callers through.

use super::{cookie, secret};
use crate::state::Gateway;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::user::{Token, TokenKind, User};
use domain::{Failure, FailureKind};
use service_kit::http::{ApiError, ApiResult};
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

/// A token is noted as used at most this often.
const TOUCH_AFTER: Duration = Duration::from_secs(60);

/// The user on whose behalf a request is made. A handler can only get one from the [`gate`].
#[derive(Clone, Debug)]
pub struct Caller(Arc<Identity>);

/// What is known of a caller.
#[derive(Debug)]
pub struct Identity {
    /// The user.
    pub user: User,
    /// What they proved it with.
    pub token: Token,
    /// The CSRF token that goes with it. Programs get one too and need not send it.
    pub csrf: String,
    /// Whether it came in a cookie, which a browser sends unasked.
    pub by_cookie: bool,
}

impl Deref for Caller {
    type Target = Identity;
    fn deref(&self) -> &Identity {
        &self.0
    }
}

impl Caller {
    /// A caller who has proved to be `user` with `token`, whose plain text is `secret`.
    #[must_use]
    pub fn new(user: User, token: Token, secret: &str, by_cookie: bool) -> Self {
        Self(Arc::new(Identity {
            user,
            token,
            csrf: secret::csrf(secret),
            by_cookie,
        }))
    }

    /// Refuses callers with a stored personal token, for things that only a person may do.
    pub fn must_have_signed_in(&self) -> Result<(), Failure> {
        match self.token.kind {
            TokenKind::Session | TokenKind::Bearer => Ok(()),
            TokenKind::Personal => Err(crate::policy::needs_sign_in()),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let caller = parts.extensions.get::<Self>().cloned();
        caller.ok_or_else(|| {
            Failure::internal("a route with a caller stands outside the gate").into()
        })
    }
}

/// How fresh the answer to "who is this" must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// The store's, now.
    Now,
    /// One from a moment ago will do, and an older one while the store is away: for predictions,
    /// which must be fast and must not depend on the store.
    Recent,
}

/// The layer over everything that is not public: an unknown caller gets no further, so neither
/// path nor body nor upgrade is looked at.
pub async fn gate(State(gateway): State<Gateway>, request: Request, next: Next) -> Response {
    pass(&gateway, Trust::Now, request, next).await
}

/// The same gate in front of predictions.
pub async fn serving_gate(
    State(gateway): State<Gateway>,
    request: Request,
    next: Next,
) -> Response {
    pass(&gateway, Trust::Recent, request, next).await
}

async fn pass(gateway: &Gateway, trust: Trust, mut request: Request, next: Next) -> Response {
    match identify(gateway, request.headers(), trust).await {
        Ok(caller) => {
            if let Err(failure) = check_csrf(&caller, request.method(), request.headers()) {
                return ApiError::from(failure).into_response();
            }
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(error) => error.into_response(),
    }
}

/// Who sends these headers. A bearer token counts before a cookie.
pub async fn identify(gateway: &Gateway, headers: &HeaderMap, trust: Trust) -> ApiResult<Caller> {
    let (secret, by_cookie) = presented(headers, gateway.config.cookie_secure)?;
    let hash = secret::hash(&secret);
    if trust == Trust::Recent
        && let Some(caller) = gateway.known.recent(&hash, gateway.now())
    {
        return Ok(caller);
    }
    let found = match trust {
        Trust::Now => gateway
            .ports
            .store
            .token(&hash)
            .await
            .map_err(ApiError::from),
        Trust::Recent => gateway.known.ask(gateway.ports.store.token(&hash)).await,
    };
    match found {
        Ok(Some((token, user))) if by_cookie == (token.kind == TokenKind::Session) => {
            touch(gateway, &token);
            let caller = Caller::new(user, token, &secret, by_cookie);
            gateway.known.keep(hash, caller.clone(), gateway.now());
            Ok(caller)
        }
        Ok(_) => {
            gateway.known.forget(&hash);
            Err(unknown().into())
        }
        Err(error) if trust == Trust::Recent => {
            gateway.known.older(&hash, gateway.now()).ok_or(error)
        }
        Err(error) => Err(error),
    }
}

/// The token among the headers, and whether it came in a cookie.
fn presented(headers: &HeaderMap, secure: bool) -> Result<(String, bool), Failure> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let text = value.to_str().unwrap_or_default();
        return match text.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
                Ok((token.trim().to_owned(), false))
            }
            _ => Err(unknown()),
        };
    }
    cookie::read(headers, secure)
        .map(|token| (token, true))
        .ok_or_else(unknown)
}

fn unknown() -> Failure {
    let text = "Sign in, or send a token that has not ended: Authorization: Bearer ….";
    Failure::new(FailureKind::Unauthenticated, "auth.required", text)
}

/// A page of another site can make a browser send the cookie, but not know the token.
pub fn check_csrf(caller: &Caller, method: &Method, headers: &HeaderMap) -> Result<(), Failure> {
    if !caller.by_cookie || method.is_safe() {
        return Ok(());
    }
    let sent = headers
        .get("x-csrf-token")
        .and_then(|value| value.to_str().ok());
    if sent.is_some_and(|sent| secret::same(sent, &caller.csrf)) {
        return Ok(());
    }
    let text = "Send the csrf_token of GET /api/v1/me in the header X-CSRF-Token.";
    Err(Failure::new(FailureKind::Forbidden, "auth.csrf", text))
}

/// Notes the use of a token now and then, without making the caller wait for it.
fn touch(gateway: &Gateway, token: &Token) {
    if gateway.now().since(token.used_at) < TOUCH_AFTER {
        return;
    }
    let (store, id) = (Arc::clone(&gateway.ports.store), token.id);
    gateway.spawn(async move {
        if let Err(error) = store.touch_token(id).await {
            tracing::debug!(
                error = error.chain(),
                "the use of a token could not be noted"
            );
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(pairs: &[(header::HeaderName, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn a_bearer_token_counts_before_a_cookie() {
        let cookie = (header::COOKIE, "other=1; microlearn_session=mls_a");
        let both = headers(&[(header::AUTHORIZATION, "bearer mlp_b"), cookie.clone()]);
        assert_eq!(
            presented(&both, false).unwrap(),
            ("mlp_b".to_owned(), false)
        );
        assert_eq!(
            presented(&headers(std::slice::from_ref(&cookie)), false).unwrap(),
            ("mls_a".to_owned(), true)
        );
        let basic = headers(&[(header::AUTHORIZATION, "Basic YTpi"), cookie]);
        assert_eq!(
            presented(&basic, false).unwrap_err().kind,
            FailureKind::Unauthenticated
        );
        assert!(presented(&HeaderMap::new(), false).is_err());
    }
}
