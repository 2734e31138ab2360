//! The steps of a random history.

use super::Twins;
use super::writes::Chance;
use domain::job::{JobKind, MAX_CRASHES, Payload};
use domain::user::{Token, User};
use domain::{CourseId, DatasetId, JobId, ModelId, PipelineId, SpanId, UserId};
use ports::contract::store::samples;
use ports::store::{ClaimFilter, Commit, Committed, Leases, Page, Progress, Scope};
use std::time::Duration;

/// A job that was claimed, in both stores.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) id: [JobId; 2],
    pub(super) attempt: u32,
    pub(super) kind: JobKind,
    pub(super) pipeline: PipelineId,
    pub(super) payload: Payload,
}

/// Both stores, what was put into them, and what comes next.
pub(super) struct World {
    pub(super) twins: Twins,
    pub(super) chance: Chance,
    pub(super) owners: [UserId; 2],
    pub(super) datasets: Vec<DatasetId>,
    pub(super) pipelines: Vec<PipelineId>,
    pub(super) jobs: Vec<[JobId; 2]>,
    pub(super) held: Vec<Held>,
    pub(super) models: Vec<ModelId>,
    pub(super) spans: Vec<SpanId>,
    pub(super) course: CourseId,
    pub(super) users: Vec<User>,
    pub(super) tokens: Vec<Token>,
    /// Whether processes die all the time.
    bad_day: bool,
    pub(super) commits: usize,
}

impl World {
    pub(super) fn new(seed: u64, twins: Twins) -> Self {
        Self {
            twins,
            chance: Chance(seed),
            owners: [UserId::new(), UserId::new()],
            datasets: vec![DatasetId::new()],
            pipelines: vec![PipelineId::new()],
            jobs: Vec::new(),
            held: Vec::new(),
            models: vec![ModelId::new()],
            spans: vec![SpanId::new()],
            course: CourseId::new(),
            users: vec![samples::user()],
            tokens: Vec::new(),
            bad_day: seed % 3 == 2,
            commits: 0,
        }
    }

    /// Does something.
    pub(super) async fn turn(&mut self) {
        let still = [0, 0, 0, 1, 500_000, 3_000_000, 20_000_000];
        let micros = self.chance.one_of(&still);
        self.twins.clock.advance(Duration::from_micros(micros));
        if self.bad_day && self.chance.roll(4) == 0 {
            return self.recover().await;
        }
        match self.chance.roll(42) {
            0..=2 => self.bring_dataset().await,
            3 => self.change_dataset().await,
            4..=6 => self.bring_pipeline().await,
            7..=9 => self.change_pipeline().await,
            10 => self.recover().await,
            11..=21 => self.claim().await,
            22..=34 => self.end_step().await,
            35 | 36 => self.report().await,
            37 => self.deploy().await,
            38 => self.meet_people().await,
            39 => self.meet_in_courses().await,
            40 => self.share().await,
            _ => self.look_around().await,
        }
    }

    /// Compares all that can be seen.
    pub(super) async fn look(&mut self) {
        for id in self.pipelines.clone() {
            self.twins.look_at_pipeline(id).await;
        }
        for id in self.jobs.clone() {
            self.twins.look_at_job(id).await;
        }
        for id in self.datasets.clone() {
            self.twins.look_at_dataset(id).await;
        }
        self.twins.look_at_queues().await;
        self.twins
            .look_at_lists(&Scope::All, &Page::first(99))
            .await;
    }

    /// How many jobs killed their process until they were given up.
    pub(super) async fn given_up(&self) -> usize {
        let mut count = 0;
        for [id, _] in &self.jobs {
            let job = self.twins.stores[0].job(*id).await.ok().flatten();
            count += usize::from(job.is_some_and(|job| job.crashes == MAX_CRASHES));
        }
        count
    }

    pub(super) fn owner(&mut self) -> UserId {
        self.chance.one_of(&self.owners)
    }

    async fn recover(&mut self) {
        let worker = self.chance.one_of(&["a/", "a/1", "b/"]);
        let twins = &mut self.twins;
        if self.chance.roll(2) == 0 {
            let free = "free leases";
            twins
                .ask(free, async |s, _| s.free_leases(worker).await)
                .await;
        } else {
            twins
                .ask("reconcile", async |s, _| s.reconcile(Leases::Expire).await)
                .await;
        }
    }

    async fn claim(&mut self) {
        let depths = self.twins.stores[0].queue_depths().await.unwrap();
        let queued = depths.iter().filter(|depth| depth.queued > 0);
        let mut kinds: Vec<JobKind> = queued.map(|depth| depth.kind).collect();
        kinds.push(JobKind::Advance);
        let filter = ClaimFilter {
            kind: self.chance.one_of(&kinds),
            worker: self.chance.one_of(&["a/1", "a/2", "b/1"]).to_owned(),
            lease: Duration::from_secs(self.chance.one_of(&[1, 15, 600])),
            suspects: self.chance.roll(if self.bad_day { 2 } else { 3 }) == 0,
        };
        let twins = &mut self.twins;
        twins
            .ask("has work", async |s, _| s.has_work(&filter).await)
            .await;
        // Which job it was is learned before the answers are compared.
        let mut claims = [None, None];
        let mut told = [String::new(), String::new()];
        for side in 0..2 {
            let claim = twins.stores[side].claim(&filter).await;
            told[side] = match &claim {
                Ok(claim) => format!("{claim:?}"),
                Err(refusal) => format!("refused: {refusal}"),
            };
            claims[side] = claim.ok().flatten().map(|claim| claim.job);
        }
        let [sql, memory] = claims;
        let id = sql.as_ref().zip(memory.as_ref());
        let id = id.map(|(sql, memory)| [sql.id, memory.id]);
        if let Some(id) = id {
            let known = self.jobs.iter().flatten().any(|job| *job == id[0]);
            if !known {
                self.jobs.push(id);
                twins.alias(id);
            }
        }
        twins.compare(format!("claim {filter:?}"), told);
        if let (Some(id), Some(job)) = (id, sql) {
            self.held.push(Held {
                id,
                attempt: job.attempt,
                kind: job.kind,
                pipeline: job.pipeline.unwrap_or(self.pipelines[0]),
                payload: job.payload,
            });
        }
    }

    /// One of the latest attempts; whether it is still held, nobody knows.
    fn attempt(&mut self) -> Option<Held> {
        let latest = self.held.len().saturating_sub(5);
        let latest = self.held[latest..].to_vec();
        (!latest.is_empty()).then(|| self.chance.one_of(&latest))
    }

    async fn end_step(&mut self) {
        if self.bad_day && self.chance.roll(3) > 0 {
            return;
        }
        let Some(held) = self.attempt() else { return };
        let writes = self.writes(&held);
        let end = self.end(&held);
        let commit = Commit {
            job: held.id[0],
            attempt: held.attempt,
            end,
            writes,
        };
        let commits = [commit.clone(), held.in_memory(commit)];
        let what = format!("commit {:?}", commits[0]);
        let done = self
            .twins
            .ask(what, async |s, side| s.commit(&commits[side]).await)
            .await;
        self.commits += usize::from(done[0] == Some(Committed::Yes));
        if self.chance.roll(8) > 0 {
            self.held.retain(|other| other.id != held.id);
        }
    }

    async fn report(&mut self) {
        let Some(held) = self.attempt() else { return };
        let id = held.id;
        let lease = Duration::from_secs(self.chance.one_of(&[1, 15, 600]));
        let stage = self.stage();
        let fraction = self.chance.number();
        let told = Progress {
            job: id[0],
            attempt: held.attempt,
            pipeline: held.pipeline,
            stage: (self.chance.roll(2) == 0).then_some((stage, fraction, None)),
            trial: (self.chance.roll(3) == 0).then(|| self.trial()),
            events: vec![samples::event(1); self.chance.roll(3)],
        };
        let twins = &mut self.twins;
        twins
            .ask(format!("report {told:?}"), async |s, side| {
                let job = id[side];
                s.report(&Progress {
                    job,
                    ..told.clone()
                })
                .await
            })
            .await;
        twins
            .ask("renew", async |s, side| {
                s.renew(id[side], held.attempt, lease).await
            })
            .await;
    }

    async fn look_around(&mut self) {
        let scope = [Scope::All, Scope::Owner(self.owner())];
        let scope = self.chance.one_of(&scope);
        let before = [
            None,
            Some(self.chance.one_of(&self.pipelines).to_string()),
            Some(
                self.chance
                    .one_of(&self.datasets)
                    .to_string()
                    .to_uppercase(),
            ),
            Some("no id".to_owned()),
        ];
        let page = Page {
            limit: self.chance.one_of(&[0, 1, 2, 3, 99]),
            before: self.chance.one_of(&before),
        };
        self.twins.look_at_lists(&scope, &page).await;
        let send = self.chance.roll(30);
        self.twins
            .ask("send", async |s, _| {
                let rows = s.unsent(u32::try_from(send).unwrap()).await?;
                let ids: Vec<String> = rows.into_iter().map(|row| row.id).collect();
                s.sent(&ids).await
            })
            .await;
    }
}
