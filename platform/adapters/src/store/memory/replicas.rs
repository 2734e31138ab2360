//! Which processes answer predictions.

use super::MemoryStore;
use async_trait::async_trait;
use ports::Result;
use ports::store::{Replica, Replicas, plain};
use std::time::Duration;

#[async_trait]
impl Replicas for MemoryStore {
    async fn announce(&self, replica: &Replica, holds: Duration) -> Result<()> {
        plain("store a sign of life", [&*replica.id, &replica.address])?;
        self.change("store a sign of life", |state, now| {
            let row = (replica.address.clone(), now.after(holds));
            state.replicas.put(replica.id.clone(), row);
            Ok(())
        })
    }

    async fn replicas(&self) -> Result<Vec<Replica>> {
        self.look("list the replicas", |state, now| {
            let alive = state.replicas.iter().filter(|(_, (_, until))| *until > now);
            let replica = |(id, (address, _)): (&String, &(String, _))| Replica {
                id: id.clone(),
                address: address.clone(),
            };
            Ok(alive.map(replica).collect())
        })
    }

    async fn withdraw(&self, id: &str) -> Result<()> {
        self.change("remove a replica", |state, _| {
            state.replicas.remove_all([id.to_owned()]);
            Ok(())
        })
    }
}
