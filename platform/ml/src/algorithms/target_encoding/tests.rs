//! scikit-learn judges the formula; an encoder of the other folds judges what a training row sees.

use super::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    levels: Vec<u32>,
    x: Vec<Vec<Option<f64>>>,
    asked: Vec<Vec<Option<f64>>>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    kind: String,
    smooth: f64,
    y: Vec<f64>,
    answers: Vec<Vec<f64>>,
}

impl Case {
    fn target(&self) -> Target {
        let count = match self.kind.as_str() {
            "binary" => 2,
            "multiclass" => 3,
            _ => return Target::Values(self.y.clone()),
        };
        let codes = self.y.iter().map(|class| *class as u32).collect();
        Target::Classes { codes, count }
    }
}

fn vectors() -> (Vec<Case>, Features, Features) {
    let text = include_str!("../../../tests/vectors/target_encoding.json");
    let vectors: Vectors = serde_json::from_str(text).unwrap();
    let features = |columns: Vec<Vec<Option<f64>>>| {
        let numbers =
            |column: Vec<Option<f64>>| column.iter().map(|v| v.unwrap_or(f64::NAN)).collect();
        let kinds = vectors.levels.iter();
        Features::new(
            vec!["few".into(), "many".into()],
            kinds
                .map(|levels| FeatureKind::Categorical { levels: *levels })
                .collect(),
            columns.into_iter().map(numbers).collect(),
        )
    };
    (vectors.cases, features(vectors.x), features(vectors.asked))
}

fn learned(x: &Features, y: &Target, weights: Option<&[f64]>, smooth: f64) -> TargetEncoder {
    let values = crate::algorithms::grown::targets(y, 1.0);
    let taught = Taught {
        x,
        y,
        values: &values,
        weights,
        smooth,
    };
    TargetEncoder::fit_transform(&taught, 1).0
}

fn near(found: &Columns<'_>, expected: &[Vec<f64>], label: &str) {
    assert_eq!(found.values.len(), expected.len(), "{label}");
    for (found, expected) in found.values.iter().zip(expected) {
        for (found, expected) in found.iter().zip(expected) {
            let near = (found - expected).abs() < 1e-12;
            assert!(near, "{label}: {found} instead of {expected}");
        }
    }
}

#[test]
fn levels_say_what_scikit_learn_says() {
    let (cases, x, asked) = vectors();
    for case in &cases {
        let encoder = learned(&x, &case.target(), None, case.smooth);
        near(&encoder.transform(&asked), &case.answers, &case.kind);
        encoder.validate().unwrap();
    }
}

#[test]
fn a_training_row_is_encoded_by_the_other_folds() {
    let (cases, x, _) = vectors();
    for case in &cases {
        let y = case.target();
        let values = crate::algorithms::grown::targets(&y, 1.0);
        let taught = Taught {
            x: &x,
            y: &y,
            values: &values,
            weights: None,
            smooth: case.smooth,
        };
        let (_, columns) = TargetEncoder::fit_transform(&taught, 9);
        let fold_of = folds(&y, FOLDS, 9);
        for fold in 0..FOLDS {
            let rows = 0..x.rows() as u32;
            let (inside, others): (Vec<u32>, Vec<u32>) =
                rows.partition(|row| fold_of[*row as usize] == fold);
            let judge = learned(&x.take(&others), &y.take(&others), None, case.smooth);
            let inside_x = x.take(&inside);
            let expected = judge.transform(&inside_x);
            let expected: Vec<Vec<f64>> = expected.values.iter().map(|v| v.to_vec()).collect();
            let mut found = Columns::default();
            for column in &columns.values {
                let taken = inside.iter().map(|row| column[*row as usize]);
                found.push(Cow::Owned(taken.collect()), FeatureKind::Numeric);
            }
            near(&found, &expected, &case.kind);
        }
    }
}

#[test]
fn a_weight_of_two_is_a_row_twice() {
    let (cases, x, asked) = vectors();
    for case in &cases {
        let y = case.target();
        let weights: Vec<f64> = (0..x.rows()).map(|row| 1.0 + (row % 3) as f64).collect();
        let copies = (0..x.rows() as u32).flat_map(|row| vec![row; 1 + row as usize % 3]);
        let copies: Vec<u32> = copies.collect();
        let weighed = learned(&x, &y, Some(&weights), case.smooth);
        let copied = learned(&x.take(&copies), &y.take(&copies), None, case.smooth);
        let copied = copied.transform(&asked);
        let copied: Vec<Vec<f64>> = copied.values.iter().map(|v| v.to_vec()).collect();
        near(&weighed.transform(&asked), &copied, &case.kind);
    }
}

#[test]
fn unknown_codes_say_what_all_rows_say() {
    let (cases, x, _) = vectors();
    let mut odd = x.take(&[0, 1, 2]);
    odd.columns[1] = vec![7.0, 12.0, 1e9];
    for case in &cases {
        let encoder = learned(&x, &case.target(), None, case.smooth);
        let found = encoder.transform(&odd);
        for (place, column) in found.values[encoder.outputs()..].iter().enumerate() {
            assert!(
                column.iter().all(|v| *v == encoder.rest[place]),
                "{}: {column:?}",
                case.kind
            );
        }
    }
}

#[test]
fn what_does_not_fit_together_is_no_encoder() {
    let (cases, x, _) = vectors();
    let good = learned(&x, &cases[2].target(), None, 1.0);
    let broken = |change: &dyn Fn(&mut TargetEncoder)| {
        let mut encoder = good.clone();
        change(&mut encoder);
        encoder.validate().is_err()
    };
    assert!(broken(&|encoder| encoder.rest.clear()));
    assert!(broken(&|encoder| encoder.rest[0] = f64::NAN));
    assert!(broken(&|encoder| encoder.levels[0] = Some(Vec::new())));
    assert!(broken(&|encoder| encoder.levels[0]
        .as_mut()
        .unwrap()
        .truncate(4)));
    assert!(broken(
        &|encoder| encoder.levels[1].as_mut().unwrap()[0] = f64::INFINITY
    ));
}
