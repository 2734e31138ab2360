//! What a service is.

use crate::Step;
use async_trait::async_trait;
use domain::job::{JobKind, NewJob};
use domain::results::StageResult;
use domain::{Failure, Message, text_enum};
use ports::store::Write;
use serde_json::Value;
use std::sync::Arc;

text_enum!(
    /// A part that a process can play.
    Role {
        /// Typed table, split and recipe.
        DataPreparer = "data-preparer",
        /// Which algorithms are worth trying.
        ModelSelector = "model-selector",
        /// Which configurations are best.
        Hyperopt = "hyperopt",
        /// The models.
        Trainer = "trainer",
        /// The honest numbers.
        Evaluator = "evaluator",
        /// The endpoint.
        Deployer = "deployer",
        /// What comes next.
        Orchestrator = "orchestrator",
        /// The gateway: REST, pages, predictions.
        Dashboard = "dashboard",
        /// Predictions alone.
        Serving = "serving",
    }
);

/// How much of the machine a kind of job takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Mostly store and files: runs beside anything.
    Light,
    /// A core for seconds to minutes: as many at once as there are compute slots.
    Heavy,
}

/// One service: its role, and who handles each kind of job.
#[derive(Clone)]
pub struct Service {
    /// Its role.
    pub role: Role,
    /// The kinds of job that it handles.
    pub handlers: Vec<(JobKind, Weight, Arc<dyn Handler>)>,
}

/// Does one step of a job.
///
/// A step may be run again after a crash, on another machine, while an older attempt still
/// lingers: it only reads what is stored, writes files below [`Step::key`], and says in its
/// [`Outcome`] what shall become true.
#[async_trait]
pub trait Handler: Send + Sync {
    /// Does one step.
    async fn step(&self, step: &Step) -> Result<Outcome, Failure>;
}

/// What a step produced.
#[derive(Debug)]
pub enum Outcome {
    /// The job is done.
    Done {
        /// For its parent.
        result: Option<Value>,
        /// What else becomes true.
        writes: Vec<Write>,
    },
    /// The stage is done.
    Stage {
        /// For the next stage.
        result: Box<StageResult>,
        /// The outcome in a sentence.
        message: Message,
        /// What else becomes true.
        writes: Vec<Write>,
    },
    /// The job goes on when few enough of its children are open.
    Wait {
        /// New children.
        children: Vec<NewJob>,
        /// How many open children are few enough.
        wake_at: u32,
        /// What the next step must know.
        memo: Value,
        /// What else becomes true.
        writes: Vec<Write>,
    },
}
