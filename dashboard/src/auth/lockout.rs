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
    from: Option<Source>,
}

/// The counter of an address, and until when it counts.
#[derive(Debug)]
struct Source {
    count: String,
    until: String,
}

/// How long after the attempt with this number (from 1) the next one must wait.
fn wait_after(attempt: i64) -> Option<Duration> {
    let over = attempt.saturating_sub(FREE).clamp(0, 10);
    (over > 0).then(|| Duration::from_secs(1_u64 << over).min(WINDOW))
}

/// Lets an attempt through, or refuses it with the time to wait. A cache that is away lets all
/// through: signing in must not depend on it.
///
/// Without an address, attempts are counted for the user alone: for those who have proved who
/// they are and give their password once more.
pub async fn enter(
    cache: &dyn Cache,
    username: &str,
    address: Option<IpAddr>,
) -> Result<Attempt, Failure> {
    let place = address.map_or_else(|| "anywhere".to_owned(), |address| address.to_string());
    let name = secret::hash(&format!("{}\n{place}", username.to_lowercase()));
    let attempt = Attempt {
        count: format!("login-count:{name}"),
        block: format!("login-wait:{name}"),
        from: address.map(|address| Source {
            count: format!("login-from:{address}"),
            until: format!("login-from-until:{address}"),
        }),
    };
    match count(cache, &attempt).await {
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

/// Counts an attempt, and takes the count back if it is refused: a refused attempt was no attempt,
/// so whoever hammers does not lock others out for longer.
async fn count(cache: &dyn Cache, attempt: &Attempt) -> Result<Option<Duration>> {
    if let Some(from) = &attempt.from {
        let number = cache.add(&from.count, 1, WINDOW).await?;
        if number == 1 {
            let until = millis(since_epoch() + WINDOW);
            cache.set_if_absent(&from.until, until, WINDOW).await?;
        }
        if number > FREE_FROM_ADDRESS {
            cache.add(&from.count, -1, WINDOW).await?;
            return Ok(Some(left(cache, &from.until).await?.unwrap_or(WINDOW)));
        }
    }
    let number = cache.add(&attempt.count, 1, WINDOW).await?;
    let Some(wait) = wait_after(number) else {
        return Ok(None);
    };
    let until = millis(since_epoch() + wait);
    if cache.set_if_absent(&attempt.block, until, wait).await? {
        return Ok(None);
    }
    cache.add(&attempt.count, -1, WINDOW).await?;
    if let Some(from) = &attempt.from {
        cache.add(&from.count, -1, WINDOW).await?;
    }
    Ok(Some(left(cache, &attempt.block).await?.unwrap_or_default()))
}

/// The time until the moment that is kept under this key.
async fn left(cache: &dyn Cache, key: &str) -> Result<Option<Duration>> {
    let until = cache.get(key).await?;
    let until = until.and_then(|bytes| std::str::from_utf8(&bytes).ok()?.parse().ok());
    Ok(until.map(|until| Duration::from_millis(until).saturating_sub(since_epoch())))
}

fn millis(moment: Duration) -> Bytes {
    Bytes::from(moment.as_millis().to_string())
}

impl Attempt {
    /// Forgets the user's failed attempts after the right password, and this one of the address:
    /// the wrong ones that others made there still count.
    pub async fn succeeded(self, cache: &dyn Cache) {
        if let Err(error) = self.forget(cache).await {
            tracing::debug!(
                error = error.chain(),
                "attempts to sign in cannot be forgotten"
            );
        }
    }

    async fn forget(&self, cache: &dyn Cache) -> Result<()> {
        cache.delete(&self.count).await?;
        cache.delete(&self.block).await?;
        if let Some(from) = &self.from {
            cache.add(&from.count, -1, WINDOW).await?;
        }
        Ok(())
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

    const HOME: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));

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
        enter(&cache, "ada", Some(elsewhere)).await.unwrap();
        enter(&cache, "ada", None).await.unwrap();
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
    async fn right_passwords_do_not_lock_the_class_room_out() {
        let cache = MemoryCache::default();
        for user in 0..=2 * FREE_FROM_ADDRESS {
            let attempt = enter(&cache, &format!("u{user}"), HOME).await.unwrap();
            attempt.succeeded(&cache).await;
        }
    }

    #[tokio::test]
    async fn wrong_passwords_for_many_names_lock_the_address_and_tell_for_how_long() {
        let cache = MemoryCache::default();
        for user in 0..FREE_FROM_ADDRESS {
            enter(&cache, &format!("u{user}"), HOME).await.unwrap();
        }
        // Most of the window is over.
        let until = millis(since_epoch() + WINDOW / 10);
        cache
            .set("login-from-until:127.0.0.1", until, WINDOW)
            .await
            .unwrap();
        for _ in 0..10 {
            let refused = enter(&cache, "bob", HOME).await.unwrap_err();
            let seconds = refused.message.params["retry_after_seconds"].as_u64();
            assert!(seconds.unwrap() <= WINDOW.as_secs() / 10, "{seconds:?}");
        }
        let count = cache.add("login-from:127.0.0.1", 0, WINDOW).await.unwrap();
        assert_eq!(count, FREE_FROM_ADDRESS, "refused attempts are no attempts");
        enter(&cache, "bob", None).await.unwrap();
    }

    #[tokio::test]
    async fn refusals_of_one_name_do_not_count_against_the_address() {
        let cache = MemoryCache::default();
        for _ in 0..2 * FREE_FROM_ADDRESS {
            drop(enter(&cache, "ada", HOME).await);
        }
        enter(&cache, "bob", HOME).await.unwrap();
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
