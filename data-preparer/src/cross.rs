//! How rows to learn from are cut for cross-validation, and what stands in the way of that.

use domain::spec::{PipelineSpec, SplitKind};
use domain::task::Choice;
use domain::{Failure, Message};
use ml::features::Target;
use ml::split::{folds_by, groups};
use ml::table::Table;
use std::collections::HashSet;

/// Rows beyond which three folds judge as well as five.
const MANY_ROWS: usize = 20_000;
/// Rows of the rarer of two classes below which they do not.
const FEW_OF_A_CLASS: usize = 1_000;
/// Rows of a class with which hardly anything can be learned about it.
const RARE: usize = 20;
/// Rare classes that are named; of more, their number is told.
const MOST_NAMED: usize = 20;

/// Folds of the cross-validation: more where rows are few and fits are quick, or where each part of a
/// rare class that is learned from counts; but no more than there are groups or moments, where those
/// stay together, or rows of the rarer of two classes, so that no fold is without them.
pub(crate) fn folds(spec: &PipelineSpec, learned: &Table, target: &Target) -> u32 {
    let rarer = match target {
        Target::Classes { count: 2, .. } => counts(target).into_iter().min().unwrap_or(0),
        _ => usize::MAX,
    };
    let many = learned.rows() > MANY_ROWS && rarer >= FEW_OF_A_CLASS;
    let usual = if many { 3 } else { 5 };
    let usual = usual.min(u32::try_from(rarer).unwrap_or(u32::MAX).max(2));
    let is_cut = matches!(
        spec.split.kind,
        Choice::Fixed(SplitKind::Group | SplitKind::Time)
    );
    let column = spec.split.column.as_deref().filter(|_| is_cut);
    let Some(column) = column.and_then(|name| learned.column(name)) else {
        return usual;
    };
    let parts: HashSet<u32> = groups(column).into_iter().collect();
    // Of a single one, chance has to cut the rows.
    match u32::try_from(parts.len()).unwrap_or(u32::MAX) {
        0 | 1 => usual,
        few => few.min(usual),
    }
}

/// Rows of each class.
fn counts(target: &Target) -> Vec<usize> {
    let Target::Classes { codes, count } = target else {
        return Vec::new();
    };
    let mut counts = vec![0; *count];
    codes.iter().for_each(|code| counts[*code as usize] += 1);
    counts
}

/// What to be told where classes have so few rows that little can be learned about them.
pub(crate) fn rare_classes(target: &Target, classes: &[String]) -> Option<Message> {
    let pairs = classes.iter().zip(counts(target));
    let mut rare: Vec<String> = pairs
        .filter(|(_, rows)| *rows < RARE)
        .map(|(class, rows)| format!("{class} ({rows})"))
        .collect();
    let more = rare.len().saturating_sub(MOST_NAMED);
    if more > 0 {
        rare.truncate(MOST_NAMED);
        rare.push(format!("… (+{more})"));
    }
    (!rare.is_empty()).then(|| {
        let text = format!(
            "There are fewer than {RARE} rows to learn from of: {}. Little can be learned about \
             these, and every number about them is uncertain; more rows would help.",
            rare.join(", ")
        );
        Message::new("prepare.rare_classes", text)
            .with("rows", RARE)
            .with("classes", rare)
    })
}

/// Refuses groups of one class each that are so few that every fold has one class only: nothing
/// could be judged on them.
pub(crate) fn must_be_mixed(
    spec: &PipelineSpec,
    learned: &Table,
    target: &Target,
    folds: u32,
) -> Result<(), Failure> {
    let (Target::Classes { codes, .. }, Choice::Fixed(SplitKind::Group), Some(name)) =
        (target, spec.split.kind, spec.split.column.as_deref())
    else {
        return Ok(());
    };
    let seed = spec.seed.unwrap_or(0);
    let fold_of = folds_by(spec.split.kind, learned.column(name), target, folds, seed);
    let mut classes = vec![HashSet::new(); folds as usize];
    for (fold, code) in fold_of.iter().zip(codes) {
        classes[*fold as usize].insert(*code);
    }
    if classes.iter().any(|classes| classes.len() > 1) {
        return Ok(());
    }
    let text = format!(
        "All rows that share a value of {name:?} are of one class of {:?}, and there are few such \
         values: a model could not be judged on groups that it has not seen. Choose another split.",
        spec.target
    );
    Err(Failure::invalid("prepare.groups_of_one_class", text)
        .field("split.column")
        .with("column", name)
        .with("target", spec.target.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::DatasetId;
    use ml::table::Column;

    /// So many rows, of which the first few are of the second class.
    fn cut(rows: usize, few: usize) -> (u32, Option<Message>) {
        let codes = (0..rows).map(|row| u32::from(row < few)).collect();
        let target = Target::Classes { codes, count: 2 };
        let numbers = Column::Numeric(vec![0.0; rows]);
        let table = Table::new(vec!["x".into()], vec![numbers]).unwrap();
        let spec = PipelineSpec::new(DatasetId::new(), "y");
        let classes = ["no".to_owned(), "yes".to_owned()];
        (
            folds(&spec, &table, &target),
            rare_classes(&target, &classes),
        )
    }

    #[test]
    fn a_rare_class_is_in_every_fold_where_it_can_be() {
        assert_eq!(cut(100, 50), (5, None));
        assert_eq!(cut(50_000, 25_000), (3, None));
        assert_eq!(
            cut(50_000, 500),
            (5, None),
            "few of a class are like few rows"
        );
        assert_eq!(cut(50_000, 4).0, 4);
        let (folds, warning) = cut(100, 1);
        assert_eq!(folds, 2);
        assert!(warning.unwrap().text.contains("yes (1)"));
    }
}
