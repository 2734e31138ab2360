//! Messages for the bus, left behind by changes.

use super::MemoryStore;
use super::rows::Left;
use async_trait::async_trait;
use ports::Result;
use ports::store::{Outbox, OutboxRow};

#[async_trait]
impl Outbox for MemoryStore {
    async fn unsent(&self, limit: u32) -> Result<Vec<OutboxRow>> {
        self.look("read the outbox", |state, _| {
            let rows = state.outbox.iter().take(limit as usize);
            let row = |(id, left): (&String, &Left)| OutboxRow {
                id: id.clone(),
                subject: left.subject.clone(),
                body: left.body.clone(),
            };
            Ok(rows.map(row).collect())
        })
    }

    async fn sent(&self, ids: &[String]) -> Result<()> {
        self.change("clear the outbox", |state, _| {
            state.outbox.remove_all(ids.iter().cloned());
            Ok(())
        })
    }
}
