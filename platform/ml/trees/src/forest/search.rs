//! The split of one node: some columns, one histogram at a time.
//!
//! Deep trees are mostly small nodes, where clearing and scanning 256 bins would cost more than
//! the rows. So the bins that rows touch are noted, and only those are read and cleared.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

use super::criterion::Criterion;
use crate::binning::BinColumn;
use crate::rng;
use crate::split::{BinSet, Rule};

/// A candidate split; `gain` in units of the criterion.
pub(super) struct Candidate {
    pub gain: f64,
    pub column: usize,
    pub rule: Rule,
}

/// A node's rows: `stats[i]` belongs to `rows[i]`.
pub(super) struct NodeRows<'n, C: Criterion> {
    pub rows: &'n [u32],
    pub stats: &'n [C::Row],
    pub total: &'n [u64],
    pub worth: f64,
}

/// One column as the search sees it.
pub(super) struct ColumnView<'n> {
    pub index: usize,
    pub bins: BinColumn<'n>,
    pub missing_bin: u8,
    /// The levels' order; `None` for numeric columns.
    pub order: Option<&'n [u8]>,
}

/// Buffers of one tree's searches.
pub(super) struct Searcher<'c, C: Criterion> {
    criterion: &'c C,
    min_rows: u64,
    /// 256 statistics, zero between searches.
    histogram: Vec<u64>,
    left: Vec<u64>,
    right: Vec<u64>,
}

impl<'c, C: Criterion> Searcher<'c, C> {
    pub fn new(criterion: &'c C, min_rows: usize) -> Self {
        let words = criterion.words();
        Self {
            criterion,
            min_rows: min_rows as u64,
            histogram: vec![0; 256 * words],
            left: vec![0; words],
            right: vec![0; words],
        }
    }

    /// The best split on one column; with a generator, a random one.
    pub fn column(
        &mut self,
        node: &NodeRows<C>,
        column: &ColumnView,
        random: Option<&mut ChaCha8Rng>,
    ) -> Option<Candidate> {
        let touched = self.fill(node, column.bins);
        let mut places = [0u8; 256];
        let mut count = 0;
        let mut push = |bin: u8| {
            places[count] = bin;
            count += 1;
        };
        let missing = column.order.is_none() && touched.contains(column.missing_bin);
        match column.order {
            Some(order) => order
                .iter()
                .filter(|&&bin| touched.contains(bin))
                .for_each(|&b| push(b)),
            None => touched
                .iter()
                .filter(|&bin| bin != column.missing_bin)
                .for_each(push),
        }
        let found = self.cuts(node, column, &places[..count], missing, random);
        for bin in touched.iter() {
            self.statistic_mut(bin).fill(0);
        }
        found
    }

    /// The column's histogram over the node, for whoever wants it whole.
    pub fn histogram<R>(
        &mut self,
        node: &NodeRows<C>,
        bins: BinColumn,
        read: impl FnOnce(&[u64]) -> R,
    ) -> R {
        self.fill(node, bins);
        let result = read(&self.histogram);
        self.histogram.fill(0);
        result
    }

    fn fill(&mut self, node: &NodeRows<C>, bins: BinColumn) -> BinSet {
        let mut touched = BinSet::default();
        for (&row, &stat) in node.rows.iter().zip(node.stats) {
            let bin = bins.bin(row as usize);
            touched.insert(bin);
            self.criterion
                .add(&mut self.histogram, usize::from(bin), stat);
        }
        touched
    }

    fn statistic_mut(&mut self, bin: u8) -> &mut [u64] {
        let words = self.criterion.words();
        &mut self.histogram[usize::from(bin) * words..][..words]
    }

    /// Cuts between places, and after the last one where missing rows can stand alone.
    fn cuts(
        &mut self,
        node: &NodeRows<C>,
        column: &ColumnView,
        places: &[u8],
        missing: bool,
        random: Option<&mut ChaCha8Rng>,
    ) -> Option<Candidate> {
        let last = if missing {
            places.len()
        } else {
            places.len().saturating_sub(1)
        };
        // A random threshold lies evenly between the least and the greatest bin; as a cut it
        // comes after the last place at or below it.
        let drawn = random.filter(|_| last > 0).map(|rng| match column.order {
            Some(_) => (rng::below(rng.next_u64(), last as u64) as usize, None),
            None => {
                let (low, high) = (places[0], places[places.len() - 1]);
                let bin = low + rng::below(rng.next_u64(), u64::from(high - low).max(1)) as u8;
                (places.partition_point(|&place| place <= bin) - 1, Some(bin))
            }
        });
        let mut best: Option<(f64, usize, bool)> = None;
        self.left.fill(0);
        for (place, &bin) in places[..last].iter().enumerate() {
            self.move_left(bin);
            if drawn.is_some_and(|(cut, _)| cut != place) {
                continue;
            }
            let mut consider = |missing_left: bool, gain: Option<f64>| {
                if let Some(gain) = gain
                    && best.is_none_or(|best| gain > best.0)
                {
                    best = Some((gain, place, missing_left));
                }
            };
            let (gain, larger) = self.gain(node);
            consider(larger && !missing, gain);
            if missing {
                self.move_left(column.missing_bin);
                consider(true, self.gain(node).0);
                self.move_right(column.missing_bin);
            }
        }
        let (gain, place, missing_left) = best?;
        let rule = match column.order {
            Some(_) => {
                let mut left = BinSet::default();
                places[..=place].iter().for_each(|&bin| left.insert(bin));
                Rule::Categorical { left }
            }
            None => {
                // Half-way to the next bin that has rows.
                let next = places.get(place + 1).copied().unwrap_or(places[place] + 1);
                let middle = places[place] + (next - places[place] - 1) / 2;
                let bin = drawn.and_then(|(_, bin)| bin).unwrap_or(middle);
                Rule::Numeric { bin, missing_left }
            }
        };
        Some(Candidate {
            gain,
            column: column.index,
            rule,
        })
    }

    fn move_left(&mut self, bin: u8) {
        let words = self.criterion.words();
        let statistic = &self.histogram[usize::from(bin) * words..][..words];
        self.left
            .iter_mut()
            .zip(statistic)
            .for_each(|(sum, word)| *sum = sum.wrapping_add(*word));
    }

    fn move_right(&mut self, bin: u8) {
        let words = self.criterion.words();
        let statistic = &self.histogram[usize::from(bin) * words..][..words];
        self.left
            .iter_mut()
            .zip(statistic)
            .for_each(|(sum, word)| *sum = sum.wrapping_sub(*word));
    }

    /// The gain of the current cut, if both sides have rows enough; and whether left is larger.
    fn gain(&mut self, node: &NodeRows<C>) -> (Option<f64>, bool) {
        for ((right, left), total) in self.right.iter_mut().zip(&self.left).zip(node.total) {
            *right = total.wrapping_sub(*left);
        }
        let left = self.criterion.count(&self.left);
        let right = node.rows.len() as u64 - left;
        let gain = (left >= self.min_rows && right >= self.min_rows).then(|| {
            self.criterion.worth(&self.left) + self.criterion.worth(&self.right) - node.worth
        });
        (gain, left >= right)
    }
}
