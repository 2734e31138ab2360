//! Nouns to store, each with ids of its own; also for an adapter's own tests.

use crate::store::{DatasetOutcome, DeploymentWrite, Page};
use domain::audit::{AuditEntry, AuditOutcome};
use domain::dataset::{
    Dataset, DatasetState, DatasetVersion, FileFormat, FirstRows, FormatOptions,
};
use domain::event::{EventKind, NewEvent};
use domain::job::{JobKind, NewJob, Payload};
use domain::model::{FoldCount, Model};
use domain::pipeline::{Pipeline, PipelineState, Span, SpanKind, StageName};
use domain::profile::Profile;
use domain::results::{Selection, StageResult};
use domain::spec::PipelineSpec;
use domain::study::{ParamValue, Params, Trial, TrialState};
use domain::task::{Metric, Task};
use domain::user::{Origin, Role, Token, TokenKind, TokenScope, User};
use domain::{
    DatasetId, DeploymentId, Failure, FailureKind, JobId, ModelId, PipelineId, SpanId, Timestamp,
    TokenId, UserId,
};
use serde_json::json;

/// A page that holds everything that one check stores.
pub fn all_of_it() -> Page {
    Page::first(1_000)
}

/// A version of a dataset that is being read.
pub fn version(file_name: &str) -> DatasetVersion {
    DatasetVersion {
        version: 1,
        state: DatasetState::Profiling,
        format: None,
        format_options: None,
        file_name: file_name.to_owned(),
        artifact: format!("contract/{}/{file_name}", JobId::new()),
        bytes: 12,
        sha256: "00ff".to_owned(),
        rows: None,
        columns: None,
        error: None,
        created_at: Timestamp(5),
    }
}

/// A dataset that is being read.
pub fn dataset(owner: UserId) -> Dataset {
    let version = version("élèves.csv");
    Dataset {
        id: DatasetId::new(),
        owner,
        course: None,
        name: "Élèves 'n' \"co\" 100% _".to_owned(),
        description: "déjà vu; -- 😀".to_owned(),
        current: version.clone(),
        newest: version,
        created_at: Timestamp(7),
    }
}

/// The job that reads a version of a dataset.
pub fn profile_job(owner: UserId, dataset: DatasetId, version: u32) -> NewJob {
    let payload = Payload::Profile { dataset, version };
    NewJob {
        payload,
        ..job(JobKind::Profile, owner)
    }
}

/// A job of no pipeline and no parent.
pub fn job(kind: JobKind, owner: UserId) -> NewJob {
    NewJob {
        id: JobId::new(),
        parent: None,
        kind,
        pipeline: None,
        owner,
        payload: Payload::Pipeline,
    }
}

/// What was found in a small table.
pub fn profile() -> Profile {
    Profile {
        rows: 3,
        columns: Vec::new(),
        warnings: Vec::new(),
        suggested_target: Some("species".to_owned()),
        suggested_task: Some(Task::Multiclass),
    }
}

/// Its first rows.
pub fn first_rows() -> FirstRows {
    FirstRows {
        columns: vec!["espèce".to_owned()],
        rows: vec![vec![Some("d'Adélie \"1\"".to_owned())], vec![None]],
    }
}

/// What came of reading it.
pub fn ready() -> DatasetOutcome {
    let options = FormatOptions {
        delimiter: Some(';'),
        quote: None,
        header: Some(true),
        encoding: "UTF-8".to_owned(),
        decimal_comma: true,
        compression: None,
    };
    DatasetOutcome::Ready {
        format: FileFormat::Csv,
        options,
        profile: profile(),
        first: first_rows(),
    }
}

/// A pipeline on version 1 of the dataset.
pub fn pipeline(owner: UserId, dataset: DatasetId) -> Pipeline {
    let mut spec = PipelineSpec::new(dataset, "species");
    spec.dataset_version = Some(1);
    Pipeline {
        id: PipelineId::new(),
        owner,
        name: "a pipeline".to_owned(),
        spec,
        state: PipelineState::Queued,
        stages: Vec::new(),
        best_score: None,
        consumed_us: 0,
        error: None,
        created_at: Timestamp(0),
        started_at: None,
        finished_at: None,
    }
}

/// A line for the log with this number in it.
pub fn event(number: u64) -> NewEvent {
    let data = json!({"number": number, "text": "é"});
    NewEvent::new(EventKind::Log, Some(StageName::Train), data)
}

/// A failure with words.
pub fn failure(kind: FailureKind) -> Failure {
    Failure::new(kind, "contract.failure", "It did not work: é.").with("n", 3)
}

/// The result of a stage.
pub fn result() -> StageResult {
    StageResult::Select(Selection {
        candidates: Vec::new(),
        work_units: 0.5,
        dense_columns: 3,
    })
}

/// A configuration.
pub fn params() -> Params {
    Params::default()
        .with("eta", ParamValue::Float(0.1))
        .with("leaves", ParamValue::Int(31))
}

/// A trial in this state.
pub fn trial(number: u32, state: TrialState) -> Trial {
    Trial {
        number,
        algorithm: "gbdt".to_owned(),
        params: params(),
        state,
        score: (state == TrialState::Succeeded).then_some(0.1 + 0.2),
        std: None,
        fold_scores: vec![0.5, -1e300, 0.1],
        visits: 1 << 53,
        error: None,
        started_at: Some(Timestamp(1)),
        finished_at: None,
    }
}

/// A bar that begins then.
pub fn span(start: i64) -> Span {
    Span {
        id: SpanId::new(),
        stage: StageName::Train,
        kind: SpanKind::Compute,
        start: Timestamp(start),
        end: None,
        label: "fold 1".to_owned(),
        parent: None,
    }
}

/// A trained model.
pub fn model(owner: UserId, pipeline: PipelineId, number: u32) -> Model {
    let id = ModelId::new();
    Model {
        id,
        pipeline,
        owner,
        course: None,
        number,
        algorithm: "gbdt".to_owned(),
        params: params(),
        task: Task::Binary,
        target: "survived".to_owned(),
        metric: Metric::RocAuc,
        cv_score: 0.1 + 0.2,
        cv_std: 0.0,
        folds: Some(FoldCount { done: 4, of: 5 }),
        fold_scores: vec![Some(0.8), Some(0.7), None, Some(0.75), Some(0.7)],
        test_score: None,
        test_ci: None,
        fit_seconds: 1.5,
        predict_us_per_row: None,
        bytes: 1_000,
        sha256: "ab".to_owned(),
        artifact: format!("pipelines/{pipeline}/models/{id}"),
        rank: None,
        chosen: false,
        created_at: Timestamp(9),
    }
}

/// A name that nobody else uses and that can name a deployment.
pub fn fresh_name() -> String {
    format!("contract-{}", JobId::new())
}

/// A model of the pipeline that shall answer under this name.
pub fn deployment(owner: UserId, pipeline: PipelineId, name: &str) -> DeploymentWrite {
    DeploymentWrite {
        id: DeploymentId::new(),
        name: name.to_owned(),
        owner,
        course: None,
        model: ModelId::new(),
        pipeline,
        artifact: format!("pipelines/{pipeline}/model"),
        sha256: "cd".to_owned(),
    }
}

/// A person who must change their password.
pub fn user() -> User {
    User {
        id: UserId::new(),
        username: fresh_name(),
        display_name: "Zoë 'Z'".to_owned(),
        roles: vec![Role::Student, Role::Teacher],
        service: false,
        subject: None,
        password_hash: Some("$argon2id$old".to_owned()),
        must_change_password: true,
        disabled: false,
        created_at: Timestamp(3),
    }
}

/// A token of the user.
pub fn token(user: UserId, expires_at: Timestamp) -> Token {
    let id = TokenId::new();
    Token {
        id,
        hash: format!("hash of {id}"),
        user,
        kind: TokenKind::Personal,
        name: "laptop".to_owned(),
        scopes: vec![TokenScope::Read, TokenScope::Predict],
        deployment: None,
        origin: Some(Origin {
            address: "2001:db8::1".to_owned(),
            agent: "Café 'n' \"co\"".to_owned(),
        }),
        created_at: Timestamp(1),
        used_at: Timestamp(2),
        expires_at,
        idle: None,
        provider: None,
    }
}

/// Something that nobody in particular did with this.
pub fn audit_entry(resource: &str) -> AuditEntry {
    AuditEntry {
        actor: None,
        actor_name: None,
        action: "contract".to_owned(),
        resource: resource.to_owned(),
        outcome: AuditOutcome::Done,
        address: None,
        details: None,
    }
}
