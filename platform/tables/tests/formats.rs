//! The same rows are the same table, whichever format they come in.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;

use common::{all_typed, assert_same_table, dataset, file, gzip, load, load_bytes};
use domain::dataset::FileFormat;
use domain::profile::ColumnKind;
use ml::table::{Column, Table};
use serde_json::{Map, Value, json};
use std::path::Path;
use tables::RawTable;

fn fixture(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name)
}

/// A cell as JSON: numbers keep their digits, empty cells are null.
fn value(cell: Option<&str>) -> Value {
    match cell {
        None => Value::Null,
        Some(text) => serde_json::from_str(text)
            .ok()
            .filter(Value::is_number)
            .unwrap_or_else(|| json!(text)),
    }
}

fn records(raw: &RawTable) -> Vec<Value> {
    let record = |row| {
        let cells = raw.names().iter().zip(raw.columns());
        let pairs = cells.map(|(name, column)| (name.clone(), value(column.get(row))));
        Value::Object(pairs.collect::<Map<_, _>>())
    };
    (0..raw.rows()).map(record).collect()
}

/// serde_json sorts the keys of its maps, so objects with an order are written by hand.
fn ordered(raw: &RawTable, entry: impl Fn(usize) -> String) -> String {
    let entries = (0..raw.width()).map(|c| format!("{}:{}", json!(raw.names()[c]), entry(c)));
    format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
}

#[test]
fn penguins_are_the_same_in_every_format() {
    let (_, csv) = load(&dataset("penguins.csv"), "penguins.csv").unwrap();
    let cell = |column: usize, row| value(csv.columns()[column].get(row)).to_string();
    let record = |row| ordered(&csv, |column| cell(column, row));
    let lines: Vec<String> = (0..csv.rows()).map(record).collect();
    let list = |column: usize| {
        let cells: Vec<String> = (0..csv.rows()).map(|row| cell(column, row)).collect();
        format!("[{}]", cells.join(","))
    };
    let labelled = |column: usize| {
        let cells = (0..csv.rows()).map(|row| format!("\"{row}\":{}", cell(column, row)));
        format!("{{{}}}", cells.collect::<Vec<_>>().join(","))
    };
    let rows = (0..csv.rows()).map(|row| {
        let cells: Vec<String> = (0..csv.width()).map(|column| cell(column, row)).collect();
        format!("[{}]", cells.join(","))
    });
    let rows = rows.collect::<Vec<_>>().join(",");
    let split = format!("{{\"columns\":{},\"data\":[{rows}]}}", json!(csv.names()));
    let forms = [
        (
            "records.json",
            format!("[{}]", lines.join(",\n")),
            FileFormat::Json,
        ),
        ("columns.json", ordered(&csv, list), FileFormat::Json),
        ("labelled.json", ordered(&csv, labelled), FileFormat::Json),
        ("split.json", split, FileFormat::Json),
        ("lines.ndjson", lines.join("\n"), FileFormat::Ndjson),
    ];
    let expected = tables::profile(&csv);
    for (name, text, format) in forms {
        for bytes in [text.clone().into_bytes(), gzip(text.as_bytes())] {
            let (sniffed, raw) = load_bytes(&bytes, name).unwrap();
            assert_eq!(sniffed.format, format, "{name}");
            for (found, expected) in tables::profile(&raw).columns.iter().zip(&expected.columns) {
                assert_eq!(found, expected, "{name}");
            }
            assert_eq!(tables::profile(&raw), expected, "{name}");
            assert_same_table(&all_typed(&raw), &all_typed(&csv));
        }
    }
    let bytes = std::fs::read(fixture("penguins.parquet")).unwrap();
    for bytes in [gzip(&bytes), bytes] {
        let (sniffed, raw) = load_bytes(&bytes, "penguins.parquet").unwrap();
        assert_eq!(sniffed.format, FileFormat::Parquet);
        assert_eq!(tables::profile(&raw), expected);
        assert_same_table(&all_typed(&raw), &all_typed(&csv));
    }
    assert_eq!(records(&csv).len(), 344);
}

#[test]
fn every_type_of_a_foreign_parquet_file_is_read() {
    let (_, raw) = load(&fixture("types.parquet"), "types.parquet").unwrap();
    let expected = [
        ("tiny", "1", "-3"),
        ("flag", "true", ""),
        ("half", "0.1", ""),
        ("day", "2024-03-05", "1969-12-31"),
        ("moment", "2024-03-05T10:11:12.25", "2024-03-05"),
        ("zoned", "2024-03-05T09:00:00Z", "1970-01-01T00:00:00Z"),
        ("clock", "10:11:12", "00:00:01.5"),
        ("money", "12.50", "-0.05"),
        ("level", "a", "a"),
        ("person.name", "Zoé", ""),
        ("person.born.year", "2001", "1999"),
        ("list", "[1, 2]", "[]"),
        ("bytes", "xyz", "\u{fffd}"),
    ];
    assert_eq!(raw.names(), expected.map(|(name, ..)| name.to_owned()));
    for (name, first, last) in expected {
        let column = raw.column(name).unwrap();
        assert_eq!(column.get(0).unwrap_or(""), first, "{name}");
        assert_eq!(column.get(2).unwrap_or(""), last, "{name}");
        let second = (name == "flag")
            .then_some("false")
            .or((name == "level").then_some("b"));
        assert_eq!(column.get(1), second, "{name}");
    }
    let profile = tables::profile(&raw);
    assert_eq!(profile.column("zoned").unwrap().kind, ColumnKind::Datetime);
    assert_eq!(profile.column("day").unwrap().max, Some(1_709_596_800.0));
}

#[test]
fn a_damaged_parquet_file_is_refused() {
    let good = std::fs::read(fixture("types.parquet")).unwrap();
    for at in (4..good.len()).step_by(7) {
        let mut bad = good.clone();
        bad[at] ^= 0x55;
        // Not every flipped bit can be noticed; none may end the process.
        if let Err(failure) = load_bytes(&bad, "types.parquet") {
            assert!(failure.message.code.starts_with("dataset."), "{failure}");
        }
        bad.truncate(at);
        load_bytes(&bad, "types.parquet").unwrap_err();
    }
}

fn odd_table() -> Table {
    let words = Column::Words {
        codes: vec![2, u32::MAX, 0, 2],
        levels: ["b", "never used", "a \"quoted\",\nline", "é"]
            .map(str::to_owned)
            .to_vec(),
    };
    let none = Column::Words {
        codes: vec![u32::MAX; 4],
        levels: vec![],
    };
    let numbers = vec![f64::NAN, -0.0, f64::INFINITY, 1e-300];
    Table::new(
        ["w", "none", "n", "all missing", ""]
            .map(str::to_owned)
            .to_vec(),
        vec![
            words,
            none,
            Column::Numeric(numbers),
            Column::Numeric(vec![f64::NAN; 4]),
            Column::words(["x"; 4]),
        ],
    )
    .unwrap()
}

#[test]
fn a_typed_table_survives_parquet() {
    let (_, csv) = load(&dataset("titanic.csv"), "titanic.csv").unwrap();
    let empty = odd_table().take(&[]);
    for table in [odd_table(), empty, all_typed(&csv)] {
        let mut bytes = Vec::new();
        tables::write_parquet(&table, &mut bytes).unwrap();
        assert_same_table(&tables::read_parquet(&bytes).unwrap(), &table);
        let mut again = Vec::new();
        tables::write_parquet(&table, &mut again).unwrap();
        assert_eq!(bytes, again, "equal tables give equal bytes");
    }
    let foreign = std::fs::read(fixture("penguins.parquet")).unwrap();
    assert!(tables::read_parquet(&foreign).is_err());
    assert!(tables::read_parquet(b"PAR1").is_err());
}

#[test]
fn a_model_reads_the_next_file_as_it_read_the_first() {
    let first = "id;town;price;open;day\n1;Fès;3,5;oui;31/12/2024\n2;?;4,25;non;01/02/2024\n";
    let (_, raw) = load_bytes(first.as_bytes(), "a.csv").unwrap();
    let profile = tables::profile(&raw);
    let kinds: Vec<_> = profile
        .columns
        .iter()
        .map(|c| (c.name.clone(), c.kind, c.parsing.clone()))
        .collect();
    // Another order, another mark, a column less, one more, and a word where a number was.
    let next = "price,extra,town,day\n3.125,x,Fès,2024-12-31\ncheap,y,?,1/2/2024\n,z,Rabat,\n";
    let (_, raw) = load_bytes(next.as_bytes(), "b.csv").unwrap();
    let table = tables::typed_by(&raw, &kinds);
    assert_eq!(table.names, ["id", "town", "price", "open", "day"]);
    let Some(Column::Numeric(prices)) = table.column("price") else {
        panic!()
    };
    assert!(prices[0] == 3.125 && prices[1].is_nan() && prices[2].is_nan());
    let Some(Column::Numeric(days)) = table.column("day") else {
        panic!()
    };
    assert_eq!((days[0], days[1]), (1_735_603_200.0, 1_706_745_600.0));
    assert_eq!(
        table.column("town"),
        Some(&Column::words(["Fès", "", "Rabat"]))
    );
    assert_eq!(table.column("open"), Some(&Column::words([""; 3])));
    let failure = tables::typed_strictly(&raw, &kinds).unwrap_err();
    assert_eq!(failure.message.code, "table.unparsed");
    assert_eq!(failure.field.as_deref(), Some("price"));
    assert_eq!(failure.message.params["row"], 2);
    assert_eq!(failure.message.params["value"], "cheap");
}

#[test]
fn the_index_of_datasets_tells_the_truth() {
    let index = std::fs::read_to_string(dataset("index.json")).unwrap();
    let index: Vec<Value> = serde_json::from_str(&index).unwrap();
    for entry in index {
        let name = entry["file"].as_str().unwrap();
        let (_, raw) = load(&dataset(name), name).unwrap();
        let profile = tables::profile(&raw);
        let found = json!([
            raw.rows(),
            raw.width(),
            profile.suggested_target,
            profile.suggested_task
        ]);
        let told = json!([
            entry["rows"],
            entry["columns"],
            entry["target"],
            entry["task"]
        ]);
        assert_eq!(found, told, "{name}");
        for column in entry["exclude_columns"].as_array().unwrap() {
            assert!(
                raw.column(column.as_str().unwrap()).is_some(),
                "{name}: {column}"
            );
        }
    }
    drop(file(b""));
}
