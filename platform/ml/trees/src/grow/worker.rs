//! One block's share of the work on a split: histograms, subtraction, search.
//!
//! A worker owns its columns' part of every histogram, so workers run side by side without
//! sharing anything that is written.

use rayon::prelude::*;

use super::columns::Columns;
use crate::binning::{Binner, Block, FeatureBins};
use crate::hist::{Bin, Full, Rows, add_block, add_column};
use crate::parallel::map_range;
use crate::split::{ColumnHistogram, Found, Leaf, Limits, best};

/// Rows worth a thread of their own.
const PIECE: usize = 2048;

/// A histogram to be built from rows.
pub(super) struct Build<'j> {
    pub rows: Rows<'j>,
    pub ordered: &'j [Bin],
    pub slot: usize,
}

/// A leaf whose best split is wanted.
pub(super) struct Search {
    pub slot: usize,
    pub leaf: Leaf,
    /// The node's columns; `None` is all of the tree's.
    pub columns: Option<Vec<bool>>,
}

/// What all workers do at one step.
pub(super) struct Job<'j> {
    pub builds: Vec<Build<'j>>,
    /// `(from, what)`: the first slot becomes the difference.
    pub subtract: Option<(usize, usize)>,
    pub searches: Vec<Search>,
    pub limits: &'j Limits,
    pub columns: &'j Columns,
    pub monotone: &'j [i8],
    pub threads: usize,
}

pub(super) struct Worker<'m> {
    block: &'m Block,
    kinds: &'m [FeatureBins],
    /// Where each column's bins start in a slot; one entry more than there are columns.
    starts: Vec<usize>,
    slots: Vec<Vec<Bin>>,
    /// One set of histograms per concurrent piece; zero between builds.
    scratch: Vec<Vec<Full>>,
}

impl<'m> Worker<'m> {
    pub fn new(block: &'m Block, binner: &'m Binner) -> Self {
        let kinds = &binner.features()[block.first..block.first + block.width];
        let mut starts = vec![0];
        for kind in kinds {
            starts.push(starts[starts.len() - 1] + kind.value_bins() + 1);
        }
        Self {
            block,
            kinds,
            starts,
            slots: Vec::new(),
            scratch: Vec::new(),
        }
    }

    /// Bins of one slot.
    pub fn bins(&self) -> usize {
        self.starts[self.block.width]
    }

    pub fn run(&mut self, job: &Job) -> Vec<Found> {
        let wanted: Vec<usize> = (0..self.block.width)
            .filter(|place| job.columns.contains(self.block.first + place))
            .collect();
        if wanted.is_empty() {
            return vec![Found::default(); job.searches.len()];
        }
        for build in &job.builds {
            self.build(build, &wanted, job.threads);
        }
        if let Some((from, what)) = job.subtract {
            self.subtract(from, what);
        }
        map_range(job.threads, 0..job.searches.len(), |number| {
            self.search(&job.searches[number], &wanted, job)
        })
    }

    fn build(&mut self, build: &Build, wanted: &[usize], threads: usize) {
        let (block, width, rows) = (self.block, self.block.width, build.rows.len());
        let pieces = match threads {
            1 => 1,
            _ => (rows / PIECE).clamp(1, threads),
        };
        while self.scratch.len() < pieces {
            self.scratch.push(vec![[Bin::default(); 256]; width]);
        }
        // One pass over all columns reads each row once; it pays while half of them are wanted.
        let whole = wanted.len() * 2 >= width;
        let add = |piece: usize, full: &mut Vec<Full>| {
            let (start, end) = (rows * piece / pieces, rows * (piece + 1) / pieces);
            if whole {
                add_block(block, build.rows, start, end, build.ordered, full);
            } else {
                for &place in wanted {
                    let full = &mut full[place];
                    add_column(block, place, build.rows, start, end, build.ordered, full);
                }
            }
        };
        let scratch = &mut self.scratch[..pieces];
        if pieces == 1 {
            add(0, &mut scratch[0]);
        } else {
            let numbered = scratch.par_iter_mut().enumerate();
            numbered.for_each(|(piece, full)| add(piece, full));
        }
        self.collect(build.slot, pieces);
    }

    /// Moves the pieces' sums to the slot and leaves zeros.
    fn collect(&mut self, slot: usize, pieces: usize) {
        while self.slots.len() <= slot {
            self.slots
                .push(vec![Bin::default(); self.starts[self.block.width]]);
        }
        let target = &mut self.slots[slot];
        for place in 0..self.block.width {
            let target = &mut target[self.starts[place]..self.starts[place + 1]];
            for (number, full) in self.scratch[..pieces].iter_mut().enumerate() {
                let source = &mut full[place][..target.len()];
                if number == 0 {
                    target.copy_from_slice(source);
                } else {
                    for (sum, part) in target.iter_mut().zip(&*source) {
                        *sum = sum.plus(*part);
                    }
                }
                source.fill(Bin::default());
            }
        }
    }

    fn subtract(&mut self, from: usize, what: usize) {
        let Ok([from, what]) = self.slots.get_disjoint_mut([from, what]) else {
            return;
        };
        for (from, what) in from.iter_mut().zip(what) {
            *from = from.minus(*what);
        }
    }

    fn search(&self, search: &Search, wanted: &[usize], job: &Job) -> Found {
        let slot = &self.slots[search.slot];
        let histograms = wanted.iter().filter_map(|&place| {
            let column = self.block.first + place;
            let drawn = search.columns.as_ref().is_none_or(|mask| mask[column]);
            drawn.then(|| ColumnHistogram {
                column,
                bins: &slot[self.starts[place]..self.starts[place + 1]],
                kind: &self.kinds[place],
                monotone: job.monotone.get(column).copied().unwrap_or(0),
            })
        });
        best(histograms, search.leaf, job.limits)
    }
}
