//! Whether a caller, or the course they work in, has quota left.
//!
//! What is used is looked up when something is asked for, so that several requests at the same
//! moment may together go a little beyond: a quota protects others, it is no price.

use crate::auth::Caller;
use crate::state::Gateway;
use domain::access::Grantee;
use domain::quota::{Quota, Usage, Whose};
use domain::{CourseId, Failure, Timestamp, UserId};
use service_kit::http::ApiResult;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// For so long a quota for predictions holds that was looked up.
const FRESH: Duration = Duration::from_secs(10);
/// More of them than this at once are not remembered.
const MOST: usize = 10_000;

/// What users and courses may ask of models in a minute, as it was a moment ago: a prediction does
/// not wait for the store.
#[derive(Debug, Default)]
pub struct Rates(Mutex<HashMap<Grantee, (Timestamp, Option<u32>)>>);

/// The quota that holds for somebody, or for a course.
pub async fn quota_of(gateway: &Gateway, of: Grantee) -> ports::Result<Quota> {
    let usual = match of {
        Grantee::User(_) => gateway.config.limits.user,
        Grantee::Course(_) => gateway.config.limits.course,
    };
    let granted = gateway.ports.store.quota(of).await?;
    Ok(granted.unwrap_or_default().or(usual))
}

/// Refuses a pipeline for which there is no quota left.
pub async fn allow_pipeline(
    gateway: &Gateway,
    caller: &Caller,
    course: Option<CourseId>,
) -> ApiResult<()> {
    let of = (caller.user.id, course);
    check(gateway, caller, of, |quota, used, whose| {
        quota.one_more_pipeline(used, whose)
    })
    .await
}

/// Refuses so many more bytes of this owner, in this course, where there is no quota left for them.
pub async fn allow_bytes(
    gateway: &Gateway,
    caller: &Caller,
    of: (UserId, Option<CourseId>),
    bytes: u64,
) -> ApiResult<()> {
    check(gateway, caller, of, |quota, used, whose| {
        quota.more_bytes(used, bytes, whose)
    })
    .await
}

/// Administrators have no quota: somebody must be able to mend what is full.
async fn check(
    gateway: &Gateway,
    caller: &Caller,
    (owner, course): (UserId, Option<CourseId>),
    refuses: impl Fn(&Quota, &Usage, Whose) -> Result<(), Failure>,
) -> ApiResult<()> {
    if caller.who().is_admin() {
        return Ok(());
    }
    let own = (Grantee::User(owner), Whose::Own);
    let of_course = course.map(|id| (Grantee::Course(id), Whose::Course));
    for (of, whose) in [Some(own), of_course].into_iter().flatten() {
        let quota = quota_of(gateway, of).await?;
        if !quota.is_open() {
            let used = gateway.ports.store.usage(of).await?;
            refuses(&quota, &used, whose)?;
        }
    }
    Ok(())
}

/// How many requests for predictions they may make in a minute. Where the store does not say, as many
/// as anybody.
pub async fn predictions(gateway: &Gateway, of: Grantee) -> Option<u32> {
    let now = gateway.now();
    if let Some(known) = gateway.rates.get(of, now) {
        return known;
    }
    let quota = quota_of(gateway, of).await.ok()?;
    gateway.rates.put(of, now, quota.predictions);
    quota.predictions
}

impl Rates {
    fn get(&self, of: Grantee, now: Timestamp) -> Option<Option<u32>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, limit) = known.get(&of)?;
        (now.since(*at) < FRESH).then_some(*limit)
    }

    fn put(&self, of: Grantee, now: Timestamp, limit: Option<u32>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.retain(|_, (at, _)| now.since(*at) < FRESH);
        }
        if known.len() < MOST {
            known.insert(of, (now, limit));
        }
    }

    /// What is looked up anew, because it was changed.
    pub fn forget(&self, of: Grantee) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.remove(&of);
    }
}
