//! Parquet: typed tables written and read back without loss, and foreign files as raw tables.

mod cells;
pub(crate) mod foreign;

use crate::refuse;
use domain::Failure;
use ml::table::{Column, MISSING, Table};
use polars::io::parquet::write::KeyValueMetadata;
use polars::prelude::{
    Column as Series, DataFrame, DataType, Float64Chunked, IntoColumn, NewChunkedArray,
    ParquetReader, ParquetWriter, SerReader, StringChunked,
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::io::{Cursor, Write};

/// The key in the file's metadata under which [`Layout`] stands.
const LAYOUT: &str = "microlearn.table";

/// What Parquet's own schema cannot say: the order of the levels, also of unused ones.
#[derive(Serialize, Deserialize)]
struct Layout {
    version: u32,
    rows: usize,
    /// One a column, in order; `None` for numbers.
    levels: Vec<Option<Vec<String>>>,
}

fn broken(what: impl std::fmt::Display) -> Failure {
    Failure::internal(format!("a stored table is not what was written: {what}"))
}

/// Writes `table` as Parquet that any program can read: numbers as doubles, words as strings,
/// missing values as nulls. Equal tables give equal bytes.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write_parquet(table: &Table, out: impl Write) -> Result<(), Failure> {
    let unwritten = |error: polars::error::PolarsError| {
        Failure::new(
            domain::FailureKind::Unavailable,
            "table.unwritten",
            format!("The prepared table could not be written ({error}). Try again."),
        )
    };
    let mut layout = Layout {
        version: 1,
        rows: table.rows(),
        levels: Vec::new(),
    };
    let mut series: Vec<Series> = Vec::with_capacity(table.columns.len());
    for (name, column) in table.names.iter().zip(&table.columns) {
        let name = name.as_str().into();
        match column {
            Column::Numeric(values) => {
                let cells = values.iter().map(|v| (!v.is_nan()).then_some(*v));
                series.push(Float64Chunked::from_iter_options(name, cells).into_column());
                layout.levels.push(None);
            }
            Column::Words { codes, levels } => {
                let word = |code: &u32| levels.get(*code as usize).map(String::as_str);
                let cells = codes.iter().map(word);
                series.push(StringChunked::from_iter_options(name, cells).into_column());
                layout.levels.push(Some(levels.clone()));
            }
        }
    }
    let mut frame = DataFrame::new(table.rows(), series).map_err(unwritten)?;
    let layout = serde_json::to_string(&layout).map_err(broken)?;
    let metadata = KeyValueMetadata::from_static(vec![(LAYOUT.to_owned(), layout)]);
    ParquetWriter::new(out)
        .with_key_value_metadata(Some(metadata))
        .finish(&mut frame)
        .map_err(unwritten)?;
    Ok(())
}

/// Reads what [`write_parquet`] wrote, levels and their order included.
///
/// # Errors
/// When the bytes are anything else.
pub fn read_parquet(bytes: &[u8]) -> Result<Table, Failure> {
    let mut reader = ParquetReader::new(Cursor::new(bytes)).set_rechunk(true);
    let metadata = reader.get_metadata().map_err(broken)?;
    let pairs = metadata.key_value_metadata.as_deref().unwrap_or_default();
    let layout = pairs.iter().find(|pair| pair.key == LAYOUT);
    let layout = layout.and_then(|pair| pair.value.as_deref());
    let layout = layout.ok_or_else(|| broken("it has no layout"))?;
    let layout: Layout = serde_json::from_str(layout).map_err(broken)?;
    if layout.version != 1 {
        return Err(broken(format!("version {}", layout.version)));
    }
    let frame = reader.finish().map_err(broken)?;
    let mut names = Vec::with_capacity(frame.width());
    let mut columns = Vec::with_capacity(frame.width());
    for (series, levels) in frame.columns().iter().zip(layout.levels) {
        names.push(series.name().to_string());
        columns.push(match levels {
            None => numbers(series)?,
            Some(levels) => words(series, levels)?,
        });
    }
    Table::new(names, columns).map_err(broken)
}

fn numbers(series: &Series) -> Result<Column, Failure> {
    let values = series.f64().map_err(broken)?;
    let values = values.iter().map(|value| value.unwrap_or(f64::NAN));
    Ok(Column::Numeric(values.collect()))
}

fn words(series: &Series, levels: Vec<String>) -> Result<Column, Failure> {
    // A column of missing words only has no type of its own in an empty frame.
    if series.dtype() == &DataType::Null {
        let codes = vec![MISSING; series.len()];
        return Ok(Column::Words { codes, levels });
    }
    let index: HashMap<&str, u32> = levels.iter().map(String::as_str).zip(0..).collect();
    let cells = series.str().map_err(broken)?;
    let code = |word: Option<&str>| match word {
        None => Ok(MISSING),
        Some(word) => index
            .get(word)
            .copied()
            .ok_or_else(|| broken(format!("the word {word:?} is no level"))),
    };
    let codes = cells.iter().map(code).collect::<Result<Vec<u32>, _>>()?;
    Ok(Column::Words { codes, levels })
}

/// The failure that a broken foreign file stands for.
pub(crate) fn refused(error: impl std::fmt::Display) -> Failure {
    let text = error.to_string();
    refuse::not_parquet(text.lines().next().unwrap_or_default())
}
