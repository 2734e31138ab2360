//! Names and the models that answer under them.

use super::model::Loaded;
use super::places::Places;
use super::stats::Stats;
use domain::access::Holding;
use domain::{Failure, FailureKind, Timestamp};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, watch};

/// What answers under one name. Never changed, only replaced.
#[derive(Debug)]
pub struct Slot {
    /// Whose it is, and who else may call it.
    pub holding: Arc<Holding>,
    /// The version that shall answer.
    pub wanted: u32,
    /// The version that answers; an earlier one until the wanted one is loaded.
    pub loaded: Option<Arc<Loaded>>,
    /// Why the wanted version could not be loaded, and how often it was tried.
    pub trouble: Option<Trouble>,
}

/// A version that could not be loaded.
#[derive(Clone, Debug)]
pub struct Trouble {
    /// Why.
    pub failure: Failure,
    /// How often in a row.
    pub times: u32,
    /// When it is tried again.
    pub again: Instant,
}

impl Slot {
    /// The model, if it is of this version.
    #[must_use]
    pub fn answering(&self, version: u32) -> Option<&Arc<Loaded>> {
        self.loaded
            .as_ref()
            .filter(|loaded| loaded.version == version)
    }

    /// Why this version cannot be loaded.
    #[must_use]
    pub fn error_of(&self, version: u32) -> Option<Failure> {
        let trouble = self.trouble.as_ref().filter(|_| self.wanted == version)?;
        Some(trouble.failure.clone())
    }

    /// The model that answers now.
    pub fn loaded(&self) -> Result<&Arc<Loaded>, Failure> {
        self.loaded.as_ref().ok_or_else(|| match &self.trouble {
            Some(trouble) => trouble.failure.clone(),
            None => loading(),
        })
    }
}

/// The refusal while a model is being loaded for the first time.
pub(super) fn loading() -> Failure {
    let text = "The model is being loaded. Try again in a moment.";
    Failure::new(FailureKind::Unavailable, "deployment.loading", text)
        .with("retry_after_seconds", 1)
}

type Slots = HashMap<String, Arc<Slot>>;

/// The table of a process.
#[derive(Debug)]
pub struct Serving {
    /// Replaced whole, so that a reader holds the lock for the time of one clone of an `Arc`.
    slots: RwLock<Arc<Slots>>,
    stats: Mutex<HashMap<String, Arc<Stats>>>,
    look: Notify,
    changed: watch::Sender<()>,
    /// Whether the store was looked at since the start.
    in_step: watch::Sender<bool>,
    /// Where answers are made that may take a while.
    pub(super) places: Places,
}

impl Default for Serving {
    fn default() -> Self {
        Self {
            slots: RwLock::default(),
            stats: Mutex::default(),
            look: Notify::new(),
            changed: watch::Sender::new(()),
            in_step: watch::Sender::new(false),
            places: Places::default(),
        }
    }
}

impl Serving {
    fn slots(&self) -> Arc<Slots> {
        // The table is replaced in one piece, so a panic elsewhere does not spoil it.
        Arc::clone(&self.slots.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change(&self, change: impl FnOnce(&mut Slots)) {
        let mut guard = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        let mut slots = Slots::clone(&guard);
        change(&mut slots);
        *guard = Arc::new(slots);
        drop(guard);
        self.changed.send_replace(());
    }

    /// What answers under the name.
    #[must_use]
    pub fn slot(&self, name: &str) -> Option<Arc<Slot>> {
        self.slots().get(name).cloned()
    }

    /// Every name.
    pub(super) fn names(&self) -> Vec<String> {
        self.slots().keys().cloned().collect()
    }

    /// A model with this hash that is loaded under any name.
    pub(super) fn same_model(&self, sha256: &str) -> Option<Arc<Loaded>> {
        let slots = self.slots();
        let mut loaded = slots.values().filter_map(|slot| slot.loaded.as_ref());
        loaded.find(|loaded| loaded.sha256 == sha256).cloned()
    }

    /// Puts a slot in its place.
    pub(super) fn put(&self, name: &str, slot: Slot) {
        self.change(|slots| {
            slots.insert(name.to_owned(), Arc::new(slot));
        });
    }

    /// Takes a name away.
    pub fn remove(&self, name: &str) {
        self.change(|slots| {
            slots.remove(name);
        });
        self.stats
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(name);
    }

    /// Asks for a look at the store.
    pub fn look(&self) {
        self.look.notify_one();
    }

    /// Waits until somebody asked for a look.
    pub(super) async fn asked(&self) {
        self.look.notified().await;
    }

    /// Tells that everything was loaded that can be.
    pub(super) fn is_in_step(&self) {
        self.in_step.send_replace(true);
    }

    /// Waits until everything was loaded once that can be.
    pub(super) async fn in_step(&self) {
        // The sender lives as long as the table.
        let _ = self.in_step.subscribe().wait_for(|done| *done).await;
    }

    /// Waits until the version is loaded or cannot be, at most for `patience`.
    pub async fn settled(&self, name: &str, version: u32, patience: Duration) {
        self.wait_for(patience, || {
            self.slot(name).is_some_and(|slot| {
                slot.answering(version).is_some() || slot.error_of(version).is_some()
            })
        })
        .await;
    }

    /// Waits until something answers under the name or cannot, at most for `patience`.
    pub(super) async fn answerable(&self, name: &str, patience: Duration) {
        self.wait_for(patience, || {
            self.slot(name)
                .is_some_and(|slot| slot.loaded.is_some() || slot.trouble.is_some())
        })
        .await;
    }

    async fn wait_for(&self, patience: Duration, done: impl Fn() -> bool) {
        let mut changed = self.changed.subscribe();
        let wait = async {
            while !done() {
                if changed.changed().await.is_err() {
                    return;
                }
            }
        };
        // Whoever waited looks at the table anyway.
        let _ = tokio::time::timeout(patience, wait).await;
    }

    /// What this process saw of the deployment.
    pub fn stats(&self, name: &str, now: Timestamp) -> Arc<Stats> {
        let mut stats = self.stats.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(
            stats
                .entry(name.to_owned())
                .or_insert_with(|| Arc::new(Stats::new(now))),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::UserId;

    fn slot(wanted: u32, trouble: Option<Trouble>) -> Slot {
        Slot {
            holding: Arc::new(Holding::of(UserId::new())),
            wanted,
            loaded: None,
            trouble,
        }
    }

    fn trouble() -> Trouble {
        Trouble {
            failure: Failure::internal("x"),
            times: 1,
            again: Instant::now(),
        }
    }

    #[tokio::test]
    async fn waiting_ends_when_a_version_is_settled() {
        let serving = Arc::new(Serving::default());
        serving.put("a", slot(1, None));
        let waiting = {
            let serving = Arc::clone(&serving);
            tokio::spawn(async move { serving.settled("a", 1, Duration::from_secs(60)).await })
        };
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        serving.put("a", slot(1, Some(trouble())));
        waiting.await.unwrap();
    }

    #[test]
    fn a_name_that_loads_is_not_one_that_failed() {
        assert_eq!(
            slot(1, None).loaded().unwrap_err().message.code,
            "deployment.loading"
        );
        assert_eq!(
            slot(1, Some(trouble())).loaded().unwrap_err().message.code,
            "internal"
        );
        assert!(
            slot(2, Some(trouble())).error_of(1).is_none(),
            "an earlier version has no error"
        );
    }

    #[test]
    fn names_come_and_go() {
        let serving = Serving::default();
        serving.put("a", slot(1, None));
        assert_eq!(serving.names(), ["a"]);
        serving.remove("a");
        assert!(serving.slot("a").is_none());
    }
}
