//! Bins of a categorical column.

use super::FeatureBins;

/// Marks a code without a bin of its own.
pub(crate) const UNMAPPED: u8 = 255;

/// Most levels that get a bin each.
const MAX_LEVELS: usize = 254;

/// Codes from here on are missing: a table of code counts must stay small whatever a caller claims.
const MAX_CODES: usize = 1 << 24;

/// The most frequent levels first; equal counts by code, so that row order does not matter.
pub(super) fn by_frequency(values: &[f64], levels: u32) -> FeatureBins {
    let highest = values
        .iter()
        .filter_map(|&value| code(value, levels as usize))
        .max();
    let mut counts = vec![0u32; highest.map_or(0, |code| code + 1)];
    for &value in values {
        if let Some(code) = code(value, levels as usize) {
            counts[code] += 1;
        }
    }
    let mut order: Vec<usize> = (0..counts.len()).filter(|&c| counts[c] > 0).collect();
    order.sort_by_key(|&code| (std::cmp::Reverse(counts[code]), code));
    order.truncate(MAX_LEVELS);
    let mut level_bins = vec![UNMAPPED; counts.len()];
    for (bin, &code) in order.iter().enumerate() {
        level_bins[code] = bin as u8;
    }
    FeatureBins::Categorical {
        level_bins,
        bins: order.len() as u8,
    }
}

/// The bin of a raw value, [`UNMAPPED`] for missing, unknown and rare. Used in training and in
/// prediction, so that both read a code the same way.
pub(crate) fn level_bin(level_bins: &[u8], value: f64) -> u8 {
    match code(value, level_bins.len()) {
        Some(code) => level_bins[code],
        None => UNMAPPED,
    }
}

/// A value as a code below `levels`; NaN, fractions and everything outside is none.
fn code(value: f64, levels: usize) -> Option<usize> {
    let code = value as usize;
    (code as f64 == value && code < levels.min(MAX_CODES)).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequent_levels_first_and_the_rest_is_missing() {
        let values = [4.0, 4.0, 1.0, f64::NAN, -1.0, 9.0, 0.5];
        let bins = by_frequency(&values, 5);
        assert_eq!(bins.value_bins(), 2);
        assert_eq!(values.map(|v| bins.bin(v)), [0, 0, 1, 2, 2, 2, 2]);
    }

    #[test]
    fn rare_levels_share_the_missing_bin() {
        let values: Vec<f64> = (0..300)
            .flat_map(|c| vec![f64::from(c); 1 + (c >= 60) as usize])
            .collect();
        let bins = by_frequency(&values, u32::MAX);
        assert_eq!(bins.value_bins(), 254);
        assert_eq!(bins.bin(60.0), 0);
        assert_eq!(bins.bin(59.0), 254);
    }
}
