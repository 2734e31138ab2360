//! The fitted form, and the kernels between rows.

use crate::algorithms::linear::Linear;
use crate::features::Features;
use crate::model::{Model, ModelError};
use serde::{Deserialize, Serialize};

/// How alike two rows are, by their distance: 1 at none, then falling. It holds `gamma`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Kernel {
    /// exp(−γ ‖a − b‖²).
    Rbf(f64),
    /// exp(−γ ‖a − b‖₁).
    Laplacian(f64),
}

/// A linear model of how alike a row is to each training row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KernelSums {
    /// How alike two rows are.
    pub kernel: Kernel,
    /// Columns of a row.
    pub columns: u32,
    /// The training rows' values, column after column.
    pub points: Vec<f32>,
    /// The model of the kernels: one coefficient a training row.
    pub sums: Linear,
}

/// The kernels of one row after the other with the same points.
pub(super) struct Kernels<'p> {
    kernel: Kernel,
    points: &'p [f32],
    distances: Vec<f32>,
    values: Vec<f64>,
}

impl<'p> Kernels<'p> {
    /// `points` holds `rows` values of each column, column after column.
    pub fn new(kernel: Kernel, points: &'p [f32], rows: usize) -> Self {
        Self {
            kernel,
            points,
            distances: vec![0.0; rows],
            values: vec![0.0; rows],
        }
    }

    /// The kernel of `row` with each point from the one numbered `first` on.
    pub fn of(&mut self, row: &[f32], first: usize) -> &[f64] {
        let count = self.distances.len();
        let distances = &mut self.distances[first..];
        distances.fill(0.0);
        for (column, value) in self.points.chunks_exact(count).zip(row) {
            let pairs = distances.iter_mut().zip(&column[first..]);
            match self.kernel {
                Kernel::Rbf(_) => pairs.for_each(|(distance, point)| {
                    let difference = point - value;
                    *distance += difference * difference;
                }),
                Kernel::Laplacian(_) => {
                    pairs.for_each(|(distance, point)| *distance += (point - value).abs());
                }
            }
        }
        let (Kernel::Rbf(gamma) | Kernel::Laplacian(gamma)) = self.kernel;
        let values = &mut self.values[first..];
        for (value, distance) in values.iter_mut().zip(distances) {
            *value = (-gamma * f64::from(*distance)).exp();
        }
        values
    }
}

impl KernelSums {
    fn rows(&self) -> usize {
        self.points.len() / self.columns.max(1) as usize
    }
}

impl Model for KernelSums {
    fn outputs(&self) -> usize {
        self.sums.outputs()
    }

    fn columns(&self) -> Option<usize> {
        Some(self.columns as usize)
    }

    fn predict_into(&self, features: &Features, out: &mut [f64]) {
        let mut kernels = Kernels::new(self.kernel, &self.points, self.rows());
        let mut row = vec![0.0; self.columns as usize];
        for (index, out) in out.chunks_exact_mut(self.outputs()).enumerate() {
            for (cell, column) in row.iter_mut().zip(&features.columns) {
                *cell = column[index] as f32;
            }
            self.sums.answer(kernels.of(&row, 0), out);
        }
    }

    fn row_nanoseconds(&self) -> f64 {
        let sums = self.sums.coefficients.len() as f64;
        0.3 * self.points.len() as f64 + 5.0 * self.rows() as f64 + sums
    }

    fn validate(&self) -> Result<(), ModelError> {
        let rows = self.rows();
        let cells = rows.checked_mul(self.columns as usize);
        let whole = rows > 0 && cells == Some(self.points.len());
        ModelError::unless(whole, "rows cut short")?;
        let finite = self.points.iter().all(|v| v.is_finite());
        ModelError::unless(finite, "a row that is nowhere")?;
        let (Kernel::Rbf(gamma) | Kernel::Laplacian(gamma)) = self.kernel;
        ModelError::unless(gamma.is_finite() && gamma > 0.0, "a kernel that grows")?;
        self.sums.validate()?;
        let each = self.sums.columns() == Some(rows);
        ModelError::unless(each, "another number of rows than coefficients")
    }
}
