//! Which columns are learned from.

use domain::profile::{ColumnKind, ColumnProfile, Profile};
use domain::spec::{PipelineSpec, SplitKind};
use domain::task::Choice;
use domain::{Failure, Message};

/// The columns to learn from, in the file's order, and why others are left out.
pub fn choose(
    spec: &PipelineSpec,
    profile: &Profile,
) -> Result<(Vec<String>, Vec<Message>), Failure> {
    check_names(spec, profile)?;
    let mut features = Vec::new();
    let mut warnings = Vec::new();
    for column in profile
        .columns
        .iter()
        .filter(|column| column.name != spec.target)
    {
        if spec.exclude_columns.contains(&column.name) {
            continue;
        }
        match objection(spec, column, profile.rows) {
            Some(objection) if !spec.include_columns.contains(&column.name) => {
                warnings.push(objection);
            }
            _ => features.push(column.name.clone()),
        }
    }
    if features.is_empty() {
        let text = format!(
            "No column is left to learn {:?} from: the others are excluded, constant, empty or \
             ids. Include one, or upload a file with more columns.",
            spec.target
        );
        return Err(Failure::invalid("prepare.no_columns", text).field("exclude_columns"));
    }
    Ok((features, warnings))
}

/// A misspelt name in a list would be ignored silently; it is refused instead.
fn check_names(spec: &PipelineSpec, profile: &Profile) -> Result<(), Failure> {
    let lists = [
        ("exclude_columns", &spec.exclude_columns),
        ("include_columns", &spec.include_columns),
        ("sensitive_columns", &spec.sensitive_columns),
    ];
    for (field, names) in lists {
        if let Some(unknown) = names.iter().find(|name| profile.column(name).is_none()) {
            let text = format!("{field} names {unknown:?}, which is no column of the file.");
            return Err(Failure::invalid("prepare.unknown_column", text)
                .field(field)
                .with("column", unknown.as_str()));
        }
    }
    Ok(())
}

/// Why a column teaches nothing, if so.
fn objection(spec: &PipelineSpec, column: &ColumnProfile, rows: u64) -> Option<Message> {
    let groups = spec.split.kind == Choice::Fixed(SplitKind::Group);
    let is_group = groups && spec.split.column.as_ref() == Some(&column.name);
    let say = |code: &str, why: &str| {
        let text = format!(
            "The column {:?} is left out: {why}. To learn from it all the same, include it \
             (`include_columns`, or `--include`).",
            column.name
        );
        Some(Message::new(code, text).with("column", column.name.as_str()))
    };
    match (column.unique, column.kind) {
        (0, _) => say("prepare.empty_column", "it has no value in any row"),
        (1, _) if column.missing == 0 => say(
            "prepare.constant_column",
            "it has the same value in every row",
        ),
        (_, ColumnKind::Id) => say(
            "prepare.id_column",
            "it looks like an id or a row number, which says nothing about new rows",
        ),
        (_, ColumnKind::Text) if column.is_all_different(rows) => say(
            "prepare.all_different",
            "it has a different text in every row, and texts are learned from as a whole",
        ),
        _ if is_group => say(
            "prepare.group_column",
            "the rows are split by it, so the model is judged on groups that it never saw",
        ),
        _ => None,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use domain::DatasetId;
    use domain::profile::Parsing;
    use domain::spec::SplitSpec;

    pub(crate) fn column(name: &str, kind: ColumnKind, unique: u64) -> ColumnProfile {
        ColumnProfile {
            name: name.into(),
            kind,
            missing: 0,
            unique,
            min: None,
            max: None,
            mean: None,
            std: None,
            quantiles: None,
            top: Vec::new(),
            histogram: None,
            parsing: Parsing::default(),
            warnings: Vec::new(),
        }
    }

    fn profile() -> Profile {
        Profile {
            rows: 100,
            columns: vec![
                column("row", ColumnKind::Id, 100),
                column("same", ColumnKind::Numeric, 1),
                column("name", ColumnKind::Text, 100),
                column("age", ColumnKind::Numeric, 40),
                column("y", ColumnKind::Categorical, 2),
            ],
            warnings: Vec::new(),
            suggested_target: None,
            suggested_task: None,
        }
    }

    #[test]
    fn guards_leave_out_with_a_warning_and_can_be_overruled() {
        let mut spec = PipelineSpec::new(DatasetId::new(), "y");
        let (features, warnings) = choose(&spec, &profile()).unwrap();
        assert_eq!(features, ["age"]);
        assert_eq!(warnings.len(), 3);
        spec.split.kind = Choice::Fixed(SplitKind::Group);
        spec.split.column = Some("age".into());
        spec.include_columns = vec!["row".into()];
        let (features, warnings) = choose(&spec, &profile()).unwrap();
        assert_eq!(features, ["row"]);
        assert_eq!(warnings[2].code, "prepare.group_column");
        spec.split = SplitSpec::default();
        assert_eq!(choose(&spec, &profile()).unwrap().0, ["row", "age"]);
    }

    #[test]
    fn a_misspelt_name_is_refused() {
        let mut spec = PipelineSpec::new(DatasetId::new(), "y");
        spec.exclude_columns = vec!["aeg".into()];
        assert_eq!(
            choose(&spec, &profile()).unwrap_err().message.code,
            "prepare.unknown_column"
        );
        spec.exclude_columns = vec!["age".into()];
        assert_eq!(
            choose(&spec, &profile()).unwrap_err().message.code,
            "prepare.no_columns"
        );
    }
}
