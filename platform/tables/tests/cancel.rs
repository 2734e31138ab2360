//! Reading and describing end soon after they are asked to stop, whatever the format.

mod common;

use ml::table::{Column, Table};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tables::Limits;

const ROWS: usize = 100_000;

fn cancellable() -> (Limits, Arc<AtomicBool>) {
    let flag = Arc::new(AtomicBool::new(false));
    let limits = Limits {
        cancel: Some(Arc::clone(&flag)),
        ..Limits::default()
    };
    (limits, flag)
}

#[test]
fn every_reader_stops_when_asked() {
    let numbers: Vec<String> = (0..ROWS).map(|row| row.to_string()).collect();
    let numeric = Column::Numeric((0..ROWS).map(|row| row as f64).collect());
    let table = Table::new(vec!["a".into()], vec![numeric]).unwrap();
    let mut parquet = Vec::new();
    tables::write_parquet(&table, &mut parquet).unwrap();
    let lines = numbers.iter().map(|n| format!("{{\"a\":{n}}}\n"));
    let files = [
        (
            "a.csv",
            format!("a,b\n{}", "1,2\n".repeat(ROWS)).into_bytes(),
        ),
        ("a.ndjson", lines.collect::<String>().into_bytes()),
        (
            "a.json",
            format!("{{\"a\":[{}]}}", numbers.join(",")).into_bytes(),
        ),
        ("a.parquet", parquet),
    ];
    for (name, bytes) in files {
        let file = common::file(&bytes);
        let sniffed = tables::sniff(file.path(), name).unwrap();
        let (limits, flag) = cancellable();
        let raw = tables::read(file.path(), &sniffed, &limits).unwrap();
        assert_eq!(raw.rows(), ROWS, "{name}");
        assert!(tables::profile_within(&raw, &limits).is_ok(), "{name}");
        flag.store(true, Ordering::Relaxed);
        let stopped = tables::read(file.path(), &sniffed, &limits).unwrap_err();
        assert_eq!(stopped.message.code, "job.stopped", "{name}");
        let stopped = tables::profile_within(&raw, &limits).unwrap_err();
        assert_eq!(stopped.message.code, "job.stopped", "{name}");
    }
}

#[test]
fn a_stop_amid_reading_is_seen_within_a_thousand_rows() {
    let file = common::file(format!("a,b\n{}", "1,2\n".repeat(ROWS)).as_bytes());
    let sniffed = tables::sniff(file.path(), "a.csv").unwrap();
    let (limits, flag) = cancellable();
    let mut rows = 0;
    let stopped = tables::read_in_parts(file.path(), &sniffed, &limits, 500, &mut |part| {
        rows += part.rows();
        flag.store(true, Ordering::Relaxed);
        Ok(())
    });
    assert_eq!(stopped.unwrap_err().message.code, "job.stopped");
    assert!(rows <= 1_000, "{rows}");
}
