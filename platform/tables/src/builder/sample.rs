//! Goes on with a part of the rows when they do not fit in memory.

use super::Builder;
use crate::raw::MISSING;

impl Builder<'_> {
    /// Gives up every other row, chosen by the row's number alone.
    pub(super) fn thin(&mut self) {
        if self.thinning == 0 {
            self.held = (0..self.seen).collect();
        }
        self.thinning += 1;
        let kept: Vec<usize> = (0..self.rows)
            .filter(|&row| keeps(self.held[row], self.thinning))
            .collect();
        for growing in &mut self.columns {
            let old = std::mem::take(growing);
            let mut new_codes = vec![MISSING; old.raw.texts.len()];
            growing.raw.codes.reserve(kept.len());
            for &row in &kept {
                let code = old.raw.codes.get(row).copied().unwrap_or(MISSING);
                let code = new_codes.get_mut(code as usize).map_or(MISSING, |new| {
                    if *new == MISSING {
                        let text = old.raw.texts.get(code);
                        *new = growing.code(text, &self.hasher).unwrap_or(MISSING);
                    }
                    *new
                });
                growing.raw.codes.push(code);
            }
        }
        self.held = kept.iter().map(|&row| self.held[row]).collect();
        self.rows = kept.len();
    }
}

/// Whether row number `row` belongs to the sample of one row in `1 << thinning` (splitmix64).
pub(super) fn keeps(row: u64, thinning: u32) -> bool {
    let mut z = row.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    thinning == 0 || (z ^ (z >> 31)).trailing_zeros() >= thinning
}
