//! The leaves of a growing tree, and which one is next.

use std::cmp::Ordering;
use std::ops::Range;
use std::rc::Rc;

use crate::hist::Bin;
use crate::split::{Bounds, Split};

/// A leaf that may still be split.
pub(super) struct Live {
    pub node: usize,
    pub rows: Range<usize>,
    pub depth: usize,
    pub total: Bin,
    pub bounds: Bounds,
    pub extra_l2: f64,
    /// Columns that a leaf above had a split on; `None` is all. What gained nothing there hardly will
    /// here, and where it seems to, it is often by chance (LightGBM's `is_splittable`).
    pub open: Option<Rc<Vec<bool>>>,
    /// Where its histogram is kept.
    pub slot: Option<usize>,
    pub split: Option<Split>,
}

impl Live {
    pub fn root(rows: usize, total: Bin) -> Self {
        Self {
            node: 0,
            rows: 0..rows,
            depth: 0,
            total,
            bounds: Bounds::FREE,
            extra_l2: 0.0,
            open: None,
            slot: None,
            split: None,
        }
    }

    /// What its split gains; without a split it is never the least.
    pub fn gain(&self) -> f64 {
        self.split.map_or(f64::INFINITY, |split| split.gain)
    }
}

/// A leaf by its rank, the highest first; among equals the one with the smaller number.
pub(crate) struct Ranked(pub f64, pub usize);

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0).then(other.1.cmp(&self.1))
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ranked {}
