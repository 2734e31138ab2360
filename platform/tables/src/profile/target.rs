//! Which column looks most like the one to predict.

use domain::profile::{ColumnKind, ColumnProfile};

/// Names of targets in published tables and in everyday ones, in English and French, surest first.
/// A bare `y` is not among them: it is as often a coordinate, and a target `y` stands last anyway.
const NAMES: &str = "target label class outcome cible classe etiquette final_result survived churn \
    churned exited attrition income species diagnosis term_deposit deposit subscribed g3 \
    final_grade note_finale moyenne median_house_value medv saleprice sale_price price prix default \
    defaut loan_status approved fraud is_fraud fraude spam sentiment quality grade resultat result \
    decision admis admitted reussite passed dropout abandon success status statut salary salaire \
    charges mpg risk category type";

/// The column to suggest as target: one with a target's name, else the last usable one.
pub(super) fn suggest(columns: &[ColumnProfile], rows: u64) -> Option<&ColumnProfile> {
    let usable = || columns.iter().filter(|column| is_usable(column, rows));
    let named = usable().filter_map(|column| {
        let name = column.name.trim().to_lowercase();
        let name = name.replace([' ', '-', '.'], "_").replace(['é', 'è'], "e");
        let place = NAMES.split_whitespace().position(|known| known == name)?;
        Some((place, column))
    });
    named
        .min_by_key(|(place, _)| *place)
        .map(|(_, column)| column)
        .or_else(|| usable().next_back())
}

/// Whether something could be learned about the column.
fn is_usable(column: &ColumnProfile, rows: u64) -> bool {
    let many_words = column.kind == ColumnKind::Categorical && column.unique > 100;
    let learnable = !matches!(
        column.kind,
        ColumnKind::Id | ColumnKind::Text | ColumnKind::Datetime
    );
    learnable && column.unique >= 2 && !many_words && column.missing * 2 <= rows
}
