//! Rows to learn from and rows held out; folds.

use crate::features::Target;
use crate::random::Random;

const HOLDOUT: u64 = 1;
const FOLDS: u64 = 2;

/// Row numbers to learn from and row numbers held out, each ascending.
///
/// With classes the split is stratified: every class keeps its share, and a class of two rows or
/// more is on both sides. The same arguments always give the same split.
///
/// ```
/// let (train, test) = ml::split::holdout(None, 10, 0.2, 7);
/// assert_eq!((train.len(), test.len()), (8, 2));
/// ```
#[must_use]
pub fn holdout(
    target: Option<&Target>,
    rows: usize,
    fraction: f64,
    seed: u64,
) -> (Vec<u32>, Vec<u32>) {
    let mut random = Random::new(seed, HOLDOUT);
    let mut held = vec![false; rows];
    for mut group in strata(target, rows) {
        random.shuffle(&mut group);
        for &row in group.iter().take(share(group.len(), fraction)) {
            held[row as usize] = true;
        }
    }
    sides(&held)
}

/// Like [`holdout`], with all rows of a group on one side. Groups are taken at random until at
/// least `fraction` of the rows is held out; at least one group stays on each side if there are two.
#[must_use]
pub fn holdout_groups(groups: &[u32], fraction: f64, seed: u64) -> (Vec<u32>, Vec<u32>) {
    let mut counts = std::collections::BTreeMap::new();
    for group in groups {
        *counts.entry(*group).or_insert(0usize) += 1;
    }
    let mut order: Vec<u32> = counts.keys().copied().collect();
    Random::new(seed, HOLDOUT).shuffle(&mut order);
    // The last group always stays for learning.
    order.pop();
    let wanted = share(groups.len(), fraction);
    let mut taken = std::collections::HashSet::new();
    let mut rows = 0;
    for group in order {
        if rows >= wanted {
            break;
        }
        rows += counts[&group];
        taken.insert(group);
    }
    let held: Vec<bool> = groups.iter().map(|g| taken.contains(g)).collect();
    sides(&held)
}

/// Holds out the latest `fraction` of the rows. Rows of one moment stay together, and rows
/// without a time count as the earliest.
#[must_use]
pub fn holdout_time(times: &[f64], fraction: f64) -> (Vec<u32>, Vec<u32>) {
    let wanted = share(times.len(), fraction);
    let time = |row: usize| {
        if times[row].is_nan() {
            f64::NEG_INFINITY
        } else {
            times[row]
        }
    };
    let mut order: Vec<usize> = (0..times.len()).collect();
    order.sort_by(|&a, &b| time(a).total_cmp(&time(b)));
    let first = times.len() - wanted;
    // Only between two different moments may be cut: at the first such place from the wanted one
    // on, else at the last one before it.
    let cuts = || (1..order.len()).filter(|&c| time(order[c - 1]) < time(order[c]));
    let cut = cuts()
        .find(|&cut| cut >= first)
        .or_else(|| cuts().next_back());
    let mut held = vec![false; times.len()];
    if let (Some(cut), true) = (cut, wanted > 0) {
        order[cut..].iter().for_each(|&row| held[row] = true);
    }
    sides(&held)
}

/// The fold of every row, below `k`; stratified for classes. Folds differ by at most one row in
/// every class and by at most one row in all.
#[must_use]
pub fn folds(target: &Target, k: u32, seed: u64) -> Vec<u32> {
    let k = k.max(1);
    let mut random = Random::new(seed, FOLDS);
    let mut fold_of = vec![0; target.len()];
    let mut next = 0;
    for mut group in strata(Some(target), target.len()) {
        random.shuffle(&mut group);
        for row in group {
            fold_of[row as usize] = next;
            next = (next + 1) % k;
        }
    }
    fold_of
}

/// The rows of each class, or all rows.
fn strata(target: Option<&Target>, rows: usize) -> Vec<Vec<u32>> {
    let Some(Target::Classes { codes, count }) = target else {
        return vec![(0..rows as u32).collect()];
    };
    let mut groups = vec![Vec::new(); *count];
    for (row, code) in codes.iter().enumerate() {
        if let Some(group) = groups.get_mut(*code as usize) {
            group.push(row as u32);
        }
    }
    groups
}

/// How many of `rows` to hold out: the rounded share, but one row on each side where two exist.
fn share(rows: usize, fraction: f64) -> usize {
    if rows < 2 || fraction.is_nan() || fraction <= 0.0 {
        return 0;
    }
    ((rows as f64 * fraction).round() as usize).clamp(1, rows - 1)
}

fn sides(held: &[bool]) -> (Vec<u32>, Vec<u32>) {
    let rows = 0..held.len() as u32;
    rows.partition(|&row| !held[row as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(codes: Vec<u32>, count: usize) -> Target {
        Target::Classes { codes, count }
    }

    #[test]
    fn a_rare_class_is_on_both_sides() {
        let mut codes = vec![0; 98];
        codes.extend([1, 1]);
        let target = classes(codes.clone(), 2);
        let (train, test) = holdout(Some(&target), 100, 0.2, 3);
        let ones = |rows: &[u32]| rows.iter().filter(|&&r| codes[r as usize] == 1).count();
        assert_eq!((ones(&train), ones(&test)), (1, 1));
        assert_eq!(train.len() + test.len(), 100);
        assert!(train.windows(2).all(|w| w[0] < w[1]));
    }

    #[test]
    fn groups_never_straddle() {
        let groups: Vec<u32> = (0..100).map(|row| row % 9).collect();
        let (train, test) = holdout_groups(&groups, 0.25, 1);
        let of = |rows: &[u32]| -> std::collections::BTreeSet<u32> {
            rows.iter().map(|&r| groups[r as usize]).collect()
        };
        assert!(of(&train).is_disjoint(&of(&test)));
        assert!(test.len() >= 25);
        assert_eq!(holdout_groups(&[4, 4], 0.5, 1).1, Vec::<u32>::new());
    }

    #[test]
    fn the_future_is_held_out() {
        let times = [5.0, 1.0, f64::NAN, 3.0, 4.0, 4.0];
        let (train, test) = holdout_time(&times, 0.5);
        assert_eq!(test, [0, 4, 5]);
        assert_eq!(train, [1, 2, 3]);
        let (train, test) = holdout_time(&[1.0, 2.0, 2.0, 2.0], 0.25);
        assert_eq!((train, test), (vec![0], vec![1, 2, 3]));
        assert_eq!(holdout_time(&[1.0, 1.0], 0.5).1, Vec::<u32>::new());
    }

    #[test]
    fn folds_are_balanced_in_every_class() {
        let codes: Vec<u32> = (0..103).map(|row| u32::from(row % 10 == 0)).collect();
        let folds = folds(&classes(codes.clone(), 2), 5, 9);
        for fold in 0..5 {
            let size = folds.iter().filter(|&&f| f == fold).count();
            assert!((20..=21).contains(&size));
            let ones = (0..103)
                .filter(|&r| folds[r] == fold && codes[r] == 1)
                .count();
            assert!((2..=3).contains(&ones));
        }
    }
}
