//! The system of equations behind a fit.

use super::Kernel;
use super::model::Kernels;
use faer::linalg::solvers::Solve;
use faer::{Mat, Side};

/// What solves (K + αI) c = y for several y at once.
pub(super) struct Solved {
    /// One a row, target after target.
    pub coefficients: Vec<f64>,
    /// What each target is above its answer by all other rows, target after target.
    pub residuals: Vec<f64>,
}

impl Solved {
    /// `points` hold the rows, column after column; a target has one number a row. `None` where
    /// the matrix is not positive definite, which rounding can do to it.
    pub fn new(kernel: Kernel, points: &[f32], targets: &[Vec<f64>], alpha: f64) -> Option<Self> {
        let rows = targets.first()?.len();
        let right = Mat::from_fn(rows, targets.len(), |row, target| targets[target][row]);
        let triangle = matrix(kernel, points, rows, alpha).llt(Side::Lower).ok()?;
        let solution = triangle.solve(&right);
        let inverse = faer::linalg::solvers::DenseSolveCore::inverse(&triangle);
        let mut coefficients = Vec::with_capacity(rows * targets.len());
        let mut residuals = Vec::with_capacity(rows * targets.len());
        for target in 0..targets.len() {
            for row in 0..rows {
                coefficients.push(solution[(row, target)]);
                residuals.push(solution[(row, target)] / inverse[(row, row)]);
            }
        }
        Some(Self {
            coefficients,
            residuals,
        })
    }
}

/// The lower triangle of K + αI; the rest of it is not read.
fn matrix(kernel: Kernel, points: &[f32], rows: usize, alpha: f64) -> Mat<f64> {
    let mut kernels = Kernels::new(kernel, points, rows);
    let mut matrix = Mat::zeros(rows, rows);
    let mut row: Vec<f32> = vec![0.0; points.len() / rows];
    for at in 0..rows {
        for (cell, column) in row.iter_mut().zip(points.chunks_exact(rows)) {
            *cell = column[at];
        }
        let column = matrix.col_mut(at);
        let values = kernels.of(&row);
        for (cell, value) in column.iter_mut().zip(values) {
            *cell = *value;
        }
        matrix[(at, at)] += alpha;
    }
    matrix
}
