//! How often a user may ask.
//!
//! Requests are counted by user and minute in the cache, so that all gateways share one count. A
//! prediction takes microseconds and must not wait for a cache each time: a gateway therefore
//! takes from the count in portions of a hundredth, and spends a portion by itself.

use crate::auth::Caller;
use crate::quota::predictions;
use crate::state::Gateway;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::access::Grantee;
use domain::{CourseId, Failure, FailureKind};
use ports::Cache;
use service_kit::http::ApiError;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const WINDOW_SECONDS: u64 = 60;
/// A cache that takes longer than this does not limit anybody.
const PATIENCE: Duration = Duration::from_millis(100);
/// More users than this at once are not remembered between requests.
const MOST: usize = 10_000;

/// What this process has taken from the count of each user and course and not yet spent.
#[derive(Debug, Default)]
pub struct RateLimiter(Mutex<HashMap<(Grantee, &'static str), Portion>>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Portion {
    window: u64,
    left: u32,
    /// What the whole site still had after this portion was taken.
    remaining: u32,
}

/// What the limiter says to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Verdict {
    allowed: bool,
    limit: u32,
    remaining: u32,
    reset: u64,
}

/// The layer over predictions.
pub async fn limit_predictions(
    State(gateway): State<Gateway>,
    request: Request,
    next: Next,
) -> Response {
    let limit = match request.extensions().get::<Caller>() {
        Some(caller) => predictions(&gateway, Grantee::User(caller.user.id)).await,
        None => None,
    };
    let limit = limit.unwrap_or(gateway.config.limits.predictions_per_minute);
    limited(&gateway, "predictions", limit, request, next).await
}

/// Counts a prediction by a deployment of this course, if the course has a quota for them.
pub async fn course_predictions(gateway: &Gateway, course: CourseId) -> Result<(), Failure> {
    let of = Grantee::Course(course);
    let Some(limit) = predictions(gateway, of).await else {
        return Ok(());
    };
    let cache = gateway.ports.cache.as_ref();
    let verdict = gateway
        .limiter
        .ask(cache, of, "predictions", limit, seconds())
        .await;
    match verdict.allowed {
        true => Ok(()),
        false => Err(refusal(verdict)),
    }
}

/// The layer over the API: what changes something is limited, looking is not.
pub async fn limit_changes(
    State(gateway): State<Gateway>,
    request: Request,
    next: Next,
) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    let limit = gateway.config.limits.changes_per_minute;
    limited(&gateway, "changes", limit, request, next).await
}

async fn limited(
    gateway: &Gateway,
    class: &'static str,
    limit: u32,
    request: Request,
    next: Next,
) -> Response {
    let Some(caller) = request.extensions().get::<Caller>() else {
        return ApiError::from(Failure::internal("a limit stands outside the gate"))
            .into_response();
    };
    let cache = gateway.ports.cache.as_ref();
    let now = seconds();
    let verdict = gateway
        .limiter
        .ask(cache, Grantee::User(caller.user.id), class, limit, now)
        .await;
    let mut response = if verdict.allowed {
        next.run(request).await
    } else {
        ApiError::from(refusal(verdict)).into_response()
    };
    tell(verdict, response.headers_mut());
    response
}

/// Seconds since 1970.
fn seconds() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap_or_default().as_secs()
}

fn refusal(verdict: Verdict) -> Failure {
    let Verdict { limit, reset, .. } = verdict;
    let text = format!("More than {limit} requests in a minute. Go on in {reset} seconds.");
    Failure::new(FailureKind::RateLimited, "http.rate_limited", text)
        .with("limit", limit)
        .with("retry_after_seconds", reset)
}

fn tell(verdict: Verdict, headers: &mut HeaderMap) {
    let pairs = [
        ("ratelimit-limit", u64::from(verdict.limit)),
        ("ratelimit-remaining", u64::from(verdict.remaining)),
        ("ratelimit-reset", verdict.reset),
    ];
    for (name, value) in pairs {
        let name = HeaderName::from_static(name);
        // A refusal further in has told of its own limit.
        headers.entry(name).or_insert(HeaderValue::from(value));
    }
}

impl RateLimiter {
    async fn ask(
        &self,
        cache: &dyn Cache,
        of: Grantee,
        class: &'static str,
        limit: u32,
        now: u64,
    ) -> Verdict {
        let window = now / WINDOW_SECONDS;
        let reset = WINDOW_SECONDS - now % WINDOW_SECONDS;
        let verdict = |allowed, remaining| Verdict {
            allowed,
            limit,
            remaining,
            reset,
        };
        if let Some(portion) = self.spend(of, class, window) {
            return verdict(true, portion.remaining + portion.left);
        }
        let size = (limit / 100).max(1);
        let key = format!("rate:{class}:{of}:{window}");
        let taken = cache.add(
            &key,
            i64::from(size),
            Duration::from_secs(2 * WINDOW_SECONDS),
        );
        let Ok(Ok(count)) = tokio::time::timeout(PATIENCE, taken).await else {
            // Limits guard against floods; they must not become an outage of their own.
            return verdict(true, limit);
        };
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        // The last portion may be larger than what is left.
        let over = count.saturating_sub(limit).min(size);
        if over == size {
            return verdict(false, 0);
        }
        let left = size - over - 1;
        let remaining = limit.saturating_sub(count);
        self.add(
            of,
            class,
            Portion {
                window,
                left,
                remaining,
            },
        );
        verdict(true, remaining + left)
    }

    /// Takes one from the portion of this window, if any is left; what is left after it.
    fn spend(&self, of: Grantee, class: &'static str, window: u64) -> Option<Portion> {
        let mut portions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let portion = portions
            .get_mut(&(of, class))
            .filter(|p| p.window == window)?;
        portion.left = portion.left.checked_sub(1)?;
        Some(*portion)
    }

    /// Adds a portion to what is left of this window: requests at the same moment take several.
    fn add(&self, of: Grantee, class: &'static str, portion: Portion) {
        let mut portions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if portions.len() >= MOST {
            portions.clear();
        }
        match portions.get_mut(&(of, class)) {
            Some(stored) if stored.window == portion.window => {
                stored.left += portion.left;
                stored.remaining = stored.remaining.min(portion.remaining);
            }
            // The answer of the cache came when its minute was over.
            Some(stored) if stored.window > portion.window => {}
            _ => drop(portions.insert((of, class), portion)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::MemoryCache;
    use domain::UserId;
    use futures_util::future::join_all;

    async fn allowed(limiter: &RateLimiter, cache: &MemoryCache, limit: u32, now: u64) -> u32 {
        let user = Grantee::User(UserId::default());
        let mut allowed = 0;
        for _ in 0..3 * limit {
            let verdict = limiter.ask(cache, user, "predictions", limit, now).await;
            allowed += u32::from(verdict.allowed);
        }
        allowed
    }

    #[tokio::test]
    async fn just_the_limit_is_allowed_in_each_minute() {
        let cache = MemoryCache::default();
        let limiter = RateLimiter::default();
        let user = Grantee::User(UserId::new());
        for limit in [1, 7, 250] {
            let class: &'static str = if limit == 250 {
                "predictions"
            } else {
                "changes"
            };
            let mut count = 0;
            let minute = 60 * (100 + u64::from(limit));
            for _ in 0..3 * limit {
                let verdict = limiter.ask(&cache, user, class, limit, minute).await;
                count += u32::from(verdict.allowed);
            }
            assert_eq!(count, limit);
        }
        assert_eq!(allowed(&limiter, &cache, 250, 0).await, 250);
    }

    #[tokio::test]
    async fn requests_at_the_same_moment_lose_nothing_of_the_allowance() {
        let cache = MemoryCache::default();
        let limiter = RateLimiter::default();
        let user = Grantee::User(UserId::new());
        // Each of the first asks for a portion before the first portion is there.
        let ask = || limiter.ask(&cache, user, "predictions", 1_000, 0);
        let mut allowed = 0;
        for _ in 0..30 {
            let verdicts = join_all((0..50).map(|_| ask())).await;
            allowed += verdicts.iter().filter(|verdict| verdict.allowed).count();
        }
        assert_eq!(allowed, 1_000);
    }

    #[tokio::test]
    async fn two_gateways_share_one_count() {
        let cache = MemoryCache::default();
        let (first, second) = (RateLimiter::default(), RateLimiter::default());
        let user = Grantee::User(UserId::new());
        let mut count = 0;
        for _ in 0..300 {
            for limiter in [&first, &second] {
                let verdict = limiter.ask(&cache, user, "predictions", 300, 0).await;
                count += u32::from(verdict.allowed);
            }
        }
        assert_eq!(count, 300);
    }
}
