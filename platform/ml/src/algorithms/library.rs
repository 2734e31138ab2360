//! Help for algorithms whose fit is a library's.

use crate::features::Features;
use crate::fit::FitError;
use ndarray::{Array2, ShapeBuilder};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs a library's fit; a panic in it is an error like any other.
pub(crate) fn guarded<R>(
    algorithm: &'static str,
    fit: impl FnOnce() -> Result<R, FitError>,
) -> Result<R, FitError> {
    catch_unwind(AssertUnwindSafe(fit)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        let reason = text.unwrap_or_else(|| "it panicked".to_owned());
        Err(FitError::library(algorithm, reason))
    })
}

/// The features as a matrix with each column in one piece: libraries walk along columns in
/// coordinate descent and in gradients, and are three times as fast for it.
pub(crate) fn matrix(features: &Features) -> Array2<f64> {
    let shape = (features.rows(), features.cols()).f();
    Array2::from_shape_fn(shape, |(row, column)| features.columns[column][row])
}
