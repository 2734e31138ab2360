//! Tables and records become features by one set of rules.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may stop at a surprise"
)]

use domain::profile::{ColumnKind, Parsing};
use domain::task::Task;
use ml::features::{FeatureKind, Target};
use ml::recipe::{Recipe, RecipeError, RecipeSpec, Schema, SchemaColumn, View};
use ml::table::{Column, Table};
use serde_json::{Map, Value, json};

fn table() -> Table {
    let names = ["age", "town", "member", "since", "left"];
    let mut towns = vec!["Lyon"; 6];
    towns.extend(["Nice", "Nice", "Nice", "1", "", "Brest"]);
    let member = ["True", "False"].repeat(6);
    let mut age: Vec<f64> = (20..32).map(f64::from).collect();
    age[3] = f64::NAN;
    Table::new(
        names.map(String::from).to_vec(),
        vec![
            Column::Numeric(age),
            Column::words(towns),
            Column::words(member),
            Column::Numeric((0..12).map(|day| f64::from(day) * 86_400.0).collect()),
            Column::words(["0", "1.0", "1"].repeat(4)),
        ],
    )
    .unwrap()
}

fn spec() -> RecipeSpec {
    let mut columns = vec![
        SchemaColumn::new("age", ColumnKind::Numeric),
        SchemaColumn::new("town", ColumnKind::Categorical),
        SchemaColumn::new("member", ColumnKind::Boolean),
        SchemaColumn::new("since", ColumnKind::Datetime),
    ];
    columns[0].parsing = Parsing {
        decimal_comma: true,
        missing_words: vec!["keine".into()],
        ..Parsing::default()
    };
    columns[2].parsing.true_word = Some("True".into());
    columns[3].parsing.date_order = Some("dmy".into());
    RecipeSpec {
        schema: Schema { columns },
        target: "left".into(),
        task: Task::Binary,
        classes: vec!["0".into(), "1".into()],
        seed: 0,
    }
}

fn recipe() -> Recipe {
    Recipe::fit(&table(), &spec()).unwrap()
}

fn record(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

#[test]
fn trees_see_raw_numbers_and_codes() {
    let x = recipe().features(&table(), View::Trees);
    assert_eq!(x.names, ["age", "town", "member", "since"]);
    assert_eq!(x.kinds[1], FeatureKind::Categorical { levels: 4 });
    assert!(x.columns[0][3].is_nan());
    // Levels stand by frequency, then by text: Lyon, Nice, 1, Brest.
    assert_eq!(x.columns[1][..10], [0., 0., 0., 0., 0., 0., 1., 1., 1., 2.]);
    assert!(x.columns[1][10].is_nan());
}

#[test]
fn the_dense_view_has_no_gaps_and_a_common_scale() {
    let recipe = recipe();
    let x = recipe.features(&table(), View::Dense);
    let names = [
        "age",
        "age is missing",
        "town = Lyon",
        "town = Nice",
        "town = other",
        "town is missing",
        "member = True",
        "since",
    ];
    assert_eq!(x.names, names);
    assert_eq!(x.cols(), recipe.dense_columns());
    assert!(x.columns.iter().flatten().all(|v| v.is_finite()));
    for column in [0, 7] {
        let mean = x.columns[column].iter().sum::<f64>() / 12.0;
        let square = x.columns[column].iter().map(|v| v * v).sum::<f64>() / 12.0;
        assert!(mean.abs() < 1e-12 && (square - 1.0).abs() < 1e-12);
    }
    // Whatever comes later stays within bounds.
    let wild = Table::new(
        vec!["age".into()],
        vec![Column::Numeric(vec![1e300, f64::INFINITY])],
    );
    let x = recipe.features(&wild.unwrap(), View::Dense);
    assert!(x.columns.iter().flatten().all(|v| v.abs() <= 100.0));
}

#[test]
fn one_row_is_prepared_as_it_is_among_others() {
    let recipe = recipe();
    for view in [View::Trees, View::Dense] {
        let all = recipe.features(&table(), view);
        for row in 0..12 {
            let one = recipe.features(&table().take(&[row]), view);
            let expected = all.take(&[row]);
            assert_eq!(format!("{one:?}"), format!("{expected:?}"));
        }
    }
}

#[test]
fn classes_that_look_like_numbers_compare_by_value() {
    let recipe = recipe();
    let codes = [0, 1, 1].repeat(4);
    assert_eq!(
        recipe.target(&table()),
        Ok(Target::Classes { codes, count: 2 })
    );
    let numeric = Table::new(vec!["left".into()], vec![Column::Numeric(vec![1.0, 0.0])]).unwrap();
    let codes = vec![1, 0];
    assert_eq!(
        recipe.target(&numeric),
        Ok(Target::Classes { codes, count: 2 })
    );
    let unknown = Table::new(vec!["left".into()], vec![Column::words(["0", "2"])]).unwrap();
    let error = recipe.target(&unknown).unwrap_err();
    assert!(matches!(&error, RecipeError::TargetValue { row: 1, value, .. } if value == "2"));
    assert_eq!(error.failure().message.params["row"], 2);
    let missing = Table::new(vec!["left".into()], vec![Column::words([""])]).unwrap();
    assert!(matches!(
        recipe.target(&missing),
        Err(RecipeError::TargetMissing { row: 0, .. })
    ));
}

#[test]
fn records_follow_the_public_contract() {
    let records = [
        record(json!({"age": 25, "town": "Lyon", "member": true, "since": "02/01/1970"})),
        record(json!({"age": "25,5", "town": 1.0, "member": "False", "since": 86400})),
        record(
            json!({"age": "keine", "town": "Paris", "member": null, "since": null, "colour": "red"}),
        ),
        record(json!({"age": "25.5", "town": " Nice ", "member": false, "since": "1970-01-03"})),
    ];
    let (table, notes) = recipe().parse_records(&records).unwrap();
    let x = recipe().features(&table, View::Trees);
    assert_eq!(x.columns[0][..2], [25.0, 25.5]);
    assert!(x.columns[0][2].is_nan());
    assert_eq!(x.columns[0][3], 25.5);
    assert_eq!(
        x.columns[1],
        [0.0, 2.0, 4.0, 1.0],
        "Paris is beyond the four towns"
    );
    let word = |row| table.column("member").unwrap().word(row);
    assert_eq!(
        (word(0), word(2), word(3)),
        (Some("True"), None, Some("False"))
    );
    assert_eq!(x.columns[3][..2], [86_400.0, 86_400.0]);
    assert_eq!(x.columns[3][3], 2.0 * 86_400.0);
    assert_eq!(notes.unknown_columns, [("colour".to_owned(), 1)].into());
    assert_eq!(notes.unseen_levels, [("town".to_owned(), 1)].into());
    assert!(notes.absent_columns.is_empty());
}

#[test]
fn words_that_training_took_for_no_value_are_missing_in_records() {
    let mut spec = spec();
    spec.schema.columns[0].parsing.missing_words = vec!["abs".into(), "-999".into()];
    let recipe = Recipe::fit(&table(), &spec).unwrap();
    let whole = |column: &str, cell: Value| {
        let mut cells = record(json!({"age": 1, "town": "Lyon", "member": null, "since": null}));
        cells.insert(column.to_owned(), cell);
        cells
    };
    let nothing = [
        ("age", json!("abs")),
        ("age", json!(" Abs ")),
        ("age", json!("NA")),
        ("age", json!("none")),
        ("age", json!("inconnu")),
        ("age", json!(-999)),
        ("age", json!("-999,0")),
        ("town", json!("NA")),
        ("town", json!("?")),
        ("town", json!("unknown")),
        ("since", json!("n/a")),
        ("since", json!("unknown")),
    ];
    for (column, cell) in nothing {
        let (table, notes) = recipe
            .parse_records(&[whole(column, cell.clone())])
            .unwrap();
        assert!(notes.is_empty(), "{column} {cell}: {notes:?}");
        let trees = recipe.features(&table, View::Trees);
        let place = table.names.iter().position(|name| name == column).unwrap();
        assert!(trees.columns[place][0].is_nan(), "{column} {cell}");
        // A table of a file says the same.
        if column == "town" {
            let file = Column::words([cell.as_str().unwrap()]);
            let file = Table::new(vec!["town".into()], vec![file]).unwrap();
            let (dense, unseen) = recipe.features_counted(&file, View::Dense);
            let answered = recipe.features(&table, View::Dense);
            let of_town = |x: &ml::features::Features| {
                let names = x.names.iter().zip(&x.columns);
                let town = names.filter(|(name, _)| name.starts_with("town"));
                town.map(|(_, values)| values[0]).collect::<Vec<_>>()
            };
            assert_eq!(of_town(&dense), of_town(&answered));
            assert!(unseen.0.is_empty(), "{cell}");
        }
    }
    // `none` may be a level of its own among words.
    let (_, notes) = recipe
        .parse_records(&[whole("town", json!("none"))])
        .unwrap();
    assert_eq!(notes.unseen_levels, [("town".to_owned(), 1)].into());
}

#[test]
fn records_in_records_are_columns_as_in_a_file() {
    let mut spec = spec();
    spec.schema.columns[0].name = "person.age".into();
    let mut named = table();
    named.names[0] = "person.age".into();
    let recipe = Recipe::fit(&named, &spec).unwrap();
    let nested = record(json!({
        "person": {"age": 25, "name": {"first": "Aya"}},
        " town ": "Lyon", "member": null, "since": null,
    }));
    let (table, notes) = recipe.parse_records(&[nested]).unwrap();
    assert_eq!(table.columns[0], Column::Numeric(vec![25.0]));
    assert_eq!(table.column("town").unwrap().word(0), Some("Lyon"));
    assert_eq!(
        notes.unknown_columns,
        [("person.name".to_owned(), 1)].into()
    );
}

#[test]
fn a_small_request_stays_small_whatever_its_names() {
    let mut spec = spec();
    spec.schema.columns[0].name = "person.age".into();
    let mut named = table();
    named.names[0] = "person.age".into();
    let recipe = Recipe::fit(&named, &spec).unwrap();
    let many = (0..20_000).map(|leaf| (format!("a{leaf}"), json!(0)));
    let many: serde_json::Map<_, _> = many.collect();
    let long = "x".repeat(100_000);
    let mut nested = record(json!({"town": "Lyon", "member": null, "since": null}));
    nested.insert(long.clone(), many.clone().into());
    let mut person = many;
    person.insert("age".into(), json!(25));
    nested.insert("person".into(), person.into());
    let (table, notes) = recipe.parse_records(&[nested]).unwrap();
    assert_eq!(table.columns[0], Column::Numeric(vec![25.0]));
    assert_eq!(notes.unknown_columns.get(&long), Some(&1));
    assert_eq!(notes.unknown_columns.len(), 1_001);
}

#[test]
fn a_record_has_the_columns_that_always_had_a_value() {
    let whole = || record(json!({"age": 1, "town": "Lyon", "member": null, "since": null}));
    let without = |names: &[&str]| {
        let mut cells = whole();
        cells.retain(|name, _| !names.contains(&name.as_str()));
        recipe().parse_records(&[whole(), cells])
    };
    // `age` and `town` had no value in some training row.
    let (_, notes) = without(&["age", "town"]).unwrap();
    let absent = [("age".to_owned(), 1), ("town".to_owned(), 1)];
    assert_eq!(notes.absent_columns, absent.into());
    let failure = without(&["town", "member", "since"]).unwrap_err();
    assert_eq!(failure.message.code, "prediction.missing_columns");
    assert_eq!(failure.message.params["row"], 2);
    assert_eq!(
        failure.message.params["columns"],
        json!(["member", "since"])
    );
    let failure = recipe()
        .parse_records(&[record(json!({"x": 1}))])
        .unwrap_err();
    assert_eq!(failure.message.code, "prediction.no_columns");
    assert_eq!(failure.message.params["missing"], 4);
    assert!(recipe().parse_records(&[Map::new()]).is_err());
}

#[test]
fn what_cannot_be_read_names_row_and_column() {
    let fails = |value: Value, code: &str, column: &str| {
        let nothing = json!({"age": null, "town": null, "member": null, "since": null});
        let mut cells = record(nothing.clone());
        cells.extend(record(value));
        let records = [record(nothing), cells];
        let failure = recipe().parse_records(&records).unwrap_err();
        assert_eq!(failure.message.code, code);
        assert_eq!(failure.message.params["row"], 2);
        assert_eq!(failure.message.params["column"], column);
        assert_eq!(failure.field.as_deref(), Some(column));
    };
    fails(json!({"age": "old"}), "prediction.not_a_number", "age");
    fails(json!({"age": true}), "prediction.not_a_number", "age");
    fails(json!({"age": [1]}), "prediction.not_a_scalar", "age");
    fails(
        json!({"town": {"name": "Lyon"}}),
        "prediction.not_a_scalar",
        "town",
    );
    fails(
        json!({"since": "some day"}),
        "prediction.not_a_date",
        "since",
    );
}

#[test]
fn a_stored_recipe_is_the_same_recipe() {
    let recipe = recipe();
    let json = serde_json::to_string(&recipe).unwrap();
    let from_json: Recipe = serde_json::from_str(&json).unwrap();
    assert_eq!(serde_json::to_string(&from_json).unwrap(), json);
    let bytes = postcard::to_allocvec(&recipe).unwrap();
    let from_bytes: Recipe = postcard::from_bytes(&bytes).unwrap();
    assert_eq!(postcard::to_allocvec(&from_bytes).unwrap(), bytes);
    assert_eq!(postcard::to_allocvec(&from_json).unwrap(), bytes);
    let dense = |recipe: &Recipe| recipe.features(&table(), View::Dense);
    assert_eq!(dense(&from_json), dense(&recipe));
    assert_eq!(dense(&from_bytes), dense(&recipe));
    let broken = json.replace("\"kept\":2", "\"kept\":9");
    assert_ne!(broken, json);
    assert!(serde_json::from_str::<Recipe>(&broken).is_err());
}

#[test]
fn a_recipe_needs_rows_columns_and_classes() {
    let fit = |table: &Table, change: fn(&mut RecipeSpec)| {
        let mut spec = spec();
        change(&mut spec);
        Recipe::fit(table, &spec).unwrap_err()
    };
    assert_eq!(fit(&table().take(&[]), |_| {}), RecipeError::NoRows);
    assert_eq!(
        fit(&table(), |s| s.schema.columns.clear()),
        RecipeError::NoColumns
    );
    assert!(matches!(
        fit(&table(), |s| s.classes.truncate(1)),
        RecipeError::Classes { .. }
    ));
    let leak = fit(&table(), |s| s.target = "age".into());
    assert_eq!(leak, RecipeError::TargetIsFeature("age".into()));
}

#[test]
fn another_readers_types_are_put_right() {
    let recipe = recipe();
    let other = Table::new(
        vec!["age".into(), "town".into()],
        vec![
            Column::words(["25,5", "old", ""]),
            Column::Numeric(vec![1.0, 7.0, f64::NAN]),
        ],
    );
    let (x, unseen) = recipe.features_counted(&other.unwrap(), View::Trees);
    assert_eq!(x.columns[0][0], 25.5);
    assert!(x.columns[0][1].is_nan() && x.columns[0][2].is_nan());
    assert_eq!(x.columns[1][..2], [2.0, 4.0]);
    assert!(x.columns[1][2].is_nan());
    assert_eq!(
        unseen.0,
        [("age".to_owned(), 1), ("town".to_owned(), 1)].into()
    );
}
