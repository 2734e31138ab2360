//! The system of equations behind a fit.

use super::Kernel;
use super::model::Kernels;
use faer::linalg::solvers::Solve;
use faer::linalg::triangular_inverse::invert_lower_triangular;
use faer::{Mat, Par, Side};
use std::collections::BTreeMap;

/// Rows of which those with equal values are one point.
pub(super) struct Points {
    /// Values of the points, column after column.
    pub values: Vec<f32>,
    /// The point of each row.
    pub of_row: Vec<usize>,
    /// How many rows each point is.
    pub rows: Vec<f64>,
}

impl Points {
    /// `values` hold `rows` rows, column after column; points stand in the order of their first rows.
    pub fn of(values: &[f32], rows: usize) -> Self {
        let bits = |row: usize| -> Vec<u32> {
            let columns = values.chunks_exact(rows);
            // Zero has two signs.
            columns
                .map(|column| (column[row] + 0.0).to_bits())
                .collect()
        };
        let mut known = BTreeMap::new();
        let mut first = Vec::new();
        let mut counts = Vec::new();
        let mut of_row = Vec::with_capacity(rows);
        for row in 0..rows {
            let point = *known.entry(bits(row)).or_insert_with(|| {
                first.push(row);
                counts.push(0.0);
                first.len() - 1
            });
            counts[point] += 1.0;
            of_row.push(point);
        }
        let columns = values.chunks_exact(rows);
        let values = columns.flat_map(|column| first.iter().map(|row| column[*row]));
        Self {
            values: values.collect(),
            of_row,
            rows: counts,
        }
    }

    /// The mean over each point's rows.
    pub fn means(&self, of_rows: &[f64]) -> Vec<f64> {
        let mut means = vec![0.0; self.rows.len()];
        for (point, value) in self.of_row.iter().zip(of_rows) {
            means[*point] += value / self.rows[*point];
        }
        means
    }
}

/// The triangle L of K + α/m I = L Lᵀ, where m are the rows of a point: a point that is m rows with
/// the mean of their targets is solved as these rows are.
pub(super) struct Solver(faer::linalg::solvers::Llt<f64>);

impl Solver {
    /// `None` where the matrix is not positive definite, which rounding can do to it.
    pub fn new(kernel: Kernel, points: &Points, alpha: f64) -> Option<Self> {
        let matrix = matrix(kernel, points, alpha);
        matrix.llt(Side::Lower).ok().map(Self)
    }

    /// The coefficients for several targets of the points, target after target.
    pub fn coefficients(&self, targets: &[Vec<f64>]) -> Vec<f64> {
        let rows = targets.first().map_or(0, Vec::len);
        let right = Mat::from_fn(rows, targets.len(), |row, target| targets[target][row]);
        let solution = self.0.solve(&right);
        let columns = (0..targets.len()).flat_map(|target| (0..rows).map(move |row| (row, target)));
        columns.map(|at| solution[at]).collect()
    }

    /// The diagonal of the inverse. A coefficient divided by it is what a point's target is above the
    /// answer of all other points.
    pub fn inverse_diagonal(&self) -> Vec<f64> {
        let triangle = self.0.L();
        let mut inverse = Mat::zeros(triangle.nrows(), triangle.ncols());
        invert_lower_triangular(inverse.as_mut(), triangle, Par::Seq);
        let squares = |column: usize| {
            let values = inverse.col(column).iter().skip(column);
            values.map(|value| value * value).sum()
        };
        (0..triangle.ncols()).map(squares).collect()
    }
}

/// The lower triangle; the rest is not read.
fn matrix(kernel: Kernel, points: &Points, alpha: f64) -> Mat<f64> {
    let count = points.rows.len();
    let mut kernels = Kernels::new(kernel, &points.values, count);
    let mut matrix = Mat::zeros(count, count);
    let mut row: Vec<f32> = vec![0.0; points.values.len() / count];
    for at in 0..count {
        for (cell, column) in row.iter_mut().zip(points.values.chunks_exact(count)) {
            *cell = column[at];
        }
        let values = kernels.of(&row, at);
        let below = matrix.col_mut(at).iter_mut().skip(at);
        below.zip(values).for_each(|(cell, value)| *cell = *value);
        matrix[(at, at)] += alpha / points.rows[at];
    }
    matrix
}
