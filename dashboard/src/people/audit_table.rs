//! The audit as a table, however long it is.

use super::audit::filter;
use crate::auth::caller::Caller;
use crate::dto::access::{AuditQuery, AuditView};
use crate::state::Gateway;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use domain::Failure;
use futures_util::stream::try_unfold;
use ports::store::{AuditFilter, Page};
use serde_json::Value;
use service_kit::http::{ApiResult, Query};

/// Entries that are read at once.
const BATCH: u32 = 200;
/// Spreadsheets take what begins so for a formula.
const FORMULAS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];
const COLUMNS: [&str; 8] = [
    "at",
    "actor_name",
    "actor_id",
    "action",
    "resource",
    "outcome",
    "address",
    "details",
];

/// What was done and refused as CSV, newest first, for whoever keeps or searches it elsewhere. `limit` and
/// `cursor` do not count: all of it comes.
#[utoipa::path(get, path = "/api/v1/audit/export", tag = "people", params(AuditQuery),
    responses((status = 200, description = "A table in UTF-8; no cell begins as a formula does",
        content_type = "text/csv", body = String)))]
pub async fn export_audit(
    State(gateway): State<Gateway>,
    caller: Caller,
    Query(query): Query<AuditQuery>,
) -> ApiResult<Response> {
    let wanted = filter(query)?;
    caller.did(&gateway, "export", "site".to_owned()).await;
    let begin = Some((Page::first(BATCH), true));
    let rows = try_unfold(begin, move |at| {
        let (gateway, wanted) = (gateway.clone(), wanted.clone());
        async move {
            let Some((page, is_first)) = at else {
                return Ok(None);
            };
            part(&gateway, &wanted, page, is_first).await.map(Some)
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"audit.csv\"",
        ),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, Body::from_stream(rows)).into_response())
}

type Next = Option<(Page, bool)>;

async fn part(
    gateway: &Gateway,
    wanted: &AuditFilter,
    page: Page,
    is_first: bool,
) -> Result<(Bytes, Next), Failure> {
    let found = gateway.ports.store.noted(wanted, &page).await?;
    let limit = page.limit;
    let next = found.next.map(|before| {
        let before = Some(before);
        (Page { limit, before }, false)
    });
    let mut writer = csv::Writer::from_writer(Vec::new());
    let unwritten = |_| Failure::internal("a row of the audit cannot be written");
    if is_first {
        writer.write_record(COLUMNS).map_err(unwritten)?;
    }
    for entry in found.items {
        let row = row(AuditView::from(entry));
        writer.write_record(&row).map_err(unwritten)?;
    }
    let written = writer.into_inner();
    let written = written.map_err(|_| Failure::internal("the audit cannot be written"))?;
    Ok((Bytes::from(written), next))
}

fn row(entry: AuditView) -> Vec<String> {
    let told = serde_json::to_value(entry).unwrap_or_default();
    let cells = COLUMNS.iter().map(|column| match &told[column] {
        Value::Null => String::new(),
        Value::String(text) => safe(text),
        other => safe(&other.to_string()),
    });
    cells.collect()
}

/// As a spreadsheet shows it and does not run it.
fn safe(text: &str) -> String {
    match text.starts_with(FORMULAS) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_begins_as_a_formula() {
        assert_eq!(safe("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0");
        for bad in ["+1", "-1", "@x", "\t=1", "\r=1"] {
            assert!(safe(bad).starts_with('\''), "{bad:?}");
        }
        assert_eq!(safe("ann"), "ann");
    }
}
