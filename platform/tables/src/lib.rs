//! From files to typed tables, and back.
//!
//! ```text
//! bytes ── sniff ──▶ Sniffed            how the file is written: compression, encoding, format, …
//!   │                   │
//!   └────── read ───────┴──▶ RawTable   every cell as the file writes it
//!                               │
//!                    profile ◀──┤       what each column is, with evidence and warnings
//!                       │       │
//!                       └─ typed┴──▶ ml::Table ──▶ write_parquet / read_parquet
//! ```
//!
//! Facts that explain the design:
//!
//! * Nothing is guessed silently. A file that is no table is refused with a `dataset.…` code, the
//!   row, the line and what to do; a value that is no number in a column of numbers is counted.
//!   There is one policy for rows of the wrong width: too few or too many values are an error. Only
//!   an empty value after a separator at the end of the line is accepted, because exports write it.
//! * Reading is one streaming pass; what is held is the table, not the file. A [`RawTable`] stores
//!   each different text of a column once, so typing and statistics work on texts, not on cells.
//!   A table beyond [`Limits::max_memory_bytes`] becomes a uniform sample, or is refused, or is
//!   taken part by part with [`read_in_parts`].
//! * The same rows give the same profile and the same typed table in CSV, JSON and Parquet.
//! * polars does Parquet, and is not seen outside this crate.
//!
//! It does no networking, has no state and knows no model: how text becomes a value is decided by
//! [`ml::values`], the same code that reads a request for a prediction.
//!
//! ```
//! use std::io::Write;
//! let mut file = tempfile::NamedTempFile::new()?;
//! file.write_all(b"town;price\nLyon;3,5\nFes;2,25\n")?;
//! let sniffed = tables::sniff(file.path(), "prices.csv")?;
//! let raw = tables::read(file.path(), &sniffed, &tables::Limits::default())?;
//! let profile = tables::profile(&raw);
//! let table = tables::typed(&raw, &profile, &["price".to_owned()]);
//! assert_eq!(table.columns[0], ml::table::Column::Numeric(vec![3.5, 2.25]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod builder;
mod delimited;
mod first;
mod json;
mod limits;
mod parquet;
mod profile;
mod raw;
mod read;
mod refuse;
mod sniff;
mod source;
mod typed;

pub use first::first_rows;
pub use limits::{Limits, WhenFull};
pub use parquet::{read_parquet, write_parquet};
pub use profile::{profile, profile_within};
pub use raw::{RawColumn, RawTable};
pub use read::{read, read_in_parts};
pub use sniff::{Sniffed, sniff};
pub use typed::{typed, typed_by, typed_strictly, unparsed};
