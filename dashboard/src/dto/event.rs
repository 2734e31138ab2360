//! Events on the wire.

use super::{Time, names};
use domain::Message;
use domain::event::{Event, EventKind};
use domain::pipeline::{PipelineState, StageName};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Something that happened to a pipeline.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = PipelineEvent)]
pub struct EventView {
    /// Counts from 1 within the pipeline, without gaps; also the id of the server-sent event.
    pub seq: u64,
    /// The pipeline.
    pub pipeline_id: Uuid,
    /// When.
    pub at: Time,
    /// What it tells; also the name of the server-sent event.
    #[schema(value_type = names::EventKind)]
    pub kind: EventKind,
    /// The stage that it is about.
    #[schema(value_type = Option<names::StageName>, required = true)]
    pub stage: Option<StageName>,
    /// How grave it is, where it has words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub level: Option<&'static str>,
    /// The same in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<names::Message>)]
    pub message: Option<Message>,
    /// The numbers.
    #[schema(value_type = Object)]
    pub data: Value,
}

impl From<Event> for EventView {
    fn from(event: Event) -> Self {
        Self {
            seq: event.seq,
            pipeline_id: event.pipeline_id.0,
            at: event.at.into(),
            kind: event.what.kind,
            stage: event.what.stage,
            level: event
                .what
                .message
                .is_some()
                .then(|| level(event.what.kind, &event.what.data)),
            message: event.what.message,
            data: event.what.data,
        }
    }
}

/// How grave an event is: what it says itself, else by what it tells.
fn level(kind: EventKind, data: &Value) -> &'static str {
    let failed = PipelineState::Failed.as_str();
    match data.get("level").and_then(Value::as_str) {
        Some("debug") => "debug",
        Some("info") => "info",
        Some("warn" | "warning") => "warn",
        Some("error") => "error",
        _ if kind == EventKind::Warning => "warn",
        _ if data.get("state").and_then(Value::as_str) == Some(failed) => "error",
        _ => "info",
    }
}

/// A line of a pipeline's log.
#[derive(Debug, Serialize, ToSchema)]
pub struct LogLine {
    /// The event's number.
    pub seq: u64,
    /// When.
    pub at: Time,
    /// The stage that it is about.
    #[schema(value_type = Option<names::StageName>, required = true)]
    pub stage: Option<StageName>,
    /// `debug`, `info`, `warn` or `error`.
    pub level: &'static str,
    /// What happened.
    #[schema(value_type = names::Message)]
    pub message: Message,
}

impl LogLine {
    /// The event as a line, if it has words that a log should hold.
    #[must_use]
    pub fn from_event(event: Event) -> Option<Self> {
        let told = matches!(
            event.what.kind,
            EventKind::Log | EventKind::Warning | EventKind::Stage | EventKind::Pipeline
        );
        let level = level(event.what.kind, &event.what.data);
        let message = event.what.message.filter(|_| told)?;
        Some(Self {
            seq: event.seq,
            at: event.at.into(),
            stage: event.what.stage,
            level,
            message,
        })
    }
}

/// Which lines of a log to answer.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LogFilter {
    /// Only of this stage.
    #[param(value_type = Option<names::StageName>)]
    pub stage: Option<StageName>,
    /// Most lines to answer, 1 to 1 000; 1 000 when not given.
    pub limit: Option<u32>,
    /// The `next_cursor` of the page before.
    pub cursor: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::event::NewEvent;
    use domain::{PipelineId, Timestamp};
    use serde_json::json;

    fn event(what: NewEvent) -> Event {
        Event {
            seq: 3,
            pipeline_id: PipelineId::new(),
            at: Timestamp(0),
            what,
        }
    }

    #[test]
    fn an_event_has_the_shape_that_pages_read() {
        let what = NewEvent::warning(Some(StageName::Prepare), Message::new("a", "A."));
        let event = event(what);
        let id = event.pipeline_id;
        assert_eq!(
            serde_json::to_value(EventView::from(event)).unwrap(),
            json!({
                "seq": 3, "pipeline_id": id, "at": "1970-01-01T00:00:00Z", "kind": "warning",
                "stage": "prepare", "level": "warn", "data": {"level": "warn"},
                "message": {"code": "a", "params": {}, "text": "A."},
            })
        );
    }

    #[test]
    fn a_log_holds_what_has_words_and_marks_failures() {
        let failed = NewEvent::new(EventKind::Stage, None, json!({"state": "failed"}));
        assert!(LogLine::from_event(event(failed.clone())).is_none());
        let line = LogLine::from_event(event(failed.saying(Message::new("x", "X."))));
        assert_eq!(line.unwrap().level, "error");
        let progress = NewEvent::new(EventKind::Progress, None, json!({}));
        assert!(LogLine::from_event(event(progress.saying(Message::new("x", "X.")))).is_none());
    }
}
