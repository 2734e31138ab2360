//! Configurations of one algorithm on one table, each with its loss: what `bench/search.py` answers
//! samplers with that shall be compared on real tables.
//!
//! `cargo run --release -p hyperopt --example replay -- TABLE TARGET TASK ALGORITHM COUNT`
//! draws so many configurations from the algorithm's space by chance, scores each by
//! cross-validation with the metric that the task has by default, and prints
//! `{"space": […], "points": [{"params": {…}, "loss": …}, …]}`. Every column but the target is
//! learned from. Configurations that give no score are left out, and told on standard error.

use std::error::Error;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use domain::profile::ColumnKind;
use domain::study::Params;
use domain::task::{Metric, Task};
use hyperopt::space::draw;
use hyperopt::study::rng;
use ml::features::{Features, Target};
use ml::fit::{FitContext, FitData, Flow, fit};
use ml::metrics::score;
use ml::recipe::{Recipe, RecipeSpec, Schema, View};
use ml::split;
use ml::table::{Column, Table};
use serde_json::{Value, json};

const FOLDS: u32 = 3;
const SEED: u64 = 1;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, target, task, name, count] = arguments.as_slice() else {
        return Err("usage: replay TABLE TARGET TASK ALGORITHM COUNT".into());
    };
    let (task, count): (Task, u64) = (task.parse()?, count.parse()?);
    let algorithm = ml::registry::algorithm(name).ok_or("there is no such algorithm")?;
    let (table, recipe) = read(Path::new(path), target, task)?;
    let facts = recipe.facts(&recipe.features(&table, View::Trees));
    let space = (algorithm.space)(&facts);
    let configurations: Vec<Params> = (0..count)
        .map(|number| draw(&space, &mut rng(SEED, number)))
        .collect();
    let features = recipe.features(&table, algorithm.view);
    let folds = cut(&features, &recipe.target(&table)?);
    let losses = each(&configurations, |params| {
        loss(algorithm.name, params, &folds, task.default_metric())
    });
    let mut points: Vec<Value> = Vec::new();
    for (params, loss) in configurations.iter().zip(losses) {
        match loss {
            Ok(loss) => points.push(json!({ "params": params, "loss": loss })),
            Err(error) => eprintln!("{}: {error}", json!(params)),
        }
    }
    println!("{}", json!({ "space": space, "points": points }));
    Ok(())
}

/// The table as its file is understood when it is uploaded, except that the task says what the
/// target is.
fn read(path: &Path, target: &str, task: Task) -> Result<(Table, Recipe), Box<dyn Error>> {
    let sniffed = tables::sniff(path, &path.to_string_lossy())?;
    let raw = tables::read(path, &sniffed, &tables::Limits::default())?;
    let profile = tables::profile(&raw);
    let columns = profile.columns.iter();
    let kinds: Vec<_> = columns
        .map(|column| {
            let kind = match (column.name == target, task) {
                (false, _) => column.kind,
                (true, Task::Regression) => ColumnKind::Numeric,
                (true, _) => ColumnKind::Categorical,
            };
            (column.name.clone(), kind, column.parsing.clone())
        })
        .collect();
    let table = tables::typed_by(&raw, &kinds);
    let mut classes = match table.column(target) {
        Some(Column::Words { levels, .. }) => levels.clone(),
        _ => Vec::new(),
    };
    classes.sort();
    let mut features = table.names.clone();
    features.retain(|name| name != target);
    let spec = RecipeSpec {
        schema: Schema::from_profile(&profile, &features),
        target: target.to_owned(),
        task,
        classes,
        seed: SEED,
    };
    let recipe = Recipe::fit(&table, &spec)?;
    Ok((table, recipe))
}

/// The rows to learn from, and those of the fold.
struct Fold {
    train: (Features, Target),
    held_out: (Features, Target),
}

fn cut(features: &Features, target: &Target) -> Vec<Fold> {
    let fold_of = split::folds(target, FOLDS, SEED);
    let fold = |fold: u32| {
        let rows = 0..u32::try_from(fold_of.len()).unwrap_or(u32::MAX);
        let (held_out, others): (Vec<u32>, Vec<u32>) =
            rows.partition(|row| fold_of[*row as usize] == fold);
        let of = |rows: &[u32]| (features.take(rows), target.take(rows));
        Fold {
            train: of(&others),
            held_out: of(&held_out),
        }
    };
    (0..FOLDS).map(fold).collect()
}

/// The mean loss over the folds. As in a trial, a fold's rows say when the fit without them ends.
fn loss(name: &str, params: &Params, cuts: &[Fold], metric: Metric) -> Result<f64, String> {
    let mut losses = Vec::new();
    for Fold { train, held_out } in cuts {
        let mut on_round = |_| Flow::Continue;
        let mut context = FitContext::new(SEED, metric, &mut on_round);
        let data = FitData {
            valid: Some((&held_out.0, &held_out.1)),
            ..FitData::new(&train.0, &train.1)
        };
        let fitted = fit(name, &data, params, &mut context).map_err(|error| error.to_string())?;
        let predictions = fitted.model.predict(&held_out.0);
        let value = score(metric, &held_out.1, &predictions, 1);
        losses.push(metric.loss(value.map_err(|error| error.to_string())?));
    }
    folds::mean(&losses).ok_or_else(|| "there are no folds".to_owned())
}

/// What `work` gives for each, in their order; all cores work.
fn each<T: Sync, R: Send>(all: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let some = || {
        let mut done = Vec::new();
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(one) = all.get(place) else {
                return done;
            };
            done.push((place, work(one)));
        }
    };
    let mut done: Vec<(usize, R)> = thread::scope(|scope| {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(some)).collect();
        let join = workers.into_iter().map(thread::ScopedJoinHandle::join);
        join.flat_map(|done| done.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, result)| result).collect()
}
