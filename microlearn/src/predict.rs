//! `predict`: a file of rows in, a CSV of answers out.

use crate::cli::Predict;
use anyhow::Context;
use domain::profile::ColumnKind;
use ml::artefact::{ModelFile, Predicted, Predictor};
use std::io::Write;
use std::path::Path;
use tables::{Limits, WhenFull};

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
    let absent = kinds
        .iter()
        .filter(|(name, ..)| !raw.names().contains(name))
        .count();
    if absent == kinds.len() {
        anyhow::bail!("the file has none of the columns that the model needs");
    }
    if absent > 0 {
        eprintln!(
            "microlearn: {absent} columns of the model are not in the file; taken as missing"
        );
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
