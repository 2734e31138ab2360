//! Fits algorithms on real tables and prints scores and times.
//!
//! `cargo run --release -p ml --example measure -- FOLDER [TABLE] [ALGORITHM] [PARAMS]`
//! reads `adult.csv`, `california-housing.csv` and `penguins.csv` from the folder. A fifth of the
//! rows is held out, and a tenth of the rest ends iterative fits. `PARAMS` are JSON, or the number
//! of a configuration of the portfolio.

use domain::profile::ColumnKind;
use domain::study::Params;
use domain::task::Task;
use ml::artefact::{Member, ModelFile, Predictor};
use ml::fit::{FitContext, FitData, Flow, fit};
use ml::metrics::{bootstrap_interval, score};
use ml::model::FittedModel;
use ml::recipe::{Recipe, RecipeSpec, Schema, SchemaColumn, View};
use ml::registry::{Algorithm, algorithms};
use ml::split::holdout;
use ml::table::{Column, Table};
use ml::values::{is_missing_word, parse_number};
use serde_json::{Map, Value};
use std::error::Error;
use std::time::Instant;

const TABLES: [(&str, &str, Task); 3] = [
    ("adult", "income", Task::Binary),
    ("california-housing", "median_house_value", Task::Regression),
    ("penguins", "species", Task::Multiclass),
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("which folder?")?;
    let (only, which) = (arguments.next(), arguments.next());
    let params = arguments.next().unwrap_or_else(|| "0".to_owned());
    for (name, target, task) in TABLES {
        if only
            .as_ref()
            .is_none_or(|only| only == "all" || only == name)
        {
            measure(
                &format!("{folder}/{name}.csv"),
                target,
                task,
                &which,
                &params,
            )?;
        }
    }
    Ok(())
}

fn measure(
    path: &str,
    target: &str,
    task: Task,
    which: &Option<String>,
    wanted: &str,
) -> Result<(), Box<dyn Error>> {
    let (table, schema) = read(path, target)?;
    let classes = match (task, table.column(target)) {
        (Task::Regression, _) => Vec::new(),
        (_, Some(Column::Words { levels, .. })) => {
            let mut levels = levels.clone();
            levels.sort();
            levels
        }
        _ => return Err("the target has no classes".into()),
    };
    let spec = RecipeSpec {
        schema,
        target: target.to_owned(),
        task,
        classes,
        seed: 1,
    };
    let whole = Recipe::fit(&table, &spec)?;
    let y = whole.target(&table)?;
    let (train, test) = holdout(Some(&y), table.rows(), 0.2, 1);
    let (fit_rows, valid_rows) = holdout(Some(&y.take(&train)), train.len(), 0.1, 1);
    let pick = |rows: &[u32]| rows.iter().map(|&r| train[r as usize]).collect::<Vec<_>>();
    let rows = [pick(&fit_rows), pick(&valid_rows), test].map(|rows| table.take(&rows));
    let recipe = Recipe::fit(&rows[0], &spec)?;
    let [y, valid_y, test_y] = [0, 1, 2].map(|i| recipe.target(&rows[i]));
    let (y, valid_y, test_y) = (y?, valid_y?, test_y?);
    let facts = recipe.facts(&recipe.features(&rows[0], View::Trees));
    println!("{path}: {facts:?}");
    let metric = task.default_metric();
    for algorithm in algorithms() {
        let asked = which.as_ref().is_none_or(|which| which == algorithm.name);
        if !asked || !algorithm.tasks.contains(&task) {
            continue;
        }
        let [x, valid_x, test_x] = [0, 1, 2].map(|i| recipe.features(&rows[i], algorithm.view));
        let portfolio = (algorithm.portfolio)(&facts);
        let params: Params = match wanted.parse::<usize>() {
            Ok(number) => portfolio.get(number).unwrap_or(&portfolio[0]).clone(),
            Err(_) => serde_json::from_str(wanted)?,
        };
        let mut on_round = |_| Flow::Continue;
        let mut context = FitContext::new(1, metric, &mut on_round);
        let data = FitData {
            valid: Some((&valid_x, &valid_y)),
            ..FitData::new(&x, &y)
        };
        let started = Instant::now();
        let fitted = fit(algorithm.name, &data, &params, &mut context)?;
        let fit_seconds = started.elapsed().as_secs_f64();
        let started = Instant::now();
        let predictions = fitted.model.predict(&test_x);
        let micros = started.elapsed().as_secs_f64() * 1e6 / test_x.rows() as f64;
        let value = score(metric, &test_y, &predictions, 1)?;
        let units = ml::metrics::Units::new(test_y.len(), None);
        let interval = bootstrap_interval(metric, &test_y, &predictions, 1, &units, 200, 1);
        let (low, high) = interval.unwrap_or((f64::NAN, f64::NAN));
        let work = fitted.visits as f64 / 1e6;
        let counted = fitted.model.row_nanoseconds() / 1e3;
        let (bytes, one) = serve(&recipe, &rows[2], algorithm, task, fitted.model.clone())?;
        println!(
            "  {:<18} {metric} {value:.5} [{low:.5}, {high:.5}]  fit {fit_seconds:.2} s, \
             {work:.1} units, {} rounds, {:?}, predict {micros:.1} us a row \
             ({counted:.1} counted), \
             a record {one:.1} us, {bytes} bytes",
            algorithm.name, fitted.rounds, fitted.stopped
        );
    }
    Ok(())
}

/// Size of the artefact, and microseconds for one JSON record.
fn serve(
    recipe: &Recipe,
    test: &Table,
    algorithm: &Algorithm,
    task: Task,
    model: FittedModel,
) -> Result<(usize, f64), Box<dyn Error>> {
    let file = ModelFile {
        recipe: recipe.clone(),
        task,
        target: recipe.target_name().to_owned(),
        classes: recipe.classes().to_vec(),
        positive: (task == Task::Binary).then_some(1),
        members: vec![Member {
            weight: 1.0,
            algorithm: algorithm.name.to_owned(),
            params: Params::default(),
            view: algorithm.view,
            folds: vec![model],
        }],
        stack: None,
        metrics: Default::default(),
        provenance: Default::default(),
    };
    let bytes = file.to_bytes();
    let predictor = Predictor::new(ModelFile::from_bytes(&bytes)?);
    let cell = |column: &Column, row: usize| match column {
        Column::Numeric(values) => Value::from(values[row]),
        words => words.word(row).map_or(Value::Null, Value::from),
    };
    let record = |row: usize| {
        let cells = test.names.iter().zip(&test.columns);
        let known = cells.filter(|(name, _)| recipe.columns().any(|c| c.name == **name));
        known
            .map(|(name, column)| (name.clone(), cell(column, row)))
            .collect()
    };
    let rows = test.rows().min(500);
    let records: Vec<Map<String, Value>> = (0..rows).map(record).collect();
    let started = Instant::now();
    for record in &records {
        predictor.predict_records(std::slice::from_ref(record))?;
    }
    Ok((
        bytes.len(),
        started.elapsed().as_secs_f64() * 1e6 / rows as f64,
    ))
}

/// A column is numeric if every cell that says something is a number.
fn read(path: &str, target: &str) -> Result<(Table, Schema), Box<dyn Error>> {
    let mut reader = csv::Reader::from_path(path)?;
    let names: Vec<String> = reader.headers()?.iter().map(str::to_owned).collect();
    let mut cells = vec![Vec::new(); names.len()];
    for record in reader.records() {
        for (column, cell) in cells.iter_mut().zip(&record?) {
            column.push(cell.trim().to_owned());
        }
    }
    let mut schema = Schema::default();
    let mut columns = Vec::new();
    for (name, cells) in names.iter().zip(cells) {
        let said = |cell: &str| !is_missing_word(cell);
        let numeric = cells
            .iter()
            .all(|c| !said(c) || parse_number(c, false).is_some());
        let column = if numeric {
            let number = |c: &String| parse_number(c, false).unwrap_or(f64::NAN);
            Column::Numeric(cells.iter().map(number).collect())
        } else {
            Column::words(cells.iter().map(|c| if said(c) { c.as_str() } else { "" }))
        };
        columns.push(column);
        if name != target && name != "rownames" {
            let kind = match numeric {
                true => ColumnKind::Numeric,
                false => ColumnKind::Categorical,
            };
            schema.columns.push(SchemaColumn::new(name.clone(), kind));
        }
    }
    Ok((Table::new(names, columns)?, schema))
}
