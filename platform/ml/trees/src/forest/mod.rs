//! Random forests and extra trees on binned columns.
//!
//! Unlike boosting, a forest grows deep trees on few columns per node, so there is nothing to
//! subtract from: nodes build the histograms they need, and trees run in parallel.

mod bootstrap;
mod criterion;
mod grow;
mod order;
mod params;
mod search;

pub use params::{ForestParams, ForestTask, Impurity, MaxFeatures};

use crate::context::{FitContext, Outcome};
use crate::control::Flow;
use crate::dataset::Dataset;
use crate::error::Error;
use crate::gradient::Scale;
use crate::model::{Interner, Origin, TreeEnsemble, to_bins};
use crate::objective::Objective;
use crate::parallel::map_range;
use crate::rng::{self, Stream};
use crate::tree::GrownTree;
use bootstrap::{OutOfBag, draw};
use criterion::{Bagged, Classes, Numbers};

/// A fitted forest.
#[derive(Clone, Debug)]
pub struct ForestFit {
    /// The model; also the checkpoint to continue from.
    pub model: TreeEnsemble,
    /// With `oob`, predictions of each row by the trees that did not see it, `n_outputs` per
    /// row; NaN where every tree saw it.
    pub oob: Option<Vec<f64>>,
    /// Why it ended.
    pub outcome: Outcome,
}

/// Fits a forest. The context's metric is not used.
///
/// A fit that is stopped before its first tree ends returns a model without trees, which predicts
/// the weighted mean or the class shares.
///
/// ```
/// use trees::*;
/// let x: Vec<f64> = (0..200).map(f64::from).collect();
/// let y: Vec<f64> = x.iter().map(|&x| f64::from(x > 120.0)).collect();
/// let table = Features::new(vec![Column::numeric(&x)])?;
/// let threads = Threads::single();
/// let matrix = BinnedMatrix::fit(&table, &BinningParams::default(), &threads)?;
/// let task = ForestTask::Classification { classes: 2, criterion: Impurity::Gini };
/// let mut control = ();
/// let context = FitContext::new(42, &threads, &mut control);
/// let fit = forest(&Dataset::new(&matrix, &y)?, &ForestParams::random_forest(task), context)?;
/// let mut p = [0.0];
/// fit.model.predict_row(&[150.0], &mut p)?;
/// assert!(p[0] > 0.9);
/// # Ok::<(), Error>(())
/// ```
pub fn forest(
    train: &Dataset,
    params: &ForestParams,
    context: FitContext,
) -> Result<ForestFit, Error> {
    params.validate()?;
    let prior = prior(train, params)?;
    let origin = Origin::Forest {
        outputs: params.outputs() as u32,
    };
    let binner = train.matrix.binner();
    let model = match context.resume {
        Some(model) if model.origin() != origin => {
            return Err(Error::Resume("it predicts something else".into()));
        }
        Some(model) if !model.fits(binner) => {
            return Err(Error::Resume("it has other columns".into()));
        }
        Some(model) => model.clone(),
        None => TreeEnsemble::start(origin, prior, binner)?,
    };
    let FitContext {
        seed,
        threads,
        control,
        ..
    } = context;
    threads.run(|threads| {
        let mut session = Session {
            train,
            params,
            seed,
            interner: Interner::of(&model),
            oob: params
                .oob
                .then(|| OutOfBag::new(train.rows(), params.outputs())),
            base: train.weighted_rows(),
            model,
        };
        session.replay()?;
        let mut outcome = Outcome::Completed;
        let mut next = session.model.n_trees();
        'fit: while next < params.n_estimators {
            // Enough trees at a time to keep threads busy, few enough to stop soon.
            let end = (next + if threads == 1 { 1 } else { 2 * threads }).min(params.n_estimators);
            let control_view = &*control;
            let grown = map_range(threads, next..end, |tree| {
                session.grow(tree, &|| control_view.should_stop())
            });
            for (tree, grown) in (next..end).zip(grown) {
                let Some(grown) = grown else {
                    outcome = Outcome::Stopped;
                    break 'fit;
                };
                session.take(grown);
                if control.on_round(tree, None, None) == Flow::Stop {
                    outcome = Outcome::Stopped;
                    break 'fit;
                }
            }
            next = end;
        }
        Ok(ForestFit {
            model: session.model,
            oob: session.oob.map(OutOfBag::finish),
            outcome,
        })
    })
}

/// What the forest predicts before its first tree; refuses impossible targets on the way.
fn prior(train: &Dataset, params: &ForestParams) -> Result<Vec<f64>, Error> {
    let ForestTask::Classification { classes, .. } = params.task else {
        return Ok(vec![train.mean()]);
    };
    Objective::Multiclass { classes }.check(train)?;
    let mut shares = vec![0.0; classes as usize];
    (0..train.rows()).for_each(|row| shares[train.target[row] as usize] += train.weight(row));
    let total: f64 = shares.iter().sum();
    let first = usize::from(classes == 2);
    Ok(shares[first..].iter().map(|share| share / total).collect())
}

struct Session<'s> {
    train: &'s Dataset<'s>,
    params: &'s ForestParams,
    seed: u64,
    model: TreeEnsemble,
    interner: Interner,
    oob: Option<OutOfBag>,
    /// Rows of positive weight; `None` is all.
    base: Option<Vec<u32>>,
}

/// A tree, and with `oob` the rows it did not see with the leaves they end in.
struct Grown {
    tree: GrownTree,
    unseen: Vec<(u32, u32)>,
}

impl Session<'_> {
    fn grow(&self, number: usize, should_stop: &(dyn Fn() -> bool + Sync)) -> Option<Grown> {
        let mut rng = rng::generator(self.seed, Stream::Forest, number as u64, 0);
        let (train, params) = (self.train, self.params);
        let times = draw(&mut rng, params, self.base.as_deref(), train.rows());
        let rows: Vec<u32> = (0..train.rows() as u32)
            .filter(|&r| times[r as usize] > 0)
            .collect();
        let weights: Vec<f64> = (0..train.rows())
            .map(|row| train.weight(row) * f64::from(times[row]))
            .collect();
        let max_weight = weights.iter().copied().fold(0.0, f64::max);
        let bag = |scale| Bagged {
            target: train.target,
            weights: &weights,
            scale,
        };
        let tree = match params.task {
            ForestTask::Classification { classes, criterion } => {
                let criterion = Classes {
                    bag: bag(Scale::fit(rows.len(), 0.0, max_weight)),
                    classes: classes as usize,
                    entropy: criterion == Impurity::Entropy,
                };
                grow::grow(&self.task(&criterion, rows, should_stop), rng)
            }
            ForestTask::Regression => {
                let center = self.model.init()[0];
                let off = |row: usize| weights[row] * (train.target[row] - center).abs();
                let max_off = (0..train.rows()).map(off).fold(0.0, f64::max);
                let criterion = Numbers {
                    bag: bag(Scale::fit(rows.len(), max_off, max_weight)),
                    center,
                };
                grow::grow(&self.task(&criterion, rows, should_stop), rng)
            }
        }?;
        let unseen = self.unseen(&tree, &times);
        Some(Grown { tree, unseen })
    }

    fn task<'t, C: criterion::Criterion>(
        &'t self,
        criterion: &'t C,
        rows: Vec<u32>,
        should_stop: &'t (dyn Fn() -> bool + Sync),
    ) -> grow::ForestTask<'t, C> {
        grow::ForestTask {
            matrix: self.train.matrix,
            params: self.params,
            criterion,
            rows,
            should_stop,
        }
    }

    fn unseen(&self, tree: &GrownTree, times: &[u32]) -> Vec<(u32, u32)> {
        if self.oob.is_none() {
            return Vec::new();
        }
        let rows = (0..times.len()).filter(|&row| times[row] == 0);
        rows.map(|row| (row as u32, tree.leaf_of(self.train.matrix, row)))
            .collect()
    }

    fn take(&mut self, grown: Grown) {
        if let Some(oob) = &mut self.oob {
            oob.add(&grown.tree.values, &grown.unseen);
        }
        let binner = self.train.matrix.binner();
        self.model
            .push(&grown.tree, binner, Some(&mut self.interner));
    }

    /// Out-of-bag predictions of the trees of a continued model.
    fn replay(&mut self) -> Result<(), Error> {
        for number in 0..self.model.n_trees() {
            let tree = to_bins(&self.model, number, self.train.matrix.binner())?;
            let mut rng = rng::generator(self.seed, Stream::Forest, number as u64, 0);
            let times = draw(
                &mut rng,
                self.params,
                self.base.as_deref(),
                self.train.rows(),
            );
            let unseen = self.unseen(&tree, &times);
            if let Some(oob) = &mut self.oob {
                oob.add(&tree.values, &unseen);
            }
        }
        Ok(())
    }
}
