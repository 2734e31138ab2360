//! Reads Parquet files of other programs, one column of one row group at a time.
//!
//! The layer below polars' data frames is used, because it reads every type of the format without
//! a cargo feature for each, and because memory then stays near one column of one row group.

use super::{cells, refused};
use crate::builder::{Builder, unique_names};
use crate::limits::Limits;
use crate::refuse;
use domain::Failure;
use polars::io::parquet::read::_internal::to_deserializer;
use polars_arrow::array::Array;
use polars_arrow::datatypes::Field;
use polars_buffer::Buffer;
use polars_parquet::read::{FileMetadata, Filter, RowGroupMetadata, infer_schema, read_metadata};
use std::io::{Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Cells that are decoded at once, should a writer have put all rows in one group: equal values
/// take next to nothing in the file, and each its own text here.
const CELLS: usize = 1 << 22;
/// The part of the allowed memory that decoded cells may take beside the table.
const SHARE: u64 = 4;

/// Fills `builder` from a Parquet file.
pub(crate) fn read(mut file: impl Read + Seek, builder: &mut Builder<'_>) -> Result<(), Failure> {
    // The decoder trusts the file in places and panics where it should not; a file made to do so
    // must not end the process.
    let result = catch_unwind(AssertUnwindSafe(|| fill(&mut file, builder)));
    result.unwrap_or_else(|_| Err(refused("its pages contradict its footer")))
}

fn fill(file: &mut (impl Read + Seek), builder: &mut Builder<'_>) -> Result<(), Failure> {
    let size = file
        .seek(SeekFrom::End(0))
        .map_err(|e| refuse::unreadable(&e))?;
    file.rewind().map_err(|e| refuse::unreadable(&e))?;
    let metadata = read_metadata(file).map_err(refused)?;
    let schema = infer_schema(&metadata).map_err(refused)?;
    let fields: Vec<&Field> = schema.iter_values().collect();
    check(&metadata, builder.limits)?;
    let mut names = Vec::new();
    for field in &fields {
        cells::names(field, "", &mut names);
    }
    if names.is_empty() {
        return Err(refuse::empty());
    }
    if names.len() > builder.limits.max_columns {
        return Err(refuse::too_many_columns(names.len(), builder.limits));
    }
    let mut warnings = Vec::new();
    let unique = unique_names(names.iter().map(String::as_str), &mut warnings);
    builder.warnings.append(&mut warnings);
    builder.set_names(unique)?;
    let mut step = (CELLS / names.len()).max(1);
    for group in &metadata.row_groups {
        let rows = group.num_rows();
        let mut start = 0;
        while start < rows {
            let end = rows.min(start + step);
            if slice(file, size, group, &fields, start..end, builder)? {
                start = end;
            } else if end - start > 1 {
                step = (end - start) / 2;
            } else {
                let limit = builder.limits.max_memory_bytes;
                return Err(refuse::out_of_memory(limit, builder.seen()));
            }
        }
    }
    if builder.seen() == 0 {
        return Err(refuse::header_only(names.len()));
    }
    Ok(())
}

fn check(metadata: &FileMetadata, limits: &Limits) -> Result<(), Failure> {
    if metadata.num_rows as u64 > limits.max_rows {
        return Err(refuse::too_many_rows(limits));
    }
    let groups = metadata.row_groups.iter();
    let bytes = groups.map(|group| group.total_byte_size() as u64);
    if bytes.fold(0, u64::saturating_add) > limits.max_bytes_decompressed {
        return Err(refuse::too_large(limits.max_bytes_decompressed));
    }
    Ok(())
}

/// Reads some rows of one row group into the builder; false if their texts are too large to be
/// held at once, and nothing was read.
fn slice(
    file: &mut (impl Read + Seek),
    size: u64,
    group: &RowGroupMetadata,
    fields: &[&Field],
    rows: std::ops::Range<usize>,
    builder: &mut Builder<'_>,
) -> Result<bool, Failure> {
    let mut parts = Vec::with_capacity(fields.len());
    let mut room = builder.limits.max_memory_bytes / SHARE;
    for &field in fields {
        builder.limits.go_on()?;
        let arrays = column(file, size, group, field, rows.clone())?;
        let length: usize = arrays.iter().map(|array| array.len()).sum();
        if length != rows.len() {
            return Err(refused(format!("the column `{}` is too short", field.name)));
        }
        let mut columns = Vec::new();
        for array in arrays {
            if !cells::read(array.as_ref(), field, &mut columns, &mut room)? {
                return Ok(false);
            }
        }
        parts.append(&mut columns);
    }
    for row in 0..rows.len() {
        for (column, cells) in parts.iter().enumerate() {
            builder.put(column, cells.get(row))?;
        }
        builder.end_row()?;
    }
    Ok(true)
}

/// Decodes some rows of a column of one row group.
fn column(
    file: &mut (impl Read + Seek),
    size: u64,
    group: &RowGroupMetadata,
    field: &Field,
    rows: std::ops::Range<usize>,
) -> Result<Vec<Box<dyn Array>>, Failure> {
    let chunks = group.columns_under_root_iter(&field.name);
    let chunks = chunks.ok_or_else(|| refused(format!("the column `{}` is absent", field.name)))?;
    let mut pages = Vec::new();
    for chunk in chunks {
        let range = chunk.byte_range();
        if range.start > range.end || range.end > size {
            return Err(refused("a column lies beyond the end of the file"));
        }
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(range.start))
            .and_then(|_| {
                file.by_ref()
                    .take(range.end - range.start)
                    .read_to_end(&mut bytes)
            })
            .map_err(|error| refuse::unreadable(&error))?;
        pages.push((chunk, Buffer::from(bytes)));
    }
    let filter = Filter::new_ranged(rows.start, rows.end);
    let (arrays, _) = to_deserializer(pages, field.clone(), Some(filter)).map_err(refused)?;
    Ok(arrays)
}
