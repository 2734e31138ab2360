//! The stored structs. Fields are never reordered, changed or removed. Format 1 is a [`File1`];
//! format 2 has an optional [`Stack`] after it. Each file gets the oldest format that can hold it.

use super::{ArtefactError, Member, ModelFile, Provenance};
use crate::model::FittedModel;
use crate::recipe::{Recipe, View};
use crate::stack::Stack;
use domain::study::{ParamValue, Params};
use domain::task::Metric;
use serde::{Deserialize, Serialize};

/// Task, target and classes are the recipe's and not stored twice.
#[derive(Serialize, Deserialize)]
struct File1 {
    recipe: Recipe,
    positive: Option<u32>,
    members: Vec<Member1>,
    metrics: Vec<(String, f64)>,
    dataset_sha256: String,
    spec: String,
    seed: u64,
    program: String,
}

#[derive(Serialize, Deserialize)]
struct Member1 {
    weight: f64,
    algorithm: String,
    params: Vec<(String, Param1)>,
    view: View,
    folds: Vec<FittedModel>,
}

#[derive(Serialize, Deserialize)]
enum Param1 {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
}

/// The format and the content.
pub(super) fn write(file: &ModelFile) -> (u32, Vec<u8>) {
    let metrics = file.metrics.iter();
    let form = File1 {
        recipe: file.recipe.clone(),
        positive: file.positive.map(|class| class as u32),
        members: file.members.iter().map(Member1::from).collect(),
        metrics: metrics.map(|(m, v)| (m.to_string(), *v)).collect(),
        dataset_sha256: file.provenance.dataset_sha256.clone(),
        spec: file.provenance.spec.to_string(),
        seed: file.provenance.seed,
        program: file.provenance.program.clone(),
    };
    let (format, content) = match file.stack.is_some() || has_newer(file) {
        false => (1, postcard::to_allocvec(&form)),
        true => (2, postcard::to_allocvec(&(&form, &file.stack))),
    };
    #[expect(
        clippy::expect_used,
        reason = "postcard refuses only sequences of unknown length, and there are none"
    )]
    let content = content.expect("the stored form has only known lengths");
    (format, content)
}

pub(super) fn read(format: u32, content: &[u8]) -> Result<ModelFile, ArtefactError> {
    let unreadable = |error: String| ArtefactError::Content(error);
    let broken = |error: postcard::Error| unreadable(error.to_string());
    let (form, mut rest): (File1, _) = postcard::take_from_bytes(content).map_err(broken)?;
    let mut stack: Option<Stack> = None;
    if format >= 2 {
        (stack, rest) = postcard::take_from_bytes(rest).map_err(broken)?;
    }
    if !rest.is_empty() {
        return Err(unreadable(format!("{} bytes too many", rest.len())));
    }
    // A metric that a later program of the same format knows is no reason not to predict.
    let metric = |(name, value): (String, f64)| Some((name.parse::<Metric>().ok()?, value));
    Ok(ModelFile {
        task: form.recipe.task(),
        target: form.recipe.target_name().to_owned(),
        classes: form.recipe.classes().to_vec(),
        recipe: form.recipe,
        positive: form.positive.map(|class| class as usize),
        members: form.members.into_iter().map(Member::from).collect(),
        stack,
        metrics: form.metrics.into_iter().filter_map(metric).collect(),
        provenance: Provenance {
            dataset_sha256: form.dataset_sha256,
            spec: serde_json::from_str(&form.spec).map_err(|e| unreadable(e.to_string()))?,
            seed: form.seed,
            program: form.program,
        },
    })
}

/// Whether a fold is of a kind that programs of format 1 do not know.
fn has_newer(file: &ModelFile) -> bool {
    let mut folds = file.members.iter().flat_map(|member| &member.folds);
    folds.any(|fold| {
        use FittedModel::{Encoded, Kernel, Network};
        matches!(fold, Network(_) | Kernel(_) | Encoded(_))
    })
}

impl From<&Member> for Member1 {
    fn from(member: &Member) -> Self {
        let param = |(name, value): (&String, &ParamValue)| {
            let value = match value {
                ParamValue::Bool(value) => Param1::Bool(*value),
                ParamValue::Int(value) => Param1::Int(*value),
                ParamValue::Float(value) => Param1::Float(*value),
                ParamValue::Text(value) => Param1::Text(value.clone()),
            };
            (name.clone(), value)
        };
        Self {
            weight: member.weight,
            algorithm: member.algorithm.clone(),
            params: member.params.0.iter().map(param).collect(),
            view: member.view,
            folds: member.folds.clone(),
        }
    }
}

impl From<Member1> for Member {
    fn from(form: Member1) -> Self {
        let param = |(name, value)| {
            let value = match value {
                Param1::Bool(value) => ParamValue::Bool(value),
                Param1::Int(value) => ParamValue::Int(value),
                Param1::Float(value) => ParamValue::Float(value),
                Param1::Text(value) => ParamValue::Text(value),
            };
            (name, value)
        };
        Self {
            weight: form.weight,
            algorithm: form.algorithm,
            params: Params(form.params.into_iter().map(param).collect()),
            view: form.view,
            folds: form.folds,
        }
    }
}
