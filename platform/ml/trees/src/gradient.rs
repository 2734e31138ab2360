//! Gradients and hessians of one round and output, rounded to fixed point.

use crate::parallel::{ROW_CHUNK, map_chunks};

/// Fixed-point gradient and hessian of one row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pair {
    pub grad: i32,
    pub hess: u32,
}

/// How fixed-point units map to real ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scale {
    /// Units per real gradient.
    pub grad: f64,
    /// Units per real hessian.
    pub hess: f64,
    /// Bits of the row count in [`crate::hist::Bin`].
    pub shift: u32,
}

impl Scale {
    /// The finest powers of two for which no sum over `rows` rows can overflow. Powers of two,
    /// so that doubling all weights changes no bit of the result.
    pub fn fit(rows: usize, max_grad: f64, max_hess: f64) -> Self {
        let shift = usize::BITS - rows.leading_zeros();
        let hess_bits = (63 - 2 * shift as i32).min(31);
        Self {
            grad: power_below(30, max_grad),
            hess: power_below(hess_bits, max_hess),
            shift,
        }
    }

    /// One row's real pair in units.
    #[inline]
    pub fn round(self, grad: f64, hess: f64) -> Pair {
        Pair {
            grad: round(grad * self.grad) as i32,
            hess: round(hess * self.hess) as u32,
        }
    }

    /// What turns `gradient sum / hessian sum` in units into a real leaf value.
    pub fn value(self) -> f64 {
        self.hess / self.grad
    }

    /// What turns `gradient² / hessian` in units into a real gain.
    pub fn gain(self) -> f64 {
        self.hess / self.grad / self.grad
    }
}

/// To the nearest integer by the magic constant 1.5·2⁵²: `f64::round` is a library call on
/// processors without SSE4.1, and this is hot.
#[inline]
fn round(x: f64) -> f64 {
    const MAGIC: f64 = 6_755_399_441_055_744.0;
    (x + MAGIC) - MAGIC
}

/// The power of two that brings `max` below `2^bits`.
fn power_below(bits: i32, max: f64) -> f64 {
    if max <= 0.0 {
        return 1.0;
    }
    // The exponent by its bits: `log2` may round up to the next integer. Subnormal maxima read as
    // the smallest exponent and so come out even smaller, which is harmless.
    let exponent = ((max.to_bits() >> 52) & 0x7ff) as i32 - 1023;
    2f64.powi((bits - 1 - exponent).clamp(-1000, 1000))
}

/// Real pairs of all rows, and the fixed-point form the trees work on. Buffers are kept.
#[derive(Default)]
pub(crate) struct Gradients {
    pub real: Vec<(f64, f64)>,
    pub pairs: Vec<Pair>,
    pub scale: Option<Scale>,
}

impl Gradients {
    /// Fills both forms from `pair(row)`; `false` when a value is not finite.
    pub fn fill(
        &mut self,
        threads: usize,
        rows: usize,
        pair: impl Fn(usize) -> (f64, f64) + Sync + Send,
    ) -> bool {
        self.real.resize(rows, (0.0, 0.0));
        self.pairs.resize(rows, Pair::default());
        let maxima = map_chunks(threads, &mut self.real, ROW_CHUNK, |first, chunk| {
            let (mut grad, mut hess) = (0f64, 0f64);
            let mut finite = true;
            for (offset, slot) in chunk.iter_mut().enumerate() {
                *slot = pair(first + offset);
                finite &= slot.0.is_finite() & slot.1.is_finite();
                grad = grad.max(slot.0.abs());
                hess = hess.max(slot.1);
            }
            (grad, hess, finite)
        });
        if maxima.iter().any(|m| !m.2) {
            return false;
        }
        let grad = maxima.iter().fold(0f64, |a, m| a.max(m.0));
        let hess = maxima.iter().fold(0f64, |a, m| a.max(m.1));
        let scale = Scale::fit(rows, grad, hess);
        let real = &self.real;
        map_chunks(threads, &mut self.pairs, ROW_CHUNK, |first, chunk| {
            for (slot, &(grad, hess)) in chunk.iter_mut().zip(&real[first..]) {
                *slot = scale.round(grad, hess);
            }
        });
        self.scale = Some(scale);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hist::{Bin, MAX_ROWS};

    #[test]
    fn no_sum_overflows() {
        for rows in [1, 2, 1000, 40_000, 1 << 20, MAX_ROWS] {
            for max in [1e-300, 0.25, 1.0, 3.9, 1e300] {
                let scale = Scale::fit(rows, max, max);
                let pair = scale.round(-max, max);
                let one = Bin::of(pair, scale.shift);
                assert!(i128::from(one.grad) * (rows as i128) > i128::from(i64::MIN));
                assert!(
                    u128::from(one.rest) * (rows as u128) < 1 << 63,
                    "{rows} {max}"
                );
                assert!(max < 1e-200 || pair.grad < -(1 << 28));
                assert!(max < 1e-200 || pair.hess > 1 << 6);
                assert!((rows as u64) < 1 << scale.shift);
            }
        }
    }

    #[test]
    fn rounding_is_to_nearest() {
        assert_eq!(
            [-2.6, -0.4, 0.0, 0.6, 1e9].map(round),
            [-3.0, 0.0, 0.0, 1.0, 1e9]
        );
    }
}
