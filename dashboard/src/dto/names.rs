//! Schemas of the enums and messages of `domain`, which knows nothing of OpenAPI.

use serde_json::Value;
use std::borrow::Cow;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, OneOfBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// Declares one schema per enum; its values are read from the enum itself, so that they cannot
/// differ.
macro_rules! enum_schemas {
    ($($(#[$doc:meta])* $name:ident = [$($extra:literal)?] $of:ty),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let values = <$of>::ALL.iter().map(|value| value.as_str());
                let extra: &[&str] = &[$($extra)?];
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .enum_values(Some(extra.iter().copied().chain(values)))
                    .into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )+};
}

enum_schemas!(
    /// What somebody may do.
    Role = [] domain::user::Role,
    /// What somebody is in a course.
    CourseRole = [] domain::course::CourseRole,
    /// How far a thing is shared.
    ShareLevel = [] domain::access::Level,
    /// What came of something.
    AuditOutcome = [] domain::audit::AuditOutcome,
    /// What a token may be used for.
    TokenScope = [] domain::user::TokenScope,
    /// Whether a dataset can be used.
    DatasetState = [] domain::dataset::DatasetState,
    /// How a file is written.
    FileFormat = [] domain::dataset::FileFormat,
    /// What a column's values are.
    ColumnKind = [] domain::profile::ColumnKind,
    /// What is learned.
    Task = [] domain::task::Task,
    /// What is learned, or `auto`.
    TaskChoice = ["auto"] domain::task::Task,
    /// A measure of quality.
    Metric = [] domain::task::Metric,
    /// A measure of quality, or `auto`.
    MetricChoice = ["auto"] domain::task::Metric,
    /// How rows are held out.
    SplitKind = ["auto"] domain::spec::SplitKind,
    /// Whether the best model is deployed.
    DeployMode = [] domain::spec::DeployMode,
    /// One of the six steps.
    StageName = [] domain::pipeline::StageName,
    /// How a pipeline stands.
    PipelineState = [] domain::pipeline::PipelineState,
    /// How a stage stands.
    StageState = [] domain::pipeline::StageState,
    /// What time went into.
    SpanKind = [] domain::pipeline::SpanKind,
    /// How a trial stands.
    TrialState = [] domain::study::TrialState,
    /// What an event tells.
    EventKind = [] domain::event::EventKind,
);

/// A text for people: say `code` with `params` in any language, or show `text`.
#[derive(Debug, ToSchema)]
#[expect(
    dead_code,
    reason = "only its schema is used; the values are domain::Message"
)]
pub struct Message {
    /// Dotted and stable.
    code: String,
    /// The values that the text mentions, by name.
    #[schema(value_type = Object)]
    params: Value,
    /// The same said in English.
    text: String,
}

/// Declares schemas that are a choice between several forms.
macro_rules! choice_schemas {
    ($($(#[$doc:meta])* $name:ident = $($form:expr),+ ;)+) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                OneOfBuilder::new()$(.item($form))+.into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )+};
}

fn of(form: Type) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(form)
}

/// `{column: value}` with scalars.
fn record() -> ObjectBuilder {
    of(Type::Object).additional_properties(Some(Scalar::schema()))
}

choice_schemas!(
    /// A single value.
    Scalar = of(Type::String), of(Type::Number), of(Type::Boolean), of(Type::Null);
    /// A class label or a number.
    Label = of(Type::String), of(Type::Number);
    /// One record `{column: value}`, or a list of them.
    Records = record(), ArrayBuilder::new().items(record().build());
);
