//! Random forests and extra trees on the crate `trees`; parameters have scikit-learn's names.

use super::grown::{Binned, Columns, Grown, Watch, error, targets, unit};
use crate::features::Target;
use crate::fit::{Fit, FitContext, FitData, FitError, Reader};
use crate::model::FittedModel;
use crate::recipe::View;
use crate::registry::{ANY_ROWS, Algorithm, Facts, float, int, words};
use domain::study::{ParamValue, Params, Space};
use domain::task::Task;
use trees::{Dataset, ForestParams, ForestTask, Impurity, MaxFeatures, Threads};

const RANDOM_FOREST: &str = "random_forest";
const EXTRA_TREES: &str = "extra_trees";

/// A visit of a forest takes about as long as so many of boosting: nodes are small, rows lie
/// scattered, and no histogram comes by subtraction.
const VISIT: u64 = 8;

/// The registry's row of random forests.
pub const FOREST: Algorithm = Algorithm {
    name: RANDOM_FOREST,
    title: "Random forest",
    tasks: Task::ALL,
    view: View::Trees,
    interruptible: true,
    planned: false,
    weights: true,
    space,
    portfolio,
    cost: |rows, columns, outputs, params| cost(RANDOM_FOREST, rows, columns, outputs, params),
    max_rows: None,
    max_cells: None,
    useful_rows: ANY_ROWS,
    most_classes: usize::MAX,
    fit: |data, params, context| fit(RANDOM_FOREST, data, params, context),
};

/// The registry's row of extra trees.
pub const EXTRA: Algorithm = Algorithm {
    name: EXTRA_TREES,
    title: "Extra trees",
    tasks: Task::ALL,
    view: View::Trees,
    interruptible: true,
    planned: false,
    weights: true,
    space,
    portfolio,
    cost: |rows, columns, outputs, params| cost(EXTRA_TREES, rows, columns, outputs, params),
    max_rows: None,
    max_cells: None,
    useful_rows: ANY_ROWS,
    most_classes: usize::MAX,
    fit: |data, params, context| fit(EXTRA_TREES, data, params, context),
};

fn space(facts: &Facts) -> Space {
    let mut space = vec![
        float("max_features", 0.1, 1.0, false),
        int(
            "min_samples_leaf",
            1,
            (facts.rows as i64 / 20).clamp(2, 50),
            true,
        ),
    ];
    if facts.classes > 0 {
        space.push(words("criterion", &["gini", "entropy"]));
    }
    Space(space)
}

fn portfolio(facts: &Facts) -> Vec<Params> {
    let leaf = |rows: i64| ParamValue::Int(rows);
    let mut list = vec![
        Params::default(),
        Params::default()
            .with("max_features", ParamValue::Float(0.75))
            .with("min_samples_leaf", leaf(5)),
    ];
    if facts.classes > 0 {
        let entropy = ParamValue::Text("entropy".to_owned());
        list.push(Params::default().with("criterion", entropy));
    }
    list
}

/// Parameters `n_estimators` (100), `max_features` (a share; the root of the number of columns
/// for classes, all or for forests a third for numbers), `min_samples_leaf`, `max_depth` (0 is
/// unlimited), `max_samples` (1), `criterion` (`gini` or `entropy`).
fn read(
    algorithm: &'static str,
    params: &Params,
    task: ForestTask,
    rows: usize,
) -> Result<ForestParams, FitError> {
    let mut read = Reader::new(algorithm, params);
    let mut task = task;
    if let ForestTask::Classification { criterion, .. } = &mut task
        && read.choice("criterion", &["gini", "entropy"])? == "entropy"
    {
        *criterion = Impurity::Entropy;
    }
    let mut forest = match algorithm {
        EXTRA_TREES => ForestParams::extra_trees(task),
        _ => ForestParams::random_forest(task),
    };
    forest.n_estimators = read.int("n_estimators", 100, 1..=10_000)?;
    let share = read.float("max_features", 0.0, 0.0..=1.0)?;
    if share > 0.0 {
        forest.max_features = MaxFeatures::Fraction(share);
    }
    let depth = read.int("max_depth", 0, 0..=1000)?;
    forest.max_depth = (depth > 0).then_some(depth);
    // Leaves of single rows make models of many rows large and no better.
    let least = 1 + (rows / 5000).min(9);
    forest.min_samples_leaf = read.int("min_samples_leaf", least, 1..=1_000_000)?;
    forest.max_samples = read.float("max_samples", 1.0, 0.01..=1.0)?;
    read.finish()?;
    Ok(forest)
}

fn cost(
    algorithm: &'static str,
    rows: usize,
    columns: usize,
    outputs: usize,
    params: &Params,
) -> u64 {
    let target = match outputs {
        1 => Target::Values(Vec::new()),
        count => Target::Classes {
            codes: Vec::new(),
            count,
        },
    };
    read(algorithm, params, task(&target), rows).map_or(0, |p| visits(&p, rows, columns))
}

fn visits(forest: &ForestParams, rows: usize, columns: usize) -> u64 {
    forest.estimate_visits(rows, columns).saturating_mul(VISIT)
}

fn task(target: &Target) -> ForestTask {
    match target {
        Target::Values(_) => ForestTask::Regression,
        Target::Classes { count, .. } => ForestTask::Classification {
            classes: *count as u32,
            criterion: Impurity::Gini,
        },
    }
}

fn fit(
    algorithm: &'static str,
    data: &FitData<'_>,
    params: &Params,
    context: &mut FitContext<'_>,
) -> Result<Fit, FitError> {
    let failed = |e| error(algorithm, e);
    let (x, y) = data.train;
    let mut forest = read(algorithm, params, task(y), x.rows())?;
    let threads = Threads::new(context.threads).map_err(failed)?;
    let binned = Binned::new(&Columns::from(x), None, 255, &threads).map_err(failed)?;
    let unit = unit(y);
    let target = targets(y, unit);
    let mut train = Dataset::new(&binned.train, &target).map_err(failed)?;
    if let Some(weights) = data.weights {
        train = train.with_weights(weights).map_err(failed)?;
    }
    let seed = context.seed;
    let mut watch = Watch::new(context, forest.n_estimators);
    let inner = trees::FitContext::new(seed, &threads, &mut watch);
    let fitted = trees::forest(&train, &forest, inner).map_err(failed)?;
    let rounds = fitted.model.n_trees();
    let stopped = watch.ended(fitted.outcome, rounds)?;
    forest.n_estimators = rounds;
    Ok(Fit {
        model: FittedModel::Trees(Grown {
            ensemble: fitted.model,
            outputs: y.outputs() as u32,
            unit,
        }),
        rounds: rounds as u32,
        visits: visits(&forest, x.rows(), x.cols()),
        stopped,
        watched: None,
    })
}
