//! What defines a cache.

use super::CROWD;
use crate::Cache;
use bytes::Bytes;
use domain::JobId;
use futures_util::future::join_all;
use std::collections::BTreeSet;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(600);
const SHORT: Duration = Duration::from_millis(250);
/// A little longer than [`SHORT`].
const BEYOND: Duration = Duration::from_millis(300);

/// Every check.
pub async fn all(cache: &dyn Cache) {
    keeps_what_is_set(cache).await;
    a_value_ends(cache).await;
    a_counter_ends_after_its_first_addition(cache).await;
    one_of_many_sets_what_is_absent(cache).await;
    every_addition_counts(cache).await;
    cache.ping().await.expect("a cache that works answers");
}

/// A key that nobody else uses.
fn fresh(name: &str) -> String {
    format!("contract:{}:{name}", JobId::new())
}

/// A value is there until it is replaced or deleted; keys do not touch each other.
pub async fn keeps_what_is_set(cache: &dyn Cache) {
    let (one, other) = (fresh("one"), fresh("other"));
    assert_eq!(cache.get(&one).await.unwrap(), None, "nothing was set");
    let binary = Bytes::from_static(b"\0\xff\r\n");
    cache.set(&one, binary.clone(), LONG).await.unwrap();
    cache.set(&other, Bytes::new(), LONG).await.unwrap();
    assert_eq!(cache.get(&one).await.unwrap(), Some(binary), "any bytes");
    let empty = cache.get(&other).await.unwrap();
    assert_eq!(empty, Some(Bytes::new()), "an empty value is a value");
    cache.set(&one, "new".into(), LONG).await.unwrap();
    assert_eq!(cache.get(&one).await.unwrap(), Some("new".into()));
    cache.delete(&one).await.unwrap();
    cache.delete(&one).await.unwrap();
    assert_eq!(cache.get(&one).await.unwrap(), None, "it was deleted");
    let kept = cache.get(&other).await.unwrap();
    assert!(kept.is_some(), "deleting one key leaves the others");
}

/// A value is gone after its time, and a replacement has a time of its own.
pub async fn a_value_ends(cache: &dyn Cache) {
    let (ends, stays, again) = (fresh("ends"), fresh("stays"), fresh("again"));
    cache.set(&ends, "v".into(), SHORT).await.unwrap();
    cache.set(&stays, "v".into(), SHORT).await.unwrap();
    cache.set(&stays, "v".into(), LONG).await.unwrap();
    let first = cache.set_if_absent(&again, "first".into(), SHORT).await;
    assert!(first.unwrap(), "nothing was there");
    tokio::time::sleep(BEYOND).await;
    assert_eq!(cache.get(&ends).await.unwrap(), None, "its time is over");
    let kept = cache.get(&stays).await.unwrap();
    assert!(kept.is_some(), "the second set gave it more time");
    let second = cache.set_if_absent(&again, "second".into(), LONG).await;
    assert!(second.unwrap(), "what has ended is absent");
    assert_eq!(cache.get(&again).await.unwrap(), Some("second".into()));
}

/// Later additions do not prolong a counter: it counts within a window.
pub async fn a_counter_ends_after_its_first_addition(cache: &dyn Cache) {
    let key = fresh("window");
    assert_eq!(cache.add(&key, 2, SHORT).await.unwrap(), 2);
    assert_eq!(cache.add(&key, -5, LONG).await.unwrap(), -3);
    tokio::time::sleep(BEYOND).await;
    let begun = cache.add(&key, 1, SHORT).await.unwrap();
    assert_eq!(begun, 1, "the window of the first addition is over");
    cache.delete(&key).await.unwrap();
    let anew = cache.add(&key, 7, LONG).await.unwrap();
    assert_eq!(anew, 7, "a deleted counter begins anew");
}

/// Of many who set what is absent, one does, and everybody reads its value.
pub async fn one_of_many_sets_what_is_absent(cache: &dyn Cache) {
    let key = fresh("once");
    let tries = (0..CROWD).map(|n| cache.set_if_absent(&key, n.to_string().into(), LONG));
    let set: Vec<bool> = join_all(tries)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let winners: Vec<usize> = (0..CROWD).filter(|n| set[*n]).collect();
    assert_eq!(winners.len(), 1, "one of {CROWD} wins, not {winners:?}");
    let value = cache.get(&key).await.unwrap();
    assert_eq!(value, Some(winners[0].to_string().into()), "the winner's");
}

/// No addition is lost, and each is told a count of its own.
pub async fn every_addition_counts(cache: &dyn Cache) {
    let key = fresh("count");
    let rounds = (0..CROWD).map(|_| async {
        let mut told = Vec::new();
        for _ in 0..10 {
            told.push(cache.add(&key, 1, LONG).await.unwrap());
        }
        told
    });
    let told: BTreeSet<i64> = join_all(rounds).await.into_iter().flatten().collect();
    let expected: BTreeSet<i64> = (1..=10 * CROWD as i64).collect();
    assert_eq!(told, expected, "every count from 1 on is told once");
}
