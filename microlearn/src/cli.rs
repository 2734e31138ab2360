//! What can be typed.

use clap::{Args, Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Turns a CSV or JSON file into a deployed, explained model.
#[derive(Debug, Parser)]
#[command(name = "microlearn", version = crate::VERSION, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start everything in this process, on embedded backends: nothing to install.
    Up(Up),
    /// Start some roles against the configured backends.
    Run(Run),
    /// Train a model from a file, without a site.
    Train(Train),
    /// Predict the rows of a file with a trained model.
    Predict(Predict),
    /// Answer predictions of one trained model over HTTP, without a site.
    Serve(Serve),
    /// Copy a site, also one at work, into a new folder.
    Backup(Backup),
    /// Bring a backup back into an empty site.
    Restore(Restore),
    /// Move a site to other backends, for example from SQLite to PostgreSQL.
    Migrate(Migrate),
    /// Ask a running process whether it is ready; exit code 0 if so.
    Health(HealthOf),
    /// Make what a site needs on its backends (tables, bucket, streams), as its first start would.
    Prepare(Common),
    /// Check every backend and say in plain words what is wrong.
    Doctor(Common),
    /// Print the settings in force.
    Config(Common),
}

#[derive(Debug, Args)]
pub struct Common {
    /// A file of settings; see `microlearn config`.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The folder of the embedded backends.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Up {
    #[command(flatten)]
    pub common: Common,
    /// Where the pages and the API answer; port 0 picks a free one.
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// Where health and metrics answer without sign-in.
    #[arg(long, value_name = "ADDRESS")]
    pub metrics_listen: Option<String>,
}

#[derive(Debug, Args)]
pub struct Run {
    #[command(flatten)]
    pub up: Up,
    /// The roles to play, separated by commas.
    #[arg(long, value_name = "ROLE", value_delimiter = ',', required = true)]
    pub only: Vec<String>,
}

#[derive(Debug, Args)]
pub struct Backup {
    #[command(flatten)]
    pub common: Common,
    /// The folder to make.
    pub folder: PathBuf,
}

#[derive(Debug, Args)]
pub struct Restore {
    #[command(flatten)]
    pub common: Common,
    /// A folder that `backup` made.
    pub folder: PathBuf,
}

#[derive(Debug, Args)]
pub struct Migrate {
    #[command(flatten)]
    pub common: Common,
    /// The store to copy: `sqlite:PATH` or `postgres://…`.
    #[arg(long, value_name = "URL")]
    pub from: String,
    /// The store to fill, which must be empty.
    #[arg(long, value_name = "URL")]
    pub to: String,
    /// The artifacts to copy: `file:PATH` or `s3://…`; those beside an SQLite file if not given.
    #[arg(long, value_name = "URL")]
    pub from_artifacts: Option<String>,
    /// The artifacts to fill; those of the settings if not given.
    #[arg(long, value_name = "URL")]
    pub to_artifacts: Option<String>,
}

#[derive(Debug, Args)]
pub struct HealthOf {
    /// Where the process answers health: its --metrics-listen, or --listen.
    #[arg(value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub address: SocketAddr,
}

#[derive(Debug, Args)]
pub struct Train {
    /// A CSV, TSV, JSON, NDJSON or Parquet file.
    pub file: PathBuf,
    /// The column to predict.
    #[arg(long, value_name = "COL")]
    pub target: String,
    /// auto, binary, multiclass or regression.
    #[arg(long, default_value = "auto")]
    pub task: String,
    /// auto, or a metric like roc_auc, log_loss, accuracy, rmse, mae.
    #[arg(long, default_value = "auto")]
    pub metric: String,
    /// Time from start to exit, for example 60s, 5m or 90.
    #[arg(long, value_name = "TIME", conflicts_with = "work_units")]
    pub budget: Option<String>,
    /// A budget of work that is the same on every machine, instead of time.
    #[arg(long, value_name = "N")]
    pub work_units: Option<u64>,
    /// Start of all chance.
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Columns not to learn from, separated by commas.
    #[arg(long, value_name = "COL", value_delimiter = ',')]
    pub exclude: Vec<String>,
    /// Columns to learn from although they would be left out, separated by commas.
    #[arg(long, value_name = "COL", value_delimiter = ',')]
    pub include: Vec<String>,
    /// How rows are held out: random, stratified, group:COL (whole groups) or time:COL (the latest).
    #[arg(long, value_name = "HOW", default_value = "auto")]
    pub split: String,
    /// The class that counts as positive, of two; the rarer one if not given.
    #[arg(long, value_name = "CLASS")]
    pub positive_class: Option<String>,
    /// Algorithms to try, separated by commas; all that fit if not given.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub candidates: Vec<String>,
    /// Milliseconds that the answer for one row may take, about; slower models are not chosen.
    #[arg(long, value_name = "MS")]
    pub predict_limit_ms: Option<f64>,
    /// Where the model goes; beside the file if not given.
    #[arg(long, value_name = "MODEL")]
    pub out: Option<PathBuf>,
    /// Print one JSON object instead of words and bars.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Predict {
    /// A model written by `train`, or downloaded from a site.
    pub model: PathBuf,
    /// The rows to predict.
    pub file: PathBuf,
    /// Where the CSV goes; standard output if not given.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Serve {
    /// A model written by `train`, or downloaded from a site.
    pub model: PathBuf,
    /// Where it answers; port 0 picks a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
}
