//! Looking at pipelines.

use super::facts::{all_facts, facts};
use crate::auth::Caller;
use crate::dto::event::{LogFilter, LogLine};
use crate::dto::pipeline::{PipelineQuery, PipelineView};
use crate::dto::results::SpanView;
use crate::dto::{Items, Page, Paging};
use crate::find;
use crate::policy::{self, Action};
use crate::state::Gateway;
use axum::Json;
use axum::extract::State;
use domain::pipeline::{Pipeline, Span};
use domain::{CourseId, DatasetId, Failure, PipelineId};
use ports::store::PipelineFilter;
use service_kit::http::{ApiResult, Path, Query};
use std::collections::HashMap;

/// Events that are read at once for a log.
const BATCH: u32 = 1_000;
/// A log ends here: whoever needs more reads the events.
const MOST_LINES: usize = 20_000;

/// Pipelines that the caller may see, newest first.
#[utoipa::path(get, path = "/api/v1/pipelines", tag = "pipelines", params(PipelineQuery),
    responses((status = 200, description = "One page", body = Page<PipelineView>)))]
pub async fn list_pipelines(
    State(gateway): State<Gateway>,
    caller: Caller,
    Query(query): Query<PipelineQuery>,
) -> ApiResult<Json<Page<PipelineView>>> {
    let paging = Paging {
        limit: query.limit,
        cursor: query.cursor,
    };
    let filter = PipelineFilter {
        scope: policy::scope(&caller.user),
        state: query.state,
        dataset: query.dataset_id,
        owner: query.owner,
        course: query.course_id.map(CourseId),
    };
    let page = gateway
        .ports
        .store
        .pipelines(&filter, &paging.page()?)
        .await?;
    // A class room has many pipelines and few datasets.
    let mut names: HashMap<DatasetId, String> = HashMap::new();
    let mut items = Vec::with_capacity(page.items.len());
    for pipeline in page.items {
        let dataset = pipeline.spec.dataset_id;
        let name = match names.get(&dataset) {
            Some(name) => name.clone(),
            None => dataset_name(&gateway, dataset).await?,
        };
        names.insert(dataset, name.clone());
        let facts = facts(&gateway, &pipeline).await?;
        items.push(PipelineView::new(pipeline, name, facts));
    }
    Ok(Json(Page {
        items,
        next_cursor: page.next,
    }))
}

/// A pipeline with its stages.
#[utoipa::path(get, path = "/api/v1/pipelines/{id}", tag = "pipelines",
    params(("id" = Uuid, Path, description = "The pipeline")),
    responses((status = 200, description = "The pipeline", body = PipelineView)))]
pub async fn show_pipeline(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
) -> ApiResult<Json<PipelineView>> {
    let pipeline = find::pipeline(&gateway, &caller, Action::See, &id).await?;
    Ok(Json(view_of(&gateway, pipeline).await?))
}

/// The public form of a pipeline, freshly read, for a caller who was let through before.
pub(super) async fn view(gateway: &Gateway, id: PipelineId) -> ApiResult<PipelineView> {
    let pipeline = gateway.ports.store.pipeline(id).await?;
    let pipeline = pipeline.ok_or_else(|| Failure::not_found("pipeline", id))?;
    view_of(gateway, pipeline).await
}

async fn view_of(gateway: &Gateway, pipeline: Pipeline) -> ApiResult<PipelineView> {
    let name = dataset_name(gateway, pipeline.spec.dataset_id).await?;
    let facts = all_facts(gateway, &pipeline).await?;
    Ok(PipelineView::new(pipeline, name, facts))
}

/// The dataset's name; empty when it was deleted.
async fn dataset_name(gateway: &Gateway, id: DatasetId) -> ApiResult<String> {
    let dataset = gateway.ports.store.dataset(id).await?;
    Ok(dataset.map_or_else(String::new, |dataset| dataset.name))
}

/// The bars of a pipeline's timeline, by start.
#[utoipa::path(get, path = "/api/v1/pipelines/{id}/timeline", tag = "pipelines",
    params(("id" = Uuid, Path, description = "The pipeline")),
    responses((status = 200, description = "All bars", body = Items<SpanView>)))]
pub async fn timeline(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
) -> ApiResult<Json<Items<SpanView>>> {
    let pipeline = find::pipeline(&gateway, &caller, Action::See, &id).await?;
    let spans = gateway.ports.store.timeline(pipeline.id).await?;
    // A step that was cancelled, or whose process died, never ended its bar: the pipeline's end did.
    let ended = |span: Span| Span {
        end: span.end.or(pipeline.finished_at),
        ..span
    };
    let items = spans.into_iter().map(ended).map(SpanView::from).collect();
    Ok(Json(Items { items }))
}

/// The log of a pipeline: everything that was told in words, in order.
#[utoipa::path(get, path = "/api/v1/pipelines/{id}/logs", tag = "pipelines",
    params(("id" = Uuid, Path, description = "The pipeline"), LogFilter),
    responses((status = 200, description = "All lines", body = Items<LogLine>)))]
pub async fn logs(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
    Query(filter): Query<LogFilter>,
) -> ApiResult<Json<Items<LogLine>>> {
    let pipeline = find::pipeline(&gateway, &caller, Action::See, &id).await?;
    let (mut items, mut after) = (Vec::new(), 0);
    loop {
        let events = gateway
            .ports
            .store
            .events(pipeline.id, after, BATCH)
            .await?;
        let whole = events.len() < BATCH as usize;
        after = events.last().map_or(after, |event| event.seq);
        let wanted = |line: &LogLine| filter.stage.is_none() || line.stage == filter.stage;
        items.extend(
            events
                .into_iter()
                .filter_map(LogLine::from_event)
                .filter(wanted),
        );
        if whole || items.len() >= MOST_LINES {
            return Ok(Json(Items { items }));
        }
    }
}
