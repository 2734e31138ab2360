//! The store in memory answers as the one on SQL does: the same random histories are played to
//! both, on one clock, and whatever they answer, refusals and their words included, is compared.

mod moves;
mod things;
mod writes;

use super::{MemoryStore, open_in, still};
use domain::job::JobKind;
use domain::pipeline::StageName;
use domain::{DatasetId, JobId, ManualClock, PipelineId, Timestamp};
use moves::World;
use ports::store::{Page, PipelineFilter, Scope};
use ports::{Result, Store};
use std::fmt::Debug;
use std::sync::Arc;
use tempfile::TempDir;

/// Steps of a history.
const STEPS: usize = 400;

/// Histories that are played, unless `MICROLEARN_HISTORIES` asks for more, as `make soak` does.
const HISTORIES: u64 = 24;

#[tokio::test]
async fn both_stores_answer_alike() {
    let asked = std::env::var("MICROLEARN_HISTORIES").ok();
    let histories = asked.map_or(HISTORIES, |number| number.parse().unwrap());
    play(0..histories).await;
}

/// Plays these histories to both stores.
async fn play(seeds: std::ops::Range<u64>) {
    let histories = usize::try_from(seeds.end - seeds.start).unwrap();
    let (mut commits, mut given_up) = (0, 0);
    for seed in seeds {
        println!("history {seed}");
        let mut world = World::new(seed, Twins::new().await);
        for step in 0..STEPS {
            world.turn().await;
            if step % 25 == 0 {
                world.look().await;
            }
        }
        world.look().await;
        commits += world.commits;
        given_up += world.given_up().await;
    }
    println!("{commits} steps were committed, {given_up} jobs were given up");
    // Histories in which next to nothing happens compare next to nothing.
    assert!(commits > 20 * histories, "{commits} steps were committed");
    assert!(given_up * 12 > histories, "{given_up} jobs were given up");
}

/// The two stores.
struct Twins {
    _folder: TempDir,
    clock: Arc<ManualClock>,
    stores: [Arc<dyn Store>; 2],
    /// Jobs that the stores made themselves have other ids in each.
    aliases: Vec<[String; 2]>,
    /// What was asked of late, for whoever reads of a difference.
    asked: Vec<String>,
}

impl Twins {
    async fn new() -> Self {
        let (folder, clock) = (tempfile::tempdir().unwrap(), still());
        let sql = open_in(folder.path(), clock.clone()).await;
        let memory = Arc::new(MemoryStore::new(clock.clone()));
        Self {
            _folder: folder,
            clock,
            stores: [sql, memory],
            aliases: Vec::new(),
            asked: Vec::new(),
        }
    }

    fn now(&self) -> Timestamp {
        domain::Clock::now(&*self.clock)
    }

    /// Asks both, the first with 0 and the second with 1 beside it; their equal answers.
    async fn ask<T: Debug>(
        &mut self,
        what: impl Into<String>,
        ask: impl AsyncFn(&dyn Store, usize) -> Result<T>,
    ) -> [Option<T>; 2] {
        let mut answers = [None, None];
        let mut told = [String::new(), String::new()];
        for side in 0..2 {
            let answer = ask(&*self.stores[side], side).await;
            told[side] = match &answer {
                Ok(answer) => format!("{answer:?}"),
                Err(refusal) => format!("refused: {refusal}"),
            };
            answers[side] = answer.ok();
        }
        self.compare(what.into(), told);
        answers
    }

    /// Notes that the two jobs are the same one.
    fn alias(&mut self, jobs: [JobId; 2]) {
        let alias = jobs.map(|id| id.to_string());
        if alias[0] != alias[1] && !self.aliases.contains(&alias) {
            self.aliases.push(alias);
        }
    }

    fn compare(&mut self, what: String, [sql, mut memory]: [String; 2]) {
        if sql != memory {
            for [theirs, ours] in &self.aliases {
                memory = memory.replace(ours, theirs);
            }
        }
        self.asked.push(format!("{what} → {:.300}", sql));
        if sql != memory {
            let from = self.asked.len().saturating_sub(8);
            let asked = self.asked[from..].join("\n");
            panic!("{asked}\n\non SQL:    {sql}\nin memory: {memory}");
        }
    }

    async fn look_at_pipeline(&mut self, id: PipelineId) {
        self.ask("pipeline", async |s, _| s.pipeline(id).await)
            .await;
        self.ask("events", async |s, _| s.events(id, 3, 500).await)
            .await;
        self.ask("timeline", async |s, _| s.timeline(id).await)
            .await;
        self.ask("trials", async |s, _| s.trials(id).await).await;
        self.ask("leaderboard", async |s, _| s.leaderboard(id).await)
            .await;
        for stage in StageName::ALL {
            self.ask("result", async |s, _| s.stage_result(id, *stage).await)
                .await;
        }
    }

    async fn look_at_job(&mut self, id: [JobId; 2]) {
        self.ask("job", async |s, side| s.job(id[side]).await).await;
        self.ask("children", async |s, side| s.children(id[side]).await)
            .await;
    }

    async fn look_at_dataset(&mut self, id: DatasetId) {
        self.ask("dataset", async |s, _| s.dataset(id).await).await;
        self.ask("versions", async |s, _| {
            let first = s.dataset_versions(id, None, 2).await?;
            Ok((first, s.dataset_versions(id, Some(2), 9).await?))
        })
        .await;
        for version in 0..4 {
            self.ask("version", async |s, _| s.dataset_version(id, version).await)
                .await;
            self.ask("profile", async |s, _| s.profile(id, version).await)
                .await;
            self.ask("first rows", async |s, _| s.first_rows(id, version).await)
                .await;
        }
    }

    async fn look_at_queues(&mut self) {
        self.ask("depths", async |s, _| s.queue_depths().await)
            .await;
        for kind in JobKind::ALL {
            self.ask("due", async |s, _| s.next_due(*kind).await).await;
        }
        self.ask("counts", async |s, _| {
            let mut counts = s.pipeline_counts().await?;
            counts.sort();
            Ok(counts)
        })
        .await;
        self.ask("owners", async |s, _| {
            let mut owners = s.owners_of_artifacts().await?;
            owners.sort();
            Ok(owners)
        })
        .await;
        self.ask("unsent", async |s, _| {
            let unsent = s.unsent(1_000_000).await?;
            Ok(unsent
                .into_iter()
                .map(|row| row.subject)
                .collect::<Vec<_>>())
        })
        .await;
    }

    async fn look_at_lists(&mut self, scope: &Scope, page: &Page) {
        let filter = PipelineFilter::all(scope.clone());
        self.ask("pipelines", async |s, _| s.pipelines(&filter, page).await)
            .await;
        self.ask("datasets", async |s, _| s.datasets(scope, page).await)
            .await;
        self.ask("models", async |s, _| s.models(scope, page).await)
            .await;
        self.ask("deployments", async |s, _| s.deployments(scope, page).await)
            .await;
    }
}
