//! Gradient boosting (Friedman 2001) with second-order leaf values (Chen & Guestrin 2016).

mod bag;
mod crossed;
mod renew;
mod session;
mod watch;

use crate::binning::FeatureBins;
use crate::context::{FitContext, Outcome};
use crate::dataset::Dataset;
use crate::error::{Error, ParamError};
use crate::grow::pays_threads;
use crate::model::{Origin, TreeEnsemble};
use crate::parallel::Threads;
use crate::params::BoostParams;
use session::Session;

pub use crossed::CrossedRounds;

/// The scores of one round, as far as they were computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RoundScore {
    /// Training loss.
    pub train: Option<f64>,
    /// Validation score.
    pub valid: Option<f64>,
}

/// A fitted booster.
#[derive(Clone, Debug)]
pub struct BoostFit {
    checkpoint: TreeEnsemble,
    best_rounds: usize,
    /// Scores by round, those of a continued model included.
    pub history: Vec<RoundScore>,
    /// Why it ended.
    pub outcome: Outcome,
    /// Predictions of the validation rows, `n_outputs` per row, each at the round that is best for the
    /// other parts; where parts were given and rounds are chosen at all.
    pub crossed: Option<Vec<f64>>,
}

impl BoostFit {
    /// The model with all its rounds, to be continued later.
    pub fn checkpoint(&self) -> &TreeEnsemble {
        &self.checkpoint
    }

    /// Rounds of the best validation score with early stopping, else all rounds.
    pub fn best_rounds(&self) -> usize {
        self.best_rounds
    }

    /// The model to use: cut to its best rounds.
    pub fn into_model(mut self) -> TreeEnsemble {
        self.checkpoint.truncate(self.best_rounds);
        self.checkpoint
    }
}

/// Fits a booster.
///
/// The validation set must be binned by the training matrix' binner. A fit that is stopped before
/// its first round ends returns a model without trees, which predicts the best constant.
///
/// ```
/// use trees::*;
/// let x: Vec<f64> = (0..200).map(f64::from).collect();
/// let y: Vec<f64> = x.iter().map(|&x| f64::from(x > 120.0)).collect();
/// let table = Features::new(vec![Column::numeric(&x)])?;
/// let threads = Threads::single();
/// let matrix = BinnedMatrix::fit(&table, &BinningParams::default(), &threads)?;
/// let params = BoostParams::new(Objective::Binary);
/// let mut control = ();
/// let context = FitContext::new(42, &threads, &mut control);
/// let model = boost(&Dataset::new(&matrix, &y)?, None, &params, context)?.into_model();
/// let mut p = [0.0];
/// model.predict_row(&[150.0], &mut p)?;
/// assert!(p[0] > 0.9);
/// # Ok::<(), Error>(())
/// ```
pub fn boost(
    train: &Dataset,
    valid: Option<&Dataset>,
    params: &BoostParams,
    context: FitContext,
) -> Result<BoostFit, Error> {
    params.validate()?;
    params.objective.check(train)?;
    let constraints = params.tree.monotone_constraints.len();
    if constraints > 0 {
        let columns = train.matrix.columns();
        Error::same_length("monotone_constraints", columns, constraints)?;
        let signs = params.tree.monotone_constraints.iter();
        let mut pairs = signs.zip(train.matrix.binner().features());
        let ordered =
            pairs.all(|(sign, bins)| *sign == 0 || matches!(bins, FeatureBins::Numeric { .. }));
        let allowed = "0 for a categorical column, whose levels have no order";
        ParamError::unless(ordered, "monotone_constraints", "a direction", allowed)?;
    }
    if let Some(valid) = valid {
        params.objective.check(valid)?;
        if valid.matrix.binner() != train.matrix.binner() {
            return Err(Error::OtherBinner);
        }
    } else if params.early_stopping.is_some() {
        return Err(ParamError {
            field: "early_stopping",
            value: "set".into(),
            allowed: "unset without a validation set",
        }
        .into());
    }
    let FitContext {
        seed,
        threads,
        control,
        metric,
        resume,
        parts,
    } = context;
    if let Some(parts) = parts {
        let rows = valid.map_or(0, Dataset::rows);
        Error::same_length("the parts of the validation rows", rows, parts.len())?;
    }
    let alone = Threads::single();
    let threads = match pays_threads(train.matrix) {
        true => threads,
        false => &alone,
    };
    threads.run(|threads| {
        let model = start(train, params, resume)?;
        let mut session = Session::new(train, (valid, parts), params, model, metric, seed, threads);
        let replayed = session.replay()?;
        session.rounds(replayed, control)
    })
}

/// The model to begin with: the checkpoint, or the best constant.
fn start(
    train: &Dataset,
    params: &BoostParams,
    resume: Option<&TreeEnsemble>,
) -> Result<TreeEnsemble, Error> {
    let objective = params.objective;
    let binner = train.matrix.binner();
    match resume {
        Some(model) if model.origin() != (Origin::Boosted { objective }) => {
            Err(Error::Resume("it has another objective".into()))
        }
        Some(model) if !model.fits(binner) => Err(Error::Resume("it has other columns".into())),
        Some(model) => Ok(model.clone()),
        None => {
            let init = match params.boost_from_average || train.is_constant() {
                true => objective.init(train),
                false => vec![0.0; objective.n_outputs()],
            };
            TreeEnsemble::start(Origin::Boosted { objective }, init, binner)
        }
    }
}
