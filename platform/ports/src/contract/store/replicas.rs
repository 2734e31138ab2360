//! Which processes answer predictions.

use crate::Store;
use crate::store::Replica;
use domain::JobId;
use std::sync::Arc;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(600);

/// Every check.
pub async fn all(store: &Arc<dyn Store>) {
    a_sign_of_life_makes_a_replica_known(store).await;
    a_sign_of_life_that_no_longer_holds_is_forgotten(store).await;
    who_withdraws_is_gone(store).await;
}

fn replica(address: &str) -> Replica {
    Replica {
        id: format!("contract-{}", JobId::new()),
        address: address.to_owned(),
    }
}

async fn knows(store: &Arc<dyn Store>, replica: &Replica) -> bool {
    store.replicas().await.unwrap().contains(replica)
}

async fn a_sign_of_life_makes_a_replica_known(store: &Arc<dyn Store>) {
    let (mut one, other) = (replica("host:1"), replica("host:2"));
    for replica in [&one, &other, &one] {
        store.announce(replica, LONG).await.unwrap();
    }
    assert!(knows(store, &one).await && knows(store, &other).await);
    one.address = "host:3".to_owned();
    store.announce(&one, LONG).await.unwrap();
    let known = store.replicas().await.unwrap();
    let same = known.iter().filter(|known| known.id == one.id);
    assert_eq!(same.collect::<Vec<_>>(), [&one], "its newest address alone");
    let mut sorted = known.clone();
    sorted.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(known, sorted);
}

async fn a_sign_of_life_that_no_longer_holds_is_forgotten(store: &Arc<dyn Store>) {
    let replica = replica("host:1");
    store.announce(&replica, LONG).await.unwrap();
    store.announce(&replica, Duration::ZERO).await.unwrap();
    assert!(!knows(store, &replica).await);
    store.announce(&replica, LONG).await.unwrap();
    assert!(knows(store, &replica).await, "it may come back");
}

async fn who_withdraws_is_gone(store: &Arc<dyn Store>) {
    let replica = replica("host:1");
    store.announce(&replica, LONG).await.unwrap();
    store.withdraw(&replica.id).await.unwrap();
    assert!(!knows(store, &replica).await);
    store.withdraw(&replica.id).await.unwrap();
}
