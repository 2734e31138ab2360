//! What came of a pipeline, on the wire.

use super::{Time, names};
use domain::pipeline::{Span, SpanKind, StageName};
use domain::results::Plot;
use domain::study::{Params, Trial, TrialState};
use domain::{Message, PipelineId};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A bar of a pipeline's timeline.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Span)]
pub struct SpanView {
    /// Its id.
    pub id: Uuid,
    /// The stage that it is part of.
    #[schema(value_type = names::StageName)]
    pub stage: StageName,
    /// What the time went into.
    #[schema(value_type = names::SpanKind)]
    pub kind: SpanKind,
    /// When it began.
    pub start: Time,
    /// When it ended; null while it goes on.
    #[schema(required = true)]
    pub end: Option<Time>,
    /// What it was, for people.
    pub label: String,
    /// The bar that it belongs below.
    #[schema(required = true)]
    pub parent: Option<Uuid>,
}

impl From<Span> for SpanView {
    fn from(span: Span) -> Self {
        Self {
            id: span.id.0,
            stage: span.stage,
            kind: span.kind,
            start: span.start.into(),
            end: span.end.map(Time),
            label: span.label,
            parent: span.parent.map(|id| id.0),
        }
    }
}

/// One configuration, scored.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Trial)]
pub struct TrialView {
    /// Unique on the site.
    pub id: String,
    /// Counts from 0 within the pipeline.
    pub number: u32,
    /// The algorithm's name.
    pub algorithm: String,
    /// The configuration.
    #[schema(value_type = Object)]
    pub params: Params,
    /// How it stands.
    #[schema(value_type = names::TrialState)]
    pub state: TrialState,
    /// Mean score over folds, in the metric's own direction.
    #[schema(required = true)]
    pub score: Option<f64>,
    /// Standard deviation over folds.
    #[schema(required = true)]
    pub std: Option<f64>,
    /// The score of each fold that was computed.
    pub fold_scores: Vec<f64>,
    /// Why it failed.
    #[schema(value_type = Option<names::Message>, required = true)]
    pub error: Option<Message>,
    /// When it was begun.
    #[schema(required = true)]
    pub started_at: Option<Time>,
    /// When it ended.
    #[schema(required = true)]
    pub finished_at: Option<Time>,
    /// How long it took.
    #[schema(required = true)]
    pub seconds: Option<f64>,
}

impl TrialView {
    /// The trial of `pipeline` in its public form.
    #[must_use]
    pub fn new(pipeline: PipelineId, trial: Trial) -> Self {
        let took = trial.started_at.zip(trial.finished_at);
        Self {
            id: format!("{pipeline}-{}", trial.number),
            number: trial.number,
            algorithm: trial.algorithm,
            params: trial.params,
            state: trial.state,
            score: trial.score,
            std: trial.std,
            fold_scores: trial.fold_scores,
            error: trial.error,
            started_at: trial.started_at.map(Time),
            finished_at: trial.finished_at.map(Time),
            seconds: took.map(|(start, end)| end.since(start).as_secs_f64()),
        }
    }
}

/// A stored plot.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Plot)]
pub struct PlotView {
    /// Its name.
    pub name: String,
    /// Its title.
    #[schema(value_type = names::Message)]
    pub title: Message,
    /// Where it can be fetched as SVG.
    pub url: String,
}

impl PlotView {
    /// The plot of `pipeline` in its public form.
    #[must_use]
    pub fn new(pipeline: PipelineId, plot: Plot) -> Self {
        let url = format!("/api/v1/pipelines/{pipeline}/plots/{}.svg", plot.name);
        Self {
            name: plot.name,
            title: plot.title,
            url,
        }
    }
}
