//! `predict`: a file of rows in, a CSV of answers out.

use crate::cli::Predict;
use anyhow::Context;
use domain::profile::ColumnKind;
use ml::artefact::{ModelFile, Predicted, Predictor};
use ml::recipe::Recipe;
use std::collections::HashSet;
use std::io::Write;
use std::path::Path;
use tables::{Limits, WhenFull};

/// Columns that a message names.
const MOST_NAMED: usize = 20;

/// A model file, ready to answer.
pub fn load(path: &Path) -> anyhow::Result<Predictor> {
    let shown = path.display();
    let bytes = std::fs::read(path).with_context(|| format!("{shown} cannot be read"))?;
    let file = ModelFile::from_bytes(&bytes).with_context(|| format!("{shown} cannot be used"))?;
    Ok(Predictor::new(file))
}

pub fn predict(args: &Predict) -> anyhow::Result<()> {
    let predictor = load(&args.model)?;
    let name = args
        .file
        .file_name()
        .map(|name| name.to_string_lossy())
        .unwrap_or_default();
    let sniffed = tables::sniff(&args.file, &name)?;
    let limits = Limits {
        // Every row gets its answer, or none does.
        when_full: WhenFull::Refuse,
        ..Limits::default()
    };
    let raw = tables::read(&args.file, &sniffed, &limits)?;
    let kinds: Vec<(String, ColumnKind, domain::profile::Parsing)> = predictor
        .file()
        .recipe
        .columns()
        .map(|column| (column.name.clone(), column.kind, column.parsing.clone()))
        .collect();
    let recipe = &predictor.file().recipe;
    if let Some(optional) = absent(recipe, raw.names())? {
        eprintln!("microlearn: not in the file, taken as missing: {optional}");
    }
    for message in tables::unparsed(&raw, &kinds) {
        eprintln!("microlearn: {message}");
    }
    let predictions = predictor.predict_table(&tables::typed_by(&raw, &kinds));
    match &args.out {
        Some(path) => {
            let file = std::fs::File::create(path)
                .with_context(|| format!("{} cannot be written", path.display()))?;
            write(&predictor, &predictions, std::io::BufWriter::new(file))
        }
        None => write(&predictor, &predictions, std::io::stdout().lock()),
    }
}

/// The columns of the model that the file lacks, unless it lacks one that it must have.
fn absent(recipe: &Recipe, names: &[String]) -> anyhow::Result<Option<String>> {
    let names: HashSet<&str> = names.iter().map(String::as_str).collect();
    let absent = recipe.columns().map(|column| column.name.as_str());
    let absent: Vec<&str> = absent.filter(|name| !names.contains(name)).collect();
    if absent.len() == recipe.columns().len() {
        let all = named(&absent);
        anyhow::bail!("the file has none of the columns of the model: {all}");
    }
    let needed = absent.iter().filter(|name| recipe.always_present(name));
    let needed: Vec<&str> = needed.copied().collect();
    if !needed.is_empty() {
        let needed = named(&needed);
        anyhow::bail!("the file lacks columns of the model: {needed}; add them, empty if need be");
    }
    Ok(Some(named(&absent)).filter(|_| !absent.is_empty()))
}

fn named(columns: &[&str]) -> String {
    let named: Vec<&str> = columns.iter().take(MOST_NAMED).copied().collect();
    let more = columns.len() - named.len();
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    format!("{}{more}", named.join(", "))
}

/// The column `prediction`, and `p_<class>` for every class.
fn write(
    predictor: &Predictor,
    predictions: &ml::features::Predictions,
    out: impl Write,
) -> anyhow::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    let classes = predictor.classes().iter().map(|class| format!("p_{class}"));
    csv.write_record(std::iter::once("prediction".to_owned()).chain(classes))?;
    for row in 0..predictions.rows() {
        match predictor.answer(predictions.row(row)) {
            Predicted::Value(value) => csv.write_record([value.to_string()])?,
            Predicted::Class {
                label,
                probabilities,
                ..
            } => {
                let shares = probabilities.iter().map(f64::to_string);
                csv.write_record(std::iter::once(label).chain(shares))?;
            }
        }
    }
    csv.flush()?;
    Ok(())
}
