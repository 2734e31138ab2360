//! Moves a leaf's rows so that the left child's come first, both sides in their old order.

use rayon::prelude::*;

use crate::binning::BinColumn;
use crate::split::BinSet;

/// Rows per parallel piece; below two pieces one thread does it all.
const PIECE: usize = 2048;

/// Rows for which a table of 256 answers is not worth its making.
const SMALL: usize = 128;

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
    if rows.len() < SMALL {
        return piece(rows, spare, column, |bin| left_bins.contains(bin));
    }
    let table = table(left_bins);
    let goes_left = |bin: u8| table[usize::from(bin)];
    let spare = &mut spare[..rows.len()];
    if threads == 1 || rows.len() < 2 * PIECE {
        return piece(rows, spare, column, goes_left);
    }
    let lefts: Vec<usize> = rows
        .par_chunks_mut(PIECE)
        .zip(spare.par_chunks_mut(PIECE))
        .map(|(rows, spare)| piece(rows, spare, column, goes_left))
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

fn piece(
    rows: &mut [u32],
    spare: &mut [u32],
    column: BinColumn,
    goes_left: impl Fn(u8) -> bool,
) -> usize {
    let (mut left, mut right) = (0, 0);
    for at in 0..rows.len() {
        let row = rows[at];
        let to_left = goes_left(column.bin(row as usize));
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
    left_bins
        .iter()
        .for_each(|bin| table[usize::from(bin)] = true);
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BinnedMatrix, BinningParams, Column, Features, Threads};

    #[test]
    fn pieces_join_to_a_stable_whole() {
        let values: Vec<f64> = (0..3 * PIECE + 7).map(|r| (r % 11) as f64).collect();
        let table = Features::new(vec![Column::numeric(&values)]).unwrap();
        let single = Threads::single();
        let matrix = BinnedMatrix::fit(&table, &BinningParams::default(), &single).unwrap();
        let mut left_bins = BinSet::default();
        [0, 3, 4].into_iter().for_each(|bin| left_bins.insert(bin));
        for rows in [100, values.len()] {
            let rows: Vec<u32> = (0..rows as u32).collect();
            let is_left = |row: &u32| [0.0, 3.0, 4.0].contains(&values[*row as usize]);
            let (left, right): (Vec<u32>, Vec<u32>) = rows.iter().partition(|row| is_left(row));
            for threads in [1, 4] {
                let (mut found, mut spare) = (rows.clone(), vec![0; rows.len()]);
                let column = matrix.column(0);
                let count = partition(threads, &mut found, &mut spare, column, left_bins);
                assert_eq!((&found[..count], &found[count..]), (&left[..], &right[..]));
            }
        }
    }
}
