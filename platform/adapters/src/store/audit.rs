//! What was done and refused.

use super::SqlStore;
use super::db::{RowExt, failed, json};
use super::list::{List, page_of};
use async_trait::async_trait;
use domain::Timestamp;
use domain::audit::{AuditEntry, Audited};
use ports::Result;
use ports::store::{Audit, AuditFilter, Page, PageOf, plain};
use sqlx::any::AnyRow;
use uuid::Uuid;

const NOTING: &str = "note something for the audit";
const LISTING: &str = "list the audit";

#[async_trait]
impl Audit for SqlStore {
    async fn note(&self, entry: &AuditEntry) -> Result<()> {
        plain(NOTING, texts(entry))?;
        let (mut tx, now) = self.db.begin(NOTING).await?;
        let write = async {
            sqlx::query(
                "INSERT INTO audit (id, at, actor_id, actor_name, action, resource, outcome, \
                 address, details) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            )
            .bind(Uuid::now_v7().to_string())
            .bind(now.0)
            .bind(entry.actor.map(|id| id.to_string()))
            .bind(entry.actor_name.as_deref())
            .bind(&entry.action)
            .bind(&entry.resource)
            .bind(entry.outcome.as_str())
            .bind(entry.address.as_deref())
            .bind(entry.details.as_ref().map(json).transpose()?)
            .execute(&mut *tx)
            .await?;
            tx.commit().await
        };
        write.await.map_err(failed(NOTING))
    }

    async fn noted(&self, filter: &AuditFilter, page: &Page) -> Result<PageOf<Audited>> {
        plain(LISTING, filter_texts(filter, page))?;
        let select = "SELECT id, at, actor_id, actor_name, action, resource, outcome, address, \
                      details FROM audit WHERE 1 = 1";
        let found = List::default()
            .with("actor_name", filter.actor_name.as_ref())
            .with("action", filter.action.as_ref())
            .with("resource", filter.resource.as_ref())
            .with("outcome", filter.outcome)
            .at("at", ">=", filter.since)
            .at("at", "<", filter.until)
            .fetch(self.db.readers(), page, "id", select, "")
            .await;
        let read = |found: Vec<AnyRow>| found.iter().map(audited).collect();
        let items = found.and_then(read).map_err(failed(LISTING))?;
        Ok(page_of(items, page.limit, |entry: &Audited| {
            entry.id.clone()
        }))
    }
}

pub(super) fn texts(entry: &AuditEntry) -> impl Iterator<Item = &str> {
    let maybe = [entry.actor_name.as_deref(), entry.address.as_deref()];
    let always = [&*entry.action, &*entry.resource];
    always.into_iter().chain(maybe.into_iter().flatten())
}

pub(super) fn filter_texts<'t>(
    filter: &'t AuditFilter,
    page: &'t Page,
) -> impl Iterator<Item = &'t str> {
    let texts = [
        &filter.actor_name,
        &filter.action,
        &filter.resource,
        &page.before,
    ];
    texts.into_iter().filter_map(|text| text.as_deref())
}

fn audited(row: &AnyRow) -> sqlx::Result<Audited> {
    Ok(Audited {
        id: row.text("id")?,
        at: Timestamp(row.int("at")?),
        entry: AuditEntry {
            actor: row.maybe_parse("actor_id")?,
            actor_name: row.maybe_text("actor_name")?,
            action: row.text("action")?,
            resource: row.text("resource")?,
            outcome: row.parse("outcome")?,
            address: row.maybe_text("address")?,
            details: row.maybe_json("details")?,
        },
    })
}
