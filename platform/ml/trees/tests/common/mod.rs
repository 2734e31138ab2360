//! What the tests share: a small table generator, and one-line fits.
#![allow(dead_code, reason = "each test program uses its own part")]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use trees::*;

/// A table that owns its columns.
#[derive(Clone, Debug)]
pub struct Table {
    pub columns: Vec<Vec<f64>>,
    /// 0 is numeric.
    pub levels: Vec<u32>,
    pub y: Vec<f64>,
    pub weights: Option<Vec<f64>>,
}

impl Table {
    pub fn numeric(columns: Vec<Vec<f64>>, y: Vec<f64>) -> Self {
        let levels = vec![0; columns.len()];
        Self {
            columns,
            levels,
            y,
            weights: None,
        }
    }

    pub fn features(&self) -> Features<'_> {
        let columns = self.columns.iter().zip(&self.levels);
        let columns = columns.map(|(values, &levels)| match levels {
            0 => Column::numeric(values),
            levels => Column::categorical(values, levels),
        });
        Features::new(columns.collect()).unwrap()
    }

    pub fn rows(&self) -> usize {
        self.y.len()
    }

    pub fn row(&self, row: usize) -> Vec<f64> {
        self.columns.iter().map(|c| c[row]).collect()
    }

    /// The rows named, in that order.
    pub fn select(&self, rows: &[usize]) -> Self {
        let pick = |values: &Vec<f64>| rows.iter().map(|&r| values[r]).collect();
        Self {
            columns: self.columns.iter().map(pick).collect(),
            levels: self.levels.clone(),
            y: pick(&self.y),
            weights: self.weights.as_ref().map(pick),
        }
    }

    pub fn matrix(&self) -> BinnedMatrix {
        BinnedMatrix::fit(
            &self.features(),
            &BinningParams::default(),
            &Threads::single(),
        )
        .unwrap()
    }

    pub fn boost(&self, params: &BoostParams, seed: u64, threads: usize) -> TreeEnsemble {
        let matrix = self.matrix();
        let threads = Threads::new(threads).unwrap();
        let mut control = ();
        let context = FitContext::new(seed, &threads, &mut control);
        boost(&self.data(&matrix), None, params, context)
            .unwrap()
            .into_model()
    }

    pub fn forest(&self, params: &ForestParams, seed: u64, threads: usize) -> ForestFit {
        let matrix = self.matrix();
        let threads = Threads::new(threads).unwrap();
        let mut control = ();
        let context = FitContext::new(seed, &threads, &mut control);
        forest(&self.data(&matrix), params, context).unwrap()
    }

    pub fn data<'a>(&'a self, matrix: &'a BinnedMatrix) -> Dataset<'a> {
        let data = Dataset::new(matrix, &self.y).unwrap();
        match &self.weights {
            Some(weights) => data.with_weights(weights).unwrap(),
            None => data,
        }
    }

    pub fn predict(&self, model: &TreeEnsemble) -> Vec<f64> {
        let mut out = vec![0.0; self.rows() * model.n_outputs()];
        model
            .predict_into(&self.features(), &Threads::single(), &mut out)
            .unwrap();
        out
    }
}

/// A small reproducible source of numbers.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn uniform(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.uniform() * n as f64) as usize
    }

    /// Nearly normal.
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

/// Mixed columns with missing values, and a target that suits every objective when rounded.
pub fn mixed(rows: usize, seed: u64) -> Table {
    let mut dice = Dice::new(seed);
    let mut table = Table {
        columns: vec![Vec::new(); 11],
        levels: vec![0, 0, 0, 12, 3, 0, 0, 0, 0, 0, 0],
        y: Vec::new(),
        weights: None,
    };
    for _ in 0..rows {
        let mut row: Vec<f64> = (0..11).map(|_| dice.normal()).collect();
        row[1] = (row[1] * 3.0).round();
        row[3] = dice.below(12) as f64;
        row[4] = dice.below(3) as f64;
        let mut signal = row[0] * (row[4] - 1.0) + (row[3] * 7.0) % 5.0 - 2.0 + 0.3 * row[1];
        if dice.uniform() < 0.15 {
            row[0] = f64::NAN;
            signal += 1.0;
        }
        table
            .columns
            .iter_mut()
            .zip(&row)
            .for_each(|(column, &value)| column.push(value));
        table.y.push(signal + dice.normal() * 0.5);
    }
    table
}

/// The same table with targets for a loss.
pub fn targets(mut table: Table, objective: Objective) -> Table {
    for y in &mut table.y {
        *y = match objective {
            Objective::Binary => f64::from(*y > 0.0),
            Objective::Multiclass { classes } => {
                (*y + 2.0).round().clamp(0.0, f64::from(classes - 1))
            }
            Objective::Poisson | Objective::Tweedie { .. } => y.max(0.0).round(),
            _ => *y,
        };
    }
    table
}

pub const OBJECTIVES: [Objective; 7] = [
    Objective::Binary,
    Objective::Multiclass { classes: 4 },
    Objective::Squared,
    Objective::Absolute,
    Objective::Quantile { alpha: 0.7 },
    Objective::Poisson,
    Objective::Tweedie { power: 1.5 },
];

pub fn rmse(a: &[f64], b: &[f64]) -> f64 {
    (a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>() / a.len() as f64).sqrt()
}

/// Mean negative log-likelihood of `outputs` probabilities per row.
pub fn log_loss(p: &[f64], y: &[f64], outputs: usize) -> f64 {
    let row = |(p, &y): (&[f64], &f64)| match outputs {
        1 => (y * p[0] + (1.0 - y) * (1.0 - p[0])).max(1e-15),
        _ => p[y as usize].max(1e-15),
    };
    -p.chunks(outputs).zip(y).map(row).map(f64::ln).sum::<f64>() / y.len() as f64
}
