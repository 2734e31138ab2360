//! What a pair of leaves is worth (Chen & Guestrin 2016, eq. 6 and 7, without the factor ½).

use crate::hist::Bin;

/// The interval a leaf's value must stay in (monotone constraints), in fixed-point units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bounds {
    pub low: f64,
    pub high: f64,
}

impl Bounds {
    pub const FREE: Self = Self {
        low: f64::NEG_INFINITY,
        high: f64::INFINITY,
    };

    /// Children's intervals after a split on a column with this constraint: they meet half-way
    /// between the children's values (the "basic" method of LightGBM).
    pub fn divide(self, monotone: i8, left: f64, right: f64) -> (Self, Self) {
        let middle = (left + right) / 2.0;
        let (below, above) = (
            Self {
                high: middle,
                ..self
            },
            Self {
                low: middle,
                ..self
            },
        );
        match monotone {
            0 => (self, self),
            1.. => (below, above),
            _ => (above, below),
        }
    }
}

/// The value of a leaf: `−T(G)/(H+λ₂)` with the soft threshold `T` of `λ₁`, clipped.
pub(crate) fn output(grad: f64, hess: f64, l1: f64, l2: f64, bounds: Bounds) -> f64 {
    let shrunk = soft(grad, l1);
    if shrunk == 0.0 {
        return 0f64.max(bounds.low).min(bounds.high);
    }
    (-shrunk / (hess + l2)).max(bounds.low).min(bounds.high)
}

fn soft(grad: f64, l1: f64) -> f64 {
    grad.signum() * (grad.abs() - l1).max(0.0)
}

/// A formula for the worth of two leaves, as numerator and positive denominator.
pub(super) trait Score: Copy {
    fn pair(&self, left: (f64, f64), right: (f64, f64)) -> (f64, f64);
    fn add_l2(self, extra: f64) -> Self;

    #[inline]
    fn of(&self, left: Bin, right: Bin, shift: u32) -> (f64, f64) {
        self.pair(
            (left.gradient(), left.hessian(shift)),
            (right.gradient(), right.hessian(shift)),
        )
    }
}

/// `G²/(H+λ₂)` on both sides; no L1, no bounds.
#[derive(Clone, Copy)]
pub(super) struct Plain {
    pub l2: f64,
}

impl Plain {
    pub fn alone(&self, total: Bin, shift: u32) -> f64 {
        let grad = total.gradient();
        if grad == 0.0 {
            return 0.0;
        }
        grad * grad / (total.hessian(shift) + self.l2)
    }
}

impl Score for Plain {
    #[inline]
    fn pair(&self, (gl, hl): (f64, f64), (gr, hr): (f64, f64)) -> (f64, f64) {
        let (below_l, below_r) = (hl + self.l2, hr + self.l2);
        (gl * gl * below_r + gr * gr * below_l, below_l * below_r)
    }

    fn add_l2(self, extra: f64) -> Self {
        Self {
            l2: self.l2 + extra,
        }
    }
}

/// The worth at the values the leaves really get: `−(2·T(G)·w + (H+λ₂)·w²)`.
#[derive(Clone, Copy)]
pub(super) struct General {
    pub l1: f64,
    pub l2: f64,
    pub bounds: Bounds,
    pub monotone: i8,
}

impl General {
    pub fn alone(&self, total: Bin, shift: u32) -> f64 {
        self.side(total.gradient(), total.hessian(shift)).1
    }

    fn side(&self, grad: f64, hess: f64) -> (f64, f64) {
        let value = output(grad, hess, self.l1, self.l2, self.bounds);
        let worth = -(2.0 * soft(grad, self.l1) * value + (hess + self.l2) * value * value);
        (value, worth)
    }
}

impl Score for General {
    fn pair(&self, (gl, hl): (f64, f64), (gr, hr): (f64, f64)) -> (f64, f64) {
        let (left, right) = (self.side(gl, hl), self.side(gr, hr));
        let forbidden = (right.0 - left.0) * f64::from(self.monotone) < 0.0;
        match forbidden {
            true => (f64::NEG_INFINITY, 1.0),
            false => (left.1 + right.1, 1.0),
        }
    }

    fn add_l2(self, extra: f64) -> Self {
        Self {
            l2: self.l2 + extra,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_formulas_agree_without_l1_and_bounds() {
        let plain = Plain { l2: 3.0 };
        let general = General {
            l1: 0.0,
            l2: 3.0,
            bounds: Bounds::FREE,
            monotone: 0,
        };
        let (left, right) = ((5.0, 2.0), (-7.0, 4.0));
        let (a, b) = plain.pair(left, right);
        let (c, d) = general.pair(left, right);
        assert!((a / b - c / d).abs() < 1e-12);
        assert!((a / b - (25.0 / 5.0 + 49.0 / 7.0)).abs() < 1e-12);
    }

    #[test]
    fn constraints_forbid_the_wrong_order() {
        let score = |monotone| General {
            l1: 0.0,
            l2: 0.0,
            bounds: Bounds::FREE,
            monotone,
        };
        let (left, right) = ((-4.0, 2.0), (4.0, 2.0));
        assert!(score(-1).pair(left, right).0 > 0.0);
        assert_eq!(score(1).pair(left, right).0, f64::NEG_INFINITY);
    }

    #[test]
    fn l1_shrinks_to_zero() {
        assert_eq!(output(2.0, 1.0, 3.0, 0.0, Bounds::FREE), 0.0);
        assert_eq!(output(-5.0, 1.0, 3.0, 1.0, Bounds::FREE), 1.0);
    }
}
