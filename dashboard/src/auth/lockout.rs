//! Guessing passwords takes ever longer.
//!
//! Attempts are counted for a user name from one address, and for an address as a whole. After
//! the free attempts of a user name only one more is let through in each span of time, and the
//! spans double. Counting comes before checking, so that a thousand attempts at the same moment
//! get no more answers than one after the other.

use super::secret;
use bytes::Bytes;
use domain::{Failure, FailureKind};
use ports::{Cache, Result};
use std::net::IpAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Attempts without any wait.
const FREE: i64 = 5;
/// Attempts from one address for any user; a whole class room may share one address.
const FREE_FROM_ADDRESS: i64 = 200;
/// Attempts are forgotten after this time.
const WINDOW: Duration = Duration::from_secs(15 * 60);

/// An attempt to sign in that was let through.
#[derive(Debug)]
pub struct Attempt {
    count: String,
    block: String,
}

/// How long after the attempt with this number (from 1) the next one must wait.
fn wait_after(attempt: i64) -> Option<Duration> {
    let over = attempt.saturating_sub(FREE).clamp(0, 10);
    (over > 0).then(|| Duration::from_secs(1_u64 << over).min(WINDOW))
}

/// Lets an attempt through, or refuses it with the time to wait. A cache that is away lets all
/// through: signing in must not depend on it.
pub async fn enter(cache: &dyn Cache, username: &str, address: IpAddr) -> Result<Attempt, Failure> {
    let name = secret::hash(&format!("{}\n{address}", username.to_lowercase()));
    let attempt = Attempt {
        count: format!("login-count:{name}"),
        block: format!("login-wait:{name}"),
    };
    match count(cache, &attempt, address).await {
        Ok(None) => Ok(attempt),
        Ok(Some(wait)) => Err(refusal(wait)),
        Err(error) => {
            tracing::warn!(
                error = error.chain(),
                "attempts to sign in cannot be counted"
            );
            Ok(attempt)
        }
    }
}

async fn count(cache: &dyn Cache, attempt: &Attempt, address: IpAddr) -> Result<Option<Duration>> {
    let from_address = format!("login-from:{address}");
    if cache.add(&from_address, 1, WINDOW).await? > FREE_FROM_ADDRESS {
        return Ok(Some(WINDOW));
    }
    let number = cache.add(&attempt.count, 1, WINDOW).await?;
    let Some(wait) = wait_after(number) else {
        return Ok(None);
    };
    let until = since_epoch() + wait;
    let until = Bytes::from(until.as_millis().to_string());
    if cache.set_if_absent(&attempt.block, until, wait).await? {
        return Ok(None);
    }
    // A refused attempt was no attempt: whoever hammers does not lock the owner out for longer.
    cache.add(&attempt.count, -1, WINDOW).await?;
    let until = cache.get(&attempt.block).await?;
    let until = until.and_then(|bytes| std::str::from_utf8(&bytes).ok()?.parse().ok());
    let left = until.map(|until| Duration::from_millis(until).saturating_sub(since_epoch()));
    Ok(Some(left.unwrap_or_default()))
}

impl Attempt {
    /// Forgets the failed attempts after the right password.
    pub async fn succeeded(self, cache: &dyn Cache) {
        for key in [&self.count, &self.block] {
            if let Err(error) = cache.delete(key).await {
                tracing::debug!(
                    error = error.chain(),
                    "attempts to sign in cannot be forgotten"
                );
            }
        }
    }
}

fn refusal(wait: Duration) -> Failure {
    let seconds = wait.as_secs().max(1);
    let text = format!("Too many wrong passwords. Try again in {seconds} seconds.");
    Failure::new(FailureKind::RateLimited, "auth.locked", text).with("retry_after_seconds", seconds)
}

fn since_epoch() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::MemoryCache;

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[test]
    fn the_wait_doubles_and_ends_at_the_window() {
        assert_eq!(wait_after(FREE), None);
        assert_eq!(wait_after(FREE + 1), Some(Duration::from_secs(2)));
        assert_eq!(wait_after(FREE + 2), Some(Duration::from_secs(4)));
        assert_eq!(wait_after(i64::MAX), Some(WINDOW));
        assert_eq!(wait_after(FREE + 60), Some(WINDOW));
    }

    #[tokio::test]
    async fn guesses_are_slowed_down_for_one_name_and_address_only() {
        let cache = MemoryCache::default();
        for _ in 0..=FREE {
            enter(&cache, "ada", HOME).await.unwrap();
        }
        let refused = enter(&cache, "Ada", HOME).await.unwrap_err();
        assert_eq!(refused.message.code, "auth.locked");
        assert!(refused.message.params.contains_key("retry_after_seconds"));
        enter(&cache, "bob", HOME).await.unwrap();
        let elsewhere = IpAddr::from([10, 0, 0, 1]);
        enter(&cache, "ada", elsewhere).await.unwrap();
    }

    #[tokio::test]
    async fn the_right_password_forgets_the_wrong_ones() {
        let cache = MemoryCache::default();
        for _ in 0..50 {
            enter(&cache, "ada", HOME)
                .await
                .unwrap()
                .succeeded(&cache)
                .await;
        }
    }

    #[tokio::test]
    async fn many_guesses_at_once_get_no_more_answers() {
        let cache = MemoryCache::default();
        let mut answered = 0;
        for guess in (0..100).map(|_| enter(&cache, "ada", HOME)) {
            answered += i64::from(guess.await.is_ok());
        }
        assert_eq!(answered, FREE + 1);
    }
}
