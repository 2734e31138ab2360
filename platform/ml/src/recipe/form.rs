//! The stored form of a recipe. Versions are only ever added.

use super::column::{Number, Words};
use super::levels::Levels;
use super::{Fitted, Recipe, RecipeError, SchemaColumn, Values, forms};
use domain::task::Task;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub(super) enum Form {
    #[serde(rename = "recipe_1")]
    V1(Form1),
}

#[derive(Serialize, Deserialize)]
pub(super) struct Form1 {
    target: String,
    #[serde(with = "forms::text")]
    task: Task,
    classes: Vec<String>,
    seed: u64,
    rows: u64,
    columns: Vec<Column1>,
}

#[derive(Serialize, Deserialize)]
struct Column1 {
    schema: SchemaColumn,
    values: Values1,
}

#[derive(Serialize, Deserialize)]
enum Values1 {
    Number(Number),
    Words {
        levels: Vec<String>,
        kept: u32,
        missing: bool,
    },
}

impl From<Recipe> for Form {
    fn from(recipe: Recipe) -> Self {
        let column = |fitted: Fitted| Column1 {
            schema: fitted.schema,
            values: match fitted.values {
                Values::Number(number) => Values1::Number(number),
                Values::Words(words) => Values1::Words {
                    levels: words.levels.words().to_vec(),
                    kept: words.kept as u32,
                    missing: words.missing,
                },
            },
        };
        Self::V1(Form1 {
            target: recipe.target,
            task: recipe.task,
            classes: recipe.classes.words().to_vec(),
            seed: recipe.seed,
            rows: recipe.rows,
            columns: recipe.columns.into_iter().map(column).collect(),
        })
    }
}

impl TryFrom<Form> for Recipe {
    type Error = RecipeError;

    fn try_from(form: Form) -> Result<Self, RecipeError> {
        let Form::V1(form) = form;
        if form.task.is_classification() != (form.classes.len() >= 2) || form.classes.len() == 1 {
            return Err(RecipeError::Corrupt("classes and task do not agree"));
        }
        if form.columns.is_empty() {
            return Err(RecipeError::Corrupt("no columns"));
        }
        let columns: Result<Vec<Fitted>, RecipeError> =
            form.columns.into_iter().map(fitted).collect();
        Ok(Self {
            target: form.target,
            task: form.task,
            classes: Levels::new(form.classes),
            seed: form.seed,
            rows: form.rows,
            columns: columns?,
        })
    }
}

fn fitted(column: Column1) -> Result<Fitted, RecipeError> {
    let Column1 { schema, values } = column;
    let values = match values {
        Values1::Number(number) if schema.is_numeric() => {
            let numbers = [number.median, number.mean, number.std];
            // An infinite median is possible: a column may hold nothing but infinities.
            if numbers.iter().any(|v| v.is_nan()) || number.std < 0.0 {
                return Err(RecipeError::Corrupt("a fitted number is out of range"));
            }
            Values::Number(number)
        }
        Values1::Words {
            levels,
            kept,
            missing,
        } if !schema.is_numeric() && kept as usize <= levels.len() => Values::Words(Words {
            levels: Levels::new(levels),
            kept: kept as usize,
            missing,
        }),
        _ => return Err(RecipeError::Corrupt("a column and its kind do not agree")),
    };
    Ok(Fitted { schema, values })
}
