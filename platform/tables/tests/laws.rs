//! What holds for any file.

mod common;

use common::{all_typed, file, load_bytes};
use proptest::collection::vec;
use proptest::prelude::*;
use tables::Limits;

/// Beginnings that lead into each reader.
const STARTS: &[&[u8]] = &[
    b"",
    b"a,b\n",
    b"[{\"a\":",
    b"{\"a\":[",
    b"{\"a\":1}\n",
    b"PAR1",
    b"\x1f\x8b\x08\0",
    b"\x28\xb5\x2f\xfd",
    b"\xff\xfe",
    b"\xfe\xff",
    b"a;b\n\"",
    b"a\tb\n'",
    b"sep=;",
    b"{\"columns\":[\"a\"],\"data\":[",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_it_panic(
        start in prop::sample::select(STARTS.to_vec()),
        rest in prop_oneof![
            vec(any::<u8>(), 0..200),
            vec(prop::sample::select(b"ab1.,;\t|\"'\n\r {}[]:-\\ n\0\xe9".to_vec()), 0..200),
        ],
        name in prop::sample::select(vec!["a.csv", "a.json", "a.ndjson", "a.parquet", "a"]),
    ) {
        let bytes = [start, &rest[..]].concat();
        match load_bytes(&bytes, name) {
            Err(failure) => prop_assert!(failure.message.code.starts_with("dataset."), "{}", failure),
            Ok((_, raw)) => {
                prop_assert!(raw.rows() > 0);
                let profile = tables::profile(&raw);
                prop_assert_eq!(profile.columns.len(), raw.width());
                let table = all_typed(&raw);
                let checked = ml::table::Table::new(table.names.clone(), table.columns.clone());
                prop_assert_eq!(checked.map(|t| t.rows()), Ok(raw.rows()));
                // What is stored can be read again: no infinity, no NUL.
                let json = serde_json::to_string(&profile).unwrap();
                let back: domain::profile::Profile = serde_json::from_str(&json).unwrap();
                prop_assert_eq!(back, profile);
                prop_assert!(!json.contains("\\u0000"));
            }
        }
    }

    #[test]
    fn what_a_csv_writer_writes_is_read(
        delimiter in prop::sample::select(vec![b',', b';', b'\t', b'|']),
        rows in (1_usize..5).prop_flat_map(|width| vec(vec("[ -~é€\n]{0,12}", width), 1..20)),
    ) {
        let mut writer = csv::WriterBuilder::new()
            .delimiter(delimiter)
            .quote_style(csv::QuoteStyle::Always)
            .from_writer(Vec::new());
        let width = rows[0].len();
        let header: Vec<String> = (0..width).map(|c| format!("name{c}")).collect();
        writer.write_record(&header).unwrap();
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let file = file(&writer.into_inner().unwrap());
        let sniffed = tables::Sniffed {
            format: domain::dataset::FileFormat::Csv,
            options: domain::dataset::FormatOptions {
                delimiter: Some(char::from(delimiter)),
                quote: Some('"'),
                header: Some(true),
                encoding: "UTF-8".to_owned(),
                decimal_comma: false,
                compression: None,
            },
        };
        let raw = tables::read(file.path(), &sniffed, &Limits::default()).unwrap();
        prop_assert_eq!(raw.names(), &header[..]);
        // ` "b"` with a space before the quote is how some programs quote; who means the quotes
        // loses them.
        let unwrapped = |cell: &str| {
            let inner = cell.trim().strip_prefix('"').and_then(|cell| cell.strip_suffix('"'));
            inner.filter(|_| cell.starts_with(' ')).unwrap_or(cell).trim().to_owned()
        };
        let trimmed = |cell: &String| Some(unwrapped(cell)).filter(|cell| !cell.is_empty());
        let expected: Vec<Vec<_>> = rows.iter().map(|row| row.iter().map(trimmed).collect()).collect();
        prop_assert_eq!(raw.preview(rows.len()), expected);
    }

    #[test]
    fn numbers_and_words_come_back(numbers in vec(any::<f64>().prop_filter("finite", |v| v.is_finite()), 3..40)) {
        let lines = numbers.iter().map(|value| format!("{value:?}\tw\n"));
        let text = format!("value\tword\n{}", lines.collect::<String>());
        let (_, raw) = load_bytes(text.as_bytes(), "a.tsv").unwrap();
        let kinds = [("value".to_owned(), domain::profile::ColumnKind::Numeric, Default::default())];
        let table = tables::typed_by(&raw, &kinds);
        prop_assert_eq!(&table.columns[0], &ml::table::Column::Numeric(numbers));
    }
}
