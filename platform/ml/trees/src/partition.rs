//! Moves a leaf's rows so that the left child's come first, both sides in their old order.

use rayon::prelude::*;

use crate::binning::BinColumn;
use crate::split::BinSet;

/// Rows per parallel piece; below two pieces one thread does it all.
const PIECE: usize = 16_384;

/// Splits `rows` by the bins of `column`; `spare` is at least as long. Returns the left count.
///
/// Stable, and so the same whatever the number of threads: order inside a leaf decides the order
/// in which floats are added where values are renewed from raw targets.
pub(crate) fn partition(
    threads: usize,
    rows: &mut [u32],
    spare: &mut [u32],
    column: BinColumn,
    left_bins: BinSet,
) -> usize {
    let goes_left = table(left_bins);
    let spare = &mut spare[..rows.len()];
    if threads == 1 || rows.len() < 2 * PIECE {
        return piece(rows, spare, column, &goes_left);
    }
    let lefts: Vec<usize> = rows
        .par_chunks_mut(PIECE)
        .zip(spare.par_chunks_mut(PIECE))
        .map(|(rows, spare)| piece(rows, spare, column, &goes_left))
        .collect();
    // Each piece is now left-then-right; gather the lefts in place and the rights aside.
    let (mut left, mut right) = (0, 0);
    for (index, &count) in lefts.iter().enumerate() {
        let start = index * PIECE;
        let end = (start + PIECE).min(rows.len());
        spare[right..right + end - start - count].copy_from_slice(&rows[start + count..end]);
        right += end - start - count;
        rows.copy_within(start..start + count, left);
        left += count;
    }
    rows[left..].copy_from_slice(&spare[..right]);
    left
}

fn piece(rows: &mut [u32], spare: &mut [u32], column: BinColumn, goes_left: &[bool; 256]) -> usize {
    let (mut left, mut right) = (0, 0);
    for at in 0..rows.len() {
        let row = rows[at];
        let to_left = goes_left[usize::from(column.bin(row as usize))];
        // Both writes happen, one is kept: no branch to mispredict. `left <= at` always holds.
        rows[left] = row;
        spare[right] = row;
        left += usize::from(to_left);
        right += usize::from(!to_left);
    }
    rows[left..].copy_from_slice(&spare[..right]);
    left
}

fn table(left_bins: BinSet) -> [bool; 256] {
    let mut table = [false; 256];
    left_bins.iter().for_each(|bin| table[usize::from(bin)] = true);
    table
}
