//! What each column is taken for, and what is said about it.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;

use common::profile_of;
use domain::profile::{ColumnKind, ColumnProfile};
use domain::task::Task;

/// The profile of one column of 40 rows that repeats `cells`, beside a column of numbers.
fn column(cells: &[&str]) -> ColumnProfile {
    let rows = (0..40).map(|row| format!("{}.5\t{}\n", row % 9, cells[row % cells.len()]));
    let profile = profile_of(&format!("other\tit\n{}", rows.collect::<String>()));
    profile.column("it").unwrap().clone()
}

fn codes(column: &ColumnProfile) -> Vec<&str> {
    column
        .warnings
        .iter()
        .map(|warning| warning.code.as_str())
        .collect()
}

#[test]
fn kinds_follow_the_evidence() {
    use ColumnKind::{Boolean, Categorical, Datetime, Numeric};
    for (cells, kind) in [
        (&["1", "2.5", "-3e2"][..], Numeric),
        (&["1 234,50 €", "12 €"], Numeric),
        (&["12 %", "7.5%"], Numeric),
        (&["1,234", "12,345,678"], Numeric),
        (&["3,14", "2,5"], Numeric),
        (&["0", "1"], Numeric),
        (&["oui", "non"], Boolean),
        (&["Yes", "yes", "No", "?"], Boolean),
        (&["VRAI", "FAUX"], Boolean),
        (&["نعم", "لا", ""], Boolean),
        (&["t", "f", "unknown"], Boolean),
        (&["yes", "no", "maybe"], Categorical),
        (&["yes"], Categorical),
        (&["+", "-"], Categorical),
        (&["A1", "A2", "7"], Categorical),
        (&["00742", "10000", "75013"], Categorical),
        (&["<=50K", ">50K"], Categorical),
        (&["2024-01-31", "2023-12-01"], Datetime),
        (&["31/01/2024", "1/12/2023"], Datetime),
        (&["01/31/2024", "12/1/2023"], Datetime),
        (&["2024-01-31T10:00:00Z", "2023-12-01 08:30"], Datetime),
        (&["2024-01-31", "unknown"], Datetime),
        (&["5 mars 2024", "12 août 2023"], Datetime),
        (&["10:30", "11:45"], Categorical),
    ] {
        assert_eq!(column(cells).kind, kind, "{cells:?}");
    }
}

#[test]
fn parsing_says_how_to_read_the_next_file() {
    assert!(column(&["3,14", "2,5"]).parsing.decimal_comma);
    assert!(!column(&["1,234", "2,500"]).parsing.decimal_comma);
    assert_eq!(
        column(&["Non", "Oui"]).parsing.true_word.as_deref(),
        Some("Oui")
    );
    let order = |cells| column(cells).parsing.date_order;
    assert_eq!(order(&["31/01/2024"]).as_deref(), Some("dmy"));
    assert_eq!(order(&["01/31/2024"]).as_deref(), Some("mdy"));
    assert_eq!(order(&["2024-01-31"]).as_deref(), Some("ymd"));
    let ambiguous = column(&["01/02/2024", "03/04/2024"]);
    assert_eq!(ambiguous.parsing.date_order.as_deref(), Some("dmy"));
    assert!(codes(&ambiguous).contains(&"profile.ambiguous_dates"));
    assert_eq!(
        column(&["1", "2", "NA", "?"]).parsing.missing_words,
        ["NA", "?"]
    );
}

#[test]
fn three_decimals_after_a_comma_are_decimals_between_semicolons() {
    let read = |rows: &[&str], delimiter: &str| {
        let rows = (0..40).map(|n| format!("w{}{delimiter}{}\n", n % 7, rows[n % rows.len()]));
        let rows: String = rows.collect();
        let profile = profile_of(&format!("other{delimiter}it\n{rows}"));
        profile.column("it").unwrap().clone()
    };
    let commas = ["5,123", "7,250", "12"];
    let decimals = read(&commas, ";");
    assert_eq!(
        (decimals.min, decimals.max, decimals.parsing.decimal_comma),
        (Some(5.123), Some(12.0), true)
    );
    assert!(codes(&decimals).is_empty(), "{decimals:?}");
    // Where the separator says nothing, a person is asked.
    let unclear = read(&commas, "\t");
    assert_eq!(unclear.max, Some(7_250.0));
    assert_eq!(codes(&unclear), ["profile.ambiguous_numbers"]);
    assert_eq!(unclear.warnings[0].params["example"], "5,123");
    let mixed = read(&["5,123", "2.500"], ";");
    assert!(codes(&mixed).contains(&"profile.ambiguous_numbers"));
    // One value that allows one reading only decides for all.
    for (rows, delimiter, max) in [
        (["5,123", "1,234,567"], ";", 1_234_567.0),
        (["5,123", "1,234.5"], ";", 5_123.0),
        (["5,123", "1,25"], "\t", 5.123),
        (["5,123", "0,125"], "\t", 5.123),
    ] {
        let column = read(&rows, delimiter);
        assert_eq!(column.max, Some(max), "{rows:?}");
        assert!(codes(&column).is_empty(), "{rows:?}");
    }
}

#[test]
fn words_for_nothing_are_missing_where_they_are() {
    let numbers = column(&["1", "2", "3", "none", "unknown"]);
    assert_eq!((numbers.kind, numbers.missing), (ColumnKind::Numeric, 16));
    assert!(codes(&numbers).contains(&"profile.missing_words"));
    let words = column(&["red", "green", "none", "unknown"]);
    assert_eq!(
        (words.missing, words.unique),
        (10, 3),
        "`none` is a level of its own"
    );
    let classes = column(&["+", "-"]);
    assert_eq!((classes.missing, classes.unique), (0, 2));
    let only = column(&["unknown", "known"]);
    assert_eq!((only.missing, only.unique), (0, 2));
    let sentinel = column(&["3", "-999", "5", "7"]);
    assert_eq!((sentinel.missing, sentinel.min), (10, Some(3.0)));
    assert_eq!(sentinel.parsing.missing_words, ["-999"]);
    let grades: Vec<String> = (0..20)
        .map(|g| format!("{g}.25"))
        .chain(["absent".into()])
        .collect();
    let grades = column(&grades.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!((grades.kind, grades.missing), (ColumnKind::Numeric, 1));
    assert_eq!(grades.parsing.missing_words, ["absent"]);
}

#[test]
fn slips_are_counted_and_told() {
    let rows: String = (0..200)
        .map(|n| format!("{}.5,{}\n", n % 7, n % 90))
        .collect();
    let profile = profile_of(&format!("a,b\n{rows}1.2.3,4\n2.5,65+\n"));
    for (name, example) in [("a", "1.2.3"), ("b", "65+")] {
        let column = profile.column(name).unwrap();
        assert_eq!(
            (column.kind, column.missing),
            (ColumnKind::Numeric, 1),
            "{name}"
        );
        let warning = column
            .warnings
            .iter()
            .find(|w| w.code == "profile.unparsed")
            .unwrap();
        assert_eq!(warning.params["rows"], 1);
        assert_eq!(warning.params["example"], example);
    }
    let dates = column(&[
        "2024-01-31",
        "2024-02-29",
        "2023-01-01",
        "2023-05-05",
        "2023-06-01",
        "2023-01-07",
        "2023-01-08",
        "2023-01-09",
        "2023-01-10",
        "2023-01-11",
        "2023-01-12",
        "2023-01-13",
        "2023-01-14",
        "2023-01-15",
        "2023-01-16",
        "2023-01-17",
        "2023-01-18",
        "2023-01-19",
        "2023-01-20",
        "2023-01-21",
        "2023-01-22",
        "2023-01-23",
        "2023-02-30",
    ]);
    assert_eq!(
        (dates.kind, dates.missing),
        (ColumnKind::Datetime, 1),
        "impossible dates are missing"
    );
}

#[test]
fn ids_texts_and_levels_are_told_apart() {
    let words = [
        "quick", "brown", "fox", "lazy", "dog", "jumps", "over", "quiet", "river",
    ];
    let row = |n: usize| {
        let word = |k: usize| words[((n * 7919) >> k) % words.len()];
        format!(
            "{},{},{},{:08x}-{n:04},user{n}@uni.ma,{} {} {} {} {},{} {n},{},{},{}\n",
            n + 1,
            20_210_000 + n * 37,
            (n * 61) % 97 + 1,
            n * 2_654_435,
            word(0),
            word(1),
            word(2),
            word(3),
            word(4),
            word(5),
            word(6),
            n % 30,
            n as f64 / 7.0
        )
    };
    let rows: String = (0..90).map(row).collect();
    let header = "n,matricule,shuffled,code,mail,comment,name,town,shop_id,value";
    let profile = profile_of(&format!("{header}\n{rows}"));
    use ColumnKind::{Categorical, Id, Numeric, Text};
    let kinds: Vec<_> = profile.columns.iter().map(|c| c.kind).collect();
    assert_eq!(
        kinds,
        [
            Id,
            Id,
            Numeric,
            Id,
            Id,
            Text,
            Text,
            Categorical,
            Categorical,
            Numeric
        ]
    );
    assert_eq!(codes(&profile.columns[0]), ["profile.id"]);
    assert_eq!(codes(profile.column("shop_id").unwrap()), ["profile.group"]);
}

#[test]
fn a_person_is_warned() {
    let row = |n: usize| {
        let level = ["low", "mid", "high"][n * n % 3];
        let number = [1, 5, 9][n * n % 3];
        let rare = if n.is_multiple_of(10) { "x" } else { "" };
        let city = ["Fes", "fes", "Rabat"][n % 3];
        let x = n * 31 % 47;
        format!(
            "same,,{level},{number},{rare},{city},{x},{}\n",
            2.0 * x as f64 + 1.0
        )
    };
    let rows: String = (0..60).map(row).collect();
    let header = "constant,empty,level,level_number,rare,city,x,y";
    let profile = profile_of(&format!("{header}\n{rows}{}", row(0)));
    let found: Vec<Vec<&str>> = profile.columns.iter().map(codes).collect();
    let expected: [&[&str]; 8] = [
        &["profile.constant"],
        &["profile.empty"],
        &[],
        &["profile.near_duplicate"],
        &["profile.high_missing"],
        &["profile.similar_levels"],
        &[],
        &["profile.near_duplicate"],
    ];
    assert_eq!(found, expected);
    let table: Vec<&str> = profile.warnings.iter().map(|w| w.code.as_str()).collect();
    assert_eq!(table, ["profile.duplicate_rows"]);
    let few = profile_of("a,b\n1,2\n");
    assert_eq!(few.warnings[0].code, "profile.few_rows");
}

#[test]
fn targets_are_suggested_by_name_then_by_place() {
    let suggested = |header: &str| {
        let rows: String = (0..60)
            .map(|n| format!("{},{},{}\n", n * 7 % 13, n % 3, n + 1))
            .collect();
        let profile = profile_of(&format!("{header}\n{rows}"));
        (profile.suggested_target, profile.suggested_task)
    };
    let of = |name: &str, task| (Some(name.to_owned()), Some(task));
    assert_eq!(suggested("price,b,c"), of("price", Task::Regression));
    assert_eq!(
        suggested("a,Final Result,c"),
        of("Final Result", Task::Multiclass)
    );
    // The last column is an id here, so the one before it is suggested.
    assert_eq!(suggested("a,b,c"), of("b", Task::Multiclass));
}

#[test]
fn statistics_merge_equal_numbers_and_skip_the_missing() {
    let profile = profile_of("a,b\n1,x\n1.0,x\n2,y\n10,x\nNA,y\n");
    let a = profile.column("a").unwrap();
    assert_eq!((a.unique, a.missing, a.mean), (3, 1, Some(3.5)));
    assert_eq!((a.top[0].value.as_str(), a.top[0].count), ("1", 2));
    assert_eq!(a.quantiles.unwrap().p50, 1.5);
    let histogram = a.histogram.as_ref().unwrap();
    assert_eq!(
        (histogram.edges.len(), histogram.counts.iter().sum::<u64>()),
        (21, 4)
    );
    let b = profile.column("b").unwrap();
    assert_eq!((b.min, b.histogram.is_none()), (None, true));
    assert_eq!((b.top[0].value.as_str(), b.top[0].count), ("x", 3));
}
