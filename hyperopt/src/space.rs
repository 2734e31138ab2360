//! Drawing from a search space, and the unit cube behind it.

use domain::study::{Dimension, Distribution, ParamValue, Params, Space};
use rand::RngExt;

/// Draws every dimension independently and uniformly (on its own scale).
pub fn draw(space: &Space, rng: &mut impl RngExt) -> Params {
    let mut params = Params::default();
    for dimension in &space.0 {
        if exists(dimension, &params) {
            let unit: f64 = rng.random();
            params = params.with(&dimension.name, from_unit(&dimension.distribution, unit));
        }
    }
    params
}

/// Whether a conditional dimension exists beside these values.
#[must_use]
pub fn exists(dimension: &Dimension, params: &Params) -> bool {
    match &dimension.only_if {
        None => true,
        Some((name, value)) => params.0.get(name) == Some(value),
    }
}

/// The value at `unit` (0 to 1) of a dimension.
#[must_use]
pub fn from_unit(distribution: &Distribution, unit: f64) -> ParamValue {
    let unit = if unit.is_finite() {
        unit.clamp(0.0, 1.0)
    } else {
        0.5
    };
    match distribution {
        Distribution::Float {
            low,
            high,
            log: false,
        } => ParamValue::Float((low + unit * (high - low)).clamp(*low, *high)),
        Distribution::Float {
            low,
            high,
            log: true,
        } => {
            let value = (low.ln() + unit * (high.ln() - low.ln())).exp();
            ParamValue::Float(value.clamp(*low, *high))
        }
        Distribution::Int { low, high, log } => {
            let (from, to) = edges(*low, *high, *log);
            let value = from + unit * (to - from);
            let value = if *log { value.exp() } else { value };
            #[expect(clippy::cast_possible_truncation, reason = "clamped into the bounds")]
            let value = value.round() as i64;
            ParamValue::Int(value.clamp(*low, *high))
        }
        Distribution::Categorical { choices } => {
            #[expect(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "few choices, and unit is not negative"
            )]
            let place = (unit * choices.len() as f64) as usize;
            let last = choices.len().saturating_sub(1);
            choices
                .get(place.min(last))
                .cloned()
                .unwrap_or(ParamValue::Bool(false))
        }
    }
}

/// Where a value lies (0 to 1) in a numeric dimension; nothing for words or foreign values.
#[must_use]
pub fn to_unit(distribution: &Distribution, value: &ParamValue) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "hyper-parameters are small")]
    let number = match value {
        ParamValue::Float(value) => *value,
        ParamValue::Int(value) => *value as f64,
        _ => return None,
    };
    let (from, to, at) = match distribution {
        Distribution::Float {
            low,
            high,
            log: false,
        } => (*low, *high, number),
        Distribution::Float {
            low,
            high,
            log: true,
        } => (low.ln(), high.ln(), number.ln()),
        Distribution::Int { low, high, log } => {
            let (from, to) = edges(*low, *high, *log);
            (from, to, if *log { number.ln() } else { number })
        }
        Distribution::Categorical { .. } => return None,
    };
    if to > from && at.is_finite() {
        Some(((at - from) / (to - from)).clamp(0.0, 1.0))
    } else {
        None
    }
}

/// Whole numbers own the half unit on either side, so that the first and the last are as likely
/// as the others.
fn edges(low: i64, high: i64, log: bool) -> (f64, f64) {
    #[expect(clippy::cast_precision_loss, reason = "hyper-parameters are small")]
    let (from, to) = (low as f64 - 0.5, high as f64 + 0.5);
    if log {
        (from.max(0.5).ln(), to.max(1.0).ln())
    } else {
        (from, to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn distributions() -> Vec<Distribution> {
        vec![
            Distribution::Float {
                low: -1.0,
                high: 3.0,
                log: false,
            },
            Distribution::Float {
                low: 1e-4,
                high: 10.0,
                log: true,
            },
            Distribution::Int {
                low: 1,
                high: 9,
                log: false,
            },
            Distribution::Int {
                low: 4,
                high: 512,
                log: true,
            },
        ]
    }

    proptest! {
        #[test]
        fn what_is_drawn_lies_in_its_bounds_and_is_found_again(unit in 0.0_f64..=1.0) {
            for distribution in distributions() {
                let value = from_unit(&distribution, unit);
                let back = to_unit(&distribution, &value).unwrap();
                prop_assert_eq!(from_unit(&distribution, back), value);
            }
        }
    }

    #[test]
    fn the_ends_of_whole_numbers_are_as_likely_as_the_others() {
        let die = Distribution::Int {
            low: 1,
            high: 6,
            log: false,
        };
        let mut counts = [0; 7];
        for step in 0..6_000 {
            let ParamValue::Int(face) = from_unit(&die, (f64::from(step) + 0.5) / 6_000.0) else {
                panic!("not a whole number");
            };
            counts[usize::try_from(face).unwrap()] += 1;
        }
        assert_eq!(counts[1..], [1_000; 6]);
    }

    #[test]
    fn a_conditional_dimension_needs_its_parent() {
        let space = Space(vec![
            Dimension {
                name: "kind".into(),
                distribution: Distribution::Categorical {
                    choices: vec![ParamValue::Text("a".into()), ParamValue::Text("b".into())],
                },
                only_if: None,
            },
            Dimension {
                name: "depth".into(),
                distribution: Distribution::Int {
                    low: 1,
                    high: 3,
                    log: false,
                },
                only_if: Some(("kind".into(), ParamValue::Text("b".into()))),
            },
        ]);
        let mut rng = crate::study::rng(1, 2);
        for _ in 0..50 {
            let params = draw(&space, &mut rng);
            assert_eq!(
                params.int("depth").is_some(),
                params.text("kind") == Some("b")
            );
        }
    }
}
