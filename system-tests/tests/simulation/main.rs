//! The worker protocol and the orchestrator's decisions, in worlds in which everything goes wrong.
//!
//! Each history is a world of two to five processes on a store in memory, on one thread and on a
//! clock moved by hand. The worker, its signs of life, the suspects, the relay, the reconciler, the
//! sweeper and the orchestrator are the real ones; the other services are stand-ins that compute
//! nothing. Every call to a port waits at a [`gate`] until chance lets it pass, loses it, or loses its
//! answer; processes die, stand still and come back late; clocks jump and are set back; messages are
//! lost, doubled and reordered; people stop, retry and delete. Then there is peace until nothing is
//! left to do. The [`watch`] checks every step of it, [`laws`] what it came to.
//!
//! Every history has a seed. `MICROLEARN_SEED=… cargo test -p system-tests --test simulation histories
//! -- --nocapture` plays that one again and tells what happens; `MICROLEARN_HISTORIES` says how many
//! are played.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod door;
mod fates;
mod files;
mod gate;
mod hub;
mod laws;
mod mutants;
mod people;
mod process;
mod stages;
mod watch;
mod world;

use mutants::Mutant;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Instant;
use world::{Told, play};

/// Histories that are played, unless `MICROLEARN_HISTORIES` asks for more.
const HISTORIES: u64 = 10_000;
/// Within so many histories a broken store is found out.
const SOON: u64 = 400;

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The answer of a call that never waits.
fn now<T>(call: impl Future<Output = T>) -> T {
    match pin!(call).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("the store in memory waits for nothing"),
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name)
        .ok()
        .map(|number| number.parse().unwrap())
}

#[test]
fn histories_end_as_they_must() {
    let given = number("MICROLEARN_SEED");
    let histories = number("MICROLEARN_HISTORIES").unwrap_or(given.map_or(HISTORIES, |_| 1));
    let first = given.unwrap_or_else(|| {
        let since = std::time::UNIX_EPOCH.elapsed().unwrap();
        u64::from(since.subsec_nanos()) << 20
    });
    println!("{histories} histories from MICROLEARN_SEED={first} on");
    let begun = Instant::now();
    let told = all(first, histories);
    println!("{told:?} in {:?}", begun.elapsed());
    if histories >= 1_000 {
        // Histories in which next to nothing happens say next to nothing.
        assert!(told.commits > 30 * histories, "{told:?}");
        assert!(told.fenced > histories / 4, "{told:?}");
        assert!(told.deaths > histories, "{told:?}");
        assert!(told.faults > histories, "{told:?}");
    }
}

/// Plays histories on all processors; what they came to together.
fn all(first: u64, histories: u64) -> Told {
    let (next, sum) = (AtomicU64::new(0), Mutex::new(Ok(Told::default())));
    let work = || {
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            if place >= histories || lock(&sum).is_err() {
                return;
            }
            let seed = first.wrapping_add(place);
            let told = play(seed, None, histories == 1);
            let mut sum = lock(&sum);
            match (told, &mut *sum) {
                (Ok(told), Ok(sum)) => sum.add(&told),
                (Err(broken), Ok(_)) => *sum = Err((broken, seed)),
                (_, Err(_)) => {}
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    match sum.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Ok(told) => told,
        Err((broken, seed)) => panic!("{broken}\nreplay with MICROLEARN_SEED={seed}"),
    }
}

#[test]
fn a_seed_is_one_history() {
    for seed in 0..20 {
        let told = [play(seed, None, false), play(seed, None, false)];
        let [first, second] = told.map(|told| format!("{told:?}"));
        assert_eq!(first, second, "seed {seed}");
    }
}

/// The laws would notice if the store broke its promises.
#[test]
fn broken_stores_are_found_out() {
    for mutant in Mutant::ALL {
        let found = (0..SOON).find_map(|seed| Some((seed, play(seed, Some(mutant), false).err()?)));
        let Some((seed, broken)) = found else {
            panic!("{mutant:?} was not noticed in {SOON} histories");
        };
        println!("{mutant:?} was noticed in history {seed}: {broken}");
    }
}
