//! Configurations as numbers, which densities can be computed of.

use crate::space::{from_unit, to_unit};
use domain::study::{Dimension, Distribution, ParamValue, Params, Space};

/// A configuration: of a number its place in the unit interval, of a word its index, NaN where the
/// dimension does not exist beside the others or its value is a foreign one.
pub(crate) type Point = Vec<f64>;

/// A dimension of the points.
pub(crate) struct Axis<'a> {
    dimension: &'a Dimension,
    /// Words to choose among; 0 for numbers.
    pub choices: usize,
    /// The place of the dimension on which this one depends, and the value it needs there.
    only_if: Option<(usize, f64)>,
}

/// The dimensions in the space's order.
pub(crate) fn axes(space: &Space) -> Vec<Axis<'_>> {
    let mut axes: Vec<Axis<'_>> = Vec::new();
    for dimension in &space.0 {
        let only_if = dimension.only_if.as_ref().map(|(name, value)| {
            let parent = axes.iter().position(|axis| axis.dimension.name == *name);
            let wanted = parent.map_or(f64::NAN, |parent| axes[parent].place(value));
            (parent.unwrap_or(usize::MAX), wanted)
        });
        let choices = match &dimension.distribution {
            Distribution::Categorical { choices } => choices.len().max(1),
            _ => 0,
        };
        axes.push(Axis {
            dimension,
            choices,
            only_if,
        });
    }
    axes
}

impl Axis<'_> {
    /// Where a value lies on this axis.
    fn place(&self, value: &ParamValue) -> f64 {
        match &self.dimension.distribution {
            Distribution::Categorical { choices } => {
                #[expect(clippy::cast_precision_loss, reason = "few choices")]
                let index = |place: usize| place as f64;
                let place = choices.iter().position(|choice| choice == value);
                place.map_or(f64::NAN, index)
            }
            number => to_unit(number, value).unwrap_or(f64::NAN),
        }
    }

    fn value(&self, place: f64) -> ParamValue {
        match self.choices {
            0 => from_unit(&self.dimension.distribution, place),
            #[expect(clippy::cast_precision_loss, reason = "few choices")]
            choices => from_unit(&self.dimension.distribution, (place + 0.5) / choices as f64),
        }
    }

    /// Whether it exists beside the values before it.
    pub fn exists(&self, point: &[f64]) -> bool {
        match self.only_if {
            None => true,
            Some((parent, wanted)) => point.get(parent).is_some_and(|place| *place == wanted),
        }
    }
}

/// Configurations as points.
pub(crate) fn points<'p>(axes: &[Axis<'_>], all: impl Iterator<Item = &'p Params>) -> Vec<Point> {
    // Configurations are in the order of names: going along with them is quicker than looking up.
    let mut by_name: Vec<usize> = (0..axes.len()).collect();
    by_name.sort_by_key(|axis| &axes[*axis].dimension.name);
    let point = |params: &Params| {
        let mut point = vec![f64::NAN; axes.len()];
        let mut known = params.0.iter().peekable();
        for &place in &by_name {
            let axis = &axes[place];
            while known
                .next_if(|(name, _)| **name < axis.dimension.name)
                .is_some()
            {}
            if let Some((_, value)) = known.next_if(|(name, _)| **name == axis.dimension.name) {
                point[place] = axis.place(value);
            }
        }
        point
    };
    all.map(point).collect()
}

/// A point as a configuration.
pub(crate) fn params(axes: &[Axis<'_>], point: &[f64]) -> Params {
    let mut params = Params::default();
    for (axis, &place) in axes.iter().zip(point) {
        if !place.is_nan() {
            params = params.with(&axis.dimension.name, axis.value(place));
        }
    }
    params
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::draw;

    #[test]
    fn a_configuration_comes_back() {
        let word = |word: &str| ParamValue::Text(word.to_owned());
        let dimension = |name: &str, distribution, only_if| Dimension {
            name: name.to_owned(),
            distribution,
            only_if,
        };
        let kinds = Distribution::Categorical {
            choices: vec![word("a"), word("b")],
        };
        let depth = Distribution::Int {
            low: 1,
            high: 30,
            log: true,
        };
        let rate = Distribution::Float {
            low: 1e-4,
            high: 1.0,
            log: true,
        };
        let space = Space(vec![
            dimension("kind", kinds, None),
            dimension("depth", depth, Some(("kind".to_owned(), word("b")))),
            dimension("rate", rate, None),
        ]);
        let axes = axes(&space);
        let mut rng = crate::study::rng(1, 1);
        for _ in 0..50 {
            let drawn = draw(&space, &mut rng);
            let point = points(&axes, [&drawn].into_iter()).remove(0);
            assert_eq!(point[1].is_nan(), drawn.text("kind") == Some("a"));
            assert_eq!(axes[1].exists(&point), drawn.text("kind") == Some("b"));
            let back = params(&axes, &point);
            assert_eq!(back.int("depth"), drawn.int("depth"));
            assert_eq!(back.text("kind"), drawn.text("kind"));
            let (rate, expected) = (back.float("rate").unwrap(), drawn.float("rate").unwrap());
            assert!((rate / expected - 1.0).abs() < 1e-9, "{rate} {expected}");
        }
    }
}
