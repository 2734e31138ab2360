//! Datasets and what was found in them.

#![expect(dead_code, reason = "only the schemas are used")]

use crate::dto::names;
use serde_json::Value;
use utoipa::ToSchema;

/// What was detected about a text file.
#[derive(ToSchema)]
pub struct FormatOptions {
    /// The separator of a delimited file.
    #[schema(value_type = Option<String>, required = false)]
    delimiter: Option<char>,
    /// The quote character of a delimited file.
    #[schema(value_type = Option<String>, required = false)]
    quote: Option<char>,
    /// Whether the first row names the columns.
    #[schema(required = false)]
    header: Option<bool>,
    /// The character encoding, for example `UTF-8`.
    encoding: String,
    /// Whether `3,14` is a number.
    decimal_comma: bool,
    /// `gzip` or `zstd`.
    #[schema(required = false)]
    compression: Option<String>,
}

/// What was found in a dataset.
#[derive(ToSchema)]
pub struct Profile {
    /// Data rows.
    rows: u64,
    /// One description a column, in the file's order.
    columns: Vec<ColumnProfile>,
    /// What a person should know about the table as a whole.
    warnings: Vec<names::Message>,
    /// The column that looks most like a target, if one does.
    suggested_target: Option<String>,
    /// The task that goes with it.
    suggested_task: Option<names::Task>,
}

/// What was found in one column. Numbers stand only where the kind has them.
#[derive(ToSchema)]
pub struct ColumnProfile {
    /// The column's name.
    name: String,
    /// What its values are.
    kind: names::ColumnKind,
    /// Rows without a value.
    missing: u64,
    /// Different values among the rest.
    unique: u64,
    /// Smallest value.
    min: Option<f64>,
    /// Largest value.
    max: Option<f64>,
    /// Mean.
    mean: Option<f64>,
    /// Standard deviation (n − 1).
    std: Option<f64>,
    /// Quantiles.
    quantiles: Option<Quantiles>,
    /// The most frequent values, at most 20.
    top: Vec<TopValue>,
    /// How the numbers are spread.
    histogram: Option<Histogram>,
    /// How the values are written.
    #[schema(value_type = Object)]
    parsing: Value,
    /// What a person should know before training.
    warnings: Vec<names::Message>,
}

/// Quantiles of a numeric column.
#[derive(ToSchema)]
pub struct Quantiles {
    p05: f64,
    p25: f64,
    p50: f64,
    p75: f64,
    p95: f64,
}

/// A frequent value and how often it occurs.
#[derive(ToSchema)]
pub struct TopValue {
    /// The value as the file writes it.
    value: String,
    /// Rows with it.
    count: u64,
}

/// Counts of values between edges.
#[derive(ToSchema)]
pub struct Histogram {
    /// One more than there are counts, ascending.
    edges: Vec<f64>,
    /// How many values lie in each bin.
    counts: Vec<u64>,
}
