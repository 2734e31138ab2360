//! Gradient histograms in integers.
//!
//! Gradients are rounded to fixed point once per round (30 bits of the largest one), and a bin
//! sums them in 64-bit integers. Integer sums do not depend on order, which buys four things at
//! once: the same bits on any number of threads, an exact parent − child subtraction, exact row
//! counts in the same word as the hessian, and an add that takes one cycle instead of four.

use crate::binning::{Block, with_width};
use crate::gradient::Pair;

/// Rows one model can learn from; bounded so that a hessian keeps at least eleven bits.
pub(crate) const MAX_ROWS: usize = (1 << 26) - 1;

/// Room for every bin a `u8` can name, so that indexing by a bin needs no check.
pub(crate) type Full = [Bin; 256];

/// Sums over the rows of one bin, or of one leaf.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bin {
    /// Sum of fixed-point gradients.
    pub grad: i64,
    /// Sum of `hessian << shift | 1`: fixed-point hessians above, the row count below.
    pub rest: u64,
}

impl Bin {
    /// One row.
    #[inline]
    pub fn of(pair: Pair, shift: u32) -> Self {
        Self {
            grad: i64::from(pair.grad),
            rest: (u64::from(pair.hess) << shift) | 1,
        }
    }

    #[inline]
    pub fn plus(self, other: Self) -> Self {
        Self {
            grad: self.grad.wrapping_add(other.grad),
            rest: self.rest.wrapping_add(other.rest),
        }
    }

    #[inline]
    pub fn minus(self, other: Self) -> Self {
        Self {
            grad: self.grad.wrapping_sub(other.grad),
            rest: self.rest.wrapping_sub(other.rest),
        }
    }

    #[inline]
    pub fn is_empty(self) -> bool {
        self.rest == 0
    }

    /// Number of rows.
    #[inline]
    pub fn count(self, shift: u32) -> u64 {
        self.rest & ((1 << shift) - 1)
    }

    /// Gradient sum, in fixed-point units.
    #[inline]
    pub fn gradient(self) -> f64 {
        self.grad as f64
    }

    /// Hessian sum, in fixed-point units.
    #[inline]
    pub fn hessian(self, shift: u32) -> f64 {
        // Below 2^63, and the signed conversion is the one processors have.
        (self.rest >> shift) as i64 as f64
    }
}

/// The rows of a leaf: all of them, or the listed ones.
#[derive(Clone, Copy)]
pub(crate) enum Rows<'r> {
    All(usize),
    Listed(&'r [u32]),
}

impl<'r> Rows<'r> {
    pub fn len(self) -> usize {
        match self {
            Self::All(n) => n,
            Self::Listed(rows) => rows.len(),
        }
    }

    /// The part `start..end`; only lists can start elsewhere than at row 0, so `All` keeps both.
    pub fn part(self, start: usize, end: usize) -> (usize, Option<&'r [u32]>) {
        match self {
            Self::All(_) => (start, None),
            Self::Listed(rows) => (start, Some(&rows[start..end])),
        }
    }
}

/// Adds rows `start..end` of a leaf to the histograms of a whole block.
///
/// `ordered[i]` belongs to the leaf's i-th row; `full` has one histogram per column.
pub(crate) fn add_block(
    block: &Block,
    rows: Rows,
    start: usize,
    end: usize,
    ordered: &[Bin],
    full: &mut [Full],
) {
    let (first, list) = rows.part(start, end);
    let ordered = &ordered[start..end];
    with_width!(block.width, W => {
        let cells = block.data.as_chunks::<W>().0;
        let Ok(full) = <&mut [Full; W]>::try_from(full) else { return };
        match list {
            None => {
                for (row, &sum) in cells[first..].iter().zip(ordered) {
                    add_row(row, sum, full);
                }
            }
            Some(list) => {
                for (&row, &sum) in list.iter().zip(ordered) {
                    add_row(&cells[row as usize], sum, full);
                }
            }
        }
    });
}

#[inline(always)]
fn add_row<const W: usize>(row: &[u8; W], sum: Bin, full: &mut [Full; W]) {
    for place in 0..W {
        let bin = &mut full[place][usize::from(row[place])];
        *bin = bin.plus(sum);
    }
}

/// The same for one column of a block, where the others are not wanted.
pub(crate) fn add_column(
    block: &Block,
    place: usize,
    rows: Rows,
    start: usize,
    end: usize,
    ordered: &[Bin],
    full: &mut Full,
) {
    let (first, list) = rows.part(start, end);
    let ordered = &ordered[start..end];
    let data = &block.data[place..];
    match list {
        None => {
            let cells = data.iter().step_by(block.width).skip(first);
            for (&cell, &sum) in cells.zip(ordered) {
                let bin = &mut full[usize::from(cell)];
                *bin = bin.plus(sum);
            }
        }
        Some(list) => {
            for (&row, &sum) in list.iter().zip(ordered) {
                let bin = &mut full[usize::from(data[row as usize * block.width])];
                *bin = bin.plus(sum);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bin_keeps_gradient_hessian_and_count_apart() {
        let shift = 20;
        let pair = |grad, hess| Bin::of(Pair { grad, hess }, shift);
        let mut sum = Bin::default();
        for _ in 0..1000 {
            sum = sum.plus(pair(-5, 1 << 23)).plus(pair(2, 0));
        }
        assert_eq!(sum.gradient(), -3000.0);
        assert_eq!(sum.hessian(shift), 1000.0 * f64::from(1 << 23));
        assert_eq!(sum.count(shift), 2000);
        assert_eq!(sum.minus(sum), Bin::default());
    }

    #[test]
    fn block_and_column_agree() {
        let block = Block {
            first: 0,
            width: 3,
            data: (0..30).map(|i| (i * 7 % 5) as u8).collect(),
        };
        let ordered: Vec<Bin> = (0..4)
            .map(|i| Bin::of(Pair { grad: i, hess: 2 }, 8))
            .collect();
        for rows in [Rows::All(4), Rows::Listed(&[9, 0, 4, 4])] {
            let mut whole = vec![[Bin::default(); 256]; 3];
            add_block(&block, rows, 1, 4, &ordered, &mut whole);
            for (place, whole) in whole.iter().enumerate() {
                let mut one = [Bin::default(); 256];
                add_column(&block, place, rows, 1, 4, &ordered, &mut one);
                assert_eq!(*whole, one);
            }
        }
    }
}
