//! Gradient boosting on the crate `trees`; names and ranges of parameters are LightGBM's.

use super::grown::{Binned, Columns, Encoded, Grown, Watch, error, targets, unit};
use super::target_encoding::{TargetEncoder, Taught};
use crate::features::{FeatureKind, Target};
use crate::fit::{Fit, FitContext, FitData, FitError, Reader};
use crate::model::FittedModel;
use crate::recipe::View;
use crate::registry::{ANY_ROWS, Algorithm, Facts, float, int, when, words};
use domain::study::{ParamValue, Params, Space};
use domain::task::{Metric, Task};
use trees::{BoostParams, Dataset, EarlyStopping, Objective, Threads};

const NAME: &str = "gradient_boosting";

/// Rounds without improvement after which a fit with validation rows ends.
const PATIENCE: usize = 50;

/// The parameter that says what becomes of levels: sets of them that the trees find, or numbers made of
/// the target.
const ENCODING: &str = "categorical_encoding";
const NATIVE: &str = "native";
const TARGET: &str = "target";
/// Classes with which the second is tried, since a column becomes one a class, and cells that it makes
/// at most: a quarter of a gigabyte.
const MOST_ENCODED: usize = 10;
const MOST_CELLS: usize = 1 << 25;

/// The registry's row.
pub const ALGORITHM: Algorithm = Algorithm {
    name: NAME,
    title: "Gradient boosting",
    tasks: Task::ALL,
    view: View::Trees,
    interruptible: true,
    planned: false,
    weights: true,
    space,
    portfolio,
    cost: |rows, columns, outputs, params| {
        let outputs = if outputs > 2 { outputs as u32 } else { 1 };
        let objective = match outputs {
            1 => Objective::Squared,
            classes => Objective::Multiclass { classes },
        };
        // What cannot be read cannot be fitted either, and costs nothing.
        read(params, objective, rows, true).map_or(0, |(p, _)| p.estimate_visits(rows, columns))
    },
    max_rows: None,
    max_cells: None,
    useful_rows: ANY_ROWS,
    most_classes: usize::MAX,
    fit,
};

fn space(facts: &Facts) -> Space {
    let most_leaves = (facts.rows / 10).clamp(8, 255) as i64;
    let mut space = vec![
        float("learning_rate", 0.01, 0.3, true),
        int("num_leaves", 4, most_leaves, true),
        int(
            "min_child_samples",
            1,
            100.min(facts.rows as i64 / 4).max(2),
            true,
        ),
        float("feature_fraction", 0.3, 1.0, false),
        float("bagging_fraction", 0.5, 1.0, false),
        float("lambda_l1", 1e-8, 10.0, true),
        float("lambda_l2", 1e-8, 30.0, true),
        float("min_split_gain", 1e-8, 1.0, true),
        words("thresholds", &["best", "random"]),
    ];
    let native = [
        float("cat_smooth", 1.0, 100.0, true),
        float("cat_l2", 0.1, 100.0, true),
    ];
    if encodable(facts) {
        space.push(words(ENCODING, &[NATIVE, TARGET]));
        space.extend(native.map(|dimension| when(dimension, ENCODING, NATIVE)));
        space.push(when(float("smooth", 0.5, 50.0, true), ENCODING, TARGET));
    } else if facts.categorical > 0 {
        space.extend(native);
    }
    Space(space)
}

/// The default, then configurations that differ from it in what matters most, each strong where
/// the others are weak.
fn portfolio(facts: &Facts) -> Vec<Params> {
    let float = ParamValue::Float;
    let int = ParamValue::Int;
    let text = |text: &str| ParamValue::Text(text.to_owned());
    let leaves = |leaves: i64| int(leaves.min((facts.rows as i64 / 10).max(4)));
    let encoded = Params::default().with(ENCODING, text(TARGET));
    let mut list = vec![
        Params::default(),
        Params::default()
            .with("thresholds", text("random"))
            .with("learning_rate", float(0.1)),
        Params::default()
            .with("learning_rate", float(0.03))
            .with("num_leaves", leaves(127))
            .with("feature_fraction", float(0.6))
            .with("min_child_samples", int(10)),
        Params::default()
            .with("learning_rate", float(0.1))
            .with("num_leaves", leaves(8))
            .with("lambda_l2", float(5.0)),
        Params::default()
            .with("feature_fraction", float(0.4))
            .with("bagging_fraction", float(0.7))
            .with("num_leaves", leaves(63))
            .with("min_child_samples", int(40))
            .with("lambda_l2", float(10.0)),
    ];
    if encodable(facts) {
        list.insert(1, encoded);
    }
    list
}

/// Whether there are levels to encode, and so few classes that the columns do not become too many.
fn encodable(facts: &Facts) -> bool {
    let width = if facts.classes > 2 { facts.classes } else { 1 };
    let cells = facts.rows.saturating_mul(facts.categorical * width);
    facts.categorical > 0 && facts.classes <= MOST_ENCODED && cells <= MOST_CELLS
}

/// Parameters under LightGBM's names; `thresholds` = `random` is its `extra_trees`. Without
/// `n_estimators` a fit takes up to 1 000 rounds where validation rows can end it, else 150. Where
/// levels are to be encoded, the second value is how strongly they are smoothed.
fn read(
    params: &Params,
    objective: Objective,
    rows: usize,
    watched: bool,
) -> Result<(BoostParams, Option<f64>), FitError> {
    let mut read = Reader::new(NAME, params);
    let mut boost = BoostParams::new(objective);
    let rounds = if watched { 1000 } else { 150 };
    boost.n_estimators = read.int("n_estimators", rounds, 1..=100_000)?;
    boost.learning_rate = read.float("learning_rate", 0.05, 1e-4..=1.0)?;
    boost.bagging_fraction = read.float("bagging_fraction", 1.0, 0.05..=1.0)?;
    boost.bagging_freq = 1;
    let patience = read.int("patience", PATIENCE, 1..=100_000)?;
    boost.early_stopping = watched.then_some(EarlyStopping {
        patience,
        min_delta: 0.0,
    });
    let tree = &mut boost.tree;
    tree.max_leaves = read.int("num_leaves", 31, 2..=65_536)?;
    let depth = read.int("max_depth", 0, 0..=1000)?;
    tree.max_depth = (depth > 0).then_some(depth);
    // Twenty rows a leaf are too many for a table of a hundred.
    let least = (rows / 50).clamp(3, 20);
    tree.min_child_samples = read.int("min_child_samples", least, 1..=1_000_000)?;
    tree.min_child_weight = read.float("min_child_weight", 1e-3, 0.0..=1e9)?;
    tree.lambda_l1 = read.float("lambda_l1", 0.0, 0.0..=1e9)?;
    tree.lambda_l2 = read.float("lambda_l2", 0.0, 0.0..=1e9)?;
    tree.min_split_gain = read.float("min_split_gain", 0.0, 0.0..=1e9)?;
    tree.feature_fraction = read.float("feature_fraction", 1.0, 0.01..=1.0)?;
    tree.extra_trees = read.choice("thresholds", &["best", "random"])? == "random";
    // LightGBM's own 10, 10 and 100 leave nothing of the levels of a small table.
    let smooth = (rows as f64 / 100.0).clamp(1.0, 10.0);
    boost.categorical.cat_smooth = read.float("cat_smooth", smooth, 0.0..=1e9)?;
    boost.categorical.cat_l2 = read.float("cat_l2", smooth, 0.0..=1e9)?;
    boost.categorical.min_data_per_group = (rows / 50).clamp(5, 100);
    let levels = read.int("max_cat_to_onehot", 4, 1..=256)?;
    boost.categorical.max_cat_to_onehot = levels;
    read.int("max_bin", 255, 2..=255)?;
    let encoding = read.choice(ENCODING, &[NATIVE, TARGET])?;
    let smooth = read.float("smooth", 5.0, 0.0..=1e9)?;
    read.finish()?;
    Ok((boost, (encoding == TARGET).then_some(smooth)))
}

/// The loss that serves the metric.
fn objective(target: &Target, metric: Metric) -> Objective {
    match target {
        Target::Classes { count: 2, .. } => Objective::Binary,
        Target::Classes { count, .. } => Objective::Multiclass {
            classes: *count as u32,
        },
        Target::Values(_) => match metric {
            Metric::Mae | Metric::MedianAe | Metric::Mape => Objective::Absolute,
            _ => Objective::Squared,
        },
    }
}

fn fit(data: &FitData<'_>, params: &Params, context: &mut FitContext<'_>) -> Result<Fit, FitError> {
    let failed = |e| error(NAME, e);
    let (x, y) = data.train;
    let objective = objective(y, context.metric);
    let (mut boost, smooth) = read(params, objective, x.rows(), data.valid.is_some())?;
    let max_bin = params.int("max_bin").map_or(255, |bins| bins as usize);
    let threads = Threads::new(context.threads).map_err(failed)?;
    let unit = unit(y);
    let target = targets(y, unit);
    let levels = |kind: &FeatureKind| matches!(kind, FeatureKind::Categorical { .. });
    let (encoder, columns) = match smooth.filter(|_| x.kinds.iter().any(levels)) {
        None => (None, Columns::from(x)),
        Some(smooth) => {
            let (values, weights) = (&target, data.weights);
            let taught = Taught {
                x,
                y,
                values,
                weights,
                smooth,
            };
            let (encoder, columns) = TargetEncoder::fit_transform(&taught, context.seed);
            (Some(encoder), columns)
        }
    };
    let watched = data.valid.map(|(x, _)| match &encoder {
        None => Columns::from(x),
        Some(encoder) => encoder.transform(x),
    });
    let binned = Binned::new(&columns, watched.as_ref(), max_bin, &threads).map_err(failed)?;
    drop((columns, watched));
    let mut train = Dataset::new(&binned.train, &target).map_err(failed)?;
    if let Some(weights) = data.weights {
        train = train.with_weights(weights).map_err(failed)?;
    }
    let valid_target = data
        .valid
        .map(|(_, y)| targets(y, unit))
        .unwrap_or_default();
    let valid = match &binned.valid {
        Some(matrix) => Some(Dataset::new(matrix, &valid_target).map_err(failed)?),
        None => None,
    };
    let seed = context.seed;
    let mut watch = Watch::new(context, boost.n_estimators);
    let inner = trees::FitContext {
        parts: data.parts.filter(|_| valid.is_some()),
        ..trees::FitContext::new(seed, &threads, &mut watch)
    };
    let mut fitted = trees::boost(&train, valid.as_ref(), &boost, inner).map_err(failed)?;
    let watched = fitted.crossed.take();
    let done = fitted.checkpoint().n_rounds();
    let stopped = watch.ended(fitted.outcome, done)?;
    boost.n_estimators = done;
    let rounds = fitted.best_rounds();
    let grown = Grown {
        ensemble: fitted.into_model(),
        outputs: y.outputs() as u32,
        unit,
    };
    let watched = watched.map(|answers| grown.predictions(&answers));
    Ok(Fit {
        model: match encoder {
            None => FittedModel::Trees(grown),
            Some(encoder) => FittedModel::Encoded(Encoded { encoder, grown }),
        },
        rounds: rounds as u32,
        // Columns are counted as they come, encoded or not: so does the cost by which a fit is planned.
        visits: boost.estimate_visits(x.rows(), x.cols()),
        stopped,
        watched,
    })
}
