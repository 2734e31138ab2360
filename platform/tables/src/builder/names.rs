//! Names of columns.

use domain::Message;
use std::collections::HashMap;

/// Names for columns from a header: trimmed, the empty ones numbered, repeated ones suffixed.
pub(crate) fn unique_names<'t>(
    header: impl Iterator<Item = &'t str>,
    warnings: &mut Vec<Message>,
) -> Vec<String> {
    let given: Vec<&str> = header
        .map(|name| name.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}'))
        .collect();
    let mut taken: HashMap<String, usize> = given.iter().map(|n| ((*n).to_owned(), 0)).collect();
    let mut names = Vec::with_capacity(given.len());
    for (place, name) in (1_usize..).zip(given) {
        let base = if name.is_empty() {
            format!("column_{place}")
        } else {
            name.to_owned()
        };
        let mut unique = base.clone();
        let mut uses = taken.get(&base).copied().unwrap_or(0);
        // The first use of a given name keeps it; a made name must not meet a given one.
        while uses > 0 || name.is_empty() && taken.contains_key(&unique) {
            uses += 1;
            unique = format!("{base}_{}", uses.max(2));
            if !taken.contains_key(&unique) {
                break;
            }
        }
        taken.insert(base.clone(), uses.max(1));
        taken.entry(unique.clone()).or_insert(1);
        if unique != name && !name.is_empty() {
            let text =
                format!("Another column is called `{name}`: column {place} became `{unique}`.");
            let message = Message::new("profile.renamed_column", text)
                .with("name", name)
                .with("new_name", unique.as_str())
                .with("place", place);
            warnings.push(message);
        }
        names.push(unique);
    }
    names
}
