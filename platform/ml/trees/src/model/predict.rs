//! Scores and predictions.
//!
//! Small trees are asked column by column ([`Scorer`]), larger ones are walked down. A step down
//! a tree waits for two loads, so eight walks go down together: eight rows on one tree in a batch,
//! eight trees for a single row. A batch is taken in blocks of rows, and each tree goes over a whole
//! block, so that nodes and rows stay in the first-level cache. Either way a row adds its trees in
//! order, so all give the same bits.

use std::borrow::Cow;

use rayon::prelude::*;

use super::node::in_bits;
use super::scorer::{ROWS, Scorer};
use super::{Node, Origin, TreeEnsemble};
use crate::Features;
use crate::binning::level_bin;
use crate::error::Error;
use crate::parallel::Threads;

/// Values of one block of rows: with small trees about a first-level cache, with trees that do
/// not fit there about a second-level cache, so that a tree once loaded serves many rows.
const BLOCK_VALUES: [usize; 2] = [4096, 65_536];

/// Nodes of a small tree.
const SMALL_TREE: usize = 1024;

/// Walks that go down together.
const LANES: usize = 8;

impl TreeEnsemble {
    /// Predictions (probabilities, means, quantiles), `n_outputs` per row, row by row.
    pub fn predict_into(
        &self,
        table: &Features,
        threads: &Threads,
        out: &mut [f64],
    ) -> Result<(), Error> {
        let link = self.link();
        self.batch(table, threads, out, |scores| link.apply(scores))
    }

    /// Raw scores before the link, `n_outputs` per row; of a forest the same as predictions.
    pub fn predict_raw_into(
        &self,
        table: &Features,
        threads: &Threads,
        out: &mut [f64],
    ) -> Result<(), Error> {
        self.batch(table, threads, out, |_| {})
    }

    /// Predictions for one row of `n_features` values.
    pub fn predict_row(&self, row: &[f64], out: &mut [f64]) -> Result<(), Error> {
        self.predict_row_raw(row, out)?;
        self.link().apply(out);
        Ok(())
    }

    /// Raw scores for one row of `n_features` values.
    pub fn predict_row_raw(&self, row: &[f64], out: &mut [f64]) -> Result<(), Error> {
        Error::same_length("the row", self.n_features(), row.len())?;
        Error::same_length("the output", self.n_outputs(), out.len())?;
        self.begin(out);
        if let Some(scorer) = self.scorer() {
            let mut open = Vec::new();
            scorer.ask_row(row, &self.level_bins, &mut open);
            self.add_open(scorer, &open, out);
            self.end(out);
            return Ok(());
        }
        let row = self.bin_levels(row);
        for tree in (0..self.n_trees()).step_by(LANES) {
            let last = self.n_trees() - 1;
            let starts = std::array::from_fn(|lane| self.starts[(tree + lane).min(last)]);
            let leaves = self.walk(starts, [&row; LANES]);
            for (lane, &leaf) in leaves.iter().enumerate().take(self.n_trees() - tree) {
                self.add(tree + lane, leaf, out);
            }
        }
        self.end(out);
        Ok(())
    }

    fn batch(
        &self,
        table: &Features,
        threads: &Threads,
        out: &mut [f64],
        finish: impl Fn(&mut [f64]) + Sync + Send,
    ) -> Result<(), Error> {
        let (columns, outputs) = (self.n_features(), self.n_outputs());
        Error::same_length("the table's columns", columns, table.columns().len())?;
        Error::same_length("the output", table.rows() * outputs, out.len())?;
        let large = self.nodes.len() > SMALL_TREE * self.n_trees();
        let rows = (BLOCK_VALUES[usize::from(large)] / columns).max(LANES);
        let work = |(buffer, open): &mut (Vec<f64>, Vec<u64>), block: usize, out: &mut [f64]| {
            match self.scorer() {
                Some(scorer) => self.ask_block(scorer, table, block * rows, open, out),
                None => {
                    self.load(table, block * rows, out.len() / outputs, buffer);
                    self.block(buffer, out);
                }
            }
            out.chunks_mut(outputs).for_each(&finish);
        };
        threads.run(|count| {
            if count > 1 && table.rows() > rows {
                let blocks = out.par_chunks_mut(rows * outputs).enumerate();
                blocks.for_each_init(Default::default, |buffer, (at, out)| work(buffer, at, out));
            } else {
                let mut buffer = Default::default();
                let blocks = out.chunks_mut(rows * outputs).enumerate();
                blocks.for_each(|(at, out)| work(&mut buffer, at, out));
            }
        });
        Ok(())
    }

    /// Raw scores of the rows from `first` on.
    fn ask_block(
        &self,
        scorer: &Scorer,
        table: &Features,
        first: usize,
        open: &mut Vec<u64>,
        out: &mut [f64],
    ) {
        self.begin(out);
        let outputs = self.n_outputs();
        for (part, out) in out.chunks_mut(ROWS * outputs).enumerate() {
            let rows = out.len() / outputs;
            scorer.ask(
                table.columns(),
                &self.level_bins,
                first + part * ROWS,
                rows,
                open,
            );
            let open = open.chunks_exact(self.n_trees());
            for (open, out) in open.zip(out.chunks_mut(outputs)) {
                self.add_open(scorer, open, out);
            }
        }
        self.end(out);
    }

    /// Adds every tree's leaf, given what is left of each.
    fn add_open(&self, scorer: &Scorer, open: &[u64], out: &mut [f64]) {
        let leaves = open.iter().enumerate();
        let mut leaves = leaves.map(|(tree, &open)| scorer.leaf(tree, open));
        if !self.is_boosted() {
            for leaf in leaves {
                let values = &self.values[leaf * out.len()..];
                out.iter_mut()
                    .zip(values)
                    .for_each(|(sum, value)| *sum += value);
            }
            return;
        }
        // One tree an output, round after round.
        for _ in 0..self.n_rounds() {
            for (sum, leaf) in out.iter_mut().zip(leaves.by_ref()) {
                *sum += self.values[leaf];
            }
        }
    }

    /// Copies rows `first..first + count` one after the other, codes as bins.
    fn load(&self, table: &Features, first: usize, count: usize, buffer: &mut Vec<f64>) {
        let columns = self.n_features();
        buffer.resize(count * columns, 0.0);
        for (place, column) in table.columns().iter().enumerate() {
            let cells = buffer.iter_mut().skip(place).step_by(columns);
            let values = &column.values[first..first + count];
            match &self.level_bins[place][..] {
                [] => cells.zip(values).for_each(|(cell, &value)| *cell = value),
                bins => cells
                    .zip(values)
                    .for_each(|(cell, &value)| *cell = in_bits(level_bin(bins, value).into())),
            }
        }
    }

    /// A row with codes as bins, which is what nodes ask for.
    pub(super) fn bin_levels<'r>(&self, row: &'r [f64]) -> Cow<'r, [f64]> {
        let mut row = Cow::Borrowed(row);
        for (place, bins) in self.level_bins.iter().enumerate() {
            if !bins.is_empty() {
                row.to_mut()[place] = in_bits(level_bin(bins, row[place]).into());
            }
        }
        row
    }

    /// Raw scores of some rows that lie one after the other.
    fn block(&self, rows: &[f64], out: &mut [f64]) {
        let (columns, outputs) = (self.n_features(), self.n_outputs());
        self.begin(out);
        let last = out.len() / outputs - 1;
        let row = |at: usize| &rows[at.min(last) * columns..][..columns];
        for tree in 0..self.n_trees() {
            let starts = [self.starts[tree]; LANES];
            for (group, out) in out.chunks_mut(LANES * outputs).enumerate() {
                let lanes = std::array::from_fn(|lane| row(group * LANES + lane));
                let leaves = self.walk(starts, lanes);
                for (out, &leaf) in out.chunks_mut(outputs).zip(&leaves) {
                    self.add(tree, leaf, out);
                }
            }
        }
        self.end(out);
    }

    fn begin(&self, out: &mut [f64]) {
        for scores in out.chunks_mut(self.n_outputs()) {
            match self.is_boosted() || self.n_trees() == 0 {
                true => scores.copy_from_slice(&self.init),
                false => scores.fill(0.0),
            }
        }
    }

    #[inline]
    fn add(&self, tree: usize, leaf: usize, out: &mut [f64]) {
        if self.is_boosted() {
            out[tree % out.len()] += self.values[leaf];
        } else {
            let values = &self.values[leaf * out.len()..];
            out.iter_mut()
                .zip(values)
                .for_each(|(sum, value)| *sum += value);
        }
    }

    fn end(&self, out: &mut [f64]) {
        if !self.is_boosted() && self.n_trees() > 0 {
            let trees = self.n_trees() as f64;
            out.iter_mut().for_each(|sum| *sum /= trees);
        }
    }

    fn is_boosted(&self) -> bool {
        matches!(self.origin, Origin::Boosted { .. })
    }

    fn walk(&self, starts: [u32; LANES], rows: [&[f64]; LANES]) -> [usize; LANES] {
        match self.level_sets.is_empty() {
            true => self.walk_with(starts, rows, |node, value| node.below(value)),
            false => self.walk_with(starts, rows, |node, value| self.goes_left(node, value)),
        }
    }

    /// The value rows of the leaves that eight walks end in. A walk that has arrived waits.
    #[inline]
    fn walk_with(
        &self,
        starts: [u32; LANES],
        rows: [&[f64]; LANES],
        goes_left: impl Fn(Node, f64) -> bool,
    ) -> [usize; LANES] {
        let mut at = starts;
        let mut open = true;
        while open {
            open = false;
            for lane in 0..LANES {
                let node = self.nodes[at[lane] as usize];
                let right = !goes_left(node, rows[lane][node.column()]);
                let next =
                    starts[lane].wrapping_add((node.child() as u32).wrapping_add(u32::from(right)));
                at[lane] = if node.is_leaf() { at[lane] } else { next };
                open |= !node.is_leaf();
            }
        }
        at.map(|leaf| self.nodes[leaf as usize].child())
    }

    /// Where a value sends its row; on categorical columns the value holds a bin in its bits.
    ///
    /// Both questions are asked and one answer is taken, as the kinds of nodes on a path cannot
    /// be predicted.
    #[inline]
    pub(super) fn goes_left(&self, node: Node, value: f64) -> bool {
        let levels = node.is_levels();
        let set = if levels { node.set() } else { 0 };
        let bin = value.to_bits() as u8;
        let words = self.level_sets.get(set);
        let inside = words.is_some_and(|words| words[usize::from(bin >> 6)] >> (bin & 63) & 1 == 1);
        (levels & inside) | (!levels & node.below(value))
    }
}
