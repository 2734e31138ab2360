//! Fits and predicts what a job says and tells how long that took: our side of `bench/trees.py`,
//! which gives LightGBM and scikit-learn the same job.
//!
//! `cargo run --release -p trees --example peer -- JOB`, where the file `JOB` is JSON as [`Job`]
//! says. Reading the files is not timed, cutting columns into bins is a part of fitting.

use std::hint::black_box;
use std::path::PathBuf;
use std::time::Instant;

use serde::Deserialize;
use trees::*;

#[derive(Deserialize)]
struct Job {
    /// Little-endian `f64`, NaN where missing: of the rows to learn from column by column and then
    /// the target, the same of the rows to predict.
    data: PathBuf,
    /// Where the predictions go, row by row in the same form.
    answers: PathBuf,
    /// Rows to learn from, and rows to predict.
    rows: [usize; 2],
    /// Per column the number of its levels, 0 where it is numeric.
    levels: Vec<u32>,
    threads: usize,
    /// How often fits and predictions of all rows are timed.
    runs: usize,
    /// How many single predictions are timed.
    row_calls: usize,
    binning: BinningParams,
    model: Model,
}

#[derive(Deserialize)]
enum Model {
    Boost(BoostParams),
    Forest(ForestParams),
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("usage: peer JOB")?;
    if path == "--version" {
        println!("trees {}", env!("CARGO_PKG_VERSION"));
        return Ok(());
    }
    let job: Job = serde_json::from_slice(&std::fs::read(path)?)?;
    let bytes = std::fs::read(&job.data)?;
    let values: Vec<f64> = bytes
        .as_chunks()
        .0
        .iter()
        .map(|bytes| f64::from_le_bytes(*bytes))
        .collect();
    let (learn, others) = values.split_at(job.rows[0] * (job.levels.len() + 1));
    let (table, target) = job.table(learn, job.rows[0])?;
    let (others, _) = job.table(others, job.rows[1])?;
    let threads = Threads::new(job.threads)?;

    let (fit_s, model) = timed(job.runs, || job.fit(&table, target, &threads))?;
    let mut answers = vec![0.0; others.rows() * model.n_outputs()];
    let (batch_s, ()) = timed(job.runs, || {
        model.predict_into(&others, &threads, &mut answers)
    })?;
    let row_s = one_by_one(job.row_calls, &others, &model)?;

    let answers: Vec<u8> = answers.iter().flat_map(|p| p.to_le_bytes()).collect();
    std::fs::write(&job.answers, answers)?;
    let told = serde_json::json!({ "fit_s": fit_s, "batch_s": batch_s, "row_s": row_s });
    println!("{told}");
    Ok(())
}

impl Job {
    /// A part of the data as columns and a target.
    fn table<'v>(&self, part: &'v [f64], rows: usize) -> Result<(Features<'v>, &'v [f64]), Error> {
        let (features, target) = part.split_at(rows * self.levels.len());
        let columns = features.chunks(rows).zip(&self.levels);
        let columns = columns.map(|(values, &levels)| match levels {
            0 => Column::numeric(values),
            levels => Column::categorical(values, levels),
        });
        Ok((Features::new(columns.collect())?, target))
    }

    fn fit(
        &self,
        table: &Features,
        target: &[f64],
        threads: &Threads,
    ) -> Result<TreeEnsemble, Error> {
        let matrix = BinnedMatrix::fit(table, &self.binning, threads)?;
        let data = Dataset::new(&matrix, target)?;
        let mut control = ();
        let context = FitContext::new(0, threads, &mut control);
        match &self.model {
            Model::Boost(params) => boost(&data, None, params, context).map(BoostFit::into_model),
            Model::Forest(params) => forest(&data, params, context).map(|fit| fit.model),
        }
    }
}

/// Seconds of each run, and the last result.
fn timed<R>(
    runs: usize,
    mut work: impl FnMut() -> Result<R, Error>,
) -> Result<(Vec<f64>, R), Error> {
    let mut took = Vec::new();
    loop {
        let begun = Instant::now();
        let result = work()?;
        took.push(begun.elapsed().as_secs_f64());
        if took.len() >= runs {
            return Ok((took, result));
        }
    }
}

/// Median seconds of one prediction, after a tenth of the calls to warm up.
fn one_by_one(calls: usize, others: &Features, model: &TreeEnsemble) -> Result<f64, Error> {
    let row = |at: usize| others.columns().iter().map(|c| c.values[at]).collect();
    let rows: Vec<Vec<f64>> = (0..others.rows().min(calls)).map(row).collect();
    let mut out = vec![0.0; model.n_outputs()];
    let mut took = Vec::new();
    for call in 0..calls + calls / 10 {
        let row = black_box(&rows[call % rows.len()]);
        let begun = Instant::now();
        model.predict_row(row, &mut out)?;
        black_box(&out);
        took.push(begun.elapsed());
    }
    let took = &mut took[calls / 10..];
    took.sort_unstable();
    Ok(took[took.len() / 2].as_secs_f64())
}
