//! Rows to learn from and rows held out; folds.

use crate::features::Target;
use crate::random::Random;
use crate::table::Column;
use domain::spec::SplitKind;
use domain::task::Choice;
use std::collections::{BTreeMap, HashSet};

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

/// Like [`holdout`], with all rows of a group on one side. Groups are taken at random as long as that
/// brings the held-out rows, and the share of each class among them, nearer to `fraction`; at least
/// one group stays on each side if there are two.
#[must_use]
pub fn holdout_groups(
    groups: &[u32],
    target: &Target,
    fraction: f64,
    seed: u64,
) -> (Vec<u32>, Vec<u32>) {
    let (totals, counts) = counted(groups, target);
    let mut order: Vec<u32> = counts.keys().copied().collect();
    Random::new(seed, HOLDOUT).shuffle(&mut order);
    let wanted = share(groups.len(), fraction) as f64 / groups.len().max(1) as f64;
    let mut held = vec![0; totals.len()];
    let mut taken = HashSet::new();
    for group in &order {
        // By how much the squared distances of all shares from the wanted one change.
        let change = counts[group].iter().map(|&(kind, rows)| {
            let part = |rows: usize| rows as f64 / totals[kind] as f64 - wanted;
            part(held[kind] + rows).powi(2) - part(held[kind]).powi(2)
        });
        if change.sum::<f64>() < 0.0 && taken.len() + 1 < order.len() {
            taken.insert(*group);
            let own = counts[group].iter();
            own.for_each(|&(kind, rows)| held[kind] += rows);
        }
    }
    if taken.is_empty() && wanted > 0.0 && order.len() > 1 {
        // Every group is larger than twice what is wanted.
        taken.extend(order.iter().min_by_key(|group| counts[group][0].1));
    }
    let held: Vec<bool> = groups.iter().map(|g| taken.contains(g)).collect();
    sides(&held)
}

/// Numbers of rows by kind: kind 0 are all, and each class is one more.
type Counts = Vec<(usize, usize)>;

/// How many rows of each kind there are, and how many of the kinds that it has each group has.
fn counted(groups: &[u32], target: &Target) -> (Vec<usize>, BTreeMap<u32, Counts>) {
    let kinds = match target {
        Target::Classes { count, .. } => 1 + count,
        Target::Values(_) => 1,
    };
    let mut totals = vec![0; kinds];
    let mut of_group: BTreeMap<u32, BTreeMap<usize, usize>> = BTreeMap::new();
    for (row, group) in groups.iter().enumerate() {
        let own = of_group.entry(*group).or_default();
        let class = match target {
            Target::Classes { codes, .. } => Some(1 + codes[row] as usize),
            Target::Values(_) => None,
        };
        for kind in [Some(0), class].into_iter().flatten() {
            totals[kind] += 1;
            *own.entry(kind).or_default() += 1;
        }
    }
    let listed = |own: BTreeMap<usize, usize>| own.into_iter().collect();
    let of_group = of_group
        .into_iter()
        .map(|(group, own)| (group, listed(own)));
    (totals, of_group.collect())
}

/// A number for each different value of a column. Rows without a value are one group of their own.
#[must_use]
pub fn groups(column: &Column) -> Vec<u32> {
    match column {
        Column::Words { codes, .. } => codes.clone(),
        Column::Numeric(values) => {
            let mut distinct: Vec<u64> = values.iter().map(|value| value.to_bits()).collect();
            distinct.sort_unstable();
            distinct.dedup();
            let place = |value: &f64| distinct.binary_search(&value.to_bits()).unwrap_or(0);
            values.iter().map(|value| place(value) as u32).collect()
        }
    }
}

/// Holds out the latest `fraction` of the rows. Rows of one moment stay together.
#[must_use]
pub fn holdout_time(times: &[f64], fraction: f64) -> (Vec<u32>, Vec<u32>) {
    let wanted = share(times.len(), fraction);
    let (order, time) = in_time(times);
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

/// The rows in the order of their times, and the time of each: those without one are the earliest.
fn in_time(times: &[f64]) -> (Vec<usize>, impl Fn(usize) -> f64) {
    let time = |row: usize| {
        if times[row].is_nan() {
            f64::NEG_INFINITY
        } else {
            times[row]
        }
    };
    let mut order: Vec<usize> = (0..times.len()).collect();
    order.sort_by(|&a, &b| time(a).total_cmp(&time(b)));
    (order, time)
}

/// The fold of every row, below `k`, for rows whose held-out part was cut by `kind` and this column:
/// what it kept together, folds keep together. Where that leaves a fold empty, chance decides.
#[must_use]
pub fn folds_by(
    kind: Choice<SplitKind>,
    column: Option<&Column>,
    target: &Target,
    k: u32,
    seed: u64,
) -> Vec<u32> {
    let together = folds_together(kind, column, target, k, seed);
    together.unwrap_or_else(|| folds(target, k, seed))
}

/// The part of every row, below `most`: as [`folds_by`], but rather in fewer parts than with a group or
/// a moment in two. Chance decides only where all rows are of one.
#[must_use]
pub fn parts_by(
    kind: Choice<SplitKind>,
    column: Option<&Column>,
    target: &Target,
    most: u32,
    seed: u64,
) -> Vec<u32> {
    let mut fewer = (2..=most).rev();
    let together = fewer.find_map(|k| folds_together(kind, column, target, k, seed));
    together.unwrap_or_else(|| folds(target, most, seed))
}

/// Folds that keep together what the split does; nothing where it keeps nothing together, or where
/// that leaves a fold empty.
fn folds_together(
    kind: Choice<SplitKind>,
    column: Option<&Column>,
    target: &Target,
    k: u32,
    seed: u64,
) -> Option<Vec<u32>> {
    let fold_of = match (kind, column) {
        (Choice::Fixed(SplitKind::Group), Some(column)) => {
            folds_groups(&groups(column), target, k, seed)
        }
        (Choice::Fixed(SplitKind::Time), Some(Column::Numeric(times))) => folds_time(times, k),
        _ => return None,
    };
    let used: HashSet<u32> = fold_of.iter().copied().collect();
    (used.len() >= k as usize).then_some(fold_of)
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

/// The fold of every row, below `k`, with all rows of a group in one: the largest groups first, each
/// into the fold that has fewest rows like its own, in all and of its classes. Fewer groups than
/// folds leave folds empty.
fn folds_groups(groups: &[u32], target: &Target, k: u32, seed: u64) -> Vec<u32> {
    let (totals, counts) = counted(groups, target);
    let mut order: Vec<u32> = counts.keys().copied().collect();
    Random::new(seed, FOLDS).shuffle(&mut order);
    order.sort_by_key(|group| std::cmp::Reverse(counts[group][0].1));
    let mut folds = vec![vec![0; totals.len()]; k.max(1) as usize];
    let mut fold_of = BTreeMap::new();
    for group in order {
        let own = &counts[&group];
        // What the sum of squared shares grows by, but for what is the same in all folds.
        let crowd = |fold: &Vec<usize>| -> f64 {
            let kinds = own.iter().map(|&(kind, rows)| {
                let all = totals[kind] as f64;
                fold[kind] as f64 / all * rows as f64 / all
            });
            kinds.sum()
        };
        let emptiest = (0..folds.len())
            .min_by(|&a, &b| {
                let (a, b) = (&folds[a], &folds[b]);
                crowd(a).total_cmp(&crowd(b)).then(a[0].cmp(&b[0]))
            })
            .unwrap_or(0);
        own.iter()
            .for_each(|&(kind, rows)| folds[emptiest][kind] += rows);
        fold_of.insert(group, emptiest as u32);
    }
    groups.iter().map(|group| fold_of[group]).collect()
}

/// The fold of every row, below `k`: the rows in the order of their times, cut into parts that are as
/// equal as the moments allow, for rows of one moment stay together. No part is empty unless there
/// are fewer moments than parts.
fn folds_time(times: &[f64], k: u32) -> Vec<u32> {
    let (order, time) = in_time(times);
    let begins: Vec<usize> = (0..order.len())
        .filter(|&place| place == 0 || time(order[place - 1]) < time(order[place]))
        .collect();
    let (parts, rows) = (k.max(1) as usize, times.len());
    let mut fold_of = vec![0; rows];
    let mut fold = 0;
    for (moment, &begin) in begins.iter().enumerate() {
        let is_due = begin * parts >= (fold + 1) * rows;
        let is_needed = begins.len() - moment < parts - fold;
        if moment > 0 && fold + 1 < parts && (is_due || is_needed) {
            fold += 1;
        }
        let end = begins.get(moment + 1).copied().unwrap_or(rows);
        for &row in &order[begin..end] {
            fold_of[row] = fold as u32;
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

    fn numbers(rows: usize) -> Target {
        Target::Values(vec![0.0; rows])
    }

    /// Thirty hospitals, three of which have all the ill.
    #[test]
    fn few_groups_with_a_class_are_on_both_sides_and_in_different_folds() {
        let groups: Vec<u32> = (0..600).map(|row| row / 20).collect();
        let ill = |group: u32| [4, 5, 23].contains(&group);
        let codes: Vec<u32> = (0..600)
            .map(|row| u32::from(ill(row / 20) && row % 2 == 0))
            .collect();
        let target = classes(codes.clone(), 2);
        for seed in 0..50 {
            let (train, test) = holdout_groups(&groups, &target, 0.2, seed);
            let ones = |rows: &[u32]| rows.iter().filter(|&&r| codes[r as usize] == 1).count();
            assert!(ones(&train) > 0 && ones(&test) > 0, "seed {seed}");
            assert!((80..=160).contains(&test.len()), "{}", test.len());
            let fold_of = folds_groups(&groups, &target, 3, seed);
            for fold in 0..3 {
                let own: Vec<u32> = (0..600).filter(|&r| fold_of[r as usize] == fold).collect();
                assert_eq!(ones(&own), 10, "fold {fold}, seed {seed}");
                assert!((160..=240).contains(&own.len()), "{}", own.len());
            }
        }
    }

    #[test]
    fn groups_never_straddle() {
        let groups: Vec<u32> = (0..100).map(|row| row % 9).collect();
        let (train, test) = holdout_groups(&groups, &numbers(100), 0.25, 1);
        let of = |rows: &[u32]| -> std::collections::BTreeSet<u32> {
            rows.iter().map(|&r| groups[r as usize]).collect()
        };
        assert!(of(&train).is_disjoint(&of(&test)));
        assert!((20..=30).contains(&test.len()), "{}", test.len());
        assert_eq!(
            holdout_groups(&[4, 4], &numbers(2), 0.5, 1).1,
            Vec::<u32>::new()
        );
    }

    #[test]
    fn a_huge_group_is_not_held_out_for_a_small_share() {
        let mut groups = vec![0; 900];
        groups.extend((0..100).map(|row| 1 + row / 25));
        for seed in 0..20 {
            let (train, test) = holdout_groups(&groups, &numbers(1_000), 0.2, seed);
            assert_eq!((train.len(), test.len()), (900, 100));
        }
        // Where every group is too large, one is held out nevertheless: the smallest.
        let halves = [vec![0; 60], vec![1; 40]].concat();
        assert_eq!(holdout_groups(&halves, &numbers(100), 0.1, 3).1.len(), 40);
    }

    #[test]
    fn folds_follow_groups_and_times() {
        let groups: Vec<u32> = (0..90).map(|row| row % 9).collect();
        let fold_of = folds_groups(&groups, &numbers(90), 3, 5);
        for group in 0..9 {
            let mut folds = (0..90)
                .filter(|row| groups[*row] == group)
                .map(|row| fold_of[row]);
            let first = folds.next();
            assert!(folds.all(|fold| Some(fold) == first));
        }
        let size = |fold| fold_of.iter().filter(|found| **found == fold).count();
        assert_eq!([0, 1, 2].map(size), [30, 30, 30]);
        let times = [5.0, 1.0, f64::NAN, 3.0, 4.0, 4.0];
        assert_eq!(folds_time(&times, 3), [2, 0, 0, 1, 1, 1]);
    }

    #[test]
    fn few_groups_make_fewer_parts_and_are_never_torn() {
        let by_group = Choice::Fixed(SplitKind::Group);
        for count in 2..8 {
            let groups: Vec<f64> = (0..70).map(|row| f64::from(row % count)).collect();
            let column = Column::Numeric(groups.clone());
            let parts = parts_by(by_group, Some(&column), &numbers(70), 5, 3);
            for group in 0..count {
                let of_group = parts.iter().zip(&groups);
                let of_group = of_group.filter(|(_, of)| **of == f64::from(group));
                let of_group: HashSet<u32> = of_group.map(|(part, _)| *part).collect();
                assert_eq!(of_group.len(), 1, "{count} groups");
            }
            let used: HashSet<u32> = parts.into_iter().collect();
            assert_eq!(used.len() as i32, count.min(5));
        }
        let one = Column::Numeric(vec![1.0; 70]);
        let parts = parts_by(by_group, Some(&one), &numbers(70), 5, 3);
        assert_eq!(parts.into_iter().collect::<HashSet<u32>>().len(), 5);
        let years = Column::Numeric((0..70).map(|row| f64::from(row / 30)).collect());
        let by_time = Choice::Fixed(SplitKind::Time);
        let parts = parts_by(by_time, Some(&years), &numbers(70), 5, 3);
        assert_eq!((parts[0], parts[29], parts[30], parts[69]), (0, 0, 1, 2));
    }

    #[test]
    fn few_moments_are_cut_into_as_many_parts() {
        let years = |sizes: &[usize]| -> Vec<f64> {
            let years = sizes.iter().enumerate();
            years
                .flat_map(|(year, &size)| vec![year as f64; size])
                .collect()
        };
        let cut = |sizes: &[usize], k| {
            let mut folds = folds_time(&years(sizes), k);
            folds.dedup();
            folds
        };
        assert_eq!(cut(&[10, 15, 20, 25, 30], 5), [0, 1, 2, 3, 4]);
        assert_eq!(cut(&[90, 4, 3, 2, 1], 5), [0, 1, 2, 3, 4]);
        assert_eq!(cut(&[30, 30, 30], 3), [0, 1, 2]);
        let sizes = [1, 1, 1, 97];
        let of_year: Vec<u32> = folds_time(&years(&sizes), 3)[..4].to_vec();
        assert_eq!(of_year, [0, 0, 1, 2], "the largest is a part of its own");
        assert_eq!(folds_time(&years(&[50, 50]), 5).iter().max(), Some(&1));
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
