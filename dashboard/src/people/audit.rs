//! What was done and refused, for administrators.

use crate::dto::access::{AuditQuery, AuditView};
use crate::dto::{Page, Paging};
use crate::state::Gateway;
use axum::Json;
use axum::extract::State;
use domain::{Failure, Timestamp};
use ports::store::AuditFilter;
use service_kit::http::{ApiResult, Query};

/// What was done and refused, newest first.
#[utoipa::path(get, path = "/api/v1/audit", tag = "people", params(AuditQuery),
    responses((status = 200, description = "One page", body = Page<AuditView>)))]
pub async fn list_audit(
    State(gateway): State<Gateway>,
    Query(query): Query<AuditQuery>,
) -> ApiResult<Json<Page<AuditView>>> {
    let paging = Paging {
        limit: query.limit,
        cursor: query.cursor.clone(),
    };
    let filter = filter(query)?;
    let page = gateway.ports.store.noted(&filter, &paging.page()?).await?;
    Ok(Json(Page::of(page, AuditView::from)))
}

/// Which entries are asked for.
pub(super) fn filter(query: AuditQuery) -> Result<AuditFilter, Failure> {
    Ok(AuditFilter {
        actor_name: query.actor,
        action: query.action,
        resource: query.resource,
        outcome: query.outcome,
        since: moment("since", query.since.as_deref())?,
        until: moment("until", query.until.as_deref())?,
    })
}

fn moment(field: &str, text: Option<&str>) -> Result<Option<Timestamp>, Failure> {
    let Some(text) = text else { return Ok(None) };
    let moment: jiff::Timestamp = text.parse().map_err(|_| {
        let words = format!("Write {field} as in 2026-09-01T00:00:00Z.");
        Failure::invalid("http.time", words)
            .field(field)
            .with("field", field)
    })?;
    Ok(Some(Timestamp(moment.as_microsecond())))
}
