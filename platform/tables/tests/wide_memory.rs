//! What is small in the file and large in memory: left-out cells, and equal cells of Parquet. One
//! process, so that its peak is known.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;

use common::peak_of;
use polars::prelude::{DataFrame, Float64Chunked, IntoColumn, ParquetWriter};
use std::io::Write;
use tables::{Limits, WhenFull};

fn within(mib: u64, when_full: WhenFull) -> Limits {
    Limits {
        max_memory_bytes: mib << 20,
        when_full,
        ..Limits::default()
    }
}

/// A record of 10 000 values, then very many of two.
fn sparse(rows: usize) -> tempfile::NamedTempFile {
    let keys = (0..9_998).map(|key| format!("\"k{key}\":1,"));
    let first = format!("{{{}\"a\":1,\"y\":\"u\"}}\n", keys.collect::<String>());
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(first.as_bytes()).unwrap();
    let line = b"{\"a\":1,\"y\":\"u\"}\n";
    file.write_all(&line.repeat(rows)).unwrap();
    file
}

/// One column under many names, so that the writer needs little memory for it.
fn constant(columns: usize, rows: usize) -> tempfile::NamedTempFile {
    let one = Float64Chunked::from_vec("x".into(), vec![1.5; rows]).into_column();
    let named = |n: usize| one.clone().with_name(format!("c{n}").as_str().into());
    let mut frame = DataFrame::new(rows, (0..columns).map(named).collect()).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    ParquetWriter::new(file.reopen().unwrap())
        .with_row_group_size(Some(rows))
        .set_parallel(false)
        .finish(&mut frame)
        .unwrap();
    file
}

#[test]
fn what_is_small_in_the_file_stays_small_in_memory() {
    // 60 000 rows of 10 000 columns are 2.4 GB of codes.
    let file = sparse(60_000);
    let used = peak_of(|| {
        let sniffed = tables::sniff(file.path(), "a.ndjson").unwrap();
        let refused = tables::read(file.path(), &sniffed, &within(64, WhenFull::Refuse));
        assert_eq!(refused.unwrap_err().message.code, "dataset.too_large");
        let raw = tables::read(file.path(), &sniffed, &within(64, WhenFull::Sample)).unwrap();
        assert_eq!((raw.rows_in_file(), raw.width()), (60_001, 10_000));
        assert!((400..1_700).contains(&raw.rows()), "{}", raw.rows());
        assert!(raw.columns().iter().all(|c| c.get(raw.rows()).is_none()));
    });
    assert!(used <= 160, "{used} MiB");

    // The same by columns: the short ones come after the last look at memory.
    let long: Vec<String> = (0..60_000).map(|row| format!("\"{row}\":1")).collect();
    let short = (0..2_000).map(|key| format!(",\"k{key}\":{{\"0\":1}}"));
    let text = format!(
        "{{\"a\":{{{}}}{}}}",
        long.join(","),
        short.collect::<String>()
    );
    let file = common::file(text.as_bytes());
    let used = peak_of(|| {
        let sniffed = tables::sniff(file.path(), "a.json").unwrap();
        let refused = tables::read(file.path(), &sniffed, &within(64, WhenFull::Refuse));
        assert_eq!(refused.unwrap_err().message.code, "dataset.too_large");
    });
    assert!(used <= 160, "{used} MiB");

    // 10 million equal cells: as texts all at once they took more than 70 MiB.
    let file = constant(100, 100_000);
    assert!(file.as_file().metadata().unwrap().len() < 2 << 20);
    let used = peak_of(|| {
        let sniffed = tables::sniff(file.path(), "a.parquet").unwrap();
        let refused = tables::read(file.path(), &sniffed, &within(12, WhenFull::Refuse));
        assert_eq!(refused.unwrap_err().message.code, "dataset.too_large");
        let raw = tables::read(file.path(), &sniffed, &within(12, WhenFull::Sample)).unwrap();
        assert_eq!((raw.rows_in_file(), raw.width()), (100_000, 100));
        assert_eq!(raw.columns()[99].get(raw.rows() - 1), Some("1.5"));
    });
    assert!(used <= 50, "{used} MiB");
}
