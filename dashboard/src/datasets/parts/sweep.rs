//! Sweeping uploads that nobody goes on with.

use crate::state::Gateway;
use domain::Timestamp;
use std::time::Duration;
use uuid::Uuid;

/// Uploads that were begun earlier than this are abandoned.
const KEPT: Duration = Duration::from_secs(48 * 3600);
/// How often abandoned uploads are swept.
const SWEEP: Duration = Duration::from_secs(3600);

/// Removes uploads that nobody goes on with, until the shutdown.
pub async fn sweep_uploads(gateway: Gateway) {
    loop {
        tokio::select! {
            () = gateway.shutdown.cancelled() => return,
            () = tokio::time::sleep(SWEEP) => {}
        }
        match gateway.ports.artifacts.list("uploads/").await {
            Ok(files) => {
                let now = gateway.now();
                let old = files.into_iter().filter(|file| abandoned(&file.key, now));
                gateway.discard(old.map(|file| file.key).collect());
            }
            Err(error) => tracing::warn!(error = error.chain(), "uploads could not be swept"),
        }
    }
}

/// Whether the file belongs to an upload that is older than uploads are kept: its id tells when
/// it was begun.
fn abandoned(key: &str, now: Timestamp) -> bool {
    let id = key.split('/').nth(1).and_then(|id| id.parse::<Uuid>().ok());
    let begun = id
        .and_then(|id| id.get_timestamp())
        .map(|time| time.to_unix().0);
    begun.is_some_and(|seconds| {
        let begun = Timestamp(
            i64::try_from(seconds)
                .unwrap_or(0)
                .saturating_mul(1_000_000),
        );
        now.since(begun) > KEPT
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Clock, SystemClock};

    #[test]
    fn only_old_uploads_are_abandoned() {
        let key = format!("uploads/{}/manifest.json", Uuid::now_v7());
        let now = SystemClock::new().now();
        assert!(!abandoned(&key, now));
        assert!(abandoned(&key, now.after(KEPT + Duration::from_secs(60))));
        assert!(!abandoned("uploads/strange/file", now));
    }
}
