//! Making a table ready to learn from.

use crate::columns::choose;
use crate::cross::{folds, must_be_mixed, rare_classes};
use crate::goal::{
    classes, enough_rows, goal, is_automatic, learnable, positive, rows_with_target, target,
};
use crate::merge::merge_equal;
use crate::source::{Read, read};
use crate::split::{check, split, told};
use async_trait::async_trait;
use bytes::Bytes;
use domain::profile::{ColumnKind, ColumnProfile, Profile};
use domain::results::{Prepared, StageResult};
use domain::spec::PipelineSpec;
use domain::{Failure, Message};
use ml::recipe::{Recipe, RecipeSpec, Schema};
use ml::table::{Column, Table};
use service_kit::{CancelFlag, Handler, Outcome, Step};

/// Handles `prepare` jobs.
#[derive(Debug)]
pub(crate) struct Prepare;

/// What was computed, not stored yet.
struct Made {
    prepared: Prepared,
    recipe: Bytes,
    train: Bytes,
    test: Bytes,
}

#[async_trait]
impl Handler for Prepare {
    async fn step(&self, step: &Step) -> Result<Outcome, Failure> {
        let spec = step.pipeline()?.spec.clone();
        let (dataset, number) = (spec.dataset_id, spec.dataset_version.unwrap_or(1));
        let version = step.ports.store.dataset_version(dataset, number).await?;
        let version = version.ok_or_else(|| Failure::not_found("dataset", dataset))?;
        let profile = step.ports.store.profile(dataset, number).await?;
        let profile = profile.ok_or_else(|| Failure::not_found("profile", dataset))?;
        let reading = Message::new("prepare.reading", "Reading the file.");
        step.reporter.progress(0.1, Some(reading));
        let read = read(step, &version).await?;
        let splitting = Message::new(
            "prepare.splitting",
            "Splitting the rows, fitting the recipe.",
        );
        step.reporter.progress(0.5, Some(splitting));
        let sha256 = version.sha256;
        let cancel = step.cancel.clone();
        let made = step
            .compute(move || make(&spec, profile, read, sha256, &cancel))
            .await?;
        let mut prepared = made.prepared;
        prepared.recipe = step.put("recipe.json", made.recipe).await?.0;
        prepared.train = step.put("train.parquet", made.train).await?.0;
        prepared.test = step.put("test.parquet", made.test).await?.0;
        for warning in &prepared.warnings {
            step.reporter.warn(warning.clone());
        }
        let message = summary(&prepared);
        let result = Box::new(StageResult::Prepare(Box::new(prepared)));
        Ok(Outcome::Stage {
            result,
            message,
            writes: Vec::new(),
        })
    }
}

fn summary(prepared: &Prepared) -> Message {
    let (train, test) = (prepared.rows_train, prepared.rows_test);
    let text = format!(
        "{train} rows to learn from, {test} held out, {} columns; {} measured by {}.",
        prepared.features.len(),
        prepared.task,
        prepared.metric
    );
    Message::new("prepare.done", text)
        .with("rows_train", train)
        .with("rows_test", test)
        .with("columns", prepared.features.len())
        .with("task", prepared.task.as_str())
        .with("metric", prepared.metric.as_str())
}

/// Each table is dropped as soon as the next one is made: of a large file, two fit in memory.
fn make(
    spec: &PipelineSpec,
    profile: Profile,
    read: Read,
    dataset_sha256: String,
    cancel: &CancelFlag,
) -> Result<Made, Failure> {
    check(spec)?;
    let column = target(spec, &profile)?;
    spec.suits(&profile)?;
    let goal = goal(spec, column)?;
    // Before anything is said of columns: in very few rows every column looks constant.
    let present = profile.rows.saturating_sub(column.missing);
    if present > 0 {
        enough_rows(&spec.target, usize::try_from(present).unwrap_or(usize::MAX))?;
    }
    learnable(&profile, column, goal.task)?;
    let (features, mut warnings) = choose(spec, &profile)?;
    go_on(cancel)?;
    let is_class = goal.task.is_classification();
    let mut table = typed(spec, &profile, column, &features, is_class, &read);
    drop(read);
    go_on(cancel)?;
    let (rows, missing) = rows_with_target(&spec.target, target_of(spec, &table)?)?;
    warnings.extend(without_target(&spec.target, missing));
    warnings.extend(guessed(spec, column, goal.task));
    warnings.extend(spec.hints(&profile));
    if missing > 0 {
        table = table.take(&rows);
    }
    drop(rows);
    let place = table.names.iter().position(|name| *name == spec.target);
    if let Some(values) = place.and_then(|place| table.columns.get_mut(place)) {
        merge_equal(values, column);
    }
    let values = target_of(spec, &table)?;
    let classes = if goal.task.is_classification() {
        classes(&spec.target, values, goal.task)?
    } else {
        Vec::new()
    };
    let positive = positive(spec.positive_class.as_deref(), &classes, values, goal.task)?;
    let recipe_spec = RecipeSpec {
        schema: Schema::from_profile(&profile, &features),
        target: spec.target.clone(),
        task: goal.task,
        classes: classes.clone(),
        seed: spec.seed.unwrap_or(0),
    };
    // The target's codes do not depend on which rows the recipe saw.
    let coded = Recipe::fit(&table, &recipe_spec).map_err(|error| error.failure())?;
    let whole = coded.target(&table).map_err(|error| error.failure())?;
    drop(coded);
    go_on(cancel)?;
    let (train, test) = split(spec, &table, &whole)?;
    let told = told(spec, &profile, &table, &whole, &test);
    drop(whole);
    let held_out = table.take(&test);
    let (rows_test, test) = (test.len() as u64, parquet(&held_out)?);
    drop(held_out);
    go_on(cancel)?;
    let learned = table.take(&train);
    drop(table);
    let recipe = Recipe::fit(&learned, &recipe_spec).map_err(|error| error.failure())?;
    go_on(cancel)?;
    let target = recipe.target(&learned).map_err(|error| error.failure())?;
    let folds = folds(spec, &learned, &target);
    must_be_mixed(spec, &learned, &target, folds)?;
    warnings.extend(rare_classes(&target, &classes));
    drop(target);
    let (rows_train, train) = (train.len(), parquet(&learned)?);
    drop(learned);
    let recipe = serde_json::to_vec(&recipe)
        .map_err(|error| Failure::internal(format!("the recipe cannot be written: {error}")))?;
    let prepared = Prepared {
        task: goal.task,
        metric: goal.metric,
        classes,
        positive,
        recipe: String::new(),
        train: String::new(),
        test: String::new(),
        rows_train: rows_train as u64,
        rows_test,
        features,
        folds,
        dataset_sha256,
        split: Some(told),
        warnings,
        profile,
    };
    Ok(Made {
        prepared,
        recipe: recipe.into(),
        train,
        test,
    })
}

/// Fails once the step was asked to stop.
fn go_on(cancel: &CancelFlag) -> Result<(), Failure> {
    if cancel.is_cancelled() {
        return Err(Step::stopped_failure());
    }
    Ok(())
}

fn target_of<'t>(spec: &PipelineSpec, table: &'t Table) -> Result<&'t Column, Failure> {
    let lost = || Failure::internal("the target was lost on the way");
    table.column(&spec.target).ok_or_else(lost)
}

/// The chosen columns, the target and the split's column, typed. A class stays as it is written.
fn typed(
    spec: &PipelineSpec,
    profile: &Profile,
    target: &ColumnProfile,
    features: &[String],
    is_class: bool,
    read: &Read,
) -> Table {
    let mut kinds: Vec<_> = profile
        .columns
        .iter()
        .filter(|column| {
            features.contains(&column.name) || spec.split.column.as_ref() == Some(&column.name)
        })
        .filter(|column| column.name != target.name)
        .map(|column| (column.name.clone(), column.kind, column.parsing.clone()))
        .collect();
    let kind = if is_class {
        ColumnKind::Categorical
    } else {
        ColumnKind::Numeric
    };
    kinds.push((target.name.clone(), kind, target.parsing.clone()));
    tables::typed_by(&read.table, &kinds)
}

fn without_target(target: &str, missing: usize) -> Option<Message> {
    (missing > 0).then(|| {
        let text = format!("{missing} rows have no value in {target:?} and are left out.");
        Message::new("prepare.rows_without_target", text)
            .with("rows", missing)
            .with("column", target)
    })
}

/// A guess that a person may see differently is said aloud.
fn guessed(
    spec: &PipelineSpec,
    column: &ColumnProfile,
    task: domain::task::Task,
) -> Option<Message> {
    let classes_from_numbers = column.kind == ColumnKind::Numeric && task.is_classification();
    (is_automatic(spec) && classes_from_numbers && column.unique > 2).then(|| {
        let text = format!(
            "The {} whole numbers of {:?} are taken as classes. If they are amounts, choose task \
             regression.",
            column.unique, column.name
        );
        Message::new("prepare.numbers_as_classes", text)
            .with("column", column.name.as_str())
            .with("classes", column.unique)
    })
}

fn parquet(table: &Table) -> Result<Bytes, Failure> {
    let mut bytes = Vec::new();
    tables::write_parquet(table, &mut bytes)?;
    Ok(bytes.into())
}

#[cfg(test)]
mod tests;
