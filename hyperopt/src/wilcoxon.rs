//! Wilcoxon's signed-rank test (1945), as pruners use it: is a configuration worse, fold by fold?
//!
//! With chance at 0.1 it speaks after four folds at the earliest, since three that are all worse happen
//! by chance one time in eight. Five folds can save the last one; where there are three, trials are
//! left after the first or by their curves.

/// The chance of so many, or more, and so large losses over a rival, pair by pair, if neither were
/// better: exact without ties, O(n³) for n pairs. Pairs without a difference tell nothing.
#[must_use]
pub(crate) fn worse(losses: &[f64], rival: &[f64]) -> f64 {
    let pairs = losses.iter().zip(rival);
    let mut gaps: Vec<f64> = pairs.map(|(loss, rival)| loss - rival).collect();
    gaps.retain(|gap| *gap != 0.0 && !gap.is_nan());
    gaps.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
    // The sum of the ranks of those that are better.
    let better: usize = (1..)
        .zip(&gaps)
        .filter(|(_, gap)| **gap < 0.0)
        .map(|(rank, _)| rank)
        .sum();
    // How many of the 2ⁿ ways to give signs have which sum.
    let mut ways = vec![1.0];
    for rank in 1..=gaps.len() {
        let mut next = vec![0.0; ways.len() + rank];
        for (sum, count) in ways.iter().enumerate() {
            next[sum] += count;
            next[sum + rank] += count;
        }
        ways = next;
    }
    ways.iter().take(better + 1).sum::<f64>() / ways.iter().sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_scipy_says() {
        // scipy.stats.wilcoxon(losses, rival, alternative="greater").pvalue, SciPy 1.17.
        let rival = [0.31, 0.42, 0.28, 0.35, 0.5, 0.33, 0.4, 0.37];
        let with = |gaps: &[f64]| {
            let losses: Vec<f64> = rival.iter().zip(gaps).map(|(r, gap)| r + gap).collect();
            worse(&losses, &rival[..gaps.len()])
        };
        let near = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12, "{found}");
        near(with(&[0.01, 0.02, 0.03, 0.04]), 0.0625);
        near(with(&[0.01, 0.02, 0.03, 0.04, 0.05]), 0.03125);
        near(with(&[-0.01, 0.02, 0.03, 0.04, 0.05]), 0.0625);
        near(with(&[0.011, -0.024, 0.033, 0.042, -0.05, 0.06]), 0.28125);
        near(
            with(&[0.01, -0.02, 0.031, 0.043, -0.054, 0.06, 0.07, 0.09]),
            0.07421875,
        );
    }

    #[test]
    fn nothing_is_told_by_nothing() {
        assert_eq!(worse(&[], &[0.1]), 1.0);
        assert_eq!(worse(&[0.5, 0.5], &[0.5, 0.5]), 1.0);
        assert_eq!(worse(&[f64::NAN], &[0.5]), 1.0);
    }
}
