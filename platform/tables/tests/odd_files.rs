//! Every odd file that people upload: those that are no table are refused with the place and a
//! remedy, and tables in odd clothes are read.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;

use common::{gzip, load_bytes, utf16};
use domain::Failure;
use serde_json::{Value, json};
use tables::{Limits, RawTable};

/// Name of the case, name of the file, bytes, expected code and parameters (only those named).
type Refused = (&'static str, &'static str, Vec<u8>, &'static str, Value);

fn wide(columns: usize, rows: usize) -> Vec<u8> {
    let header: Vec<String> = (0..columns).map(|c| format!("c{c}")).collect();
    let row = vec!["1.5"; columns].join(",");
    let mut text = header.join(",");
    for _ in 0..rows {
        text.push('\n');
        text.push_str(&row);
    }
    text.into_bytes()
}

fn truncated(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bytes.len() / 2);
    bytes
}

fn noise(length: u64) -> Vec<u8> {
    (0..length)
        .map(|n| (n.wrapping_mul(n).wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect()
}

fn lines(count: usize) -> Vec<u8> {
    let line = |n: usize| format!("{n},{}\n", n * 7919 % 1000);
    let rows: String = (0..count).map(line).collect();
    format!("a,b\n{rows}").into_bytes()
}

#[rustfmt::skip] // a table reads best as one
fn refused() -> Vec<Refused> {
    let text = |text: &str| text.as_bytes().to_vec();
    vec![
        ("nothing", "a.csv", vec![], "dataset.empty", json!({})),
        ("blank lines", "a.csv", text("\n \r\n\n"), "dataset.empty", json!({})),
        ("only a mark", "a.csv", text("\u{feff}"), "dataset.empty", json!({})),
        ("only a header", "a.csv", text("a,b,c\n"), "dataset.header_only", json!({"columns": 3})),
        ("too few", "a.csv", text("a,b,c\n1,2,3\n4,5\n6,7,8\n"), "dataset.ragged_row",
            json!({"row": 2, "line": 3, "found": 2, "expected": 3})),
        ("too many", "a.csv", text("a,b\n1,2\n3,4\n5,6,7\n8,9\n"), "dataset.ragged_row",
            json!({"row": 3, "line": 4, "found": 3, "expected": 2})),
        ("too many after lines in quotes", "a.csv", text("a,b\n\"x\ny\",2\n3,4\n5,6,7\n8,9\n1,1\n"),
            "dataset.ragged_row", json!({"row": 3, "line": 5})),
        ("an open quote", "a.csv", text("a,b\n1,x\n2,\"y\n3,z\n"), "dataset.broken_quotes",
            json!({"row": 2, "line": 3})),
        ("an open quote in the last row", "a.csv", text("a,b\n1,x\n2,\"y"), "dataset.broken_quotes",
            json!({"row": 2, "line": 3})),
        ("a quote that closes rows later", "a.csv", text("a,b\n1,\"x\n2,y\n3,\"z\n4,w\n"), "dataset.broken_quotes",
            json!({"row": 1, "line": 2})),
        ("an open quote in the header", "a.csv", text("a,\"b\n1,2\n"), "dataset.broken_quotes", json!({})),
        ("a NUL", "a.csv", text("a,b\n1,2\n3,\0\n"), "dataset.nul_byte", json!({"row": 2, "line": 3, "column": "b"})),
        ("all NUL", "a.csv", vec![0; 4096], "dataset.binary", json!({})),
        ("a name without end", "a.csv", format!("a,{}\n1,2\n", "b".repeat(2000)).into_bytes(), "dataset.name_too_long",
            json!({"limit": 1000})),
        ("10 001 columns", "a.csv", wide(10_001, 1), "dataset.too_many_columns", json!({"limit": 10_000})),
        ("truncated gzip", "a.csv.gz", truncated(gzip(&noise(100_000))), "dataset.truncated", json!({})),
        ("truncated gzip, late", "a.csv.gz", truncated(gzip(&lines(400_000))), "dataset.truncated",
            json!({"compression": "gzip"})),
        ("truncated zstd", "a.csv.zst", truncated(zstd::encode_all(&lines(400_000)[..], 1).unwrap()),
            "dataset.truncated", json!({"compression": "zstd"})),
        ("twice compressed", "a.csv.gz", gzip(&gzip(b"a,b\n1,2\n")), "dataset.binary", json!({})),
        ("a workbook", "a.xlsx", text("PK\u{3}\u{4}\u{14}xl/workbook.xml"), "dataset.binary",
            json!({"kind": "an Excel or LibreOffice workbook"})),
        ("a workbook called csv", "a.csv", text("PK\u{3}\u{4}\u{14}xl/workbook.xml"), "dataset.binary",
            json!({"kind": "an Excel or LibreOffice workbook"})),
        ("an archive", "a.zip", text("PK\u{3}\u{4}\u{14}\0\0a.csv"), "dataset.binary",
            json!({"kind": "a ZIP archive"})),
        ("a PDF", "a.pdf", text("%PDF-1.7\n%\u{1}\u{2}\u{3}\n"), "dataset.binary", json!({"kind": "a PDF document"})),
        ("a picture", "a.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), "dataset.binary", json!({})),
        ("a web page", "a.csv", text("<!DOCTYPE html>\n<html><body>Sign in</body></html>"), "dataset.binary",
            json!({"kind": "a web page"})),
        ("words called JSON", "a.json", text("hello,world\n1,2\n"), "dataset.not_json", json!({"line": 1})),
        ("JSON cut off", "a.json", text("[{\"a\":1},\n{\"a\":"), "dataset.not_json", json!({"line": 2})),
        ("JSON with a slip", "a.json", text("[{\"a\":1},\n{\"a\" 2}]"), "dataset.not_json", json!({"line": 2})),
        ("JSON and more", "a.json", text("[{\"a\":1}] x"), "dataset.not_json", json!({})),
        ("NDJSON with a slip", "a.ndjson", text("{\"a\":1}\n{\"a\":2\n{\"a\":3}\n"), "dataset.not_json",
            json!({"line": 3})),
        ("JSON numbers", "a.json", text("[1, 2, 3]"), "dataset.json_shape", json!({})),
        ("JSON of uneven columns", "a.json", text("{\"a\":[1,2],\"b\":[1]}"), "dataset.json_shape", json!({})),
        ("JSON rows by number", "a.json", text("{\"0\":{\"a\":1},\"1\":{\"a\":2}}"), "dataset.json_shape", json!({})),
        ("JSON rows that differ", "a.json", text("[[1,2],[3]]"), "dataset.ragged_row", json!({"row": 2})),
        ("JSON without records", "a.json", text("[]"), "dataset.empty", json!({})),
        ("JSON of empty records", "a.json", text("[{},{}]"), "dataset.empty", json!({})),
        ("Parquet cut off", "a.parquet", text("PAR1abcdefgh"), "dataset.not_parquet", json!({})),
    ]
}

#[test]
fn what_is_no_table_is_refused_with_place_and_remedy() {
    for (case, name, bytes, code, params) in refused() {
        let failure = match load_bytes(&bytes, name) {
            Err(failure) => failure,
            Ok((sniffed, raw)) => panic!("{case}: read as {sniffed:?} {:?}", raw.preview(5)),
        };
        assert_eq!(failure.message.code, code, "{case}: {failure}");
        for (param, value) in params.as_object().unwrap() {
            assert_eq!(
                failure.message.params.get(param),
                Some(value),
                "{case}: {failure}"
            );
        }
        assert!(failure.message.text.len() > 40, "{case}: {failure}");
    }
}

/// Name of the case, name of the file, bytes, expected names and first rows (`∅` is missing).
type Accepted = (
    &'static str,
    &'static str,
    Vec<u8>,
    &'static str,
    &'static str,
);

#[rustfmt::skip] // a table reads best as one
fn accepted() -> Vec<Accepted> {
    let text = |text: &str| text.as_bytes().to_vec();
    let latin = |text: &str| encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
    let arabic = |text: &str| encoding_rs::WINDOWS_1256.encode(text).0.into_owned();
    let french = "prénom,âge,ville\nÉloïse,31,Fès\nFrançois,22,Orléans\nZoé,44,Besançon\n";
    let french_rows = "Éloïse 31 Fès|François 22 Orléans|Zoé 44 Besançon";
    let polish = "name;value\nŻółć;3,25\nGęś;2,5\n";
    vec![
        ("one row", "a.csv", text("a,b\n1,2\n"), "a b", "1 2"),
        ("one column", "a.csv", text("a\n1\n2\n"), "a", "1|2"),
        ("one value", "a.csv", text("a\n1"), "a", "1"),
        ("all missing", "a.csv", text("a,target\n1,\n2,\n"), "a target", "1 ∅|2 ∅"),
        ("a mark", "a.csv", text("\u{feff}a,b\n1,2\n"), "a b", "1 2"),
        ("Windows lines", "a.csv", text("a,b\r\n1,2\r\n3,4\r\n"), "a b", "1 2|3 4"),
        ("old Mac lines", "a.csv", text("a,b\r1,2\r3,4\r"), "a b", "1 2|3 4"),
        ("no last newline, blank lines", "a.csv", text("\na,b\n\n1,2\n\n3,4"), "a b", "1 2|3 4"),
        ("spaces and tabs", "a.csv", text("\"a\t\", b \n 1 ,  2\n"), "a b", "1 2"),
        ("Latin-1", "a.csv", latin(french), "prénom âge ville", french_rows),
        ("UTF-16 LE", "a.csv", utf16(french, true, true), "prénom âge ville", french_rows),
        ("UTF-16 BE", "a.csv", utf16(french, false, true), "prénom âge ville", french_rows),
        ("UTF-16 LE without mark", "a.csv", utf16(french, true, false), "prénom âge ville", french_rows),
        ("UTF-16 BE without mark", "a.csv", utf16(french, false, false), "prénom âge ville", french_rows),
        ("Arabic", "a.csv", arabic("الاسم,المدينة\nأحمد,الرباط\nفاطمة,مراكش\n"), "الاسم المدينة",
            "أحمد الرباط|فاطمة مراكش"),
        ("semicolons and decimal commas", "a.csv", text(polish), "name value", "Żółć 3,25|Gęś 2,5"),
        ("tabs", "a.csv", text("a\tb\n1,5\t2\n3,5\t4\n"), "a b", "1,5 2|3,5 4"),
        ("bars", "a.txt", text("a|b|c\n1|2|3\n4|5|6\n"), "a b c", "1 2 3|4 5 6"),
        ("colons", "a.txt", text("a:b\n1:2\n4:5\n"), "a b", "1 2|4 5"),
        ("times are no colons", "a.csv", text("t,b\n10:30:00,2\n11:30:00,5\n"), "t b", "10:30:00 2|11:30:00 5"),
        ("Excel's first line", "a.csv", text("sep=;\na;b\n1;2\n"), "a b", "1 2"),
        ("separators and newlines in quotes", "a.csv", text("a,b\n\"x,1\",\"p\nq\"\ny,z\n"), "a b", "x,1 p\nq|y z"),
        ("doubled quotes", "a.csv", text("a,b\n\"say \"\"x\"\"\",2\n"), "a b", "say~\"x\" 2"),
        ("quotes within values", "a.csv", text("a,b\n5\" disk,2\n6\" disk,3\n"), "a b", "5\"~disk 2|6\"~disk 3"),
        ("single quotes", "a.csv", text("a,b\n'x,1',2\n'y,2',3\n"), "a b", "x,1 2|y,2 3"),
        ("separator at each end", "a.csv", text("a,b,\n1,2,\n3,4,\n"), "a b", "1 2|3 4"),
        ("separator at the rows' ends", "a.csv", text("a,b\n1,2,\n3,4,\n"), "a b", "1 2|3 4"),
        ("separator at the header's end", "a.csv", text("a,b,\n1,2\n3,4\n"), "a b", "1 2|3 4"),
        ("equal names", "a.csv", text("a,a,a_2,\n1,2,3,4\n"), "a a_3 a_2 column_4", "1 2 3 4"),
        ("no header", "a.csv", text("1,x\n2,y\n3,x\n4,x\n"), "column_1 column_2", "1 x|2 y|3 x|4 x"),
        ("numbers as names", "a.csv", text("0,1,2,target\n5,6,7,a\n8,9,9,b\n"), "0 1 2 target", "5 6 7 a|8 9 9 b"),
        ("gzip", "a.csv.gz", gzip(b"a,b\n1,2\n"), "a b", "1 2"),
        ("gzip under another name", "a.csv", gzip(b"a,b\n1,2\n"), "a b", "1 2"),
        ("zstd", "a.csv.zst", zstd::encode_all(&b"a,b\n1,2\n"[..], 1).unwrap(), "a b", "1 2"),
        ("records", "a.json", text("[{\"a\":1.50,\"b\":\"x\"},{\"b\":null,\"a\":2}]"), "a b", "1.50 x|2 ∅"),
        ("records inside", "a.json", text("[{\"a\":{\"b\":1,\"c\":{\"d\":true}}},{\"a\":{\"b\":2},\"e\":[1,2]}]"),
            "a.b a.c.d e", "1 true ∅|2 ∅ [1,2]"),
        ("escapes", "a.json", text("[{\"a\":\"\\u00e9\\n\\ud83d\\ude00\\u0000\"}]"), "a", "é\n😀"),
        ("one record a line", "a.ndjson", text("{\"a\":1}\n\n{\"a\":2}\n"), "a", "1|2"),
        ("one record a line called JSON", "a.json", text("{\"a\":1}\n{\"a\":2}\n"), "a", "1|2"),
        ("records over lines", "a.jsonl", text("{\n\"a\":1}\n{\"a\":\n2}\n"), "a", "1|2"),
        ("one bare record", "a.json", text("{\"a\":1,\"b\":\"x\"}"), "a b", "1 x"),
        ("columns", "a.json", text("{\"a\":[1,2],\"b\":[\"x\",null]}"), "a b", "1 x|2 ∅"),
        ("pandas columns", "a.json", text("{\"a\":{\"0\":1,\"1\":2},\"b\":{\"0\":\"x\",\"1\":null}}"), "a b",
            "1 x|2 ∅"),
        ("pandas split", "a.json", text("{\"columns\":[\"a\",\"b\"],\"index\":[0,1],\"data\":[[1,\"x\"],[2,null]]}"),
            "a b", "1 x|2 ∅"),
        ("pandas table", "a.json", text("{\"schema\":{\"fields\":[]},\"data\":[{\"a\":1},{\"a\":2}]}"), "a", "1|2"),
        ("lists of values", "a.json", text("[[1,\"x\"],[2,\"y\"]]"), "column_1 column_2", "1 x|2 y"),
        ("a list called data", "a.json", text("{\"data\":[1,2],\"b\":[3,4]}"), "data b", "1 3|2 4"),
        ("JSON with a mark", "a.json", text("\u{feff}[{\"a\":1}]"), "a", "1"),
    ]
}

fn rows(raw: &RawTable) -> String {
    let cell = |cell: Option<String>| cell.map_or("∅".to_owned(), |cell| cell.replace(' ', "~"));
    let row = |row: Vec<Option<String>>| row.into_iter().map(cell).collect::<Vec<_>>().join(" ");
    raw.preview(10)
        .into_iter()
        .map(row)
        .collect::<Vec<_>>()
        .join("|")
}

#[test]
fn tables_in_odd_clothes_are_read() {
    for (case, name, bytes, names, expected) in accepted() {
        let (sniffed, raw) = load_bytes(&bytes, name).unwrap_or_else(|f| panic!("{case}: {f}"));
        assert_eq!(raw.names().join(" "), names, "{case}: {sniffed:?}");
        assert_eq!(rows(&raw), expected, "{case}: {sniffed:?}");
    }
}

#[test]
fn five_thousand_columns_are_accepted() {
    let (_, raw) = load_bytes(&wide(5_000, 3), "wide.csv").unwrap();
    assert_eq!((raw.width(), raw.rows()), (5_000, 3));
    let profile = tables::profile(&raw);
    assert_eq!(profile.columns.len(), 5_000);
    assert!(profile.warnings.iter().any(|w| w.code == "profile.wide"));
}

#[test]
fn what_was_detected_is_told() {
    let semicolons = b"name;value\nx;3,25\ny;2,5\n";
    let (sniffed, raw) = load_bytes(semicolons, "a.csv").unwrap();
    assert_eq!(sniffed.options.delimiter, Some(';'));
    assert!(sniffed.options.decimal_comma);
    let profile = tables::profile(&raw);
    assert_eq!(
        (profile.columns[1].min, profile.columns[1].max),
        (Some(2.5), Some(3.25))
    );
    assert!(profile.columns[1].parsing.decimal_comma);
    let (sniffed, _) = load_bytes(&gzip(&utf16("a\tb\n1\t2\n", true, true)), "a").unwrap();
    assert_eq!(sniffed.options.encoding, "UTF-16LE");
    assert_eq!(sniffed.options.compression.as_deref(), Some("gzip"));
    assert_eq!(sniffed.format, domain::dataset::FileFormat::Tsv);
    // Reading again with what was stored gives the same table.
    let json = serde_json::to_string(&sniffed.options).unwrap();
    assert_eq!(
        serde_json::from_str::<domain::dataset::FormatOptions>(&json).unwrap(),
        sniffed.options
    );
    let renamed = load_bytes(b"a,a\n1,2\n", "a.csv").unwrap().1;
    assert_eq!(renamed.warnings()[0].code, "profile.renamed_column");
}

#[test]
fn accents_after_the_sample_do_not_break_reading() {
    let mut bytes = b"a,b\n".to_vec();
    bytes.extend(b"plain,1\n".repeat(60_000));
    bytes.extend(b"Fran\xe7ois,2\n");
    let (sniffed, raw) = load_bytes(&bytes, "a.csv").unwrap();
    assert_eq!(sniffed.options.encoding, "UTF-8");
    assert_eq!(raw.column("a").unwrap().get(60_000), Some("François"));
    assert_eq!(raw.warnings()[0].code, "profile.mixed_encoding");
}

fn limited(bytes: &[u8], name: &str, limits: &Limits) -> Result<RawTable, Failure> {
    let file = common::file(bytes);
    let sniffed = tables::sniff(file.path(), name)?;
    tables::read(file.path(), &sniffed, limits)
}

#[test]
fn limits_refuse_with_their_own_codes() {
    let code = |bytes: &[u8], name: &str, limits: Limits| {
        limited(bytes, name, &limits).unwrap_err().message.code
    };
    let default = Limits::default;
    let rows = lines(2_000);
    assert_eq!(
        code(
            &rows,
            "a.csv",
            Limits {
                max_rows: 1_999,
                ..default()
            }
        ),
        "dataset.too_many_rows"
    );
    let long = format!("a,b\n1,{}\n", "x".repeat(100_000));
    assert_eq!(
        code(
            long.as_bytes(),
            "a.csv",
            Limits {
                max_cell_bytes: 50_000,
                ..default()
            }
        ),
        "dataset.cell_too_long"
    );
    assert_eq!(
        code(
            long.as_bytes(),
            "a.csv",
            Limits {
                max_line_bytes: 10_000,
                ..default()
            }
        ),
        "dataset.line_too_long"
    );
    let json = format!("[{{\"a\":\"{}\"}}]", "x".repeat(1_000_000));
    assert_eq!(
        code(
            json.as_bytes(),
            "a.json",
            Limits {
                max_line_bytes: 10_000,
                ..default()
            }
        ),
        "dataset.line_too_long"
    );
    let bomb = gzip(&b"1,2\n".repeat(1_000_000));
    assert_eq!(
        code(
            &bomb,
            "a.csv.gz",
            Limits {
                max_bytes_decompressed: 1_000_000,
                ..default()
            }
        ),
        "dataset.too_large"
    );
    let small = Limits {
        max_memory_bytes: 100_000,
        when_full: tables::WhenFull::Refuse,
        ..default()
    };
    assert_eq!(code(&lines(100_000), "a.csv", small), "dataset.too_large");
}
