//! One study over standard input and output: our side of `bench/search.py`, which gives Optuna the
//! same functions.
//!
//! The first line is `{"seed": …, "space": […]}`. Every answer is a line with the configuration to
//! try and the seconds it took to find; every further line is the loss of the last one. It ends
//! with the input. The study is the one that pipelines have, with one algorithm and a portfolio of
//! one configuration drawn by chance.

use std::io::{BufRead, Write};
use std::time::Instant;

use domain::Message;
use domain::study::{Candidate, Space};
use hyperopt::space::draw;
use hyperopt::study::{Past, Standing, ask, rng};
use serde::Deserialize;

#[derive(Deserialize)]
struct Begin {
    seed: u64,
    space: Space,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    if std::env::args().nth(1).as_deref() == Some("--version") {
        println!("hyperopt {}", env!("CARGO_PKG_VERSION"));
        return Ok(());
    }
    let mut lines = std::io::stdin().lock().lines();
    let first = lines.next().ok_or("usage: a study on standard input")??;
    let Begin { seed, space } = serde_json::from_str(&first)?;
    let candidates = [Candidate {
        algorithm: "function".to_owned(),
        selected: true,
        reason: Message::new("only", "It is the only one."),
        portfolio: vec![draw(&space, &mut rng(seed, u64::MAX))],
        space,
    }];
    let mut past: Vec<Past> = Vec::new();
    let mut out = std::io::stdout().lock();
    loop {
        let begun = Instant::now();
        let Some(asked) = ask(&candidates, &past, seed) else {
            return Ok(());
        };
        let seconds = begun.elapsed().as_secs_f64();
        let answer = serde_json::json!({ "params": &asked.params, "seconds": seconds });
        writeln!(out, "{answer}")?;
        out.flush()?;
        let Some(line) = lines.next() else {
            return Ok(());
        };
        let loss: f64 = line?.trim().parse()?;
        past.push(Past {
            algorithm: asked.algorithm,
            params: asked.params,
            standing: Standing::Scored(loss),
            // One function has no folds, so nothing is pruned.
            fold_losses: Vec::new(),
            curve_end: None,
        });
    }
}
