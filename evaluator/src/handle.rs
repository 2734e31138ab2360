//! Loading models and held-out rows, evaluating, storing numbers, plots, report and card.

use crate::evaluate::{Candidate, HeldOut, Judged, Limits, Predicts, Question, Scored};
use crate::report::Story;
use crate::{Language, evaluate, model_card, plots, report};
use async_trait::async_trait;
use bytes::Bytes;
use domain::model::Model;
use domain::pipeline::Pipeline;
use domain::results::{Evaluated, KEPT_FOLDS, Plot, Prepared, StageResult, Translations};
use domain::spec::{SplitKind, SplitSpec};
use domain::task::Choice;
use domain::{Deadline, Failure, Message};
use futures_util::{StreamExt, TryStreamExt, stream};
use ml::artefact::{ModelFile, Predictor};
use ml::fit::CancelFlag;
use ml::metrics::Units;
use ml::recipe::Recipe;
use ml::split::groups;
use ml::table::Table;
use ports::store::Write;
use service_kit::{Handler, Outcome, Step};
use std::time::Duration;

/// Share of the budget that is kept for storing and for the deployment.
const KEPT_SHARE: f64 = 0.03;

/// Handles `evaluate` jobs.
#[derive(Debug)]
pub(crate) struct Evaluate;

/// What goes into the blocking computation.
struct Inputs {
    pipeline: Pipeline,
    prepared: Prepared,
    models: Vec<(Model, Bytes)>,
    recipe: Bytes,
    test: Bytes,
    deadline: Option<Deadline>,
    cancel: CancelFlag,
}

/// What comes out of it.
struct Told {
    judged: Judged,
    written: Vec<Written>,
}

/// All documents in one language.
struct Written {
    language: Language,
    plots: Vec<plots::Drawn>,
    report: String,
    card: String,
}

#[async_trait]
impl Handler for Evaluate {
    async fn step(&self, step: &Step) -> Result<Outcome, Failure> {
        let prepared = step.prepared().await?;
        let pipeline = step.pipeline()?.clone();
        let models = step.ports.store.leaderboard(pipeline.id).await?;
        let mut loaded = Vec::with_capacity(models.len());
        for model in models {
            let bytes = step.fetch(&model.artifact).await?;
            loaded.push((model, bytes));
        }
        let inputs = Inputs {
            recipe: step.fetch(&prepared.recipe).await?,
            test: step.fetch(&prepared.test).await?,
            deadline: deadline(step)?,
            cancel: CancelFlag::from(step.cancel.shared()),
            models: loaded.clone(),
            pipeline,
            prepared,
        };
        let measuring = Message::new("evaluate.measuring", "Measuring on the held-out rows.");
        step.reporter.progress(0.2, Some(measuring));
        let told = step.compute(move || inputs.evaluate()).await?;
        let models = loaded.into_iter().map(|(model, _)| model).collect();
        let outcome = store(step, told, models).await?;
        // The models are bound, so this stage is the first that no retry goes behind.
        step.forget_all(KEPT_FOLDS).await?;
        Ok(outcome)
    }
}

/// When the optional parts must be done.
fn deadline(step: &Step) -> Result<Option<Deadline>, Failure> {
    let domain::spec::Budget::Seconds(total) = step.budget()? else {
        return Ok(None);
    };
    let kept = Duration::from_secs_f64(total * KEPT_SHARE);
    Ok(step.deadline()?.map(|deadline| deadline.earlier(kept)))
}

/// What a resample of the held-out rows draws.
fn units(split: &SplitSpec, table: &Table) -> Units {
    let by_group = split.kind == Choice::Fixed(SplitKind::Group);
    let column = split.column.as_deref().filter(|_| by_group);
    let groups = column.and_then(|name| table.column(name)).map(groups);
    Units::new(table.rows(), groups.as_deref())
}

impl Inputs {
    fn evaluate(self) -> Result<Told, Failure> {
        let recipe: Recipe = serde_json::from_slice(&self.recipe)
            .map_err(|error| Failure::internal(format!("the recipe cannot be read: {error}")))?;
        let table = tables::read_parquet(&self.test)?;
        let target = recipe.target(&table).map_err(|error| error.failure())?;
        let mut predictors = Vec::with_capacity(self.models.len());
        for (model, bytes) in &self.models {
            let file = ModelFile::from_bytes(bytes).map_err(|error| {
                Failure::internal(format!("model {} cannot be read: {error}", model.number))
            })?;
            predictors.push(Predictor::new(file));
        }
        let candidates: Vec<Candidate<'_>> = self
            .models
            .iter()
            .zip(&predictors)
            .map(|((model, _), predictor)| Candidate {
                model_id: model.id,
                algorithm: &model.algorithm,
                cv_score: model.cv_score,
                cv_std: model.cv_std,
                folds: model.folds,
                fold_scores: &model.fold_scores,
                row_nanoseconds: predictor.file().row_nanoseconds(),
                predictor: predictor as &dyn Predicts,
            })
            .collect();
        let prepared = &self.prepared;
        let seed = self.pipeline.spec.seed.unwrap_or(0);
        let question = Question {
            task: prepared.task,
            metric: prepared.metric,
            classes: &prepared.classes,
            positive: prepared.positive,
            rows_train: prepared.rows_train,
            row_limit: self.pipeline.spec.predict_limit_ms.map(|limit| limit * 1e6),
            seed,
        };
        let units = units(&self.pipeline.spec.split, &table);
        let held_out = HeldOut {
            table: &table,
            target: &target,
            features: &prepared.features,
            units: &units,
        };
        let limits = Limits {
            deadline: self.deadline,
            cancel: self.cancel,
        };
        let judged =
            evaluate(&candidates, held_out, &question, &limits).map_err(|error| error.failure())?;
        let written = Language::ALL.map(|language| {
            let plots = plots::all(&judged, language);
            let story = Story {
                name: &self.pipeline.name,
                target: &self.pipeline.spec.target,
                prepared,
                judged: &judged,
                plots: &plots,
                seed,
                repeats: self.pipeline.spec.budget.work_units.is_some(),
                version: env!("CARGO_PKG_VERSION"),
            };
            let report = report::html(&story, language);
            let card = model_card::markdown(&story, language);
            Written {
                language,
                plots,
                report,
                card,
            }
        });
        Ok(Told {
            judged,
            written: written.into(),
        })
    }
}

/// What a document is; a plot has a place among the plots.
enum Document {
    Report,
    Card,
    Plot(usize),
}

/// Where all documents lie.
struct Documents {
    plots: Vec<Plot>,
    reports: Translations,
    cards: Translations,
}

/// Documents stored at once.
const AT_ONCE: usize = 8;

/// Stores all documents; where they lie.
async fn store_documents(step: &Step, written: Vec<Written>) -> Result<Documents, Failure> {
    let mut files = Vec::new();
    let mut stored: Vec<Plot> = Vec::new();
    for Written {
        language,
        plots,
        report,
        card,
    } in written
    {
        let code = language.code();
        files.push((
            code,
            Document::Report,
            format!("report.{code}.html"),
            report,
        ));
        files.push((code, Document::Card, format!("card.{code}.md"), card));
        for (place, plot) in plots.into_iter().enumerate() {
            let name = format!("{}.{code}.svg", plot.name);
            files.push((code, Document::Plot(place), name, plot.svg));
            if stored.len() == place {
                stored.push(Plot {
                    name: plot.name.to_owned(),
                    title: plot.title,
                    artifacts: Translations::new(),
                });
            }
        }
    }
    let puts: Vec<_> = files
        .into_iter()
        .map(|(code, document, name, text)| async move {
            let (artifact, _) = step.put(&name, text.into_bytes().into()).await?;
            Ok::<_, Failure>((code.to_owned(), document, artifact))
        })
        .collect();
    let mut puts = stream::iter(puts).buffered(AT_ONCE);
    let (mut reports, mut cards) = (Translations::new(), Translations::new());
    while let Some((code, document, artifact)) = puts.try_next().await? {
        let translations = match document {
            Document::Report => &mut reports,
            Document::Card => &mut cards,
            Document::Plot(place) => match stored.get_mut(place) {
                Some(plot) => &mut plot.artifacts,
                None => continue,
            },
        };
        translations.insert(code, artifact);
    }
    Ok(Documents {
        plots: stored,
        reports,
        cards,
    })
}

async fn store(step: &Step, told: Told, models: Vec<Model>) -> Result<Outcome, Failure> {
    let documents = store_documents(step, told.written).await?;
    let cautions = &told.judged.evaluation.cautions;
    for warning in cautions.iter().chain(&told.judged.warnings) {
        step.reporter.warn(warning.clone());
    }
    let pipeline = step.pipeline()?.id;
    let message = summary(&told.judged);
    let mut writes: Vec<Write> = models
        .into_iter()
        .filter_map(|model| {
            let scored = told
                .judged
                .scores
                .iter()
                .find(|scored| scored.model_id == model.id)?;
            Some(Write::Model(Box::new(updated(model, scored))))
        })
        .collect();
    let best = told.judged.scores.iter().find(|scored| scored.chosen);
    writes.extend(
        best.map(|best| Write::BestScore(pipeline, best.test_score.unwrap_or(best.cv_score))),
    );
    let evaluation = told.judged.evaluation;
    let result = StageResult::Evaluate(Box::new(Evaluated {
        evaluation,
        plots: documents.plots,
        reports: documents.reports,
        cards: documents.cards,
    }));
    Ok(Outcome::Stage {
        result: Box::new(result),
        message,
        writes,
    })
}

fn updated(model: Model, scored: &Scored) -> Model {
    Model {
        rank: Some(scored.rank),
        chosen: scored.chosen,
        test_score: scored.test_score,
        test_ci: scored.test_ci,
        predict_us_per_row: scored.predict_us_per_row,
        ..model
    }
}

/// What the stage says once it is done. Each form has a code of its own, so that none lacks a value
/// that its sentence mentions.
fn summary(judged: &Judged) -> Message {
    let metric = judged.evaluation.metric;
    let Some(best) = judged.scores.iter().find(|scored| scored.chosen) else {
        return Message::new("evaluate.done_without_choice", "The models were evaluated.");
    };
    let algorithm = Language::English.algorithm(&best.algorithm);
    let number = |value: f64| Language::English.number(value);
    let message = match (best.test_score, best.test_ci) {
        (Some(score), Some((lo, hi))) => {
            let text = format!(
                "{algorithm} is chosen: {metric} {} (between {} and {}) on the held-out rows.",
                number(score),
                number(lo),
                number(hi)
            );
            Message::new("evaluate.done", text)
                .with("score", score)
                .with("lo", lo)
                .with("hi", hi)
        }
        (Some(score), None) => {
            let text = format!(
                "{algorithm} is chosen: {metric} {} on the held-out rows.",
                number(score)
            );
            Message::new("evaluate.done_without_interval", text).with("score", score)
        }
        (None, _) => {
            let score = best.cv_score;
            let text = format!(
                "{algorithm} is chosen: {metric} {} in cross-validation.",
                number(score)
            );
            Message::new("evaluate.done_without_test", text).with("score", score)
        }
    };
    message
        .with("algorithm", best.algorithm.as_str())
        .with("metric", metric.as_str())
}
