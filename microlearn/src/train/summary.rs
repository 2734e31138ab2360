//! What is said at the end.

use anyhow::Context;
use domain::dataset::DatasetVersion;
use domain::model::Model;
use domain::pipeline::StageName;
use domain::results::StageResult;
use domain::{Message, PipelineId};
use ports::Ports;
use serde_json::json;
use std::path::Path;
use std::time::Instant;

/// A finished training.
pub struct Story<'a> {
    models: &'a [Model],
    out: &'a Path,
    started: Instant,
    version: DatasetVersion,
    rows: (u64, u64),
    trials: u32,
    verdict: Option<Message>,
}

impl<'a> Story<'a> {
    pub async fn load(
        ports: &Ports,
        id: PipelineId,
        models: &'a [Model],
        out: &'a Path,
        started: Instant,
        version: DatasetVersion,
    ) -> anyhow::Result<Self> {
        let result = async |stage| ports.store.stage_result(id, stage).await;
        let (rows, verdict) = match result(StageName::Evaluate).await? {
            Some(StageResult::Evaluate(evaluated)) => {
                let evaluation = evaluated.evaluation;
                (
                    (evaluation.rows_train, evaluation.rows_test),
                    evaluation.verdict,
                )
            }
            _ => ((0, 0), None),
        };
        let trials = match result(StageName::Optimise).await? {
            Some(StageResult::Optimise(optimised)) => optimised.trials,
            _ => 0,
        };
        Ok(Self {
            models,
            out,
            started,
            version,
            rows,
            trials,
            verdict,
        })
    }

    pub fn print_json(&self) -> anyhow::Result<()> {
        let best = self.best()?;
        let leaderboard: Vec<_> = self
            .models
            .iter()
            .map(|model| {
                json!({
                    "rank": model.rank, "algorithm": model.algorithm, "params": model.params,
                    "metric": model.metric, "cv_score": model.cv_score, "cv_std": model.cv_std,
                    "folds": model.folds,
                    "test_score": model.test_score, "test_ci": model.test_ci,
                    "fit_seconds": model.fit_seconds,
                    "predict_us_per_row": model.predict_us_per_row,
                    "bytes": model.bytes, "sha256": model.sha256, "chosen": model.chosen,
                })
            })
            .collect();
        let story = json!({
            "model": self.out, "task": best.task, "target": best.target, "metric": best.metric,
            "algorithm": best.algorithm, "cv_score": best.cv_score,
            "test_score": best.test_score, "test_ci": best.test_ci,
            "rows_train": self.rows.0, "rows_test": self.rows.1, "trials": self.trials,
            "dataset_sha256": self.version.sha256,
            "seconds": self.started.elapsed().as_secs_f64(), "leaderboard": leaderboard,
        });
        println!("{}", serde_json::to_string_pretty(&story)?);
        Ok(())
    }

    pub fn print_words(&self) -> anyhow::Result<()> {
        let best = self.best()?;
        println!();
        println!(
            "{} models from {} trials in {:.1} s; {} rows to learn from, {} held out.",
            self.models.len(),
            self.trials,
            self.started.elapsed().as_secs_f64(),
            self.rows.0,
            self.rows.1
        );
        println!();
        let metric = best.metric.as_str();
        println!(
            "  #  {:<18} {:>24}  {:>30}  {:>8}",
            "algorithm",
            format!("{metric} (folds)"),
            format!("{metric} (held out)"),
            "fit s"
        );
        for model in self.models {
            let rank = model.rank.map_or("-".to_owned(), |rank| rank.to_string());
            let short = model.folds.filter(|folds| folds.is_short());
            let missing = short.map_or(String::new(), |folds| {
                format!(" ({}/{})", folds.done, folds.of)
            });
            let folds = format!("{:.4} ± {:.4}{missing}", model.cv_score, model.cv_std);
            let held = match (model.test_score, model.test_ci) {
                (Some(score), Some((lo, hi))) => format!("{score:.4} [{lo:.4}, {hi:.4}]"),
                (Some(score), None) => format!("{score:.4}"),
                _ => "-".to_owned(),
            };
            println!(
                "{rank:>3}  {:<18} {folds:>24}  {held:>30}  {:>8.2}",
                model.algorithm, model.fit_seconds
            );
        }
        println!();
        if let Some(verdict) = &self.verdict {
            println!("{verdict}");
        }
        println!("model written to {}", self.out.display());
        Ok(())
    }

    fn best(&self) -> anyhow::Result<&Model> {
        let best = self
            .models
            .iter()
            .find(|model| model.chosen)
            .or_else(|| self.models.first());
        best.context("no model was trained")
    }
}
