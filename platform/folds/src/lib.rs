//! A prepared table as the services that learn see it: loaded once, cut into folds, fitted fold
//! by fold.
//!
//! - [`Folds`] holds the features of both views, the target and the fold of each row.
//! - [`FoldsCache`] keeps the last ones, so that two hundred trials load a table once.
//! - [`Folds::fit`] fits one configuration without one fold, and scores it on that fold. Trials
//!   and training call the same function with the same seeds, so a configuration that won a trial
//!   is trained exactly as it was scored.
//! - [`Spare`] says what a budget leaves for more fits, and what these take.
//! - [`Keeping`] writes fitted folds to a file and [`kept()`] reads them: a trial that is whole needs
//!   no training.
//!
//! The folds are a function of the prepared table and the seed; they are never stored.

mod cache;
mod fit;
mod kept;
mod load;
mod spare;
#[cfg(test)]
mod tests;

pub use cache::FoldsCache;
pub use fit::{Allowance, FoldFit, Watch, mean, std};
pub use kept::{FoldOutcome, Keeping, Kept, kept};
pub use load::{Folds, Rows};
pub use spare::Spare;
