//! Table → features.

use super::column::{Number, Words};
use super::fit::numbers;
use super::{Fitted, Recipe, UnseenCounts, Values, View};
use crate::features::{FeatureKind, Features};
use crate::table::{Column, MISSING, Table};

impl Recipe {
    /// The features of these rows. Columns that the table lacks, and levels never seen in
    /// training, count as missing.
    #[must_use]
    pub fn features(&self, table: &Table, view: View) -> Features {
        self.features_counted(table, view).0
    }

    /// The same, and how many cells counted as missing because nothing like them was learned.
    #[must_use]
    pub fn features_counted(&self, table: &Table, view: View) -> (Features, UnseenCounts) {
        let mut out = Columns::default();
        let mut unseen = UnseenCounts::default();
        for (place, fitted) in self.columns.iter().enumerate() {
            let name = &fitted.schema.name;
            // Tables made from records have the recipe's own order: no search for those.
            let column = match table.names.get(place) {
                Some(same) if same == name => table.columns.get(place),
                _ => table.column(name),
            };
            let count = fitted.apply(column, table.rows(), view, &mut out);
            if count > 0 {
                unseen.0.insert(name.clone(), count);
            }
        }
        (Features::new(out.names, out.kinds, out.values), unseen)
    }

    /// Columns of the dense view.
    #[must_use]
    pub fn dense_columns(&self) -> usize {
        let widths = self.columns.iter().map(|fitted| match &fitted.values {
            Values::Number(number) => 1 + usize::from(number.missing),
            Values::Words(words) => {
                let width = words.one_hot().len() + usize::from(words.groups_rare());
                (width + usize::from(words.missing)).max(1)
            }
        });
        widths.sum()
    }
}

#[derive(Default)]
struct Columns {
    names: Vec<String>,
    kinds: Vec<FeatureKind>,
    values: Vec<Vec<f64>>,
}

impl Columns {
    fn push(&mut self, name: String, kind: FeatureKind, values: Vec<f64>) {
        self.names.push(name);
        self.kinds.push(kind);
        self.values.push(values);
    }

    fn indicator(&mut self, name: String, values: impl Iterator<Item = bool>) {
        let values = values.map(|yes| f64::from(u8::from(yes))).collect();
        self.push(name, FeatureKind::Numeric, values);
    }
}

impl Fitted {
    fn apply(&self, column: Option<&Column>, rows: usize, view: View, out: &mut Columns) -> u64 {
        let name = &self.schema.name;
        match &self.values {
            Values::Number(number) => {
                let (values, unread) = numbers(column, &self.schema, rows);
                match view {
                    View::Trees => {
                        out.push(name.clone(), FeatureKind::Numeric, values.into_owned());
                    }
                    View::Dense => dense_number(name, number, &values, out),
                }
                unread
            }
            Values::Words(words) => {
                let (codes, unseen) = codes(self, column, words, rows);
                match view {
                    View::Trees => tree_codes(name, words, &codes, out),
                    View::Dense => dense_words(name, words, &codes, out),
                }
                unseen
            }
        }
    }
}

/// The code of a word that the recipe does not know.
const UNSEEN: u32 = MISSING - 1;

/// Codes of the recipe for a column of the table, and how many cells have a level of their own.
fn codes(fitted: &Fitted, column: Option<&Column>, words: &Words, rows: usize) -> (Vec<u32>, u64) {
    let mut unseen = 0;
    let mut seen_or_count = |found: Option<u32>| {
        found.unwrap_or_else(|| {
            unseen += 1;
            UNSEEN
        })
    };
    let codes = match column {
        None => vec![MISSING; rows],
        Some(Column::Words { codes, levels }) => {
            let find = |word: &String| {
                let found = words.levels.find(word);
                found.or_else(|| fitted.says_missing(words, word).then_some(MISSING))
            };
            let known: Vec<Option<u32>> = levels.iter().map(find).collect();
            let code = |code: &u32| known.get(*code as usize).copied();
            codes
                .iter()
                .map(|c| code(c).map_or(MISSING, &mut seen_or_count))
                .collect()
        }
        Some(Column::Numeric(values)) => values
            .iter()
            .map(|value| match value.is_nan() {
                true => MISSING,
                false => seen_or_count(words.levels.find_value(*value)),
            })
            .collect(),
    };
    (codes, unseen)
}

fn tree_codes(name: &str, words: &Words, codes: &[u32], out: &mut Columns) {
    let levels = words.levels.len() as u32;
    let value = |code: &u32| match *code {
        MISSING => f64::NAN,
        // To trees it is as good as missing; to an encoder it is not.
        UNSEEN => f64::from(levels),
        code => f64::from(code),
    };
    let values = codes.iter().map(value).collect();
    out.push(name.to_owned(), FeatureKind::Categorical { levels }, values);
}

fn dense_number(name: &str, number: &Number, values: &[f64], out: &mut Columns) {
    let scaled = values.iter().map(|v| number.dense(*v)).collect();
    out.push(name.to_owned(), FeatureKind::Numeric, scaled);
    if number.missing {
        let missing = values.iter().map(|v| v.is_nan());
        out.indicator(format!("{name} is missing"), missing);
    }
}

fn dense_words(name: &str, words: &Words, codes: &[u32], out: &mut Columns) {
    let before = out.names.len();
    for (code, word) in (0..).zip(words.levels.words()).take(words.kept) {
        if words.one_hot().contains(&(code as usize)) {
            let equal = codes.iter().map(|c| *c == code);
            out.indicator(format!("{name} = {word}"), equal);
        }
    }
    if words.groups_rare() {
        let kept = words.kept as u32;
        // A word never seen is as rare as words can be.
        let rare = codes.iter().map(|c| *c != MISSING && *c >= kept);
        out.indicator(format!("{name} = other"), rare);
    }
    if words.missing || out.names.len() == before {
        let unseen = !words.groups_rare();
        let missing = codes
            .iter()
            .map(|c| *c == MISSING || (unseen && *c == UNSEEN));
        out.indicator(format!("{name} is missing"), missing);
    }
}
