//! The steps of a random history.

use super::Twins;
use super::writes::Chance;
use domain::job::{JobKind, Payload};
use domain::user::{Token, User};
use domain::{CourseId, DatasetId, JobId, ModelId, PipelineId, SpanId, UserId};
use ports::contract::store::samples;
use ports::store::{ClaimFilter, Commit, Committed, NewPipeline, Page, Progress, Scope};
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
    course: CourseId,
    users: Vec<User>,
    tokens: Vec<Token>,
    commits: usize,
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
            commits: 0,
        }
    }

    /// Does something.
    pub(super) async fn turn(&mut self) {
        let still = [0, 0, 0, 1, 500_000, 3_000_000, 20_000_000];
        let micros = self.chance.one_of(&still);
        self.twins.clock.advance(Duration::from_micros(micros));
        match self.chance.roll(40) {
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

    /// A history in which next to nothing happened compares next to nothing.
    pub(super) fn is_worth_its_time(&self) {
        assert!(self.commits > 20, "{} steps were committed", self.commits);
    }

    fn owner(&mut self) -> UserId {
        self.chance.one_of(&self.owners)
    }

    async fn bring_dataset(&mut self) {
        let owner = self.owner();
        let id = self.chance.one_of(&self.datasets);
        let ask = "insert dataset";
        if self.chance.roll(4) == 0 {
            let (version, job) = (
                samples::version("b.csv"),
                samples::profile_job(owner, id, 1),
            );
            self.jobs.push([job.id; 2]);
            self.twins
                .ask("add version", async |s, _| {
                    s.add_dataset_version(id, &version, &job).await
                })
                .await;
            return;
        }
        let mut set = samples::dataset(owner);
        if self.chance.roll(9) == 0 {
            set.id = id;
        }
        let job = samples::profile_job(owner, set.id, 1);
        self.datasets.push(set.id);
        self.jobs.push([job.id; 2]);
        self.twins
            .ask(ask, async |s, _| s.insert_dataset(&set, &job).await)
            .await;
    }

    async fn change_dataset(&mut self) {
        let id = self.chance.one_of(&self.datasets);
        let course = (self.chance.roll(2) == 0).then_some(self.course);
        if self.chance.roll(3) == 0 {
            let delete = "delete dataset";
            self.twins
                .ask(delete, async |s, _| s.delete_dataset(id).await)
                .await;
        } else {
            self.twins
                .ask("describe", async |s, _| {
                    s.describe_dataset(id, "a", "b", course).await
                })
                .await;
        }
    }

    async fn bring_pipeline(&mut self) {
        let dataset = self.chance.one_of(&self.datasets);
        let mut pipeline = samples::pipeline(self.owner(), dataset);
        pipeline.spec.dataset_version = self.chance.one_of(&[None, Some(1), Some(1), Some(2)]);
        pipeline.spec.course_id = (self.chance.roll(2) == 0).then_some(self.course);
        let seconds = self.chance.number();
        pipeline.spec.budget.seconds = Some(seconds);
        if self.chance.roll(9) == 0 {
            pipeline.id = self.chance.one_of(&self.pipelines);
        }
        let advance = self.new_job(pipeline.id, JobKind::Advance);
        self.pipelines.push(pipeline.id);
        let new = NewPipeline { pipeline, advance };
        self.twins
            .ask("insert pipeline", async |s, _| {
                s.insert_pipeline(&new).await
            })
            .await;
    }

    async fn change_pipeline(&mut self) {
        let id = self.chance.one_of(&self.pipelines);
        let advance = self.new_job(id, JobKind::Advance);
        let twins = &mut self.twins;
        match self.chance.roll(6) {
            0 | 1 => drop(
                twins
                    .ask("cancel", async |s, _| s.cancel_pipeline(id).await)
                    .await,
            ),
            2 => drop(
                twins
                    .ask("delete", async |s, _| s.delete_pipeline(id).await)
                    .await,
            ),
            _ => {
                twins
                    .ask("retry", async |s, _| s.retry_pipeline(id, &advance).await)
                    .await;
            }
        }
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
                .ask("reconcile", async |s, _| s.reconcile().await)
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
            suspects: self.chance.roll(3) == 0,
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
        if self.chance.roll(4) > 0 {
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
            stage: (self.chance.roll(2) == 0).then(|| (stage, fraction, None)),
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

    async fn deploy(&mut self) {
        let write = self.deployment();
        let version = self.chance.one_of(&[1, 1, 2, 9]);
        let (twins, name) = (&mut self.twins, &write.name);
        match self.chance.roll(4) {
            0 => drop(
                twins
                    .ask("undeploy", async |s, _| s.undeploy(name).await)
                    .await,
            ),
            1 => drop(
                twins
                    .ask("activate", async |s, _| s.activate(name, version).await)
                    .await,
            ),
            _ => drop(
                twins
                    .ask("deploy", async |s, _| s.deploy(&write).await)
                    .await,
            ),
        }
        twins
            .ask("deployment", async |s, _| s.deployment(name).await)
            .await;
    }

    async fn meet_people(&mut self) {
        let now = self.twins.now();
        let mut user = samples::user();
        user.disabled = self.chance.roll(4) == 0;
        if self.chance.roll(4) == 0 {
            user.username = self.chance.one_of(&self.users).username;
        }
        let ends = now.after(Duration::from_secs(self.chance.roll(9) as u64));
        let mut token = samples::token(self.chance.one_of(&self.users).id, ends);
        if self.chance.roll(4) == 0
            && let Some(other) = self.tokens.last()
        {
            token.hash.clone_from(&other.hash);
        }
        self.users.push(user.clone());
        self.tokens.push(token.clone());
        let known = self.chance.one_of(&self.tokens);
        let keep = (self.chance.roll(2) == 0).then_some(known.id);
        let key = self.chance.one_of(&["k", "l"]);
        let body = self.chance.one_of(&["x", "x", "y"]);
        let answer = self.chance.one_of(&[None, Some("1"), Some("2")]);
        let reset = self.chance.roll(9) == 0;
        let whole = |user: &User| (serde_json::to_string(user), user.password_hash.clone());
        let twins = &mut self.twins;
        twins
            .ask("user", async |s, _| s.insert_user(&user).await)
            .await;
        twins
            .ask("token", async |s, _| s.insert_token(&token).await)
            .await;
        twins
            .ask("touch", async |s, _| s.touch_token(known.id).await)
            .await;
        if reset {
            twins
                .ask("password", async |s, _| {
                    s.set_password(known.user, "p", keep).await
                })
                .await;
        }
        twins
            .ask("sign in", async |s, _| {
                let found = s.token(&known.hash).await?;
                let found = found.map(|(token, user)| (token, format!("{:?}", whole(&user))));
                let name = s.user_by_name(&user.username).await?;
                Ok((found, name.map(|user| format!("{:?}", whole(&user)))))
            })
            .await;
        twins
            .ask("tokens", async |s, _| s.tokens(known.user).await)
            .await;
        twins
            .ask("end token", async |s, _| {
                s.delete_token(user.id, known.id).await
            })
            .await;
        twins
            .ask("remember", async |s, _| {
                s.remember(known.user, key, body, answer).await
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
