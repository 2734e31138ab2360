//! What a request with an `Idempotency-Key` is about to make, noted before it is made.
//!
//! An answer can be remembered only once it is there. Between the making and the answer lie reads
//! that may fail, and the store's word that all went well may get lost. Without a note the same
//! request, sent again, would make the thing again.

use crate::state::Gateway;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::{Failure, UserId};
use service_kit::http::ApiResult;
use std::convert::Infallible;
use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;
use uuid::Uuid;

/// Where a request notes what it is about to make; nowhere if it came without a key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Promise(Option<Arc<Place>>);

#[derive(Debug)]
struct Place {
    user: UserId,
    key: String,
    fingerprint: String,
}

/// What was noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Promised<T> {
    /// This very value: nothing was made yet.
    Now(T),
    /// The value of an earlier try, which may have made the thing.
    Before(T),
}

impl Promise {
    pub(super) fn of(user: UserId, key: &str, fingerprint: &str) -> Self {
        Self(Some(Arc::new(Place {
            user,
            // A key as it is sent never begins with a space, so the two cannot be the same.
            key: format!(" {key}"),
            fingerprint: fingerprint.to_owned(),
        })))
    }

    /// Notes the value, which is written without spaces, unless an earlier try of the same request
    /// has noted one.
    pub async fn note<T: Display + FromStr>(
        &self,
        gateway: &Gateway,
        value: T,
    ) -> ApiResult<Promised<T>> {
        let Some(place) = &self.0 else {
            return Ok(Promised::Now(value));
        };
        // Two tries may note the same value: what comes after it tells whose note it is.
        let (own, store) = (format!("{value} {}", Uuid::new_v4()), &gateway.ports.store);
        let noted = store
            .remember(place.user, &place.key, &place.fingerprint, Some(&own))
            .await?;
        let Some(before) = noted.filter(|noted| *noted != own) else {
            return Ok(Promised::Now(value));
        };
        let before = before.split(' ').next().unwrap_or_default().parse();
        before
            .map(Promised::Before)
            .map_err(|_| Failure::internal("what a request has noted is damaged").into())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Promise {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().cloned().unwrap_or_default())
    }
}
