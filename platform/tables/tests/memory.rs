//! Reading needs memory for the table, not for the file. One process, so that its peak is known.

mod common;

use common::peak_mib;
use std::io::Write;
use tables::{Limits, WhenFull};

#[test]
fn long_lines_bombs_and_large_files_stay_small() {
    let before = peak_mib();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let chunk = vec![b'a'; 1 << 20];
    for _ in 0..200 {
        file.write_all(&chunk).unwrap();
    }
    let failure = common::load(file.path(), "line.csv").unwrap_err();
    assert_eq!(failure.message.code, "dataset.line_too_long", "{failure}");
    assert_eq!(failure.message.params["line"], 1);

    // The same in a few hundred kilobytes of gzip, and as one JSON string, and in one open quote.
    let mut zipped = flate2::write::GzEncoder::new(
        tempfile::NamedTempFile::new().unwrap(),
        flate2::Compression::fast(),
    );
    for _ in 0..200 {
        zipped.write_all(&chunk).unwrap();
    }
    let zipped = zipped.finish().unwrap();
    let failure = common::load(zipped.path(), "line.csv.gz").unwrap_err();
    assert_eq!(failure.message.code, "dataset.line_too_long", "{failure}");
    for (start, code) in [
        ("[{\"a\":\"", "dataset.line_too_long"),
        ("a\n\"", "dataset.broken_quotes"),
    ] {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(start.as_bytes()).unwrap();
        for _ in 0..20 {
            file.write_all(&chunk).unwrap();
            file.write_all(if start == "a\n\"" { b"\n" } else { b"b" })
                .unwrap();
        }
        let failure = common::load(file.path(), "a").unwrap_err();
        assert_eq!(failure.message.code, code, "{failure}");
    }
    let used = peak_mib() - before;
    assert!(used <= 50, "{used} MiB");

    // A file of 60 MB in 8 MiB: a sample to learn from, every row in parts to answer.
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"n,x,word\n").unwrap();
    let rows = 3_000_000_u64;
    let mut buffer = Vec::new();
    for n in 0..rows {
        writeln!(buffer, "{n},{}.{},w{}", n % 1000, n * 7919 % 1000, n % 7).unwrap();
        if buffer.len() > 1 << 20 {
            file.write_all(&buffer).unwrap();
            buffer.clear();
        }
    }
    file.write_all(&buffer).unwrap();
    let limits = Limits {
        max_memory_bytes: 8 << 20,
        ..Limits::default()
    };
    let sniffed = tables::sniff(file.path(), "a.csv").unwrap();
    let raw = tables::read(file.path(), &sniffed, &limits).unwrap();
    let profile = tables::profile(&raw);
    assert_eq!(
        (raw.rows_in_file(), profile.rows),
        (rows, raw.rows() as u64)
    );
    assert!(raw.rows() > 20_000, "{}", raw.rows());
    assert!(profile.warnings.iter().any(|w| w.code == "profile.sampled"));
    let mean = profile.columns[0].mean.unwrap_or_else(|| {
        let values = tables::typed_by(
            &raw,
            &[(
                "n".into(),
                domain::profile::ColumnKind::Numeric,
                Default::default(),
            )],
        );
        let ml::table::Column::Numeric(values) = &values.columns[0] else {
            panic!()
        };
        values.iter().sum::<f64>() / values.len() as f64
    });
    assert!(
        (mean / rows as f64 - 0.5).abs() < 0.02,
        "a uniform sample: {mean}"
    );
    let again = tables::read(file.path(), &sniffed, &limits).unwrap();
    assert_eq!(again, raw, "the same sample for the same file");

    let mut next = 0_u64;
    let limits = Limits {
        when_full: WhenFull::Refuse,
        ..limits
    };
    let total = tables::read_in_parts(file.path(), &sniffed, &limits, 10_000, &mut |part| {
        assert_eq!(
            part.column("n").unwrap().get(0),
            Some(next.to_string().as_str())
        );
        next += part.rows() as u64;
        Ok(())
    });
    assert_eq!((total.unwrap(), next), (rows, rows));
    let used = peak_mib() - before;
    assert!(used <= 90, "{used} MiB");
}
