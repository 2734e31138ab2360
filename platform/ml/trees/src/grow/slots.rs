//! Places for the histograms of leaves that may still be split.

use crate::hist::Bin;

/// Histograms of one fit take at most this much memory, within reason.
const MEMORY: usize = 1 << 30;

/// Hands out slot numbers; every worker keeps its columns' part of each slot.
pub(super) struct Slots {
    free: Vec<usize>,
    made: usize,
    limit: usize,
}

impl Slots {
    /// For histograms of `bins` bins in all. Four slots are the least that lets a parent, its
    /// children and one more leaf live together.
    pub fn new(bins: usize) -> Self {
        let one = (bins * size_of::<Bin>()).max(1);
        Self::with_limit((MEMORY / one).max(4))
    }

    pub fn with_limit(limit: usize) -> Self {
        Self {
            free: Vec::new(),
            made: 0,
            limit,
        }
    }

    pub fn take(&mut self) -> Option<usize> {
        self.free.pop().or_else(|| {
            (self.made < self.limit).then(|| {
                self.made += 1;
                self.made - 1
            })
        })
    }

    pub fn give(&mut self, slot: usize) {
        self.free.push(slot);
    }

    /// All slots are free again.
    pub fn reset(&mut self) {
        self.free = (0..self.made).rev().collect();
    }
}
