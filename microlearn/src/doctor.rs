//! `doctor`: every backend asked, every answer in plain words.

use crate::cli::Common;
use crate::settings::{Backend, Settings};
use crate::up::settings;
use crate::wrong_use;
use adapters::OpenError;
use adapters::open::{bus, cache, look_at_artifacts, look_at_store};
use adapters::store::Schema;
use anyhow::bail;
use domain::{Clock, SystemClock};
use ml::algorithms::mlp::device::{self, Seen};
use ports::PortError;
use ports::store::Upkeep;
use std::sync::Arc;

pub async fn doctor(args: &Common) -> anyhow::Result<()> {
    let settings = settings(args)?;
    println!("settings    fine");
    let folder = &settings.data.dir;
    if folder.exists() {
        println!("data        {} is there", folder.display());
    } else {
        println!(
            "data        {} is not there yet; `up` will make it",
            folder.display()
        );
    }
    tell_gpu();
    let bad = ask(&settings).await?;
    match bad {
        0 => {
            println!("everything answers");
            Ok(())
        }
        bad => bail!("{bad} of 4 backends do not answer; see above"),
    }
}

/// A GPU is no backend: what it would do, the processor does.
fn tell_gpu() {
    match device::look() {
        Seen::Nothing => println!("gpu         none; networks are fitted on the processor"),
        Seen::Refused(reason) => println!("gpu         cannot be used: {reason}"),
        Seen::Computes => println!("gpu         computes"),
    }
}

/// Asks the four at once, so that one that hangs keeps none of the others waiting.
async fn ask(settings: &Settings) -> anyhow::Result<usize> {
    let urls = settings.urls();
    let clock = || -> Arc<dyn Clock> { Arc::new(SystemClock::new()) };
    let answers = tokio::join!(
        ask_store(&urls.store, clock()),
        async { asked(bus(&urls.bus).await?.ping().await) },
        async { asked(cache(&urls.cache, clock()).await?.ping().await) },
        ask_artifacts(&urls.artifacts),
    );
    let told = [
        tell("store", &settings.store, answers.0)?,
        tell("bus", &settings.bus, answers.1)?,
        tell("cache", &settings.cache, answers.2)?,
        tell("artifacts", &settings.artifacts, answers.3)?,
    ];
    Ok(told.iter().filter(|answers| !**answers).count())
}

/// What a backend says beyond that it answers.
type Answer = Result<&'static str, OpenError>;

const NEW: &str = "; there is nothing yet, and the first start will make it";

fn asked(answer: Result<(), PortError>) -> Answer {
    answer?;
    Ok("")
}

/// A check changes nothing: no schema is brought up to date, no folder and no bucket is made.
async fn ask_store(url: &str, clock: Arc<dyn Clock>) -> Answer {
    let Some(store) = look_at_store(url, clock).await? else {
        return Ok(NEW);
    };
    store.ping().await?;
    Ok(match store.schema().await? {
        Schema::None => NEW,
        Schema::Known => "",
        Schema::Older => {
            "; its tables are those of an older program, and the next start adds to them"
        }
        newer @ Schema::Newer => {
            newer.must_be_known("store")?;
            ""
        }
    })
}

async fn ask_artifacts(url: &str) -> Answer {
    Ok(match look_at_artifacts(url).await? {
        Some(_) => "",
        None => NEW,
    })
}

/// Prints what came of a backend; whether it answers.
fn tell(name: &str, backend: &Backend, answer: Answer) -> anyhow::Result<bool> {
    let shown = if backend.url.is_empty() {
        "embedded".to_owned()
    } else {
        format!("{backend:?}")
    };
    let problem = match answer {
        Ok(more) => {
            println!("{name:<11} answers ({shown}){more}");
            return Ok(true);
        }
        Err(OpenError::Port(error)) => error.chain(),
        Err(unknown) => return Err(wrong_use(unknown)),
    };
    println!("{name:<11} DOES NOT ANSWER ({shown}): {problem}");
    println!("            {}", advice(name));
    Ok(false)
}

/// What a person can do about it.
fn advice(name: &str) -> String {
    let what = match name {
        "store" => "the database server runs, and user, password and name are right",
        "bus" => "the NATS server runs with JetStream switched on",
        "cache" => "the Redis server runs, and the password is right",
        _ => "the S3 server runs, and key, secret and endpoint are right",
    };
    format!(
        "See that {what}; the address is the setting {name}.url, or MICROLEARN__{}__URL.",
        name.to_uppercase()
    )
}
