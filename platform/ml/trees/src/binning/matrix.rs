//! The binned table: row-major blocks of at most eight columns.
//!
//! A block is the unit of histogram work. A row of it is one small array, so that a row's bins
//! come with one load; and the eight histograms it feeds (8 × 256 × 16 bytes) stay in the first
//! level cache. Blocks are also the unit of parallel work: each thread owns whole columns.

use std::sync::Arc;

use super::{Binner, BinningParams};
use crate::error::Error;
use crate::parallel::{Threads, map_range};
use crate::{Features, hist};

/// Columns per block, at most.
const MAX_BLOCK_WIDTH: usize = 8;

/// Runs `$body` with the constant `$W` equal to the block's width, so that inner loops unroll.
macro_rules! with_width {
    ($width:expr, $W:ident => $body:expr) => {
        match $width {
            1 => {
                const $W: usize = 1;
                $body
            }
            2 => {
                const $W: usize = 2;
                $body
            }
            3 => {
                const $W: usize = 3;
                $body
            }
            4 => {
                const $W: usize = 4;
                $body
            }
            5 => {
                const $W: usize = 5;
                $body
            }
            6 => {
                const $W: usize = 6;
                $body
            }
            7 => {
                const $W: usize = 7;
                $body
            }
            _ => {
                const $W: usize = 8;
                $body
            }
        }
    };
}
pub(crate) use with_width;

/// Consecutive columns, stored row by row.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    /// Index of the first column.
    pub first: usize,
    /// Number of columns.
    pub width: usize,
    /// `rows × width` bins.
    pub data: Vec<u8>,
}

/// Binned rows, ready for any number of fits.
///
/// Boosting, forests and all trials of a study share one matrix; [`BinnedMatrix::select`] copies
/// the rows of a fold.
#[derive(Clone, Debug)]
pub struct BinnedMatrix {
    binner: Arc<Binner>,
    rows: usize,
    blocks: Vec<Block>,
    /// Per column: its block and its place there.
    places: Vec<(usize, usize)>,
    /// Per column: whether all rows share one bin, so that no split exists.
    constant: Vec<bool>,
}

impl BinnedMatrix {
    /// Finds the bins and bins the same rows.
    pub fn fit(table: &Features, params: &BinningParams, threads: &Threads) -> Result<Self, Error> {
        Arc::new(Binner::fit(table, params, threads)?).transform(table, threads)
    }

    pub(super) fn build(
        binner: Arc<Binner>,
        table: &Features,
        threads: &Threads,
    ) -> Result<Self, Error> {
        let rows = table.rows();
        if rows > hist::MAX_ROWS {
            return Err(Error::TooManyRows {
                rows,
                limit: hist::MAX_ROWS,
            });
        }
        let cuts = block_bounds(table.columns().len());
        let blocks = threads.run(|count| {
            map_range(count, 0..cuts.len() - 1, |index| {
                let (first, width) = (cuts[index], cuts[index + 1] - cuts[index]);
                let mut data = vec![0u8; rows * width];
                for place in 0..width {
                    let bins = &binner.features()[first + place];
                    let values = table.columns()[first + place].values;
                    let cells = data.iter_mut().skip(place).step_by(width);
                    for (cell, &value) in cells.zip(values) {
                        *cell = bins.bin(value);
                    }
                }
                Block { first, width, data }
            })
        });
        Ok(Self::assemble(binner, rows, blocks))
    }

    fn assemble(binner: Arc<Binner>, rows: usize, blocks: Vec<Block>) -> Self {
        let mut places = Vec::new();
        let mut constant = Vec::new();
        for (index, block) in blocks.iter().enumerate() {
            for place in 0..block.width {
                places.push((index, place));
                let mut bins = block.data.iter().skip(place).step_by(block.width);
                let first = bins.next();
                constant.push(bins.all(|bin| Some(bin) == first));
            }
        }
        Self {
            binner,
            rows,
            blocks,
            places,
            constant,
        }
    }

    /// The rows named, in that order and as often as named..
    ///
    /// Indices outside the matrix are an [`Error::Length`].
    pub fn select(&self, rows: &[u32]) -> Result<Self, Error> {
        if rows.is_empty() {
            return Err(Error::Empty("rows"));
        }
        if let Some(&outside) = rows.iter().find(|&&row| row as usize >= self.rows) {
            Error::same_length("the matrix", outside as usize + 1, self.rows)?;
        }
        let blocks = self.blocks.iter().map(|block| Block {
            first: block.first,
            width: block.width,
            data: rows
                .iter()
                .flat_map(|&row| &block.data[row as usize * block.width..][..block.width])
                .copied()
                .collect(),
        });
        Ok(Self::assemble(
            Arc::clone(&self.binner),
            rows.len(),
            blocks.collect(),
        ))
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.places.len()
    }

    /// The bins of the columns; bin validation rows with its `transform`.
    pub fn binner(&self) -> &Arc<Binner> {
        &self.binner
    }

    pub(crate) fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    pub(crate) fn is_constant(&self, column: usize) -> bool {
        self.constant[column]
    }

    pub(crate) fn column(&self, column: usize) -> BinColumn<'_> {
        let (block, place) = self.places[column];
        let block = &self.blocks[block];
        BinColumn {
            data: &block.data[place..],
            stride: block.width,
        }
    }

    /// The bin of one cell.
    pub(crate) fn bin(&self, row: usize, column: usize) -> u8 {
        self.column(column).bin(row)
    }
}

/// One column of a block.
#[derive(Clone, Copy)]
pub(crate) struct BinColumn<'m> {
    data: &'m [u8],
    stride: usize,
}

impl BinColumn<'_> {
    #[inline]
    pub fn bin(&self, row: usize) -> u8 {
        self.data[row * self.stride]
    }
}

/// Even cuts, so that 14 columns become 7 + 7 and not 8 + 6.
fn block_bounds(columns: usize) -> Vec<usize> {
    let blocks = columns.div_ceil(MAX_BLOCK_WIDTH).max(1);
    (0..=blocks).map(|b| b * columns / blocks).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Column;

    #[test]
    fn blocks_are_even() {
        assert_eq!(block_bounds(14), [0, 7, 14]);
        assert_eq!(block_bounds(17), [0, 5, 11, 17]);
        assert_eq!(block_bounds(1), [0, 1]);
    }

    #[test]
    fn cells_survive_blocks_and_selection() {
        let columns: Vec<Vec<f64>> = (0..11)
            .map(|c| (0..20).map(|r| f64::from((r * (c + 3)) % 7)).collect())
            .collect();
        let table = Features::new(columns.iter().map(|c| Column::numeric(c)).collect()).unwrap();
        let threads = Threads::single();
        let matrix = BinnedMatrix::fit(&table, &BinningParams::default(), &threads).unwrap();
        let picked = matrix.select(&[19, 3, 3]).unwrap();
        for (c, column) in columns.iter().enumerate() {
            let bins = &matrix.binner().features()[c];
            for (r, &value) in column.iter().enumerate() {
                assert_eq!(matrix.bin(r, c), bins.bin(value));
            }
            assert_eq!(picked.bin(0, c), matrix.bin(19, c));
            assert_eq!(picked.bin(2, c), matrix.bin(3, c));
        }
        assert!(matrix.select(&[20]).is_err());
    }
}
