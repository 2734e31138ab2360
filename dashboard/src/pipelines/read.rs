//! Looking at pipelines.

use super::facts::{all_facts, facts};
use crate::auth::Caller;
use crate::dto::event::{LogFilter, LogLine};
use crate::dto::pipeline::{PipelineQuery, PipelineView};
use crate::dto::results::SpanView;
use crate::dto::{Items, Page, Paging};
use crate::find;
use crate::policy;
use crate::state::Gateway;
use axum::Json;
use axum::extract::State;
use domain::access::Action;
use domain::event::Event;
use domain::pipeline::{Pipeline, PipelineState, Span, StageName};
use domain::{CourseId, DatasetId, Failure, PipelineId};
use ports::store::PipelineFilter;
use service_kit::http::{ApiResult, Path, Query};
use std::collections::HashMap;

/// Events that are read at once for a log.
const BATCH: u32 = 1_000;
/// Lines of one page of a log when none are asked for, which is also the most.
const LINES: u32 = 1_000;
/// Batches that are looked through for one page. Most events are not lines, so that a page may
/// have fewer than were asked for and still be followed by another.
const MOST_BATCHES: u32 = 10;

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
        scope: policy::scope(&caller),
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
    if items.iter().any(waits) {
        let places = gateway.ports.store.queue().await?.places();
        for view in items.iter_mut().filter(|view| waits(view)) {
            view.queue_position = places.get(&PipelineId(view.id)).copied();
        }
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
    let mut view = PipelineView::new(pipeline, name, facts);
    if waits(&view) {
        let places = gateway.ports.store.queue().await?.places();
        view.queue_position = places.get(&PipelineId(view.id)).copied();
    }
    Ok(view)
}

fn waits(view: &PipelineView) -> bool {
    view.state == PipelineState::Queued
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

/// The log of a pipeline: everything that was told in words, in order, page by page. A page may be
/// short, and even empty, and be followed by another: `next_cursor` tells.
#[utoipa::path(get, path = "/api/v1/pipelines/{id}/logs", tag = "pipelines",
    params(("id" = Uuid, Path, description = "The pipeline"), LogFilter),
    responses((status = 200, description = "One page, oldest first", body = Page<LogLine>)))]
pub async fn logs(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
    Query(filter): Query<LogFilter>,
) -> ApiResult<Json<Page<LogLine>>> {
    let pipeline = find::pipeline(&gateway, &caller, Action::See, &id).await?;
    let paging = Paging {
        limit: None,
        cursor: filter.cursor,
    };
    let mut page = LogPage {
        stage: filter.stage,
        limit: filter.limit.unwrap_or(LINES).clamp(1, LINES) as usize,
        after: paging.number()?.unwrap_or(0),
        items: Vec::new(),
    };
    for _ in 0..MOST_BATCHES {
        let store = &gateway.ports.store;
        let events = store.events(pipeline.id, page.after, BATCH).await?;
        let is_last = events.len() < BATCH as usize;
        if page.take(events) {
            break;
        }
        if is_last {
            return Ok(Json(Page {
                items: page.items,
                next_cursor: None,
            }));
        }
    }
    Ok(Json(Page {
        next_cursor: Some(page.after.to_string()),
        items: page.items,
    }))
}

/// A page of a log that is being filled.
struct LogPage {
    stage: Option<StageName>,
    limit: usize,
    /// The last event that was looked at.
    after: u64,
    items: Vec<LogLine>,
}

impl LogPage {
    /// Takes the lines among these events until the page is full; whether it is, with events left.
    fn take(&mut self, events: Vec<Event>) -> bool {
        for event in events {
            if self.items.len() == self.limit {
                return true;
            }
            self.after = event.seq;
            let line = LogLine::from_event(event);
            let wanted = |line: &LogLine| self.stage.is_none() || line.stage == self.stage;
            self.items.extend(line.filter(wanted));
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::event::NewEvent;
    use domain::{Message, Timestamp};

    fn events(numbers: std::ops::RangeInclusive<u64>) -> Vec<Event> {
        let pipeline_id = PipelineId::new();
        let event = |seq| {
            // Every third event is a line.
            let said = Message::new("x", "X.");
            let what = match seq % 3 {
                0 => NewEvent::log(Some(StageName::Train), said),
                _ => NewEvent::new(domain::event::EventKind::Curve, None, ().into()),
            };
            Event {
                seq,
                pipeline_id,
                at: Timestamp(0),
                what,
            }
        };
        numbers.map(event).collect()
    }

    #[test]
    fn a_page_of_a_log_ends_where_it_is_full_and_goes_on_there() {
        let page = |stage, limit, after| LogPage {
            stage,
            limit,
            after,
            items: Vec::new(),
        };
        let lines = |page: &LogPage| page.items.iter().map(|line| line.seq).collect::<Vec<_>>();
        let mut first = page(None, 2, 0);
        assert!(first.take(events(1..=20)));
        assert_eq!((lines(&first), first.after), (vec![3, 6], 6));
        let mut next = page(None, 9, first.after);
        assert!(!next.take(events(7..=20)), "all were looked at");
        assert_eq!((lines(&next), next.after), (vec![9, 12, 15, 18], 20));
        let mut other = page(Some(StageName::Prepare), 9, 0);
        assert!(!other.take(events(1..=20)));
        assert!(lines(&other).is_empty());
    }
}
