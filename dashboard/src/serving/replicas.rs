//! Which replicas a request may be handed to.

use ports::store::Replica;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long a replica rests after its first failure; twice as long after each more.
const FIRST_REST: Duration = Duration::from_millis(500);
/// The longest rest: one that is back is found out within this time.
const LONGEST_REST: Duration = Duration::from_secs(8);

/// The replicas that a gateway knows. Times are counted from any fixed moment.
#[derive(Debug, Default)]
pub struct Replicas {
    known: Mutex<HashMap<String, Arc<Known>>>,
    turn: AtomicUsize,
}

/// One replica, with what this gateway made of it.
#[derive(Debug)]
pub struct Known {
    /// Where it answers: `HOST:PORT`.
    pub address: String,
    open: AtomicUsize,
    failures: AtomicU64,
    rests_until: AtomicU64,
}

/// A request on its way to a replica.
#[derive(Debug)]
pub struct Errand(pub Arc<Known>);

impl Drop for Errand {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Replicas {
    /// Replaces what is known by what the store says; who was known keeps its record.
    pub fn update(&self, replicas: &[Replica]) {
        let mut known = self.lock();
        let fresh = replicas.iter().map(|replica| {
            let same = known.get(&replica.id);
            let same = same.filter(|known| known.address == replica.address);
            let entry = same
                .cloned()
                .unwrap_or_else(|| Arc::new(Known::at(&replica.address)));
            (replica.id.clone(), entry)
        });
        *known = fresh.collect();
    }

    /// Whether there is any.
    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// The replica with the fewest open requests among those that do not rest and are not in
    /// `tried`; among equals they take turns.
    pub fn pick(&self, tried: &[String], now: Duration) -> Option<Errand> {
        let known = self.lock();
        // Each is asked once: requests end at any moment, and the fewest would be nobody's any more.
        let mut free: Vec<(usize, &Arc<Known>)> = known
            .values()
            .filter(|known| !known.rests(now) && !tried.contains(&known.address))
            .map(|known| (known.open(), known))
            .collect();
        let (fewest, _) = *free.iter().min_by_key(|(open, _)| *open)?;
        free.retain(|(open, _)| *open == fewest);
        free.sort_by(|(_, a), (_, b)| a.address.cmp(&b.address));
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % free.len();
        let chosen = Arc::clone(free.get(turn)?.1);
        chosen.open.fetch_add(1, Ordering::Relaxed);
        Some(Errand(chosen))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Known>>> {
        // The map is replaced in one piece, so a panic elsewhere does not spoil it.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn at(address: &str) -> Self {
        Self {
            address: address.to_owned(),
            open: AtomicUsize::new(0),
            failures: AtomicU64::new(0),
            rests_until: AtomicU64::new(0),
        }
    }

    fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    fn rests(&self, now: Duration) -> bool {
        u128::from(self.rests_until.load(Ordering::Relaxed)) > now.as_millis()
    }

    /// It answered.
    pub fn answered(&self) {
        self.failures.store(0, Ordering::Relaxed);
        self.rests_until.store(0, Ordering::Relaxed);
    }

    /// It did not: it is left alone for a while.
    pub fn failed(&self, now: Duration) {
        let times = self.failures.fetch_add(1, Ordering::Relaxed).min(10);
        let rest = FIRST_REST.saturating_mul(1 << times).min(LONGEST_REST);
        let until = u64::try_from((now + rest).as_millis()).unwrap_or(u64::MAX);
        self.rests_until.store(until, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Duration = Duration::from_secs(100);

    fn replica(id: &str, address: &str) -> Replica {
        Replica {
            id: id.into(),
            address: address.into(),
        }
    }

    fn two() -> Replicas {
        let replicas = Replicas::default();
        replicas.update(&[replica("1", "a:1"), replica("2", "b:1")]);
        replicas
    }

    #[test]
    fn somebody_is_picked_while_requests_end_everywhere() {
        let replicas = two();
        let busy = || {
            for _ in 0..20_000 {
                assert!(replicas.pick(&[], START).is_some());
            }
        };
        std::thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(busy))));
    }

    #[test]
    fn idle_replicas_take_turns_and_busy_ones_are_spared() {
        let replicas = two();
        let first = replicas.pick(&[], START).unwrap();
        let second = replicas.pick(&[], START).unwrap();
        assert_ne!(first.0.address, second.0.address);
        let free = first.0.address.clone();
        drop(first);
        for _ in 0..5 {
            assert_eq!(replicas.pick(&[], START).unwrap().0.address, free);
        }
    }

    #[test]
    fn one_that_failed_rests_ever_longer_until_it_answers() {
        let replicas = two();
        let errand = replicas.pick(&["b:1".into()], START).unwrap();
        errand.0.failed(START);
        let tried = ["b:1".to_owned()];
        assert!(replicas.pick(&tried, START).is_none(), "it rests");
        assert!(replicas.pick(&tried, START + FIRST_REST).is_some());
        for _ in 0..100 {
            errand.0.failed(START);
        }
        assert!(
            replicas
                .pick(&tried, START + LONGEST_REST - Duration::from_millis(1))
                .is_none()
        );
        assert!(replicas.pick(&tried, START + LONGEST_REST).is_some());
        errand.0.answered();
        assert!(replicas.pick(&tried, START).is_some());
    }

    #[test]
    fn who_is_known_keeps_its_record_and_who_moved_does_not() {
        let replicas = two();
        let errand = replicas.pick(&["b:1".into()], START).unwrap();
        errand.0.failed(START);
        replicas.update(&[replica("1", "a:1")]);
        assert!(replicas.pick(&[], START).is_none());
        replicas.update(&[replica("1", "a:2")]);
        assert_eq!(replicas.pick(&[], START).unwrap().0.address, "a:2");
        replicas.update(&[]);
        assert!(replicas.is_empty());
    }
}
