//! One node, packed into 16 bytes: a step of a prediction loads nothing else.

use serde::{Deserialize, Serialize};

const LEAF: u32 = 1 << 31;
const MISSING_LEFT: u32 = 1 << 30;
const LEVELS: u32 = 1 << 29;

/// Columns a node can name.
pub(super) const MAX_COLUMNS: usize = LEVELS as usize;

/// Edges on the longest path that is grown or accepted, which bounds recursion over a tree.
pub(crate) const MAX_DEPTH: usize = 512;

/// A small number as a float whose lowest bits are that number (2⁵² + number), to be read back
/// without a conversion.
#[inline]
pub(super) fn in_bits(number: u32) -> f64 {
    const BASE: f64 = 4_503_599_627_370_496.0;
    f64::from_bits(BASE.to_bits() | u64::from(number))
}

/// A decision or a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Node {
    /// Values up to this go left; on a categorical node, the number of its level set as
    /// [`in_bits`].
    threshold: f64,
    /// Column number, and the flags above it.
    column: u32,
    /// Left child, counted from the tree's first node, right child next; in a leaf its value row.
    child: u32,
}

/// What a node asks.
#[derive(Clone, Copy, Debug)]
pub(super) enum Test {
    Leaf { row: u32 },
    Threshold { at: f64, missing_left: bool },
    Levels { set: u32 },
}

impl Node {
    pub fn new(test: Test, column: u32, child: u32) -> Self {
        let (threshold, column, child) = match test {
            Test::Leaf { row } => (0.0, LEAF, row),
            Test::Levels { set } => (in_bits(set), column | LEVELS, child),
            Test::Threshold { at, missing_left } => {
                let flag = if missing_left { MISSING_LEFT } else { 0 };
                (at, column | flag, child)
            }
        };
        Self {
            threshold,
            column,
            child,
        }
    }

    pub fn test(self) -> Test {
        if self.is_leaf() {
            Test::Leaf { row: self.child }
        } else if self.is_levels() {
            Test::Levels {
                set: self.threshold.to_bits() as u32,
            }
        } else {
            Test::Threshold {
                at: self.threshold,
                missing_left: self.column & MISSING_LEFT != 0,
            }
        }
    }

    #[inline]
    pub fn is_leaf(self) -> bool {
        self.column & LEAF != 0
    }

    #[inline]
    pub fn is_levels(self) -> bool {
        self.column & LEVELS != 0
    }

    #[inline]
    pub fn column(self) -> usize {
        (self.column & (LEVELS - 1)) as usize
    }

    #[inline]
    pub fn child(self) -> usize {
        self.child as usize
    }

    /// The level set's number.
    #[inline]
    pub fn set(self) -> usize {
        self.threshold.to_bits() as u32 as usize
    }

    /// Whether a value passes the threshold, without a branch: NaN compares false.
    #[inline]
    pub fn below(self, value: f64) -> bool {
        (value <= self.threshold) | (value.is_nan() & (self.column & MISSING_LEFT != 0))
    }
}
